// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {CoordinatorBase} from "./CoordinatorBase.sol";

/// @notice The cheatcode that `Vm` lacks: makes an account's storage cold again, as it is at the start of a transaction.
interface VmCool {
    function cool(address account) external;
}

/// @notice Gas of each journey, recorded in snapshots/RunCoordinator.json: the call alone, from cold storage, without the 21 000
/// and the calldata of its transaction. Storage that is written for the first time, so the dearest case, unless it says Ring.
abstract contract GasBase is CoordinatorBase {
    uint256 internal constant TRANSACTION_CAP = 16_777_216; // EIP-7825

    function _record(string memory name) internal returns (uint256) {
        return vm.snapshotGasLastCall("RunCoordinator", name);
    }

    /// @dev Arms the next call: everything cold, and `caller` its sender. Arguments have to be computed before.
    function _as(address caller) internal {
        VmCool cheat = VmCool(address(vm));
        cheat.cool(address(coordinator));
        cheat.cool(address(stakes));
        cheat.cool(address(rewards));
        cheat.cool(address(beacon));
        vm.prank(caller);
    }

    /// @dev What a transaction costs besides its execution: 21 000, and the calldata at its dearest, the floor of EIP-7623.
    function _intrinsic(bytes memory data) internal pure returns (uint256 gas) {
        gas = 21_000;
        for (uint256 i = 0; i < data.length; i++) gas += data[i] == 0 ? 10 : 40;
    }
}

/// @dev Four miners, three validators.
contract RunCoordinatorGasTest is GasBase {
    function test_gas_membership() public {
        RunParams memory p = _params();
        _as(owner);
        coordinator.createRun(p);
        _record("createRun");
        _enrol(_miner(0), STAKE);
        _enrol(_validator(0), STAKE);
        address miner = _miner(0);
        address validator = _validator(0);
        _as(miner);
        coordinator.joinAsMiner(run);
        _record("joinAsMiner");
        _as(validator);
        coordinator.joinAsValidator(run, STAKE);
        _record("joinAsValidator");
        _as(miner);
        coordinator.leave(run, Role.Miner);
        _record("leave");
        _as(stranger);
        coordinator.release(run, Role.Miner, 0);
        _record("release");
    }

    function test_gas_round() public {
        for (uint256 i = 0; i < 4; i++) _joinMiner(i);
        for (uint256 i = 0; i < 3; i++) _joinValidator(i, STAKE);
        _as(stranger);
        coordinator.advance(run);
        _record("advanceOpensEpochAndRound");
        _measureCommit("commit");
        _lapse();
        _as(stranger);
        coordinator.advance(run);
        _record("advanceTrainToCommit");
        for (uint256 i = 1; i < 4; i++) _commit(_miner(i));
        _measureReveal("reveal");
        for (uint256 i = 1; i < 4; i++) _reveal(_miner(i));
        _measureVotes("propose", "refuse", "attestFinal");
        _finish();
        // Round 33 finds its place in the ring written by round 1.
        for (uint64 round = 3; round <= 32; round++) {
            if (round % 2 == 1) _settleUnscored(_state().epoch - 1);
            _finish();
        }
        assertEq(_round(), 33, "round");
        _measureCommit("commitRing");
        for (uint256 i = 1; i < 4; i++) _commit(_miner(i));
        _measureReveal("revealRing");
        for (uint256 i = 1; i < 4; i++) _reveal(_miner(i));
        _measureVotes("proposeRing", "refuseRing", "attestFinalRing");
    }

    function _settleUnscored(uint64 epoch) private {
        _lapseEpoch(epoch);
        coordinator.advanceEpoch(run, epoch);
        coordinator.settle(run, epoch, new bytes[](0), "");
        // The clock has run past the deadline of the open round, too.
        if (coordinator.isDue(run)) coordinator.advance(run);
    }

    function _measureCommit(string memory name) private {
        address miner = _miner(0);
        uint64 round = _round();
        bytes32 commitment = _commitmentOf(miner);
        _as(miner);
        coordinator.commit(run, round, commitment);
        _record(name);
    }

    function _measureReveal(string memory name) private {
        address miner = _miner(0);
        uint64 number = _round();
        (bytes32 root, bytes32 digest, uint64 size, bytes32 salt) = _opening(miner, number);
        _as(miner);
        coordinator.reveal(run, number, root, digest, size, salt);
        _record(name);
    }

    /// @dev Of three equal validators, one may refuse and the two others still finish the round.
    function _measureVotes(string memory propose, string memory refuse, string memory last) private {
        Round memory round = _state();
        bytes32 root = _nextRoot();
        address leader = _leader();
        _as(leader);
        coordinator.propose(run, round.id, round.attempt, 7, root);
        _record(propose);
        address refuser = _validator((round.leader + 1) % 3);
        address attester = _validator((round.leader + 2) % 3);
        _as(refuser);
        coordinator.refuse(run, round.id, round.attempt);
        _record(refuse);
        _as(attester);
        coordinator.attest(run, round.id, round.attempt, 7, root);
        _record(last);
    }

    function test_gas_epoch() public {
        _start(4, 3);
        _finish();
        _toAttest();
        _propose();
        Round memory round = _state();
        address voter = _validator((round.leader + 1) % 3);
        _as(voter);
        coordinator.attest(run, round.id, round.attempt, round.included, round.nextRoot);
        _record("attestFinalNextEpoch");
        bytes memory scores = _scores(1_000, 2_000, 3_000, 65_535);
        bytes[] memory vectors = new bytes[](3);
        for (uint256 i = 0; i < 3; i++) {
            vectors[i] = scores;
            if (i == 0) {
                address validator = _validator(0);
                bytes32 commitment = _scoreCommitment(1, validator, scores, _scoreOpening(validator));
                _as(validator);
                coordinator.commitScores(run, 1, commitment);
                _record("commitScores");
            } else {
                _commitScores(_validator(i), 1, scores);
            }
        }
        address first = _validator(0);
        ScoreOpening memory o = _scoreOpening(first);
        _as(first);
        coordinator.revealScores(run, 1, scores, o.digest, o.size, o.salt);
        _record("revealScores");
        for (uint256 i = 1; i < 3; i++) _revealScores(_validator(i), 1, scores);
        _as(stranger);
        coordinator.settle(run, 1, vectors, scores);
        _record("settle4x3");
    }
}

/// @dev The largest run: 64 miners, 16 validators. Every transaction of it fits the chain's cap.
contract RunCoordinatorLimitsTest is GasBase {
    function _params() internal pure override returns (RunParams memory p) {
        p = super._params();
        p.maxMiners = 64;
        p.maxValidators = 16;
        p.maxIncluded = 64;
        p.roundsPerEpoch = 1;
    }

    /// @dev As many different scores as can be, and no two validators agree.
    function _vector(uint256 i) private pure returns (bytes memory vector) {
        for (uint256 j = 0; j < 64; j++) {
            vector = bytes.concat(vector, bytes2(uint16(30_000 + 500 * ((i * 7 + j) % 16) + j)));
        }
    }

    function test_gas_largestRun_fitsTransactionCap() public {
        for (uint256 i = 0; i < 64; i++) _joinMiner(i);
        for (uint256 i = 0; i < 16; i++) _joinValidator(i, STAKE);
        coordinator.advance(run);
        for (uint256 i = 0; i < 63; i++) _commit(_miner(i));
        address last = _miner(63);
        bytes32 commitment = _commitmentOf(last);
        _as(last);
        coordinator.commit(run, 1, commitment);
        assertLt(_record("commitLast64x16"), 1_000_000, "opens Reveal");
        for (uint256 i = 0; i < 63; i++) _reveal(_miner(i));
        (bytes32 root, bytes32 digest, uint64 size, bytes32 salt) = _opening(last, 1);
        _as(last);
        coordinator.reveal(run, 1, root, digest, size, salt);
        assertLt(_record("revealLast64x16"), 1_000_000, "draws the leader");
        _propose(type(uint64).max, _nextRoot());
        Round memory round = _state();
        // Eleven of sixteen are two thirds: the leader, nine more, and the last one.
        for (uint256 n = 1; n <= 10; n++) {
            address voter = _validator((round.leader + n) % 16);
            _as(voter);
            coordinator.attest(run, 1, round.attempt, round.included, round.nextRoot);
            if (n == 1) _record("attestMiddle64x16");
        }
        assertLt(_record("attestFinalNextEpoch64x16"), 2_000_000, "closes the epoch and opens the next");
        assertEq(_round(), 2, "round");

        bytes[] memory vectors = new bytes[](16);
        for (uint256 i = 0; i < 16; i++) {
            vectors[i] = _vector(i);
            _commitScores(_validator(i), 1, vectors[i]);
        }
        for (uint256 i = 0; i < 15; i++) _revealScores(_validator(i), 1, vectors[i]);
        address validator = _validator(15);
        ScoreOpening memory o = _scoreOpening(validator);
        _as(validator);
        coordinator.revealScores(run, 1, vectors[15], o.digest, o.size, o.salt);
        _record("revealScores64x16");
        // Sixteen equal weights: the lower median is the eighth lowest of 16 evenly spaced scores.
        bytes memory medians;
        for (uint256 j = 0; j < 64; j++) medians = bytes.concat(medians, bytes2(uint16(30_000 + 500 * 7 + j)));
        bytes memory data = abi.encodeCall(coordinator.settle, (run, 1, vectors, medians));
        _as(stranger);
        coordinator.settle(run, 1, vectors, medians);
        uint256 gas = _record("settle64x16");
        assertLt(gas + _intrinsic(data), TRANSACTION_CAP / 2, "settlement, with room to spare");
        for (uint256 i = 0; i < 64; i++) assertGt(rewards.creditOf(_miner(i)), 0, "every miner is credited");
        for (uint256 i = 0; i < 16; i++) assertGt(rewards.creditOf(_validator(i)), 0, "and every validator");
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Token} from "../../../contracts/Token.sol";
import {IRewardEscrowTypes} from "../../../contracts/interfaces/IRewardEscrow.sol";
import {CoordinatorBase} from "./CoordinatorBase.sol";
import {CourtSteps} from "./CourtSteps.sol";
import {ScoreBase} from "./ScoreBase.sol";

/// @notice The cheatcode that `Vm` lacks: makes an account's storage cold again, and what stands there what stood there at the
/// start of the transaction. It leaves the account itself warm.
interface VmCool {
    function cool(address account) external;
}

/// @notice Gas of each journey. In snapshots/RunCoordinator.json the call alone, from cold storage; in snapshots/Transactions.json
/// what the sender pays for it: with the 21 000, the calldata, and the accounts that a transaction finds cold. Refunds are not
/// taken off. Storage that is written for the first time, so the dearest case, unless it says Ring.
abstract contract GasBase is ScoreBase {
    uint256 internal constant TRANSACTION_CAP = 16_777_216; // EIP-7825
    uint256 private constant COLD_ACCOUNT = 2_500; // beyond a warm one
    // What calls touch besides the coordinator itself, which is the transaction's recipient.
    uint256 internal constant COMPILED_IN = 0; // actions of members in rounds
    uint256 internal constant LIBRARY = 1;
    uint256 internal constant LIBRARY_AND_VAULT = 2;
    uint256 internal constant LIBRARY_BEACON_REWARDS = 3;

    function setUp() public virtual override {
        _setUpRun();
    }

    function _cool() private {
        VmCool cheat = VmCool(address(vm));
        cheat.cool(address(coordinator));
        cheat.cool(address(stakes));
        cheat.cool(address(rewards));
        cheat.cool(address(beacon));
        cheat.cool(address(token));
    }

    /// @return paid Gas of the whole transaction.
    function _sendTo(
        address to,
        string memory name,
        address caller,
        bytes memory data,
        uint256 accounts
    ) internal returns (uint256 paid) {
        _cool();
        vm.prank(caller);
        (bool ok, bytes memory answer) = to.call(data);
        uint256 gas = vm.snapshotGasLastCall("RunCoordinator", name);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
        paid = _transaction(gas + accounts * COLD_ACCOUNT, data);
        vm.snapshotValue("Transactions", name, paid);
        assertLt(paid, TRANSACTION_CAP, name);
    }

    function _send(
        string memory name,
        address caller,
        bytes memory data,
        uint256 accounts
    ) internal returns (uint256 paid) {
        return _sendTo(address(coordinator), name, caller, data, accounts);
    }

    function _advance(string memory name) internal returns (uint256 paid) {
        return _send(name, stranger, abi.encodeCall(coordinator.advance, (run)), LIBRARY_BEACON_REWARDS);
    }

    /// @dev EIP-2028 for the calldata, or its floor by EIP-7623 if that is more.
    function _transaction(uint256 gas, bytes memory data) private pure returns (uint256) {
        uint256 zeros = 0;
        for (uint256 i = 0; i < data.length; i++) if (data[i] == 0) zeros++;
        uint256 others = data.length - zeros;
        uint256 standard = gas + 4 * zeros + 16 * others;
        uint256 floor = 10 * zeros + 40 * others;
        return 21_000 + (standard > floor ? standard : floor);
    }

    // ---- Journeys

    function _sendCommit(string memory name) internal returns (uint256) {
        address miner = _minerAt(0);
        bytes memory data = abi.encodeCall(coordinator.commit, (run, _round(), 0, _commitmentOf(miner)));
        return _send(name, miner, data, COMPILED_IN);
    }

    function _sendReveal(string memory name) internal returns (uint256) {
        address miner = _minerAt(0);
        bytes memory data = abi.encodeCall(coordinator.reveal, (run, _round(), 0, _opening(miner, _round())));
        return _send(name, miner, data, COMPILED_IN);
    }

    function _sendPropose(string memory name, uint256 included) internal returns (uint256) {
        Round memory round = _state();
        bytes memory data = abi.encodeCall(
            coordinator.propose,
            (run, round.id, round.attempt, included, _nextRoot(), false)
        );
        return _send(name, _leader(), data, COMPILED_IN);
    }

    /// @dev By the validator so many slots after the leader. The first vote beside the leader's finds its words written.
    function _sendAttest(string memory name, uint8 after_) internal returns (uint256) {
        (Round memory round, uint8 slot) = _voter(after_);
        bytes memory data = abi.encodeCall(coordinator.attest, (run, round.id, slot, round.proposal, false));
        return _send(name, _validatorAt(slot), data, COMPILED_IN);
    }

    function _sendRefuse(string memory name, uint8 after_) internal returns (uint256) {
        (Round memory round, uint8 slot) = _voter(after_);
        bytes memory data = abi.encodeCall(coordinator.refuse, (run, round.id, slot, round.proposal));
        return _send(name, _validatorAt(slot), data, COMPILED_IN);
    }

    function _voter(uint8 after_) private view returns (Round memory round, uint8 slot) {
        round = _state();
        uint8 validators = 0;
        while ((round.validators >> validators) & 1 == 1) validators++;
        slot = (round.leader + after_) % validators;
    }

    function _sendCommitScores(string memory name, uint64 epoch, bytes memory scores) internal returns (uint256) {
        address validator = _validatorAt(0);
        bytes32 commitment = _scoreCommitment(epoch, validator, scores, _scoreOpening(validator));
        bytes memory data = abi.encodeCall(coordinator.commitScores, (run, epoch, 0, commitment));
        return _send(name, validator, data, LIBRARY);
    }

    function _sendRevealScores(string memory name, uint64 epoch, bytes memory scores) internal returns (uint256) {
        address validator = _validatorAt(0);
        bytes memory data = abi.encodeCall(coordinator.revealScores, (run, epoch, 0, scores, _scoreOpening(validator)));
        return _send(name, validator, data, LIBRARY);
    }

    function _sendSettle(
        string memory name,
        uint64 epoch,
        bytes[] memory vectors,
        bytes memory medians
    ) internal returns (uint256) {
        bytes memory data = abi.encodeCall(coordinator.settle, (run, epoch, vectors, medians));
        return _send(name, stranger, data, LIBRARY_AND_VAULT);
    }

    /// @dev Of the grant, for an operator without other holders, or for the owner; of as many epochs.
    function _sendClaim(
        string memory name,
        address operator,
        address who,
        uint64 from,
        uint64 epochs
    ) internal returns (uint256) {
        uint64[] memory list = new uint64[](epochs);
        for (uint64 i = 0; i < epochs; i++) list[i] = from + i;
        IRewardEscrowTypes.Claim memory what = IRewardEscrowTypes.Claim(
            address(coordinator),
            run,
            0,
            operator,
            who,
            list
        );
        // The coordinator, the stake vault, the token.
        return _sendTo(address(rewards), name, stranger, abi.encodeCall(rewards.claim, (what)), 3);
    }
}

/// @dev Four miners, three validators.
contract RunCoordinatorGasTest is GasBase {
    function test_gas_membership() public {
        vm.prank(holder);
        token.transfer(owner, DEPOSIT);
        vm.prank(owner);
        token.approve(address(coordinator), DEPOSIT);
        _send("createRun", owner, abi.encodeCall(coordinator.createRun, (_params())), 1);
        _send("closeRun", owner, abi.encodeCall(coordinator.closeRun, (run + 1)), 1);
        _enrol(_miner(0), STAKE);
        _enrol(_validator(0), STAKE);
        _send("joinAsMiner", _miner(0), abi.encodeCall(coordinator.joinAsMiner, (run)), LIBRARY_AND_VAULT);
        bytes memory data = abi.encodeCall(coordinator.joinAsValidator, (run, STAKE));
        _send("joinAsValidator", _validator(0), data, LIBRARY_AND_VAULT);
        vm.prank(_miner(0));
        stakes.setDelegate(account("hot"));
        _send("syncKey", stranger, abi.encodeCall(coordinator.syncKey, (run, Role.Miner, 0)), 1);
        _send("leave", _miner(0), abi.encodeCall(coordinator.leave, (run, Role.Miner)), LIBRARY_AND_VAULT);
        data = abi.encodeCall(coordinator.release, (run, Role.Miner, 0));
        _send("release", stranger, data, LIBRARY_AND_VAULT);
    }

    function test_gas_evict() public {
        _start(4, 3);
        vm.prank(_miner(0));
        stakes.requestUnbond(_miner(0), STAKE);
        bytes memory data = abi.encodeCall(coordinator.evict, (run, Role.Miner, 0));
        _send("evict", stranger, data, LIBRARY_AND_VAULT);
    }

    /// @dev A run that is paid in another token.
    function test_gas_useSponsorship() public {
        RunParams memory p = _params();
        Token other = new Token(address(0), holder, 1e27, 1e27);
        p.rewardToken = address(other);
        uint256 id = _createRun(p);
        vm.startPrank(holder);
        other.approve(address(rewards), type(uint256).max);
        uint256 source = rewards.sponsor(address(coordinator), id, other, 10 * POT, POT);
        vm.stopPrank();
        bytes memory data = abi.encodeCall(coordinator.useSponsorship, (id, uint64(source)));
        _send("useSponsorship", stranger, data, 1);
    }

    function test_gas_round() public {
        for (uint256 i = 0; i < 4; i++) _joinMiner(i);
        for (uint256 i = 0; i < 3; i++) _joinValidator(i, STAKE);
        _advance("advanceOpensEpochAndRound");
        uint256 first = _sendCommit("commit");
        _lapse();
        _advance("advanceTrainToCommit");
        for (uint256 i = 1; i < 4; i++) _commit(_miner(i));
        _advance("advanceOpensReveal");
        first += _sendReveal("reveal");
        assertLe(first, 95_000, "commit and reveal, first");
        for (uint256 i = 1; i < 4; i++) _reveal(_miner(i));
        _advance("advanceDrawsLeader");
        _measureVotes("");
        _advance("advanceFinal");
        _finish();
        // Round 33 finds its place in the ring written by round 1.
        for (uint64 round = 3; round <= 32; round++) {
            if (round % 2 == 1) _settleUnscored(_state().epoch - 1);
            _finish();
        }
        assertEq(_round(), 33, "round");
        uint256 ring = _sendCommit("commitRing");
        for (uint256 i = 1; i < 4; i++) _commit(_miner(i));
        _advance("advanceOpensRevealRing");
        ring += _sendReveal("revealRing");
        assertLe(ring, 75_500, "commit and reveal, in the ring");
        for (uint256 i = 1; i < 4; i++) _reveal(_miner(i));
        _advance("advanceDrawsLeaderRing");
        _measureVotes("Ring");
        _advance("advanceFinalRing");
        assertEq(_round(), 34, "round");
    }

    /// @dev Of three equal validators, one may refuse and the two others still finish the round.
    function _measureVotes(string memory suffix) private {
        _sendPropose(string.concat("propose", suffix), 7);
        _sendRefuse(string.concat("refuse", suffix), 1);
        assertLe(_sendAttest(string.concat("attest", suffix), 2), 45_000, "attest");
    }

    /// @dev Who commits last and advances the run in the same transaction.
    function test_gas_commitAndAdvance() public {
        _start(4, 3);
        for (uint256 i = 0; i < 3; i++) _commit(_miner(i));
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(coordinator.commit, (run, 1, 3, _commitmentOf(_miner(3))));
        calls[1] = abi.encodeCall(coordinator.advance, (run));
        bytes memory data = abi.encodeCall(coordinator.multicall, (calls));
        _send("commitAndAdvance", _miner(3), data, LIBRARY_BEACON_REWARDS);
    }

    function test_gas_epoch() public {
        _start(4, 3);
        _finish();
        _toAttest();
        _propose();
        Round memory round = _state();
        _attest(_validator((round.leader + 1) % 3));
        _advance("advanceFinalNextEpoch");
        bytes memory scores = _scores(1_000, 2_000, 3_000, 65_535);
        bytes[] memory vectors = new bytes[](3);
        for (uint256 i = 0; i < 3; i++) vectors[i] = scores;
        _sendCommitScores("commitScores", 1, scores);
        for (uint256 i = 1; i < 3; i++) _commitScores(_validator(i), 1, scores);
        _send("advanceEpoch", stranger, abi.encodeCall(coordinator.advanceEpoch, (run, 1)), LIBRARY);
        _sendRevealScores("revealScores", 1, scores);
        for (uint256 i = 1; i < 3; i++) _revealScores(_validator(i), 1, scores);
        _sendSettle("settle4x3", 1, vectors, scores);
    }

    /// @dev Everybody has claimed before: of an epoch that others have claimed of, as most do; first of it; and ten at once.
    function test_gas_claim() public {
        _start(4, 3);
        bytes memory scores = _scores(1_000, 2_000, 3_000, 65_535);
        bytes[] memory vectors = new bytes[](3);
        for (uint256 i = 0; i < 3; i++) vectors[i] = scores;
        for (uint64 epoch = 1; epoch <= 13; epoch++) {
            // What a run that goes on has: time passes between the pools' changes and the epochs.
            vm.warp(block.timestamp + 100);
            _finish();
            _finish();
            _settleAs(epoch, 0, vectors, scores);
        }
        _sendClaim("claim, first of an operator and an epoch", _miner(0), _miner(0), 2, 1);
        _sendClaim("claim, first of an operator", _validator(1), _validator(1), 2, 1);
        _sendClaim("claim, first of an epoch", _miner(0), _miner(0), 3, 1);
        _sendClaim("claimOwner, first of the owner", owner, address(0), 2, 1);
        _sendClaim("claimOwnerRing", owner, address(0), 3, 1);
        _sendClaim("claim10, first of each epoch", _miner(0), _miner(0), 4, 10);
        _sendClaim("claimRing", _validator(1), _validator(1), 3, 1);
        _sendClaim("claim10Ring", _validator(1), _validator(1), 4, 10);
    }
}

/// @notice Gas of what a court orders, as if it were a transaction of its own.
contract RunCoordinatorCourtGasTest is GasBase, CourtSteps {
    function setUp() public override(CoordinatorBase, GasBase) {
        super.setUp();
        _start(4, 3);
        _enrol(_validator(0), STAKE);
    }

    function test_gas_refute() public {
        FinalRound memory final_ = _finalize();
        bytes memory data = abi.encodeCall(coordinator.refute, (run, 1, final_));
        // Round 2 is void, and with it epoch 1 is full: the next one opens.
        _send("refuteNextEpoch", court, data, LIBRARY_BEACON_REWARDS);
        final_ = _finalize();
        assertEq(_state().epoch, 2, "epoch");
        data = abi.encodeCall(coordinator.refute, (run, 3, final_));
        _send("refuteSecond", court, data, LIBRARY_BEACON_REWARDS);
    }

    /// @dev Eight epochs wait for their settlement, and most of the work is to go through them.
    function test_gas_refuteRoundLongGone() public {
        FinalRound memory final_ = _finalize();
        for (uint256 round = 2; round < 16; round++) _finish();
        assertEq(_state().epoch, 8, "epoch");
        bytes memory data = abi.encodeCall(coordinator.refute, (run, 1, final_));
        _send("refute8Epochs", court, data, LIBRARY_BEACON_REWARDS);
        _assertPhase(Phase.Idle, "the ring is full");
    }

    function test_gas_punish() public {
        Fault memory fault = _fault(Role.Validator, 0, 1, _validator(0));
        bytes memory data = abi.encodeCall(coordinator.punish, (run, fault));
        _send("punish", court, data, LIBRARY_AND_VAULT);
        _send("punishAgain", court, data, LIBRARY);
    }
}

/// @dev The largest run: 256 miners, 64 validators. Every transaction of it fits the chain's cap. An epoch has one round, and
/// scores are due at once, so that the ring goes round soon.
abstract contract LargestRun is GasBase {
    uint256 internal constant MINERS = 256;
    uint256 internal constant VALIDATORS = 64;

    function _params() internal view override returns (RunParams memory p) {
        p = super._params();
        (p.maxMiners, p.maxValidators, p.maxIncluded) = (256, 64, 64);
        (p.roundsPerEpoch, p.protectionEpochs) = (1, 0);
        (p.scoreCommitSeconds, p.scoreRevealSeconds) = (1, 1);
        (p.minPot, p.epochPot) = (1e18, 1e18);
    }

    /// @dev As many different scores as can be, and no two validators agree.
    function _largeVector(uint256 i) internal pure returns (bytes memory vector) {
        vector = new bytes(2 * MINERS);
        for (uint256 j = 0; j < MINERS; j++) _put(vector, j, 30_000 + 500 * ((i * 7 + j) % 64) + j);
    }

    function _largeVectors() internal pure returns (bytes[] memory vectors) {
        vectors = new bytes[](VALIDATORS);
        for (uint256 i = 0; i < VALIDATORS; i++) vectors[i] = _largeVector(i);
    }

    /// @dev Of the slots from `first` on. Sixty-four equal weights: the 32nd lowest of 64 evenly spaced scores.
    function _largeMedians(uint256 first, uint256 slots) internal pure returns (bytes memory medians) {
        medians = new bytes(2 * slots);
        for (uint256 k = 0; k < slots; k++) _put(medians, k, 30_000 + 500 * 31 + first + k);
    }

    function _put(bytes memory vector, uint256 j, uint256 score) private pure {
        (vector[2 * j], vector[2 * j + 1]) = (bytes1(uint8(score >> 8)), bytes1(uint8(score)));
    }

    /// @dev Everybody's, but validator 0's.
    function _commitLargeScores(uint64 epoch) internal {
        for (uint256 i = 1; i < VALIDATORS; i++) _commitScores(_validator(i), epoch, _largeVector(i));
    }

    function _revealLargeScores(uint64 epoch) internal {
        for (uint256 i = 1; i < VALIDATORS; i++) _revealScores(_validator(i), epoch, _largeVector(i));
    }

    /// @dev All score the epoch, and it is settled at once.
    function _scoreEpoch(uint64 epoch) internal {
        _commitScores(_validator(0), epoch, _largeVector(0));
        _commitLargeScores(epoch);
        coordinator.advanceEpoch(run, epoch);
        _revealScores(_validator(0), epoch, _largeVector(0));
        _revealLargeScores(epoch);
        coordinator.settle(run, epoch, _largeVectors(), _largeMedians(0, MINERS));
    }

    /// @dev A round, and so an epoch, in which nobody did anything.
    function _voidRound() internal {
        _lapse();
        coordinator.advance(run);
        _lapse();
        coordinator.advance(run);
    }
}

contract RunCoordinatorLimitsTest is LargestRun {
    function test_gas_largestRun_fitsTransactionCap() public {
        for (uint256 i = 0; i < MINERS - 1; i++) _joinMiner(i);
        for (uint256 i = 0; i < VALIDATORS - 1; i++) _joinValidator(i, STAKE);
        (address miner, address validator) = (_miner(MINERS - 1), _validator(VALIDATORS - 1));
        _enrol(miner, STAKE);
        _enrol(validator, STAKE);
        _send("joinAsMiner256", miner, abi.encodeCall(coordinator.joinAsMiner, (run)), LIBRARY_AND_VAULT);
        bytes memory data = abi.encodeCall(coordinator.joinAsValidator, (run, STAKE));
        _send("joinAsValidator64", validator, data, LIBRARY_AND_VAULT);
        _advance("advanceOpensEpochAndRound256x64");
        _measureRound(1, "256x64");
        assertEq(_round(), 2, "round");
        _measureScores(1, "256x64");
        assertLe(_sendSettle("settle256x64", 1, _largeVectors(), _largeMedians(0, MINERS)), 6_000_000, "settlement");
        for (uint256 i = 0; i < MINERS; i++) assertGt(_share(1, _miner(i)), 0, "every miner earns");
        for (uint256 i = 0; i < VALIDATORS; i++) assertGt(_share(1, _validator(i)), 0, "and every validator");
        // Round 33 finds its place in the ring written by round 1, and epoch 33 by epoch 1.
        for (uint64 epoch = 2; epoch <= 32; epoch++) {
            _voidRound();
            _settleUnscored(epoch);
            if (epoch < 32) assertEq(_round(), epoch + 1, "round");
        }
        _measureRound(33, "256x64Ring");
        _measureScores(33, "256x64Ring");
        _measurePages(33);
    }

    function _measureRound(uint64 number, string memory suffix) private {
        assertEq(_round(), number, "round");
        bool ring = number > 32;
        uint256 both = _sendCommit(string.concat("commit", suffix));
        if (!ring) {
            _lapse();
            _advance(string.concat("advanceTrainToCommit", suffix));
        }
        for (uint256 i = 1; i < MINERS; i++) _commit(_miner(i));
        _advance(string.concat("advanceOpensReveal", suffix));
        both += _sendReveal(string.concat("reveal", suffix));
        assertLe(both, ring ? 75_500 : 95_000, "commit and reveal");
        for (uint256 i = 1; i < MINERS; i++) _reveal(_miner(i));
        _advance(string.concat("advanceDrawsLeader", suffix));
        // Forty-three of sixty-four are two thirds: the leader, and 42 more.
        _sendPropose(string.concat("propose", suffix), type(uint64).max);
        for (uint8 n = 1; n <= 42; n++) {
            if (n == 1) assertLe(_sendAttest(string.concat("attest", suffix), n), 45_000, "attest");
            else _attest(_validatorAt((_state().leader + n) % 64));
        }
        _advance(string.concat("advanceFinalNextEpoch", suffix));
    }

    function _measureScores(uint64 epoch, string memory suffix) private {
        uint256 paid = _sendCommitScores(string.concat("commitScores", suffix), epoch, _largeVector(0));
        // A validator's word is written for the first time in the first eight epochs of a run only: 17 100 gas.
        assertLe(paid, epoch > 8 ? 60_000 : 65_000, "commitScores");
        _commitLargeScores(epoch);
        bytes memory data = abi.encodeCall(coordinator.advanceEpoch, (run, epoch));
        _send(string.concat("advanceEpoch", suffix), stranger, data, LIBRARY);
        paid = _sendRevealScores(string.concat("revealScores", suffix), epoch, _largeVector(0));
        assertLe(paid, 60_000, "revealScores");
        _revealLargeScores(epoch);
    }

    function _measurePages(uint64 epoch) private {
        string[4] memory names = ["First", "Second", "Third", "Last"];
        for (uint256 page = 0; page < 4; page++) {
            string memory name = string.concat("settle256x64Page64", names[page]);
            _sendSettle(name, epoch, _largeVectors(), _largeMedians(64 * page, 64));
        }
        _assertEpochPhase(epoch, EpochPhase.Settled, "in four pages");
        _sendClaim("claim256x64, first of an operator and an epoch", _miner(7), _miner(7), 1, 1);
        _sendClaim("claim256x64, first of an epoch", _miner(7), _miner(7), 33, 1);
    }
}

/// @dev All slots are taken, and four epochs settled, each with ranks for all.
contract RunCoordinatorReplaceGasTest is LargestRun {
    function test_gas_replaceMiner256() public {
        for (uint256 i = 0; i < MINERS; i++) _joinMiner(i);
        for (uint256 i = 0; i < VALIDATORS; i++) _joinValidator(i, STAKE);
        coordinator.advance(run);
        for (uint64 epoch = 1; epoch <= 4; epoch++) {
            _voidRound();
            _scoreEpoch(epoch);
        }
        address newcomer = _miner(MINERS);
        _enrol(newcomer, STAKE);
        // The medians ascend with the slot.
        vm.prank(newcomer);
        vm.expectRevert(abi.encodeWithSelector(RunNotLeastUseful.selector, run, 255, 0));
        coordinator.replaceMiner(run, 255);
        bytes memory data = abi.encodeCall(coordinator.replaceMiner, (run, 0));
        _send("replaceMiner256", newcomer, data, LIBRARY_AND_VAULT);
        _voidRound();
        _settleUnscored(5);
        data = abi.encodeCall(coordinator.release, (run, Role.Miner, 0));
        _send("releaseToHeir256", stranger, data, LIBRARY_AND_VAULT);
        assertEq(_minerAt(0), newcomer, "seated");
    }
}

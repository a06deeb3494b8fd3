// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {EpochSteps} from "./EpochSteps.sol";
import {IStakeVaultErrors} from "../../../contracts/interfaces/IStakeVault.sol";
import {HashLib} from "../../../contracts/libraries/HashLib.sol";
import {SealLib} from "../../../contracts/libraries/SealLib.sol";

/// commit
/// ├── no such run, empty slot, caller acts for nobody or for another: reverts
/// ├── not active in the named round: reverts
/// ├── another round, another phase, past the deadline: reverts
/// ├── committed already, or zero: reverts
/// └── else: sealed, in Train as in Commit, by the operator or its delegate; the phase stays
contract RunCoordinatorCommitTest is EpochSteps, IStakeVaultErrors {
    bytes32 private constant COMMITMENT = keccak256("commitment");

    function setUp() public override {
        super.setUp();
        _start(2, 2);
    }

    function _commitAs(address caller, uint64 round, uint8 slot, bytes32 commitment, bytes memory refusal) private {
        if (refusal.length != 0) vm.expectRevert(refusal);
        vm.prank(caller);
        coordinator.commit(run, round, slot, commitment);
    }

    function test_commit_unknownRun_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunNotActor.selector, 7, 0, _miner(0)));
        vm.prank(_miner(0));
        coordinator.commit(7, 1, 0, COMMITMENT);
    }

    function test_commit_otherRound_reverts(uint64 round) public {
        round = uint64(bound(round, 2, type(uint48).max));
        _commitAs(_miner(0), round, 0, COMMITMENT, abi.encodeWithSelector(RunWrongRound.selector, run, 1, round));
        // No member was there before the first, and none stays for ever.
        _commitAs(_miner(0), 0, 0, COMMITMENT, abi.encodeWithSelector(RunNotActive.selector, run, 0, 0));
        round += 2 ** 48;
        _commitAs(_miner(0), round, 0, COMMITMENT, abi.encodeWithSelector(RunNotActive.selector, run, round, 0));
    }

    function test_commit_earlierRound_reverts() public {
        _finish();
        _commitAs(_miner(0), 1, 0, COMMITMENT, abi.encodeWithSelector(RunWrongRound.selector, run, 2, 1));
    }

    function test_commit_beforeFirstRound_reverts() public {
        run = _createRun(_params());
        address miner = _joinMiner(0);
        _commitAs(miner, 0, 0, COMMITMENT, abi.encodeWithSelector(RunNotActive.selector, run, 0, 0));
        _commitAs(miner, 1, 0, COMMITMENT, abi.encodeWithSelector(RunWrongRound.selector, run, 0, 1));
    }

    function test_commit_inOtherPhase_reverts() public {
        bytes4 selector = RunWrongPhase.selector;
        _commitAll();
        _commitAs(_miner(0), 1, 0, COMMITMENT, abi.encodeWithSelector(selector, run, Phase.Reveal, Phase.Commit));
        _revealAll();
        _commitAs(_miner(0), 1, 0, COMMITMENT, abi.encodeWithSelector(selector, run, Phase.Attest, Phase.Commit));
        _leave(_validator(0), Role.Validator);
        _vote();
        coordinator.advance(run);
        _commitAs(_miner(0), 1, 0, COMMITMENT, abi.encodeWithSelector(selector, run, Phase.Idle, Phase.Commit));
    }

    function test_commit_pastDeadline_reverts() public {
        uint64 deadline = _state().deadline;
        vm.warp(deadline + 1);
        _commitAs(_miner(0), 1, 0, COMMITMENT, abi.encodeWithSelector(RunPastDeadline.selector, run, deadline));
        coordinator.advance(run);
        deadline = _state().deadline;
        vm.warp(deadline + 1);
        _commitAs(_miner(0), 1, 0, COMMITMENT, abi.encodeWithSelector(RunPastDeadline.selector, run, deadline));
    }

    function test_commit_atDeadline_passes() public {
        vm.warp(_state().deadline);
        _commitAs(_miner(0), 1, 0, COMMITMENT, "");
        vm.warp(block.timestamp + 1);
        coordinator.advance(run);
        vm.warp(_state().deadline);
        _commitAs(_miner(1), 1, 1, COMMITMENT, "");
        assertEq(_state().committed, 3, "both in time");
    }

    function test_commit_stranger_reverts() public {
        bytes memory unknown = abi.encodeWithSelector(StakeVaultUnknownOperator.selector, stranger);
        _commitAs(stranger, 1, 0, COMMITMENT, unknown);
        // An empty slot is nobody's, so nobody is looked up.
        _commitAs(stranger, 1, 2, COMMITMENT, abi.encodeWithSelector(RunNotActor.selector, run, 2, stranger));
    }

    function test_commit_othersSlot_reverts() public {
        address validator = _validator(0);
        _commitAs(validator, 1, 0, COMMITMENT, abi.encodeWithSelector(RunNotActor.selector, run, 0, validator));
        _commitAs(_miner(0), 1, 1, COMMITMENT, abi.encodeWithSelector(RunNotActor.selector, run, 1, _miner(0)));
        _commitAs(_miner(0), 1, 255, COMMITMENT, abi.encodeWithSelector(RunNotActor.selector, run, 255, _miner(0)));
    }

    function test_commit_joinedSince_reverts() public {
        address late = _joinMiner(2);
        _commitAs(late, 1, 2, COMMITMENT, abi.encodeWithSelector(RunNotActive.selector, run, 1, 2));
    }

    function test_commit_leftBefore_reverts() public {
        _joinMiner(2);
        _leave(_miner(0), Role.Miner);
        _finish();
        _commitAs(_miner(0), 2, 0, COMMITMENT, abi.encodeWithSelector(RunNotActive.selector, run, 2, 0));
    }

    function test_commit_twice_reverts() public {
        _commitAs(_miner(0), 1, 0, COMMITMENT, "");
        bytes memory refusal = abi.encodeWithSelector(RunAlreadyCommitted.selector, run, 1, 0);
        _commitAs(_miner(0), 1, 0, COMMITMENT, refusal);
    }

    function test_commit_zero_reverts() public {
        _commitAs(_miner(0), 1, 0, 0, abi.encodeWithSelector(RunZeroCommitment.selector));
    }

    /// @dev Any word but zero, also one of which nothing is kept but the round.
    function test_commit_inTrain_sealsAndEmits(bytes32 commitment, uint64 number) public {
        if (commitment == 0) commitment = bytes32(uint256(1));
        vm.roll(number);
        vm.expectEmit(address(coordinator));
        emit Committed(run, 1, 1, commitment);
        _commitAs(_miner(1), 1, 1, commitment, "");
        assertEq(coordinator.sealOf(run, 1, 1), SealLib.sealed_(commitment, 1, number), "seal");
        assertEq(coordinator.sealOf(run, 1, 0), 0, "of the other");
        assertEq(_state().committed, 2, "committed");
        assertEq(_state().revealed, 0, "revealed");
        _assertPhase(Phase.Train, "phase");
    }

    /// @dev The ring gives the slot of round 1 to round 33; what round 1 left there is not round 33's.
    function test_commit_ringComesRound_startsEmpty() public {
        for (uint64 epoch = 1; epoch <= 16; epoch++) {
            _finish();
            _finish();
            _settleUnscored(epoch);
        }
        assertEq(_round(), 33, "round");
        assertEq(coordinator.sealOf(run, 33, 0), 0, "seal");
        assertNotEq(coordinator.sealOf(run, 2, 0), 0, "of the oldest round in the ring");
        vm.expectRevert(abi.encodeWithSelector(RunWrongRound.selector, run, 33, 1));
        coordinator.sealOf(run, 1, 0);
        Round memory round = _state();
        assertEq(round.committed | round.revealed | round.led | round.attested | round.included, 0, "sets");
        assertEq(round.attempt, 0, "attempt");
        assertEq(round.proposal, 0, "proposal");
        assertEq(round.attestedWeight, 0, "weight");
        _commitAs(_miner(0), 33, 0, COMMITMENT, "");
        assertEq(
            coordinator.sealOf(run, 33, 0),
            SealLib.sealed_(COMMITMENT, 33, block.number),
            "seal of the new round"
        );
    }
}

/// reveal
/// ├── not the slot's actor, another round, another phase, past the deadline, not active: reverts
/// ├── nothing committed, revealed already: reverts
/// ├── size zero or above the run's limit: reverts
/// ├── any part differs from what was committed, or it is another's: reverts
/// └── else: the seal is open, and with it enters the mix when the phase closes
contract RunCoordinatorRevealTest is EpochSteps, IStakeVaultErrors {
    function setUp() public override {
        super.setUp();
        _start(3, 2);
        _commit(_miner(0));
        _commit(_miner(1));
    }

    function _toReveal() private {
        for (uint256 i = 0; i < 2; i++) {
            _lapse();
            coordinator.advance(run);
        }
    }

    /// @dev Miner i sits in slot i.
    function _revealAs(uint8 i, Opening memory opening) private {
        vm.prank(_miner(i));
        coordinator.reveal(run, 1, i, opening);
    }

    function _some(uint64 size) private pure returns (Opening memory) {
        return Opening("root", "digest", size, "salt");
    }

    function test_reveal_unknownRun_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunNotActor.selector, 7, 0, _miner(0)));
        vm.prank(_miner(0));
        coordinator.reveal(7, 1, 0, _some(1));
    }

    function test_reveal_othersSlot_reverts() public {
        _toReveal();
        vm.expectRevert(abi.encodeWithSelector(RunNotActor.selector, run, 0, _miner(1)));
        vm.prank(_miner(1));
        coordinator.reveal(run, 1, 0, _opening(_miner(0), 1));
        vm.expectRevert(abi.encodeWithSelector(StakeVaultUnknownOperator.selector, stranger));
        vm.prank(stranger);
        coordinator.reveal(run, 1, 0, _opening(_miner(0), 1));
    }

    function test_reveal_otherRound_reverts() public {
        _toReveal();
        vm.expectRevert(abi.encodeWithSelector(RunWrongRound.selector, run, 1, 2));
        vm.prank(_miner(0));
        coordinator.reveal(run, 2, 0, _some(1));
    }

    function test_reveal_inTrain_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunWrongPhase.selector, run, Phase.Train, Phase.Reveal));
        _revealAs(0, _some(1));
    }

    function test_reveal_pastDeadline_reverts() public {
        _toReveal();
        uint64 deadline = _state().deadline;
        Opening memory opening = _opening(_miner(0), 1);
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(RunPastDeadline.selector, run, deadline));
        _revealAs(0, opening);
        vm.warp(deadline);
        _revealAs(0, opening);
        assertEq(_state().revealed, 1, "in time");
    }

    function test_reveal_notActive_reverts() public {
        _joinMiner(3);
        _toReveal();
        vm.expectRevert(abi.encodeWithSelector(RunNotActive.selector, run, 1, 3));
        _revealAs(3, _some(1));
    }

    function test_reveal_notCommitted_reverts() public {
        _toReveal();
        vm.expectRevert(abi.encodeWithSelector(RunNotCommitted.selector, run, 1, 2));
        _revealAs(2, _some(1));
    }

    function test_reveal_twice_reverts() public {
        _toReveal();
        _reveal(_miner(0));
        vm.expectRevert(abi.encodeWithSelector(RunAlreadyRevealed.selector, run, 1, 0));
        _revealAs(0, _opening(_miner(0), 1));
    }

    function test_reveal_sizeOutOfRange_reverts(uint64 size) public {
        if (size != 0 && size <= 1_000_000) size += 1_000_000;
        _toReveal();
        vm.expectRevert(abi.encodeWithSelector(RunBlobSize.selector, size, 1_000_000));
        _revealAs(0, _some(size));
    }

    function test_reveal_sizeAtEdges_isChecked() public {
        bytes32 commitment = HashLib.contribution(run, 1, 2, _some(1_000_000));
        vm.prank(_miner(2));
        coordinator.commit(run, 1, 2, commitment);
        coordinator.advance(run);
        _revealAs(2, _some(1_000_000));
        vm.expectRevert(abi.encodeWithSelector(RunBlobSize.selector, 1_000_001, 1_000_000));
        _revealAs(0, _some(1_000_001));
        vm.expectRevert(abi.encodeWithSelector(RunBlobSize.selector, 0, 1_000_000));
        _revealAs(0, _some(0));
    }

    function test_reveal_anyPartDiffers_reverts(bytes32 change, uint8 part) public {
        if (change == 0) change = "change";
        _toReveal();
        bytes32 seal = bytes32(coordinator.sealOf(run, 1, 0));
        Opening memory o = _opening(_miner(0), 1);
        if (part % 4 == 0) o.contributionRoot ^= change;
        else if (part % 4 == 1) o.digest ^= change;
        else if (part % 4 == 2) o.size = 1 + uint64(uint256(change) % 999);
        else o.salt ^= change;
        bytes32 opened = HashLib.contribution(run, 1, 0, o);
        vm.expectRevert(abi.encodeWithSelector(RunCommitmentMismatch.selector, seal, opened));
        _revealAs(0, o);
    }

    /// @dev A commitment copied from another miner cannot be opened: it names its author's slot.
    function test_reveal_copiedCommitment_reverts() public {
        bytes32 copied = _commitmentOf(_miner(0));
        vm.prank(_miner(2));
        coordinator.commit(run, 1, 2, copied);
        coordinator.advance(run);
        _reveal(_miner(0));
        Opening memory o = _opening(_miner(0), 1);
        bytes32 seal = bytes32(SealLib.sealed_(copied, 1, block.number));
        bytes32 opened = HashLib.contribution(run, 1, 2, o);
        vm.expectRevert(abi.encodeWithSelector(RunCommitmentMismatch.selector, seal, opened));
        _revealAs(2, o);
    }

    /// @dev The block of the commitment stays, whatever the block of the reveal is.
    function test_reveal_inTime_opensSealAndEmits() public {
        uint256 made = block.number;
        _toReveal();
        vm.roll(made + 5);
        Opening memory o = _opening(_miner(1), 1);
        bytes32 commitment = _commitmentOf(_miner(1));
        vm.expectEmit(address(coordinator));
        emit Revealed(run, 1, 1, o.contributionRoot, o.digest, o.size, o.salt);
        _revealAs(1, o);
        uint256 seal = SealLib.opened(
            SealLib.sealed_(commitment, 1, made),
            keccak256(abi.encodePacked(commitment, o.salt))
        );
        assertEq(coordinator.sealOf(run, 1, 1), seal, "seal");
        assertEq(_state().committed, 3, "committed");
        assertEq(_state().revealed, 2, "revealed");
        _reveal(_miner(0));
        _assertPhase(Phase.Reveal, "an action advances nothing by itself");
    }

    /// @dev Seeds of the next round see the seals that were opened in this one, in ascending order of slot, whoever was first.
    function test_reveal_openedSeals_enterNextSeeds() public {
        _toReveal();
        _reveal(_miner(1));
        _reveal(_miner(0));
        uint256[] memory seals = new uint256[](2);
        for (uint8 i = 0; i < 2; i++) seals[i] = coordinator.sealOf(run, 1, i);
        bytes32 mix = keccak256(abi.encodePacked(bytes32(0), seals[0], seals[1]));
        coordinator.advance(run);
        beacon.set("other");
        _propose();
        _attestAll();
        assertEq(_state().trainSeed, HashLib.trainSeed("other", mix, run, 2), "train seed");
        _commitAll();
        assertEq(_state().testSeed, HashLib.testSeed("other", mix, run, 2), "test seed");
        assertNotEq(_state().testSeed, _state().trainSeed, "they differ");
        // The mix goes on from there, and what stayed sealed is not in it.
        _reveal(_miner(2));
        mix = keccak256(abi.encodePacked(mix, coordinator.sealOf(run, 2, 2)));
        _lapse();
        coordinator.advance(run);
        _propose();
        _attestAll();
        assertEq(_state().trainSeed, HashLib.trainSeed("other", mix, run, 3), "train seed of round 3");
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {ScoreBase} from "./ScoreBase.sol";
import {SealLib} from "../../../contracts/libraries/SealLib.sol";

/// commitScores
/// ├── no such run or epoch: reverts
/// ├── epoch open, in Reveal or settled, past the deadline: reverts
/// ├── not who acts in the slot, or not active in the epoch: reverts
/// ├── committed already, or zero: reverts
/// └── else: sealed; nothing advances by itself
contract RunCoordinatorCommitScoresTest is ScoreBase {
    function _commitAs(address caller, uint64 epoch, uint8 slot, bytes32 commitment, bytes memory refusal) private {
        if (refusal.length != 0) vm.expectRevert(refusal);
        vm.prank(caller);
        coordinator.commitScores(run, epoch, slot, commitment);
    }

    function _commitAs(uint64 epoch, bytes32 commitment, bytes memory refusal) private {
        _commitAs(_validator(0), epoch, 0, commitment, refusal);
    }

    function test_commitScores_unknownRun_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunNotActor.selector, 7, 0, address(this)));
        coordinator.commitScores(7, 1, 0, "scores");
    }

    function test_commitScores_unknownEpoch_reverts(uint64 epoch) public {
        if (epoch == 1 || epoch == 2) epoch = 0;
        _commitAs(epoch, "scores", abi.encodeWithSelector(EpochUnknown.selector, run, epoch));
    }

    /// @dev Epoch 9 has overwritten it, and seven epochs may still wait for their settlement.
    function test_commitScores_epochThatLeftTheRing_reverts() public {
        _settleUnscored(1);
        for (uint256 i = 0; i < 14; i++) _finish();
        assertEq(coordinator.currentEpochOf(run), 9, "epoch");
        _commitAs(1, "scores", abi.encodeWithSelector(EpochUnknown.selector, run, 1));
        vm.expectRevert(abi.encodeWithSelector(EpochUnknown.selector, run, 1));
        coordinator.epochOf(run, 1);
        assertEq(uint256(coordinator.epochOf(run, 2).phase), uint256(EpochPhase.Commit), "the one after is there");
    }

    function test_commitScores_otherPhase_reverts() public {
        bytes4 selector = EpochWrongPhase.selector;
        _commitAs(2, "scores", abi.encodeWithSelector(selector, run, 2, EpochPhase.Open, EpochPhase.Commit));
        _commitScoresAll(1);
        _commitAs(1, "scores", abi.encodeWithSelector(selector, run, 1, EpochPhase.Reveal, EpochPhase.Commit));
        _lapseEpoch(1);
        coordinator.settle(run, 1, new bytes[](0), "");
        _commitAs(1, "scores", abi.encodeWithSelector(selector, run, 1, EpochPhase.Settled, EpochPhase.Commit));
    }

    function test_commitScores_pastDeadline_reverts() public {
        uint64 deadline = coordinator.epochOf(run, 1).deadline;
        vm.warp(deadline + 1);
        _commitAs(1, "scores", abi.encodeWithSelector(EpochPastDeadline.selector, run, 1, deadline));
        vm.warp(deadline);
        _commitAs(1, "scores", "");
    }

    function test_commitScores_notTheSlotsActor_reverts(uint8 slot) public {
        vm.assume(slot != 0);
        _commitAs(_miner(0), 1, 0, "scores", abi.encodeWithSelector(RunNotActor.selector, run, 0, _miner(0)));
        bytes memory refusal = abi.encodeWithSelector(RunNotActor.selector, run, slot, _validator(0));
        _commitAs(_validator(0), 1, slot, "scores", refusal);
    }

    /// @dev It joined after the epoch's rounds, into a slot that was free.
    function test_commitScores_notActive_reverts() public {
        RunParams memory p = _params();
        p.maxValidators = 4;
        _otherRun(p, 10, 2, 2);
        address late = _joinValidator(12, STAKE);
        _commitAs(late, 1, 2, "scores", abi.encodeWithSelector(EpochNotActive.selector, run, 1, 2));
    }

    function test_commitScores_twice_reverts() public {
        _commitAs(1, "scores", "");
        _commitAs(1, "others", abi.encodeWithSelector(ScoresAlreadyCommitted.selector, run, 1, 0));
        _commitAs(1, "scores", abi.encodeWithSelector(ScoresAlreadyCommitted.selector, run, 1, 0));
    }

    function test_commitScores_zero_reverts() public {
        _commitAs(1, 0, abi.encodeWithSelector(RunZeroCommitment.selector));
    }

    function test_commitScores_inTime_emits() public {
        vm.prank(_validator(1));
        stakes.setDelegate(stranger);
        vm.expectEmit(address(coordinator));
        emit KeySet(run, Role.Validator, 1, stranger);
        vm.expectEmit(address(coordinator));
        emit ScoresCommitted(run, 1, _validator(1), 1, "scores");
        _commitAs(stranger, 1, 1, "scores", "");
        assertEq(coordinator.epochOf(run, 1).committed, 2, "committed");
    }

    /// @dev Who commits last may advance the epoch in the same transaction.
    function test_commitScores_last_advancesNothing() public {
        for (uint256 i = 0; i < 3; i++) _commitScores(_validator(i), 1, _vector(i));
        assertEq(coordinator.epochOf(run, 1).committed, 7, "committed");
        _assertEpochPhase(1, EpochPhase.Commit, "until somebody advances it");
    }

    function test_commitScores_inOneTransactionWithAdvance_opensReveal() public {
        for (uint256 i = 0; i < 2; i++) _commitScores(_validator(i), 1, _vector(i));
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(coordinator.commitScores, (run, 1, 2, "scores"));
        calls[1] = abi.encodeCall(coordinator.advanceEpoch, (run, 1));
        vm.prank(_validator(2));
        coordinator.multicall(calls);
        _assertEpochPhase(1, EpochPhase.Reveal, "phase");
    }

    /// @dev A validator that leaves has the epochs in which it was active still to score.
    function test_commitScores_leaver_counts() public {
        _leave(_validator(2), Role.Validator);
        _commitScoresAll(1);
        _assertEpochPhase(1, EpochPhase.Reveal, "with the leaver's");
    }

    /// @dev Epochs 1 and 9 share a place in the ring.
    function test_commitScores_earlierInTheRing_countsForNothing() public {
        _revealScoresAll(1);
        coordinator.settle(run, 1, _vectors(3), _medians());
        for (uint64 epoch = 2; epoch <= 9; epoch++) {
            if (epoch > 2) _settleUnscored(epoch - 1);
            _finish();
            _finish();
        }
        Epoch memory e = coordinator.epochOf(run, 9);
        assertEq(uint256(e.phase), uint256(EpochPhase.Commit), "phase");
        assertEq(e.committed | e.revealed, 0, "nobody has");
        vm.expectRevert(abi.encodeWithSelector(EpochNotDue.selector, run, 9));
        coordinator.advanceEpoch(run, 9);
        _commitScores(_validator(1), 9, _vector(1));
        _lapseEpoch(9);
        coordinator.advanceEpoch(run, 9);
        vm.expectRevert(abi.encodeWithSelector(ScoresNotCommitted.selector, run, 9, 0));
        vm.prank(_validator(0));
        coordinator.revealScores(run, 9, 0, _vector(0), _scoreOpening(_validator(0)));
        _revealScores(_validator(1), 9, _vector(1));
        assertEq(coordinator.epochOf(run, 9).revealed, 2, "revealed");
    }
}

/// revealScores
/// ├── no such run or epoch, another phase, past the deadline, not the slot's actor, not active: reverts
/// ├── not committed, revealed already: reverts
/// ├── vector of another length: reverts
/// ├── any part differs from what was committed: reverts
/// └── else: emitted whole, its hash kept for the settlement
contract RunCoordinatorRevealScoresTest is ScoreBase {
    function _revealAs(address caller, uint8 slot, bytes memory scores, ScoreOpening memory o) private {
        vm.prank(caller);
        coordinator.revealScores(run, 1, slot, scores, o);
    }

    function test_revealScores_unknown_reverts() public {
        ScoreOpening memory o = _scoreOpening(_validator(0));
        vm.expectRevert(abi.encodeWithSelector(RunNotActor.selector, 7, 0, address(this)));
        coordinator.revealScores(7, 1, 0, "", o);
        vm.expectRevert(abi.encodeWithSelector(EpochUnknown.selector, run, 3));
        vm.prank(_validator(0));
        coordinator.revealScores(run, 3, 0, "", o);
    }

    function test_revealScores_otherPhase_reverts() public {
        ScoreOpening memory o = _scoreOpening(_validator(0));
        _commitScores(_validator(0), 1, _vector(0));
        bytes4 selector = EpochWrongPhase.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, run, 1, EpochPhase.Commit, EpochPhase.Reveal));
        _revealAs(_validator(0), 0, _vector(0), o);
        _settleUnscored(1);
        vm.expectRevert(abi.encodeWithSelector(selector, run, 1, EpochPhase.Settled, EpochPhase.Reveal));
        _revealAs(_validator(0), 0, _vector(0), o);
    }

    function test_revealScores_pastDeadline_reverts() public {
        _commitScoresAll(1);
        ScoreOpening memory o = _scoreOpening(_validator(0));
        uint64 deadline = coordinator.epochOf(run, 1).deadline;
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(EpochPastDeadline.selector, run, 1, deadline));
        _revealAs(_validator(0), 0, _vector(0), o);
        vm.warp(deadline);
        _revealAs(_validator(0), 0, _vector(0), o);
    }

    function test_revealScores_notTheSlotsActor_reverts() public {
        _commitScoresAll(1);
        ScoreOpening memory o = _scoreOpening(_validator(1));
        vm.expectRevert(abi.encodeWithSelector(RunNotActor.selector, run, 1, _validator(0)));
        _revealAs(_validator(0), 1, _vector(1), o);
    }

    function test_revealScores_notActive_reverts() public {
        RunParams memory p = _params();
        p.maxValidators = 4;
        _otherRun(p, 10, 2, 2);
        address late = _joinValidator(12, STAKE);
        for (uint256 i = 10; i < 12; i++) _commitScores(_validator(i), 1, _vector(i));
        coordinator.advanceEpoch(run, 1);
        vm.expectRevert(abi.encodeWithSelector(ScoresNotCommitted.selector, run, 1, 2));
        _revealAs(late, 2, _vector(0), _scoreOpening(late));
    }

    function test_revealScores_notCommitted_reverts() public {
        _commitScores(_validator(0), 1, _vector(0));
        _lapseEpoch(1);
        coordinator.advanceEpoch(run, 1);
        ScoreOpening memory o = _scoreOpening(_validator(1));
        vm.expectRevert(abi.encodeWithSelector(ScoresNotCommitted.selector, run, 1, 1));
        _revealAs(_validator(1), 1, _vector(1), o);
    }

    function test_revealScores_twice_reverts() public {
        _commitScoresAll(1);
        _revealScores(_validator(0), 1, _vector(0));
        ScoreOpening memory o = _scoreOpening(_validator(0));
        vm.expectRevert(abi.encodeWithSelector(ScoresAlreadyRevealed.selector, run, 1, 0));
        _revealAs(_validator(0), 0, _vector(0), o);
    }

    /// @dev Were another length let through, nobody could settle the epoch.
    function test_revealScores_otherLength_reverts(bytes memory scores) public {
        if (scores.length == 8) scores = bytes.concat(scores, "x");
        _commitScores(_validator(0), 1, scores);
        _commitScores(_validator(1), 1, _vector(1));
        _commitScores(_validator(2), 1, _vector(2));
        coordinator.advanceEpoch(run, 1);
        ScoreOpening memory o = _scoreOpening(_validator(0));
        vm.expectRevert(abi.encodeWithSelector(ScoresLength.selector, scores.length, 8));
        _revealAs(_validator(0), 0, scores, o);
    }

    function test_revealScores_anyPartDiffers_reverts(bytes32 change, uint8 part) public {
        vm.assume(change != 0);
        _commitScoresAll(1);
        address validator = _validator(1);
        bytes memory scores = _vector(1);
        ScoreOpening memory o = _scoreOpening(validator);
        bytes32 seal = bytes32(SealLib.sealed_(_scoreCommitment(1, validator, scores, o), 1, block.number));
        if (part % 4 == 0) scores[uint256(change) % 8] ^= 0x01;
        else if (part % 4 == 1) o.receiptsDigest ^= change;
        else if (part % 4 == 2) o.receiptsSize += 1 + uint64(uint256(change) % 1_000);
        else o.salt ^= change;
        bytes32 opened = _scoreCommitment(1, validator, scores, o);
        vm.expectRevert(abi.encodeWithSelector(RunCommitmentMismatch.selector, seal, opened));
        _revealAs(validator, 1, scores, o);
    }

    /// @dev What another validator committed cannot be opened as one's own, though it was copied in time.
    function test_revealScores_copiedCommitment_doesNotOpen() public {
        ScoreOpening memory o = _scoreOpening(_validator(0));
        bytes32 copied = _scoreCommitment(1, _validator(0), _vector(0), o);
        vm.prank(_validator(0));
        coordinator.commitScores(run, 1, 0, copied);
        vm.prank(_validator(1));
        coordinator.commitScores(run, 1, 1, copied);
        _commitScores(_validator(2), 1, _vector(2));
        coordinator.advanceEpoch(run, 1);
        vm.prank(_validator(0));
        coordinator.revealScores(run, 1, 0, _vector(0), o);
        bytes32 own = _scoreCommitment(1, _validator(1), _vector(0), o);
        bytes32 seal = bytes32(SealLib.sealed_(copied, 1, block.number));
        vm.expectRevert(abi.encodeWithSelector(RunCommitmentMismatch.selector, seal, own));
        _revealAs(_validator(1), 1, _vector(0), o);
    }

    function test_revealScores_inTime_emits() public {
        _commitScoresAll(1);
        ScoreOpening memory o = _scoreOpening(_validator(2));
        vm.expectEmit(address(coordinator));
        emit ScoresRevealed(run, 1, _validator(2), 2, _vector(2), o.receiptsDigest, o.receiptsSize, o.salt);
        _revealAs(_validator(2), 2, _vector(2), o);
        assertEq(coordinator.epochOf(run, 1).revealed, 4, "revealed");
        assertEq(coordinator.epochOf(run, 1).committed, 7, "still committed");
        _assertEpochPhase(1, EpochPhase.Reveal, "phase");
    }
}

/// advanceEpoch
/// ├── no such run or epoch: reverts
/// ├── not in Commit, or somebody is waited for up to and including the deadline: not due
/// └── else: Reveal, also when nobody committed
contract RunCoordinatorAdvanceEpochTest is ScoreBase {
    function test_advanceEpoch_unknown_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunUnknown.selector, 7));
        coordinator.advanceEpoch(7, 1);
        vm.expectRevert(abi.encodeWithSelector(EpochUnknown.selector, run, 3));
        coordinator.advanceEpoch(run, 3);
    }

    /// @dev I-11: also when all but one have committed.
    function test_advanceEpoch_upToDeadline_notDue(uint256 wait, uint8 silent) public {
        for (uint256 i = 0; i < 3; i++) if (i != silent % 3) _commitScores(_validator(i), 1, _vector(i));
        vm.warp(bound(wait, block.timestamp, coordinator.epochOf(run, 1).deadline));
        vm.expectRevert(abi.encodeWithSelector(EpochNotDue.selector, run, 1));
        coordinator.advanceEpoch(run, 1);
    }

    function test_advanceEpoch_otherPhase_notDue() public {
        vm.warp(block.timestamp + 1_000_000);
        vm.expectRevert(abi.encodeWithSelector(EpochNotDue.selector, run, 2));
        coordinator.advanceEpoch(run, 2);
        coordinator.advanceEpoch(run, 1);
        vm.warp(block.timestamp + 1_000_000);
        vm.expectRevert(abi.encodeWithSelector(EpochNotDue.selector, run, 1));
        coordinator.advanceEpoch(run, 1);
        coordinator.settle(run, 1, new bytes[](0), "");
        vm.expectRevert(abi.encodeWithSelector(EpochNotDue.selector, run, 1));
        coordinator.advanceEpoch(run, 1);
    }

    function test_advanceEpoch_allCommitted_opensRevealAtOnce() public {
        for (uint256 i = 0; i < 3; i++) _commitScores(_validator(i), 1, _vector(i));
        uint64 deadline = uint64(block.timestamp) + 200;
        vm.expectEmit(address(coordinator));
        emit ScoreRevealOpened(run, 1, deadline);
        vm.prank(stranger);
        coordinator.advanceEpoch(run, 1);
        _assertEpochPhase(1, EpochPhase.Reveal, "phase");
        assertEq(coordinator.epochOf(run, 1).deadline, deadline, "deadline");
    }

    function test_advanceEpoch_pastDeadline_opensReveal() public {
        _commitScores(_validator(0), 1, _vector(0));
        vm.warp(coordinator.epochOf(run, 1).deadline + 77);
        uint64 deadline = uint64(block.timestamp) + 200;
        vm.expectEmit(address(coordinator));
        emit ScoreRevealOpened(run, 1, deadline);
        vm.prank(stranger);
        coordinator.advanceEpoch(run, 1);
        assertEq(coordinator.epochOf(run, 1).deadline, deadline, "deadline");
        _revealScores(_validator(0), 1, _vector(0));
    }

    function test_advanceEpoch_nobodyCommitted_canSettleAtOnce() public {
        _lapseEpoch(1);
        coordinator.advanceEpoch(run, 1);
        uint256 granted = _granted();
        coordinator.settle(run, 1, new bytes[](0), "");
        assertEq(_granted(), granted + POT, "the pot came back");
    }
}

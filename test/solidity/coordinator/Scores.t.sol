// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {CoordinatorBase} from "./CoordinatorBase.sol";

/// @dev Epoch 1 has closed after its two rounds, with four miners and three validators; the rounds of epoch 2 are running.
abstract contract ScoreBase is CoordinatorBase {
    function setUp() public virtual override {
        super.setUp();
        _start(4, 3);
        _finish();
        _finish();
    }

    function _vector(uint256 i) internal pure returns (bytes memory) {
        return _scores(uint16(100 + i), 200, uint16(300 - i), 0);
    }

    function _commitScoresAll() internal {
        for (uint256 i = 0; i < 3; i++) _commitScores(_validator(i), 1, _vector(i));
    }
}

/// commitScores
/// ├── no such run or epoch: reverts
/// ├── epoch open, in Reveal or settled, past the deadline: reverts
/// ├── not a validator, or not active in the epoch: reverts
/// ├── committed already, or zero: reverts
/// └── else: stored; the last one opens Reveal
contract RunCoordinatorCommitScoresTest is ScoreBase {
    function _commitAs(address caller, uint64 epoch, bytes32 commitment, bytes memory refusal) private {
        if (refusal.length != 0) vm.expectRevert(refusal);
        vm.prank(caller);
        coordinator.commitScores(run, epoch, commitment);
    }

    function test_commitScores_unknownRun_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunUnknown.selector, 7));
        coordinator.commitScores(7, 1, "scores");
    }

    function test_commitScores_unknownEpoch_reverts(uint64 epoch) public {
        if (epoch == 1 || epoch == 2) epoch = 0;
        _commitAs(_validator(0), epoch, "scores", abi.encodeWithSelector(EpochUnknown.selector, run, epoch));
    }

    function test_commitScores_otherPhase_reverts() public {
        address validator = _validator(0);
        bytes4 selector = EpochWrongPhase.selector;
        bytes memory open = abi.encodeWithSelector(selector, run, 2, EpochPhase.Open, EpochPhase.Commit);
        _commitAs(validator, 2, "scores", open);
        _commitScoresAll();
        bytes memory reveal = abi.encodeWithSelector(selector, run, 1, EpochPhase.Reveal, EpochPhase.Commit);
        _commitAs(validator, 1, "scores", reveal);
        _lapseEpoch(1);
        coordinator.settle(run, 1, new bytes[](0), "");
        bytes memory settled = abi.encodeWithSelector(selector, run, 1, EpochPhase.Settled, EpochPhase.Commit);
        _commitAs(validator, 1, "scores", settled);
    }

    function test_commitScores_pastDeadline_reverts() public {
        uint64 deadline = coordinator.epochOf(run, 1).deadline;
        vm.warp(deadline + 1);
        bytes memory refusal = abi.encodeWithSelector(EpochPastDeadline.selector, run, 1, deadline);
        _commitAs(_validator(0), 1, "scores", refusal);
        vm.warp(deadline);
        _commitAs(_validator(0), 1, "scores", "");
    }

    function test_commitScores_notAValidator_reverts() public {
        _commitAs(_miner(0), 1, "scores", abi.encodeWithSelector(RunNotMember.selector, run, _miner(0)));
    }

    /// @dev Validator 3 sits in a run of four, but joined after the epoch's rounds.
    function test_commitScores_notActive_reverts() public {
        RunParams memory p = _params();
        p.maxValidators = 4;
        run = coordinator.createRun(p);
        _fund(2 * POT);
        for (uint256 i = 10; i < 12; i++) _joinMiner(i);
        for (uint256 i = 10; i < 12; i++) _joinValidator(i, STAKE);
        coordinator.advance(run);
        _finish();
        _finish();
        address late = _joinValidator(12, STAKE);
        _commitAs(late, 1, "scores", abi.encodeWithSelector(EpochNotActive.selector, run, 1, late));
    }

    function test_commitScores_twice_reverts() public {
        _commitAs(_validator(0), 1, "scores", "");
        bytes memory refusal = abi.encodeWithSelector(ScoresAlreadyCommitted.selector, run, 1, _validator(0));
        _commitAs(_validator(0), 1, "others", refusal);
    }

    function test_commitScores_zero_reverts() public {
        _commitAs(_validator(0), 1, 0, abi.encodeWithSelector(RunZeroCommitment.selector));
    }

    function test_commitScores_inTime_emits() public {
        vm.prank(_validator(1));
        stakes.setDelegate(stranger);
        vm.expectEmit(address(coordinator));
        emit ScoresCommitted(run, 1, _validator(1), 1, "scores");
        _commitAs(stranger, 1, "scores", "");
        assertEq(coordinator.epochOf(run, 1).committed, 2, "committed");
        _assertEpochPhase(1, EpochPhase.Commit, "one is not all");
    }

    function test_commitScores_last_opensReveal() public {
        _commitScores(_validator(0), 1, _vector(0));
        _commitScores(_validator(1), 1, _vector(1));
        uint64 deadline = uint64(block.timestamp) + 200;
        vm.expectEmit(address(coordinator));
        emit ScoreRevealOpened(run, 1, deadline);
        _commitScores(_validator(2), 1, _vector(2));
        _assertEpochPhase(1, EpochPhase.Reveal, "phase");
        assertEq(coordinator.epochOf(run, 1).deadline, deadline, "deadline");
    }

    /// @dev A validator that leaves has the epochs in which it was active still to score.
    function test_commitScores_leaver_counts() public {
        _leave(_validator(2), Role.Validator);
        _commitScoresAll();
        _assertEpochPhase(1, EpochPhase.Reveal, "with the leaver's");
    }
}

/// revealScores
/// ├── no such run or epoch, another phase, past the deadline, not active: reverts
/// ├── not committed, revealed already: reverts
/// ├── vector of another length: reverts
/// ├── any part differs from what was committed: reverts
/// └── else: emitted whole, its hash kept for the settlement
contract RunCoordinatorRevealScoresTest is ScoreBase {
    function _revealAs(address caller, bytes memory scores, ScoreOpening memory o) private {
        vm.prank(caller);
        coordinator.revealScores(run, 1, scores, o.digest, o.size, o.salt);
    }

    function test_revealScores_unknown_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunUnknown.selector, 7));
        coordinator.revealScores(7, 1, "", 0, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(EpochUnknown.selector, run, 3));
        vm.prank(_validator(0));
        coordinator.revealScores(run, 3, "", 0, 0, 0);
    }

    function test_revealScores_inCommit_reverts() public {
        _commitScores(_validator(0), 1, _vector(0));
        bytes4 selector = EpochWrongPhase.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, run, 1, EpochPhase.Commit, EpochPhase.Reveal));
        _revealScores(_validator(0), 1, _vector(0));
    }

    function test_revealScores_pastDeadline_reverts() public {
        _commitScoresAll();
        uint64 deadline = coordinator.epochOf(run, 1).deadline;
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(EpochPastDeadline.selector, run, 1, deadline));
        _revealScores(_validator(0), 1, _vector(0));
        vm.warp(deadline);
        _revealScores(_validator(0), 1, _vector(0));
    }

    function test_revealScores_notCommitted_reverts() public {
        _commitScores(_validator(0), 1, _vector(0));
        _lapseEpoch(1);
        coordinator.advanceEpoch(run, 1);
        vm.expectRevert(abi.encodeWithSelector(ScoresNotCommitted.selector, run, 1, _validator(1)));
        _revealScores(_validator(1), 1, _vector(1));
    }

    function test_revealScores_notActive_reverts() public {
        _commitScoresAll();
        vm.expectRevert(abi.encodeWithSelector(RunNotMember.selector, run, _miner(0)));
        _revealScores(_miner(0), 1, _vector(0));
    }

    function test_revealScores_twice_reverts() public {
        _commitScoresAll();
        _revealScores(_validator(0), 1, _vector(0));
        vm.expectRevert(abi.encodeWithSelector(ScoresAlreadyRevealed.selector, run, 1, _validator(0)));
        _revealScores(_validator(0), 1, _vector(0));
    }

    /// @dev Were another length let through, nobody could settle the epoch.
    function test_revealScores_otherLength_reverts(bytes memory scores) public {
        if (scores.length == 8) scores = bytes.concat(scores, "x");
        _commitScores(_validator(0), 1, scores);
        _commitScores(_validator(1), 1, _vector(1));
        _commitScores(_validator(2), 1, _vector(2));
        vm.expectRevert(abi.encodeWithSelector(ScoresLength.selector, scores.length, 8));
        _revealScores(_validator(0), 1, scores);
    }

    function test_revealScores_anyPartDiffers_reverts(bytes32 change, uint8 part) public {
        vm.assume(change != 0);
        _commitScoresAll();
        address validator = _validator(1);
        bytes memory scores = _vector(1);
        ScoreOpening memory o = _scoreOpening(validator);
        bytes32 committed = _scoreCommitment(1, validator, scores, o);
        if (part % 4 == 0) scores[uint256(change) % 8] ^= 0x01;
        else if (part % 4 == 1) o.digest ^= change;
        else if (part % 4 == 2) o.size += 1 + uint64(uint256(change) % 1_000);
        else o.salt ^= change;
        bytes32 opened = _scoreCommitment(1, validator, scores, o);
        vm.expectRevert(abi.encodeWithSelector(RunCommitmentMismatch.selector, committed, opened));
        _revealAs(validator, scores, o);
    }

    function test_revealScores_inTime_emits() public {
        _commitScoresAll();
        ScoreOpening memory o = _scoreOpening(_validator(2));
        vm.expectEmit(address(coordinator));
        emit ScoresRevealed(run, 1, _validator(2), 2, _vector(2), o.digest, o.size, o.salt);
        _revealAs(_validator(2), _vector(2), o);
        assertEq(coordinator.epochOf(run, 1).revealed, 4, "revealed");
        _assertEpochPhase(1, EpochPhase.Reveal, "phase");
    }
}

/// advanceEpoch
/// ├── no such run or epoch: reverts
/// ├── not in Commit, or up to and including the deadline: not due
/// └── else: Reveal, also when nobody committed
contract RunCoordinatorAdvanceEpochTest is ScoreBase {
    function test_advanceEpoch_unknown_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunUnknown.selector, 7));
        coordinator.advanceEpoch(7, 1);
        vm.expectRevert(abi.encodeWithSelector(EpochUnknown.selector, run, 3));
        coordinator.advanceEpoch(run, 3);
    }

    function test_advanceEpoch_upToDeadline_notDue(uint256 wait) public {
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
        uint256 funds = rewards.fundsOf(address(coordinator), run);
        coordinator.settle(run, 1, new bytes[](0), "");
        assertEq(rewards.fundsOf(address(coordinator), run), funds + POT, "the pot came back");
    }
}

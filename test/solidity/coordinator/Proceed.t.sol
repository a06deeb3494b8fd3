// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {EpochSteps} from "./EpochSteps.sol";

/// The end of a round
/// ├── the epoch is full: it closes, and the next one opens with the next round
/// ├── the next round cannot open
/// │   ├── too few members: the epoch closes early, the run is Idle
/// │   ├── the next pot is not funded: Idle, until it is
/// │   └── the ring of epochs is full: Idle, until the oldest is settled
/// └── it was the last: the epoch closes, the run is Ended
contract RunCoordinatorProceedTest is EpochSteps {
    function test_proceed_epochFull_closesAndOpensNext() public {
        _start(2, 2);
        _finish();
        _assertEpochPhase(1, EpochPhase.Open, "after one round");
        assertEq(_state().epoch, 1, "epoch of round 2");
        _toAttest();
        _vote();
        uint64 deadline = uint64(block.timestamp) + 300;
        vm.expectEmit(address(coordinator));
        emit EpochClosed(run, 1, 2, 2, 3, 3, deadline);
        vm.expectEmit(address(coordinator));
        emit EpochOpened(run, 2, 3);
        coordinator.advance(run);
        Epoch memory closed = coordinator.epochOf(run, 1);
        Epoch memory wanted = Epoch(1, EpochPhase.Commit, 1, 2, deadline, 2, 0, 3, 3, 3, 3, 0, 0);
        assertEq(abi.encode(closed), abi.encode(wanted), "epoch 1");
        assertEq(_state().epoch, 2, "epoch of round 3");
        assertEq(coordinator.epochOf(run, 2).firstRound, 3, "first round of epoch 2");
        assertEq(_granted(), 18 * POT, "two pots are set aside");
    }

    function test_proceed_membersOfTwoRounds_areBothInEpoch() public {
        _start(2, 2);
        _joinMiner(2);
        _leave(_miner(0), Role.Miner);
        _joinValidator(2, STAKE);
        _leave(_validator(0), Role.Validator);
        _finish();
        assertEq(_state().miners, 6, "miners of round 2");
        assertEq(_state().validators, 6, "validators of round 2");
        Epoch memory epoch = coordinator.epochOf(run, 1);
        assertEq(epoch.miners, 7, "miners of the epoch");
        assertEq(epoch.validators, 7, "validators of the epoch");
        assertEq(epoch.minersThroughout, 2, "miners of each of its rounds");
        assertEq(epoch.validatorsThroughout, 2, "validators of each of its rounds");
    }

    /// @dev A void round belongs to its epoch, but does not count as final.
    function test_proceed_voidRound_isNotCountedAsFinal() public {
        _start(2, 2);
        _lapse();
        coordinator.advance(run);
        _lapse();
        coordinator.advance(run);
        assertEq(_state().epoch, 1, "epoch of round 2");
        assertEq(coordinator.epochOf(run, 1).finalRounds, 0, "void");
        _finish();
        assertEq(coordinator.epochOf(run, 1).finalRounds, 1, "final");
        assertEq(coordinator.epochOf(run, 1).lastRound, 2, "last round");
    }

    function test_proceed_tooFewMembers_closesEpochAndIdles() public {
        _start(2, 2);
        _leave(_miner(0), Role.Miner);
        _toAttest();
        _vote();
        vm.expectEmit(address(coordinator));
        emit EpochClosed(run, 1, 1, 1, 3, 3, uint64(block.timestamp) + 300);
        vm.expectEmit(address(coordinator));
        emit RunIdle(run);
        coordinator.advance(run);
        _assertPhase(Phase.Idle, "phase");
        assertEq(_round(), 1, "round");

        _joinMiner(2);
        coordinator.advance(run);
        assertEq(_state().epoch, 2, "the next round begins an epoch");
        assertEq(_state().id, 2, "numbers go on");
    }

    function test_proceed_potNotFunded_idlesUntilFunded() public {
        run = _createRun(_params());
        _fund(POT);
        _start(2, 2);
        _finish();
        _finish();
        _assertPhase(Phase.Idle, "no second pot");
        assertEq(coordinator.currentEpochOf(run), 1, "no second epoch");
        assertFalse(coordinator.isDue(run), "not due");
        _fund(POT);
        assertTrue(coordinator.isDue(run), "due");
        coordinator.advance(run);
        assertEq(coordinator.currentEpochOf(run), 2, "second epoch");
    }

    function test_proceed_ringOfEpochsFull_idlesUntilSettled() public {
        _start(2, 2);
        for (uint256 i = 0; i < 16; i++) _finish();
        _assertPhase(Phase.Idle, "eight epochs are not settled");
        assertEq(coordinator.currentEpochOf(run), 8, "epoch");
        assertFalse(coordinator.isDue(run), "not due");
        _settleUnscored(2);
        assertFalse(coordinator.isDue(run), "the second one frees the wrong place");
        _settleUnscored(1);
        assertTrue(coordinator.isDue(run), "due");
        coordinator.advance(run);
        assertEq(coordinator.currentEpochOf(run), 9, "ninth epoch");
        // Its predecessor in the ring is gone.
        vm.expectRevert(abi.encodeWithSelector(EpochUnknown.selector, run, 1));
        coordinator.epochOf(run, 1);
        for (uint256 i = 0; i < 2; i++) _finish();
        assertEq(coordinator.currentEpochOf(run), 10, "the second one's place was free");
    }

    function test_proceed_lastRound_ends() public {
        RunParams memory p = _params();
        p.maxRounds = 3;
        run = _createRun(p);
        _fund(5 * POT);
        _start(2, 2);
        _finish();
        _finish();
        _toAttest();
        _vote();
        vm.expectEmit(address(coordinator));
        emit EpochClosed(run, 2, 3, 1, 3, 3, uint64(block.timestamp) + 300);
        vm.expectEmit(address(coordinator));
        emit RunEnded(run);
        coordinator.advance(run);
        _assertPhase(Phase.Ended, "phase");
        assertEq(_round(), 3, "round");
        // Its epochs are still scored and settled, and its members go.
        _settleUnscored(1);
        _settleUnscored(2);
        _leave(_miner(0), Role.Miner);
        coordinator.release(run, Role.Miner, 0);
        assertEq(_granted(), 5 * POT, "both pots came back");
    }

    /// @dev The end of a round carries the opening of the next, so what the escrow lacks must not stop it.
    function test_proceed_fundsGone_doesNotRevert(uint256 pots) public {
        pots = bound(pots, 1, 3);
        run = _createRun(_params());
        _fund(pots * POT);
        _start(2, 2);
        for (uint256 i = 0; i < 2 * pots; i++) _finish();
        _assertPhase(Phase.Idle, "phase");
        assertEq(coordinator.currentEpochOf(run), pots, "epochs");
        assertEq(coordinator.stateRootOf(run), keccak256(abi.encode("state", uint64(2 * pots))), "every round counts");
    }
}

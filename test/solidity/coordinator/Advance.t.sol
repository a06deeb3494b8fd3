// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {CoordinatorBase} from "./CoordinatorBase.sol";
import {IRewardVault} from "../../../contracts/interfaces/IRewardVault.sol";
import {HashLib} from "../../../contracts/libraries/HashLib.sol";

/// advance, and isDue which says whether it does something
/// ├── no such run: reverts
/// ├── Idle
/// │   ├── too few miners, too few validators, too little money, or no room in the ring of epochs: not due
/// │   └── else: a pot is escrowed, an epoch and a round open
/// ├── a phase up to and including its deadline: not due
/// ├── Train past its deadline: Commit
/// ├── Commit past its deadline
/// │   ├── nobody committed: the round is void
/// │   └── else: Reveal, with a test seed
/// ├── Reveal past its deadline
/// │   ├── nobody revealed: the round is void
/// │   └── else: Attest, with a leader
/// ├── Attest past its deadline
/// │   ├── leaders left: the next one, the votes cleared
/// │   └── else, or all validators have led: the round is void
/// └── Ended: never due
contract RunCoordinatorAdvanceTest is CoordinatorBase {
    function _assertNotDue(string memory label) private {
        assertFalse(coordinator.isDue(run), label);
        vm.expectRevert(abi.encodeWithSelector(RunNotDue.selector, run));
        coordinator.advance(run);
    }

    function _advance() private {
        assertTrue(coordinator.isDue(run), "due");
        vm.prank(stranger);
        coordinator.advance(run);
    }

    function test_advance_unknownRun_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunUnknown.selector, 5));
        coordinator.advance(5);
        vm.expectRevert(abi.encodeWithSelector(RunUnknown.selector, 5));
        coordinator.isDue(5);
    }

    // ---- Idle

    function test_advance_tooFewMembers_notDue() public {
        _assertNotDue("nobody");
        for (uint256 i = 0; i < 2; i++) _joinMiner(i);
        _assertNotDue("no validators");
        _joinValidator(0, STAKE);
        _assertNotDue("one validator");
        _joinValidator(1, STAKE);
        _leave(_miner(0), Role.Miner);
        _assertNotDue("one miner is leaving");
        _joinMiner(2);
        _advance();
        _assertPhase(Phase.Train, "two and two");
        assertEq(_state().miners, 6, "slots 1 and 2");
    }

    function test_advance_potNotFunded_notDue() public {
        run = coordinator.createRun(_params());
        _fund(POT - 1);
        for (uint256 i = 0; i < 2; i++) _joinMiner(i);
        for (uint256 i = 0; i < 2; i++) _joinValidator(i, STAKE);
        _assertNotDue("one wei is missing");
        _fund(1);
        _advance();
        assertEq(rewards.fundsOf(address(coordinator), run), 0, "funds");
        assertEq(rewards.potOf(address(coordinator), run, 1), POT, "pot");
    }

    function test_advance_idleAndReady_opensEpochAndRound() public {
        for (uint256 i = 0; i < 3; i++) _joinMiner(i);
        for (uint256 i = 0; i < 2; i++) _joinValidator(i, STAKE);
        bytes32 genesis = _params().genesisRoot;
        bytes32 seed = HashLib.trainSeed(beacon.read(), 0, run, 1);
        uint64 deadline = uint64(block.timestamp) + 600;
        vm.expectEmit(address(coordinator));
        emit EpochOpened(run, 1, 1, POT);
        vm.expectEmit(address(coordinator));
        emit RoundOpened(run, 1, 1, genesis, seed, 7, 3, deadline);
        vm.expectCall(address(rewards), abi.encodeCall(IRewardVault.openEpoch, (run, 1, POT)));
        _advance();

        Round memory round = _state();
        assertEq(round.id, 1, "round");
        assertEq(round.epoch, 1, "epoch");
        assertEq(round.deadline, deadline, "deadline");
        assertEq(round.parentRoot, genesis, "parent");
        assertEq(round.trainSeed, seed, "seed");
        assertEq(round.miners, 7, "miners");
        assertEq(round.validators, 3, "validators");
        assertEq(round.totalWeight, 2 * STAKE, "weight");
        Epoch memory epoch = coordinator.epochOf(run, 1);
        Epoch memory wanted = Epoch(1, EpochPhase.Open, 1, 0, 0, POT, 7, 3, 0, 0);
        assertEq(abi.encode(epoch), abi.encode(wanted), "epoch");
        assertEq(coordinator.currentEpochOf(run), 1, "current epoch");
    }

    // ---- Deadlines

    function test_advance_upToDeadline_notDue(uint256 wait) public {
        _start(2, 2);
        uint256 deadline = _state().deadline;
        vm.warp(bound(wait, block.timestamp, deadline));
        _assertNotDue("Train");
        vm.warp(deadline + 1);
        _advance();
        _assertPhase(Phase.Commit, "one second later");
    }

    function test_advance_eachPhaseAtDeadline_notDue() public {
        _start(2, 2);
        _lapse();
        _advance();
        vm.warp(_state().deadline);
        _assertNotDue("Commit");
        _commitAll();
        vm.warp(_state().deadline);
        _assertNotDue("Reveal");
        _revealAll();
        vm.warp(_state().deadline);
        _assertNotDue("Attest");
    }

    function test_advance_lateTrain_clockStartsNow() public {
        _start(2, 2);
        vm.warp(_state().deadline + 5_000);
        uint64 deadline = uint64(block.timestamp) + 60;
        vm.expectEmit(address(coordinator));
        emit CommitCalled(run, 1, deadline);
        _advance();
        assertEq(_state().deadline, deadline, "deadline");
        _assertPhase(Phase.Commit, "phase");
    }

    function test_advance_commitWithoutCommitments_voidsRound() public {
        _start(2, 2);
        _lapse();
        _advance();
        _lapse();
        vm.expectEmit(address(coordinator));
        emit RoundVoided(run, 1, VoidReason.NothingRevealed);
        _advance();
        _assertNextAfterVoid();
    }

    function test_advance_commitWithCommitments_opensReveal() public {
        _start(2, 2);
        _commit(_miner(1));
        _lapse();
        _advance();
        _lapse();
        bytes32 seed = HashLib.testSeed(beacon.read(), 0, run, 1);
        uint64 deadline = uint64(block.timestamp) + 90;
        vm.expectEmit(address(coordinator));
        emit RevealOpened(run, 1, seed, deadline);
        _advance();
        _assertPhase(Phase.Reveal, "phase");
        assertEq(_state().testSeed, seed, "test seed");
        assertEq(_state().deadline, deadline, "deadline");
        // The one that committed is all that Reveal waits for.
        _reveal(_miner(1));
        _assertPhase(Phase.Attest, "after the reveal");
    }

    function test_advance_revealWithoutOpenings_voidsRound() public {
        _start(2, 2);
        _commitAll();
        _lapse();
        vm.expectEmit(address(coordinator));
        emit RoundVoided(run, 1, VoidReason.NothingRevealed);
        _advance();
        _assertNextAfterVoid();
    }

    function test_advance_revealWithOpenings_drawsLeader() public {
        _start(2, 3);
        _commitAll();
        _reveal(_miner(0));
        _lapse();
        uint8 slot = _expectedLeader(1, 7);
        uint64 deadline = uint64(block.timestamp) + 120;
        vm.expectEmit(address(coordinator));
        emit LeaderDrawn(run, 1, _validator(slot), slot, 1, deadline);
        _advance();
        Round memory round = _state();
        assertEq(round.leader, slot, "leader");
        assertEq(round.attempt, 1, "attempt");
        assertEq(round.led, 1 << slot, "has led");
        assertEq(round.deadline, deadline, "deadline");
        _assertPhase(Phase.Attest, "phase");
    }

    function test_advance_attest_drawsAnotherLeaderAndClearsVotes() public {
        _start(2, 3);
        _toAttest();
        _propose();
        uint8 first = _state().leader;
        _refuse(_validator((first + 1) % 3));
        _lapse();
        uint8 second = _expectedLeader(2, 7 & ~(1 << uint256(first)));
        vm.expectEmit(address(coordinator));
        emit LeaderDrawn(run, 1, _validator(second), second, 2, uint64(block.timestamp) + 120);
        _advance();

        Round memory round = _state();
        assertNotEq(second, first, "nobody leads twice");
        assertEq(round.leader, second, "leader");
        assertEq(round.attempt, 2, "attempt");
        assertEq(round.led, (1 << uint256(first)) | (1 << uint256(second)), "have led");
        assertFalse(round.proposed, "proposed");
        assertEq(round.attested | round.refused | round.included, 0, "votes and set");
        assertEq(round.nextRoot, 0, "next root");
        assertEq(round.attestedWeight + round.refusedWeight, 0, "weights");
        // Whoever voted before votes again.
        _propose();
        _attest(_validator(first));
        assertEq(_round(), 2, "two of three");
    }

    function test_advance_lastLeaderLapsed_voidsRound() public {
        _start(2, 3);
        _toAttest();
        _propose();
        _lapse();
        _advance();
        _lapse();
        vm.expectEmit(address(coordinator));
        emit RoundVoided(run, 1, VoidReason.NoQuorum);
        _advance();
        _assertNextAfterVoid();
    }

    function test_advance_allHaveLed_voidsRound() public {
        RunParams memory p = _params();
        p.maxLeaders = 200;
        run = coordinator.createRun(p);
        _fund(POT);
        _start(2, 3);
        _toAttest();
        for (uint256 i = 0; i < 2; i++) {
            _lapse();
            _advance();
        }
        assertEq(_state().led, 7, "all three have led");
        _lapse();
        vm.expectEmit(address(coordinator));
        emit RoundVoided(run, 1, VoidReason.NoQuorum);
        _advance();
        _assertNextAfterVoid();
    }

    function test_advance_ended_notDue() public {
        RunParams memory p = _params();
        p.maxRounds = 1;
        run = coordinator.createRun(p);
        _fund(POT);
        _start(2, 2);
        _finish();
        vm.warp(block.timestamp + 1_000_000);
        _assertNotDue("Ended");
    }

    /// @dev The root stays, the number goes on, the next round opened at once.
    function _assertNextAfterVoid() private view {
        _assertPhase(Phase.Train, "phase");
        assertEq(_round(), 2, "round");
        assertEq(coordinator.stateRootOf(run), _params().genesisRoot, "root");
        assertEq(_state().parentRoot, _params().genesisRoot, "parent of the next");
    }

    function _expectedLeader(uint8 attempt, uint256 candidates) private view returns (uint8) {
        uint256[] memory weights = new uint256[](3);
        for (uint256 i = 0; i < 3; i++) weights[i] = (candidates >> i) & 1 == 1 ? STAKE : 0;
        return HashLib.leader(_state().testSeed, attempt, weights);
    }
}

/// The end of a round
/// ├── the epoch is full: it closes, and the next one opens with the next round
/// ├── the next round cannot open
/// │   ├── too few members: the epoch closes early, the run is Idle
/// │   ├── the next pot is not funded: Idle, until it is
/// │   └── the ring of epochs is full: Idle, until the oldest is settled
/// └── it was the last: the epoch closes, the run is Ended
contract RunCoordinatorProceedTest is CoordinatorBase {
    function test_proceed_epochFull_closesAndOpensNext() public {
        _start(2, 2);
        _finish();
        _assertEpochPhase(1, EpochPhase.Open, "after one round");
        assertEq(_state().epoch, 1, "epoch of round 2");
        _toAttest();
        _propose();
        uint64 deadline = uint64(block.timestamp) + 300;
        vm.expectEmit(address(coordinator));
        emit EpochClosed(run, 1, 2, 3, 3, deadline);
        vm.expectEmit(address(coordinator));
        emit EpochOpened(run, 2, 3, POT);
        _attestAll();
        Epoch memory closed = coordinator.epochOf(run, 1);
        Epoch memory wanted = Epoch(1, EpochPhase.Commit, 1, 2, deadline, POT, 3, 3, 0, 0);
        assertEq(abi.encode(closed), abi.encode(wanted), "epoch 1");
        assertEq(_state().epoch, 2, "epoch of round 3");
        assertEq(coordinator.epochOf(run, 2).firstRound, 3, "first round of epoch 2");
        assertEq(rewards.fundsOf(address(coordinator), run), 18 * POT, "two pots are set aside");
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
        assertEq(coordinator.epochOf(run, 1).miners, 7, "miners of the epoch");
        assertEq(coordinator.epochOf(run, 1).validators, 7, "validators of the epoch");
    }

    function test_proceed_tooFewMembers_closesEpochAndIdles() public {
        _start(2, 2);
        _leave(_miner(0), Role.Miner);
        _toAttest();
        _propose();
        vm.expectEmit(address(coordinator));
        emit EpochClosed(run, 1, 1, 3, 3, uint64(block.timestamp) + 300);
        vm.expectEmit(address(coordinator));
        emit RunIdle(run);
        _attestAll();
        _assertPhase(Phase.Idle, "phase");
        assertEq(_round(), 1, "round");

        _joinMiner(2);
        coordinator.advance(run);
        assertEq(_state().epoch, 2, "the next round begins an epoch");
        assertEq(_state().id, 2, "numbers go on");
    }

    function test_proceed_potNotFunded_idlesUntilFunded() public {
        run = coordinator.createRun(_params());
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
        run = coordinator.createRun(p);
        _fund(5 * POT);
        _start(2, 2);
        _finish();
        _finish();
        _toAttest();
        _propose();
        vm.expectEmit(address(coordinator));
        emit EpochClosed(run, 2, 3, 3, 3, uint64(block.timestamp) + 300);
        vm.expectEmit(address(coordinator));
        emit RunEnded(run);
        _attestAll();
        _assertPhase(Phase.Ended, "phase");
        assertEq(_round(), 3, "round");
        // Its epochs are still scored and settled, and its members go.
        _settleUnscored(1);
        _settleUnscored(2);
        _leave(_miner(0), Role.Miner);
        coordinator.release(run, Role.Miner, 0);
        assertEq(rewards.fundsOf(address(coordinator), run), 5 * POT, "both pots came back");
    }

    /// @dev A round's last vote carries the opening of the next, so what the vault refuses must not stop it.
    function test_proceed_fundsGone_doesNotRevert(uint256 pots) public {
        pots = bound(pots, 1, 3);
        run = coordinator.createRun(_params());
        _fund(pots * POT);
        _start(2, 2);
        for (uint256 i = 0; i < 2 * pots; i++) _finish();
        _assertPhase(Phase.Idle, "phase");
        assertEq(coordinator.currentEpochOf(run), pots, "epochs");
        assertEq(coordinator.stateRootOf(run), keccak256(abi.encode("state", uint64(2 * pots))), "every round counts");
    }

    function _settleUnscored(uint64 epoch) private {
        _lapseEpoch(epoch);
        coordinator.advanceEpoch(run, epoch);
        coordinator.settle(run, epoch, new bytes[](0), "");
    }
}

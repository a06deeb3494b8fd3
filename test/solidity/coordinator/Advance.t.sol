// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {EpochSteps} from "./EpochSteps.sol";
import {IRewardEscrow} from "../../../contracts/interfaces/IRewardEscrow.sol";
import {HashLib} from "../../../contracts/libraries/HashLib.sol";

/// advance, and isDue which says whether it does something
/// ├── no such run: reverts
/// ├── Idle
/// │   ├── too few miners, too few validators, too little money, or no room in the ring of epochs: not due
/// │   └── else: a pot is escrowed, an epoch and a round open
/// ├── a phase that waits for somebody, up to and including its deadline: not due
/// ├── Train
/// │   ├── all have committed: Reveal, at once
/// │   └── past its deadline: Commit
/// ├── Commit, when all have committed or past its deadline
/// │   ├── nobody committed: the round is void
/// │   └── else: Reveal, with a test seed
/// ├── Reveal, when all that committed have revealed or past its deadline
/// │   ├── nobody revealed: the round is void
/// │   └── else: Attest, with a leader; what was revealed enters the mix
/// ├── Attest
/// │   ├── two thirds attested, in time but whenever it is advanced: the round is over
/// │   ├── more than a third refused, or past its deadline, and leaders left: the next one, the votes cleared
/// │   └── else, or all validators have led: the round is void
/// └── Ended: never due
contract RunCoordinatorAdvanceTest is EpochSteps {
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
        run = _createRun(_params());
        _fund(POT - 1);
        for (uint256 i = 0; i < 2; i++) _joinMiner(i);
        for (uint256 i = 0; i < 2; i++) _joinValidator(i, STAKE);
        _assertNotDue("one wei is missing");
        _fund(1);
        _advance();
        assertEq(_granted(), 0, "grant");
        assertEq(_potOf(0, 1), POT, "pot");
    }

    function test_advance_idleAndReady_opensEpochAndRound() public {
        for (uint256 i = 0; i < 3; i++) _joinMiner(i);
        for (uint256 i = 0; i < 2; i++) _joinValidator(i, STAKE);
        bytes32 genesis = _params().genesisRoot;
        bytes32 seed = HashLib.trainSeed(beacon.read(), 0, run, 1);
        uint64 deadline = uint64(block.timestamp) + 600;
        vm.expectEmit(address(coordinator));
        emit EpochOpened(run, 1, 1);
        vm.expectEmit(address(coordinator));
        emit RoundOpened(run, 1, 1, genesis, seed, 7, 3, deadline);
        vm.expectCall(address(rewards), abi.encodeCall(IRewardEscrow.openEpoch, (run, 1, POT)));
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
        Epoch memory wanted = Epoch(1, EpochPhase.Open, 1, 0, 0, 0, 0, 7, 7, 3, 3, 0, 0);
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
        _start(2, 3);
        _lapse();
        _advance();
        _commit(_miner(0));
        vm.warp(_state().deadline);
        _assertNotDue("Commit waits for a miner");
        _commit(_miner(1));
        _advance();
        _reveal(_miner(0));
        vm.warp(_state().deadline);
        _assertNotDue("Reveal waits for a miner");
        _reveal(_miner(1));
        _advance();
        vm.warp(_state().deadline);
        _assertNotDue("Attest waits for the leader");
        _propose();
        _assertNotDue("Attest waits for votes");
    }

    // ---- Everyone has acted

    /// @dev The call for commitments would call nobody.
    function test_advance_allCommittedInTrain_opensRevealAtOnce() public {
        _start(2, 2);
        _commit(_miner(0));
        _assertNotDue("one of two");
        _commit(_miner(1));
        _assertPhase(Phase.Train, "an action advances nothing by itself");
        bytes32 seed = HashLib.testSeed(beacon.read(), 0, run, 1);
        vm.expectEmit(address(coordinator));
        emit RevealOpened(run, 1, seed, uint64(block.timestamp) + 90);
        _advance();
        _assertPhase(Phase.Reveal, "Commit was passed over");
        assertEq(_state().testSeed, seed, "test seed");
    }

    function test_advance_allCommittedInTrainPastDeadline_opensReveal() public {
        _start(2, 2);
        for (uint256 i = 0; i < 2; i++) _commit(_miner(i));
        _lapse();
        _advance();
        _assertPhase(Phase.Reveal, "nobody is left to be called");
    }

    function test_advance_allActed_isDueInEachPhase() public {
        _start(2, 3);
        _lapse();
        _advance();
        for (uint256 i = 0; i < 2; i++) _commit(_miner(i));
        _advance();
        _assertPhase(Phase.Reveal, "all have committed");
        for (uint256 i = 0; i < 2; i++) _reveal(_miner(i));
        _advance();
        _assertPhase(Phase.Attest, "all have revealed");
        _propose();
        _attest(_validator((_state().leader + 1) % 3));
        _advance();
        assertEq(_round(), 2, "two thirds have attested");
    }

    /// @dev Votes were cast in time. That nobody advanced the run in time takes nothing from them.
    function test_advance_attestedInTime_isFinalLongAfter(uint256 late) public {
        _start(2, 3);
        _toAttest();
        _propose();
        _attest(_validator((_state().leader + 1) % 3));
        vm.warp(_state().deadline + bound(late, 1, 1_000_000));
        _advance();
        assertEq(coordinator.stateRootOf(run), keccak256(abi.encode("state", uint64(1))), "final");
        assertEq(_round(), 2, "round");
    }

    // ---- Past the deadline

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
        _assertNotDue("it has not revealed");
        _reveal(_miner(1));
        _advance();
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
        assertEq(round.proposal, 0, "proposal");
        assertEq(round.attested | round.refused | round.included, 0, "votes and set");
        assertEq(round.nextRoot, 0, "next root");
        assertEq(round.attestedWeight + round.refusedWeight + round.worseWeight, 0, "weights");
        // Whoever voted before votes again.
        _propose();
        _attest(_validator(first));
        _advance();
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
        run = _createRun(p);
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
        run = _createRun(p);
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

// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {CourtSteps} from "./CourtSteps.sol";
import {EpochSteps} from "./EpochSteps.sol";

/// What a round rests on
/// ├── a final one: its hash is kept, with the time, the votes and the seals of the included
/// └── a void or open one: none
///
/// refute
/// ├── not the court, no such run: reverts
/// ├── a round that is void, open or not opened; anything else than what it rests on; undone already: reverts
/// ├── a round is open, in whatever phase: it is void, and the next one opens on the parent root
/// ├── ... if it was the epoch's last, the epoch closes; if it was the run's last, the run ends
/// ├── none is open: the root is the parent, the run stays Idle or Ended
/// ├── the round has left the ring: as any other
/// └── epochs that are not settled earn nothing of what is undone, those that are settled keep what they have
contract RunCoordinatorRefuteTest is EpochSteps, CourtSteps {
    bytes32 private constant GENESIS = keccak256("genesis");

    function setUp() public override {
        super.setUp();
        _start(3, 3);
    }

    // ---- What a round rests on

    function test_finalRoundOf_finalRound_isWhatItRestsOn() public {
        vm.roll(90_000);
        FinalRound memory first = _finalize();
        assertEq(first.attesters, 7, "attesters");
        assertEq(first.included, 7, "included");
        assertEq(first.parentRoot, GENESIS, "parent");
        assertEq(first.finalBefore, 0, "final before");
        assertEq(coordinator.finalRoundOf(run, 1), keccak256(abi.encode(first)), "round 1");
        assertTrue(coordinator.isStanding(run, 1), "stands");
        vm.warp(block.timestamp + 7);
        FinalRound memory second = _finalize();
        assertEq(second.finalBefore, 1, "final before");
        assertEq(second.finalizedAt, first.finalizedAt + 7, "time");
        assertEq(coordinator.finalRoundOf(run, 2), keccak256(abi.encode(second)), "round 2");
        assertEq(coordinator.finalRoundOf(run, 1), keccak256(abi.encode(first)), "round 1 stays");
    }

    /// @dev Those that refused are not among the attesters, and whom the leader left out has no seal in it.
    function test_finalRoundOf_someRefuseAndAreLeftOut_namesTheOthers() public {
        _toAttest();
        _propose(5, _nextRoot());
        uint8 leader = _state().leader;
        uint8 refuser = (leader + 1) % 3;
        _refuse(_validatorAt(refuser));
        _attest(_validatorAt((leader + 2) % 3));
        FinalRound memory final_ = _grounds();
        coordinator.advance(run);
        assertEq(final_.attesters, 7 & ~(1 << refuser), "attesters");
        bytes32 seals = keccak256(abi.encodePacked(coordinator.sealOf(run, 1, 0), coordinator.sealOf(run, 1, 2)));
        assertEq(final_.seals, seals, "seals of slots 0 and 2");
        assertEq(coordinator.finalRoundOf(run, 1), keccak256(abi.encode(final_)), "hash");
    }

    function test_finalRoundOf_voidOrOpenRound_isZero() public {
        _toAttest();
        _propose(0, GENESIS);
        _attestAll();
        assertEq(coordinator.finalRoundOf(run, 1), 0, "void");
        assertEq(coordinator.finalRoundOf(run, 2), 0, "open");
        assertEq(coordinator.finalRoundOf(run, 3), 0, "not opened");
        for (uint64 round = 0; round < 4; round++) assertFalse(coordinator.isStanding(run, round), "stands");
    }

    /// @dev Epochs begin to count anew, and a void round does not count.
    function test_finalRoundOf_finalBefore_countsWithinTheEpoch() public {
        _toAttest();
        _propose(0, GENESIS);
        _attestAll();
        assertEq(_finalize().finalBefore, 0, "round 2, after a void one");
        assertEq(_finalize().finalBefore, 0, "round 3, the first of epoch 2");
        assertEq(_finalize().finalBefore, 1, "round 4");
    }

    // ---- Refusals

    function test_refute_notTheCourt_reverts(address caller) public {
        vm.assume(caller != court && caller != address(0));
        FinalRound memory final_ = _finalize();
        vm.expectRevert(abi.encodeWithSelector(RunNotCourt.selector, caller));
        vm.prank(caller);
        coordinator.refute(run, 1, final_);
    }

    function test_refute_unknownRun_reverts() public {
        FinalRound memory final_ = _finalize();
        vm.expectRevert(abi.encodeWithSelector(RunUnknown.selector, run + 1));
        vm.prank(court);
        coordinator.refute(run + 1, 1, final_);
    }

    function test_refute_anyFieldDiffers_reverts(uint8 field) public {
        FinalRound memory final_ = _finalize();
        FinalRound memory other = abi.decode(abi.encode(final_), (FinalRound));
        uint8 which = field % 8;
        if (which == 0) other.epoch++;
        else if (which == 1) other.finalizedAt++;
        else if (which == 2) other.finalBefore++;
        else if (which == 3) other.attesters ^= 1;
        else if (which == 4) other.included ^= 1;
        else if (which == 5) other.parentRoot = other.root;
        else if (which == 6) other.root = other.parentRoot;
        else other.seals ^= bytes32(uint256(1));
        _refuteFails(1, other);
        _refuteFails(2, final_);
        _refute(1, final_);
    }

    /// @dev Nothing hashes to the zero of a round that was never final.
    function test_refute_neverFinal_reverts() public {
        _toAttest();
        _vote();
        FinalRound memory final_ = _grounds();
        _refuteFails(1, final_);
        _refuteFails(0, final_);
        _refuteFails(2, final_);
    }

    function test_refute_twice_reverts() public {
        FinalRound memory final_ = _finalize();
        _refute(1, final_);
        _refuteFails(1, final_);
        assertFalse(coordinator.isStanding(run, 1), "stands");
        assertEq(coordinator.finalRoundOf(run, 1), keccak256(abi.encode(final_)), "what it rested on stays known");
    }

    // ---- What is undone

    /// @dev Round 3 falls with round 2, round 1 stands, and so does what comes later; then round 1 takes it all with it.
    function test_refute_earlierRound_undoesAllSince() public {
        FinalRound memory first = _finalize();
        FinalRound memory second = _finalize();
        FinalRound memory third = _finalize();
        assertEq(_round(), 4, "round 4 is open");
        _refute(2, second);
        assertEq(coordinator.stateRootOf(run), first.root, "root");
        _refuteFails(3, third);
        assertTrue(coordinator.isStanding(run, 1), "1");
        FinalRound memory fifth = _finalize();
        assertEq(fifth.parentRoot, first.root, "round 5 goes on from round 1");
        assertTrue(coordinator.isStanding(run, 5), "5");
        FinalRound memory sixth = _finalize();
        _refute(6, sixth);
        assertEq(coordinator.stateRootOf(run), fifth.root, "root");
        assertTrue(coordinator.isStanding(run, 5), "5 still");
        _refute(1, first);
        assertEq(coordinator.stateRootOf(run), GENESIS, "genesis");
        _refuteFails(5, fifth);
        for (uint64 round = 1; round <= 8; round++) assertFalse(coordinator.isStanding(run, round), "none stands");
    }

    // ---- The open round

    /// @param phases How far the open round gets before.
    function _refuteIn(uint256 phases) private {
        FinalRound memory final_ = _finalize();
        if (phases > 0) {
            _commit(_miner(0));
            _lapse();
            coordinator.advance(run);
        }
        if (phases > 1) {
            _lapse();
            coordinator.advance(run);
        }
        if (phases > 2) {
            _reveal(_miner(0));
            coordinator.advance(run);
        }
        // What was agreed in time counts no more: it goes on from a root that is none.
        if (phases > 3) _vote();
        beacon.set("after");
        vm.expectEmit(address(coordinator));
        emit RoundRefuted(run, 1, GENESIS);
        vm.expectEmit(address(coordinator));
        emit RoundVoided(run, 2, VoidReason.RolledBack);
        _refute(1, final_);
        assertEq(_round(), 3, "the next one is open");
        _assertPhase(Phase.Train, "phase");
        assertEq(_state().parentRoot, GENESIS, "on the parent root");
        assertEq(coordinator.stateRootOf(run), GENESIS, "root");
        assertEq(coordinator.finalRoundOf(run, 2), 0, "the void one is not final");
    }

    function test_refute_inTrain_opensNextOnParent() public {
        _refuteIn(0);
    }

    function test_refute_inCommit_opensNextOnParent() public {
        _refuteIn(1);
    }

    function test_refute_inReveal_opensNextOnParent() public {
        _refuteIn(2);
    }

    function test_refute_inAttest_opensNextOnParent() public {
        _refuteIn(3);
    }

    function test_refute_agreedButNotAdvanced_opensNextOnParent() public {
        _refuteIn(4);
    }

    /// @dev Round 2 was the last of its epoch, so that the next one needs a pot.
    function test_refute_epochFull_closesItAndOpensTheNext() public {
        FinalRound memory final_ = _finalize();
        uint256 left = _granted();
        vm.expectEmit(address(coordinator));
        emit EpochClosed(run, 1, 2, 0, 7, 7, uint64(block.timestamp + 300));
        _refute(1, final_);
        assertEq(coordinator.currentEpochOf(run), 2, "epoch");
        assertEq(_granted(), left - POT, "its pot");
    }

    function test_refute_inMidEpoch_epochGoesOn() public {
        FinalRound memory first = _finalize();
        FinalRound memory second = _finalize();
        _refute(2, second);
        // Round 3 was the first of epoch 2.
        assertEq(coordinator.currentEpochOf(run), 2, "epoch");
        assertEq(_state().epoch, 2, "of round 4");
        assertEq(coordinator.stateRootOf(run), first.root, "root");
    }

    function test_refute_lastRoundOpen_ends() public {
        RunParams memory p = _params();
        p.maxRounds = 2;
        run = _createRun(p);
        _fund(2 * POT);
        _restart();
        FinalRound memory final_ = _finalize();
        vm.expectEmit(address(coordinator));
        emit RunEnded(run);
        _refute(1, final_);
        _assertPhase(Phase.Ended, "phase");
        assertEq(coordinator.stateRootOf(run), GENESIS, "root");
    }

    /// @dev The run under test is a second one; everybody has as much stake again.
    function _restart() private {
        for (uint256 i = 0; i < 3; i++) _joinMiner(i);
        for (uint256 i = 0; i < 3; i++) _joinValidator(i, STAKE);
        coordinator.advance(run);
    }

    function test_refute_tooFewMembersStay_idles() public {
        FinalRound memory final_ = _finalize();
        _leave(_miner(0), Role.Miner);
        _leave(_miner(1), Role.Miner);
        vm.expectEmit(address(coordinator));
        emit RunIdle(run);
        _refute(1, final_);
        _assertPhase(Phase.Idle, "phase");
    }

    // ---- No open round

    function test_refute_idle_rootIsTheParent() public {
        FinalRound memory first = _finalize();
        _leave(_miner(0), Role.Miner);
        _leave(_miner(1), Role.Miner);
        FinalRound memory second = _finalize();
        _assertPhase(Phase.Idle, "idle");
        _refute(2, second);
        _assertPhase(Phase.Idle, "still");
        assertEq(_round(), 2, "no round opens");
        assertEq(coordinator.stateRootOf(run), first.root, "root");
        assertEq(coordinator.epochOf(run, 1).finalRounds, 1, "final rounds");
        // Others come, and go on from there.
        for (uint256 i = 3; i < 5; i++) {
            if (i == 3) _joinMiner(i);
            else {
                _settleUnscored(1);
                coordinator.release(run, Role.Miner, 0);
                _joinMiner(i);
            }
        }
        coordinator.advance(run);
        assertEq(_state().parentRoot, first.root, "parent of round 3");
    }

    function test_refute_ended_rootIsTheParentAndItStaysSo() public {
        RunParams memory p = _params();
        p.maxRounds = 1;
        run = _createRun(p);
        _fund(2 * POT);
        _restart();
        FinalRound memory final_ = _finalize();
        _assertPhase(Phase.Ended, "ended");
        _refute(1, final_);
        _assertPhase(Phase.Ended, "still");
        assertEq(coordinator.stateRootOf(run), GENESIS, "root");
        assertEq(coordinator.epochOf(run, 1).finalRounds, 0, "final rounds");
    }

    /// @dev The ring of 32 has long given its place to another round.
    function test_refute_roundLongGone_undoesAllSince() public {
        FinalRound memory first = _finalize();
        FinalRound memory second = _finalize();
        _settleUnscored(1);
        for (uint64 epoch = 2; epoch <= 18; epoch++) {
            _finalize();
            _finalize();
            if (epoch < 15) _settleUnscored(epoch);
        }
        assertEq(_round(), 37, "round");
        _refute(2, second);
        assertEq(coordinator.stateRootOf(run), first.root, "root");
        for (uint64 round = 2; round <= 37; round++) assertFalse(coordinator.isStanding(run, round), "stands");
        // Epochs 12 to 14 are in the ring, and settled.
        for (uint64 epoch = 12; epoch <= 19; epoch++) {
            uint256 left = coordinator.epochOf(run, epoch).finalRounds;
            assertEq(left, epoch < 15 ? 2 : 0, "final rounds");
        }
    }

    // ---- Pay

    /// @dev Epoch 1 keeps the round before, epoch 3 has none, and epoch 2, which was settled before, has what it had.
    function test_refute_epochsNotSettled_earnNothingOfIt() public {
        _finalize();
        FinalRound memory second = _finalize();
        _finalize();
        _finalize();
        bytes memory scores = _scores(9, 9, 9, 0);
        _settleScored(2, scores);
        _finalize();
        _refute(2, second);
        assertEq(coordinator.epochOf(run, 1).finalRounds, 1, "epoch 1");
        assertEq(coordinator.epochOf(run, 2).finalRounds, 2, "epoch 2");
        assertEq(coordinator.epochOf(run, 3).finalRounds, 0, "epoch 3");
        _settleScored(1, scores);
        assertEq(rewards.epochOf(address(coordinator), run, 1).totalShare, WHOLE / 2, "one round of two");
        _settleScored(3, scores);
        assertEq(rewards.epochOf(address(coordinator), run, 3).totalShare, 0, "none of two");
        assertEq(coordinator.shareOf(run, 2, _miner(0), false), ((WHOLE * 4_100) / 10_000) / 3, "settled stays paid");
    }

    /// @dev The epoch is under way: what it earns after the refutation counts.
    function test_refute_openEpoch_countsOnFromThere() public {
        RunParams memory p = _params();
        p.roundsPerEpoch = 4;
        run = _createRun(p);
        _fund(2 * POT);
        _restart();
        _finalize();
        FinalRound memory second = _finalize();
        _refute(2, second);
        assertEq(coordinator.epochOf(run, 1).finalRounds, 1, "rounds 2 and 3 are undone");
        FinalRound memory fourth = _finalize();
        assertEq(fourth.finalBefore, 1, "final before it");
        assertEq(coordinator.epochOf(run, 1).finalRounds, 2, "rounds 1 and 4");
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {CourtSteps} from "./CourtSteps.sol";
import {EpochSteps} from "./EpochSteps.sol";
import {Vm} from "../Vm.sol";

/// punish
/// ├── not the court, no such run: reverts
/// ├── somebody else's slot or role, an epoch before or after the membership or to come, an heir: reverts
/// ├── a member: loses its stake, leaves at once, acts in no round any more; the reporter has its bounty, the sink the rest
/// ├── a member that leaves, or has left: loses what is left of its stake
/// ├── of whose stake nothing is left: nothing is taken
/// ├── the same membership again: nothing changes; a later one of the operator's: as the first
/// └── what its lock lacks by that is missing to its other slots, and keeps none of them from its release
contract RunCoordinatorPunishTest is EpochSteps, CourtSteps {
    function setUp() public override {
        super.setUp();
        _start(3, 3);
        // The vault leaves the last wei of a pool.
        for (uint256 i = 0; i < 3; i++) {
            _enrol(_miner(i), 1);
            _enrol(_validator(i), 1);
        }
    }

    function _locked(address operator) private view returns (uint256) {
        return stakes.lockedBy(operator, address(coordinator));
    }

    // ---- Refusals

    function test_punish_notTheCourt_reverts(address caller) public {
        vm.assume(caller != court && caller != address(0));
        Fault memory fault = _fault(Role.Miner, 0, 1, _miner(0));
        vm.expectRevert(abi.encodeWithSelector(RunNotCourt.selector, caller));
        vm.prank(caller);
        coordinator.punish(run, fault);
    }

    function test_punish_unknownRun_reverts() public {
        Fault memory fault = _fault(Role.Miner, 0, 1, _miner(0));
        vm.expectRevert(abi.encodeWithSelector(RunUnknown.selector, run + 1));
        vm.prank(court);
        coordinator.punish(run + 1, fault);
    }

    function test_punish_notWhoSatThere_reverts() public {
        _punishFails(Role.Miner, 1, 1, _miner(0));
        _punishFails(Role.Validator, 0, 1, _miner(0));
        _punishFails(Role.Miner, 3, 1, _miner(3));
        _punishFails(Role.Miner, 0, 1, stranger);
        _punishFails(Role.Miner, 0, 1, address(0));
        _punishFails(Role.Miner, 0, 0, _miner(0));
    }

    /// @dev Of an epoch that has not opened nothing is known, nor of one whose number is cut to 48 bits.
    function test_punish_epochToCome_reverts() public {
        _punishFails(Role.Miner, 0, 2, _miner(0));
        _punishFails(Role.Miner, 0, 2 ** 48 + 1, _miner(0));
        _finish();
        _finish();
        assertEq(_punish(Role.Miner, 0, 2, _miner(0)), STAKE, "once it is open");
    }

    function test_punish_epochBeforeJoiningOrAfterRelease_reverts() public {
        _finish();
        _finish();
        _joinMiner(3);
        _punishFails(Role.Miner, 3, 1, _miner(3));
        _leave(_miner(0), Role.Miner);
        _finish();
        _finish();
        _settleUnscored(1);
        _settleUnscored(2);
        coordinator.release(run, Role.Miner, 0);
        _punishFails(Role.Miner, 0, 3, _miner(0));
        // Who sits there now is another, and was not there then.
        address heir = _joinMiner(4);
        _punishFails(Role.Miner, 0, 2, heir);
        assertEq(_punish(Role.Miner, 0, 2, _miner(0)), STAKE, "for what it did then");
    }

    // ---- A member

    function test_punish_member_losesStakeAndLeaves() public {
        address operator = _validator(1);
        vm.expectEmit(address(coordinator));
        emit MemberLeaving(run, operator, Role.Validator, 1, 1);
        vm.expectEmit(address(coordinator));
        emit MemberPunished(run, operator, Role.Validator, 1, 1, STAKE, reporter);
        assertEq(_punish(Role.Validator, 1, 1, operator), STAKE, "taken");
        assertEq(token.balanceOf(reporter), STAKE / 100, "bounty");
        assertEq(token.balanceOf(account("sink")), STAKE - STAKE / 100, "the rest");
        Member memory member = coordinator.memberOf(run, Role.Validator, 1);
        assertTrue(member.leaving, "leaving");
        assertEq(member.stake, 0, "stake");
        assertEq(member.weight, STAKE, "its weight in the epoch stays");
        assertEq(_locked(operator), 0, "lock");
        _toAttest();
        if (_state().leader == 1) {
            _lapse();
            coordinator.advance(run);
        }
        _propose();
        for (uint8 slot = 0; slot < 3; slot += 2) if (slot != _state().leader) _attest(_validatorAt(slot));
        coordinator.advance(run);
        assertEq(_state().validators, 5, "validators of the next round");
        assertEq(_state().totalWeight, 2 * STAKE, "weight of the next round");
    }

    /// @dev The stake vault's cap is a tenth.
    function test_punish_bountyAboveTheCap_isTheCap() public {
        Fault memory fault = _fault(Role.Miner, 0, 1, _miner(0));
        fault.bountyBps = 10_000;
        _punish(fault);
        assertEq(token.balanceOf(reporter), STAKE / 10, "bounty");
        fault = _fault(Role.Miner, 1, 1, _miner(1));
        (fault.bountyBps, fault.reporter) = (0, address(0));
        assertEq(_punish(fault), STAKE, "nobody reports");
    }

    function test_punish_slot_isFreeOnceReleased() public {
        address operator = _miner(0);
        _punish(Role.Miner, 0, 1, operator);
        vm.expectRevert(abi.encodeWithSelector(RunNotReleasable.selector, run, operator));
        coordinator.release(run, Role.Miner, 0);
        _lapse();
        coordinator.advance(run);
        _lapse();
        coordinator.advance(run);
        _finish();
        _settleUnscored(1);
        vm.recordLogs();
        coordinator.release(run, Role.Miner, 0);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 1, "one event");
        assertEq(logs[0].topics[0], MemberReleased.selector, "nothing is unlocked");
        assertEq(coordinator.memberOf(run, Role.Miner, 0).operator, address(0), "free");
    }

    function test_punish_member_actsInNoRoundAnyMore() public {
        _commit(_miner(1));
        _punish(Role.Miner, 1, 1, _miner(1));
        _punish(Role.Miner, 0, 1, _miner(0));
        vm.expectRevert(abi.encodeWithSelector(RunNotActive.selector, run, 1, 0));
        vm.prank(_miner(0));
        coordinator.commit(run, 1, 0, "commitment");
        // What it did before counts, but it cannot go on.
        assertEq(_state().committed, 2, "committed");
        _commit(_miner(2));
        _lapse();
        coordinator.advance(run);
        _lapse();
        coordinator.advance(run);
        Opening memory opening = _opening(_miner(1), 1);
        vm.expectRevert(abi.encodeWithSelector(RunNotActive.selector, run, 1, 1));
        vm.prank(_miner(1));
        coordinator.reveal(run, 1, 1, opening);
        _reveal(_miner(2));
        _lapse();
        coordinator.advance(run);
    }

    function test_punish_leader_cannotPropose() public {
        _toAttest();
        Round memory round = _state();
        address leader = _leader();
        _punish(Role.Validator, round.leader, 1, leader);
        vm.expectRevert(abi.encodeWithSelector(RunNotActive.selector, run, 1, round.leader));
        vm.prank(leader);
        coordinator.propose(run, 1, 1, 7, "root", false);
        _lapse();
        coordinator.advance(run);
        assertEq(_state().attempt, 2, "another one leads");
    }

    function test_punish_afterItsVote_theVoteCounts() public {
        _toAttest();
        _vote();
        _punish(Role.Validator, 2, 1, _validator(2));
        coordinator.advance(run);
        assertTrue(coordinator.isStanding(run, 1), "final");
    }

    /// @dev Scores were never at stake, and the others' pay depends on them.
    function test_punish_validator_stillScores() public {
        _finish();
        _finish();
        _punish(Role.Validator, 0, 1, _validator(0));
        bytes memory scores = _scores(9, 9, 9, 0);
        _settleScored(1, scores);
        assertEq(rewards.epochOf(address(coordinator), run, 1).totalShare, WHOLE, "all is earned");
    }

    /// @dev In the second of two rounds: it is paid for the first one. Who left by itself is paid for both.
    function test_punish_inMidRound_theRoundIsNotItsOwn() public {
        _finish();
        _leave(_miner(1), Role.Miner);
        _leave(_validator(1), Role.Validator);
        _punish(Role.Miner, 0, 1, _miner(0));
        _punish(Role.Validator, 0, 1, _validator(0));
        _joinMiner(3);
        _lapse();
        coordinator.advance(run);
        _lapse();
        coordinator.advance(run);
        _assertPhase(Phase.Idle, "only two validators and two miners had to stay");
        _settleScored(1, _scores(8, 8, 8, 0));
        uint256 pool = (((WHOLE / 2) * 4_100) / 10_000);
        assertEq(coordinator.shareOf(run, 1, _miner(0), false), pool / 5, "one round of five");
        assertEq(coordinator.shareOf(run, 1, _miner(1), false), (pool * 2) / 5, "two");
        assertEq(coordinator.shareOf(run, 1, _miner(2), false), (pool * 2) / 5, "two");
        uint256 one = coordinator.shareOf(run, 1, _validator(0), false);
        uint256 two = coordinator.shareOf(run, 1, _validator(1), false);
        assertEq(two, coordinator.shareOf(run, 1, _validator(2), false), "likewise");
        assertLe(two - 2 * one, WHOLE >> 31, "of validators");
        assertLe(2 * one - (two < 2 * one ? two : 2 * one), WHOLE >> 31, "to the rounding of parts");
    }

    /// @dev In the first round of its epoch: none is its own.
    function test_punish_inFirstRound_earnsNothing() public {
        _punish(Role.Miner, 0, 1, _miner(0));
        _commit(_miner(1));
        _commit(_miner(2));
        _lapse();
        coordinator.advance(run);
        _lapse();
        coordinator.advance(run);
        _revealAll();
        _propose();
        _attestAll();
        _finish();
        // It is none of the epoch's miners, so that what is scored of it counts for nothing.
        assertEq(coordinator.epochOf(run, 1).miners, 6, "miners");
        _settleScored(1, _scores(0, 8, 8, 0));
        uint256 pool = (WHOLE * 4_100) / 10_000;
        assertEq(coordinator.shareOf(run, 1, _miner(0), false), 0, "no round");
        assertEq(coordinator.shareOf(run, 1, _miner(1), false), pool / 2, "both");
    }

    /// @dev No round is open, so that none is taken from it.
    function test_punish_idle_roundsStayItsOwn() public {
        _leave(_miner(1), Role.Miner);
        _leave(_miner(2), Role.Miner);
        _finish();
        _assertPhase(Phase.Idle, "idle");
        _punish(Role.Miner, 0, 1, _miner(0));
        _settleScored(1, _scores(8, 8, 8, 0));
        uint256 pool = (((WHOLE / 2) * 4_100) / 10_000);
        assertEq(coordinator.shareOf(run, 1, _miner(0), false), pool / 3, "as the others");
    }

    // ---- Who leaves or has left

    function test_punish_leaving_losesStakeAll() public {
        address operator = _miner(2);
        _leave(operator, Role.Miner);
        uint64 lastEpoch = coordinator.memberOf(run, Role.Miner, 2).lastEpoch;
        assertEq(_punish(Role.Miner, 2, 1, operator), STAKE, "taken");
        assertEq(coordinator.memberOf(run, Role.Miner, 2).stake, 0, "stake");
        assertEq(coordinator.memberOf(run, Role.Miner, 2).lastEpoch, lastEpoch, "its last epoch does not move");
    }

    function _releaseMiner2() private returns (address operator) {
        operator = _miner(2);
        _leave(operator, Role.Miner);
        _finish();
        _finish();
        _settleUnscored(1);
        coordinator.release(run, Role.Miner, 2);
    }

    function test_punish_released_losesWhatCools() public {
        address operator = _releaseMiner2();
        vm.expectEmit(address(coordinator));
        emit MemberPunished(run, operator, Role.Miner, 2, 1, STAKE, reporter);
        assertEq(_punish(Role.Miner, 2, 1, operator), STAKE, "taken");
        (uint256 assets, , ) = stakes.poolOf(operator);
        assertEq(assets, 1, "left");
    }

    function test_punish_nothingLeft_takesNothing() public {
        address operator = _releaseMiner2();
        vm.warp(block.timestamp + 7 days);
        vm.expectEmit(address(coordinator));
        emit MemberPunished(run, operator, Role.Miner, 2, 1, 0, reporter);
        assertEq(_punish(Role.Miner, 2, 1, operator), 0, "taken");
        (uint256 assets, , ) = stakes.poolOf(operator);
        assertEq(assets, STAKE + 1, "all of it");
    }

    /// @dev Its lock is what its seat says, down to the last wei of the pool, which no slash takes.
    function test_punish_lastWeiOfThePool_isLeftToTheSeat() public {
        address operator = _joinMiner(3);
        assertEq(_punish(Role.Miner, 3, 1, operator), STAKE - 1, "taken");
        assertEq(coordinator.memberOf(run, Role.Miner, 3).stake, 1, "stake");
        assertEq(_locked(operator), 1, "lock");
        coordinator.release(run, Role.Miner, 3);
        assertEq(_locked(operator), 0, "given back");
    }

    // ---- Again

    function test_punish_sameMembership_changesNothing() public {
        _finish();
        _finish();
        _enrol(_miner(0), STAKE);
        assertEq(_punish(Role.Miner, 0, 1, _miner(0)), STAKE, "taken");
        vm.recordLogs();
        assertEq(_punish(Role.Miner, 0, 1, _miner(0)), 0, "again");
        assertEq(_punish(Role.Miner, 0, 2, _miner(0)), 0, "for another epoch of it");
        assertEq(vm.getRecordedLogs().length, 0, "no event");
    }

    function test_punish_laterMembership_losesItsStakeToo() public {
        address operator = _releaseMiner2();
        _joinMiner(2);
        assertEq(coordinator.slotOf(run, Role.Miner, operator), 2, "the same slot, and the same stake");
        assertEq(_punish(Role.Miner, 2, 1, operator), STAKE, "the first time");
        // The same wei backed both: what cooled was locked again.
        assertEq(_locked(operator), 0, "lock");
        assertEq(coordinator.memberOf(run, Role.Miner, 2).stake, STAKE, "the seat is not the one that was punished");
        assertFalse(coordinator.memberOf(run, Role.Miner, 2).leaving, "it stays");
        vm.expectEmit(address(coordinator));
        emit MemberPunished(run, operator, Role.Miner, 2, 2, 0, reporter);
        _punish(Role.Miner, 2, 2, operator);
        assertTrue(coordinator.memberOf(run, Role.Miner, 2).leaving, "it leaves, though nothing is left to take");
    }

    /// @dev Each of them with a lock of its own.
    function test_punish_bothMemberships_takesBothStakes() public {
        address operator = _releaseMiner2();
        vm.warp(block.timestamp + 7 days);
        stakes.thaw(operator, address(coordinator));
        _joinMiner(2);
        assertEq(_punish(Role.Miner, 2, 2, operator), STAKE, "the second");
        _enrol(operator, STAKE);
        assertEq(_punish(Role.Miner, 2, 1, operator), 0, "the first, which answers no more");
    }

    // ---- One lock for all slots

    function test_punish_otherRole_keepsItsStake() public {
        address operator = _miner(0);
        _enrol(operator, STAKE);
        vm.prank(operator);
        coordinator.leave(run, Role.Miner);
        _leave(_validator(2), Role.Validator);
        _finish();
        _finish();
        _settleUnscored(1);
        coordinator.release(run, Role.Validator, 2);
        vm.prank(operator);
        coordinator.joinAsValidator(run, STAKE);
        _punish(Role.Miner, 0, 1, operator);
        assertEq(_locked(operator), STAKE, "as a validator");
        assertFalse(coordinator.memberOf(run, Role.Validator, 2).leaving, "stays one");
    }

    /// @dev In two runs; the stake of the first has been released when it is punished, so that the lock of the second is cut.
    function test_punish_lockCut_releaseUnlocksWhatIsLeft() public {
        uint256 first = run;
        run = _createRun(_params());
        _fund(POT);
        address operator = _joinMiner(2);
        uint256 second = run;
        run = first;
        _releaseMiner2();
        assertEq(_locked(operator), STAKE, "of the second run");
        assertEq(_punish(Role.Miner, 2, 1, operator), STAKE, "taken");
        assertEq(_locked(operator), 0, "cut");
        run = second;
        _leave(operator, Role.Miner);
        coordinator.release(run, Role.Miner, 0);
        assertEq(coordinator.memberOf(run, Role.Miner, 0).operator, address(0), "released all the same");
        assertEq(_locked(operator), 0, "nothing is unlocked");
    }

    // ---- Heirs

    function _heir() private returns (address heir) {
        RunParams memory p = _params();
        (p.protectionEpochs, p.maxMiners) = (0, 3);
        run = _createRun(p);
        _fund(5 * POT);
        for (uint256 i = 0; i < 3; i++) _joinMiner(i);
        for (uint256 i = 0; i < 3; i++) _joinValidator(i, STAKE);
        coordinator.advance(run);
        heir = _miner(4);
        _enrol(heir, STAKE);
        vm.prank(heir);
        coordinator.replaceMiner(run, 1);
    }

    function test_punish_heir_reverts() public {
        address heir = _heir();
        _punishFails(Role.Miner, 1, 1, heir);
    }

    function test_punish_minerWithHeir_heirSitsInTheEnd() public {
        address heir = _heir();
        assertEq(_punish(Role.Miner, 1, 1, _miner(1)), STAKE, "taken");
        _finish2();
        _settleUnscored(1);
        coordinator.release(run, Role.Miner, 1);
        assertEq(coordinator.memberOf(run, Role.Miner, 1).operator, heir, "who sits");
        assertEq(_locked(heir), STAKE, "its own");
        assertEq(_locked(_miner(1)), STAKE, "what backs its slot in the other run");
    }

    /// @dev Two rounds in which nobody commits.
    function _finish2() private {
        for (uint256 i = 0; i < 4; i++) {
            _lapse();
            coordinator.advance(run);
        }
    }
}

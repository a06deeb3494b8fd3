// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {EpochSteps} from "./EpochSteps.sol";
import {IStakeVault} from "../../../contracts/interfaces/IStakeVault.sol";

/// leave
/// ├── no such run, a delegate, not a member, leaving already: reverts
/// └── else: out of the rounds that open from now on, but not of the open one
///     ├── active in a round so far: its last epoch is that round's
///     └── never active: there is none to wait for
contract RunCoordinatorLeaveTest is EpochSteps {
    function test_leave_unknownRun_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunUnknown.selector, 5));
        coordinator.leave(5, Role.Miner);
    }

    function test_leave_delegate_reverts() public {
        address operator = _joinMiner(0);
        vm.prank(operator);
        stakes.setDelegate(stranger);
        vm.expectRevert(abi.encodeWithSelector(RunNotOperator.selector, stranger));
        _leave(stranger, Role.Miner);
    }

    function test_leave_otherRole_reverts() public {
        address operator = _joinMiner(0);
        vm.expectRevert(abi.encodeWithSelector(RunNotMember.selector, run, operator));
        _leave(operator, Role.Validator);
    }

    function test_leave_twice_reverts() public {
        address operator = _joinMiner(0);
        _leave(operator, Role.Miner);
        vm.expectRevert(abi.encodeWithSelector(RunAlreadyLeaving.selector, run, operator));
        _leave(operator, Role.Miner);
    }

    function test_leave_openRound_staysInIt() public {
        _start(3, 3);
        vm.expectEmit(address(coordinator));
        emit MemberLeaving(run, _miner(1), Role.Miner, 1, 1);
        _leave(_miner(1), Role.Miner);
        vm.expectEmit(address(coordinator));
        emit MemberLeaving(run, _validator(2), Role.Validator, 2, 1);
        _leave(_validator(2), Role.Validator);
        Member memory member = coordinator.memberOf(run, Role.Miner, 1);
        assertTrue(member.leaving, "leaving");
        assertEq(member.lastEpoch, 1, "last epoch");

        // Both still act: the round waits for all three commitments, and two thirds of the weight is two of three.
        _toAttest();
        assertEq(_state().committed, 7, "committed");
        _propose();
        address voter = _leader() == _validator(2) ? _validator(0) : _validator(2);
        _attest(voter);
        coordinator.advance(run);
        assertEq(_round(), 2, "final with the leaver's vote");
        assertEq(_state().miners, 5, "miners of the next round");
        assertEq(_state().validators, 3, "validators of the next round");
        assertEq(_state().totalWeight, 2 * STAKE, "weight of the next round");
    }

    function test_leave_neverActive_hasNoLastEpoch() public {
        _start(2, 2);
        _joinMiner(2);
        _leave(_miner(2), Role.Miner);
        assertEq(coordinator.memberOf(run, Role.Miner, 2).lastEpoch, 0, "last epoch");
    }

    function test_leave_idleAfterRounds_lastEpochIsTheLast() public {
        _start(2, 2);
        _leave(_miner(0), Role.Miner);
        _finish();
        _assertPhase(Phase.Idle, "one miner is too few");
        _leave(_miner(1), Role.Miner);
        assertEq(coordinator.memberOf(run, Role.Miner, 1).lastEpoch, 1, "last epoch");
    }
}

/// release
/// ├── no such run, empty slot, slot past the last: reverts
/// ├── not leaving, or its last epoch is not settled, or one before it: reverts
/// └── else: stake unlocked, slot free; anyone may call it
contract RunCoordinatorReleaseTest is EpochSteps {
    function test_release_unknownRun_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunUnknown.selector, 5));
        coordinator.release(5, Role.Miner, 0);
    }

    function test_release_emptySlot_reverts() public {
        _joinMiner(0);
        vm.expectRevert(abi.encodeWithSelector(RunNotMember.selector, run, address(0)));
        coordinator.release(run, Role.Miner, 1);
        vm.expectRevert(abi.encodeWithSelector(RunNotMember.selector, run, address(0)));
        coordinator.release(run, Role.Validator, 255);
    }

    function test_release_notLeaving_reverts() public {
        _joinMiner(0);
        vm.expectRevert(abi.encodeWithSelector(RunNotReleasable.selector, run, _miner(0)));
        coordinator.release(run, Role.Miner, 0);
    }

    function test_release_neverActive_returnsStake() public {
        _start(2, 2);
        address operator = _joinMiner(2);
        _leave(operator, Role.Miner);
        vm.expectEmit(address(coordinator));
        emit MemberReleased(run, operator, Role.Miner, 2);
        vm.expectCall(address(stakes), abi.encodeCall(IStakeVault.unlock, (operator, STAKE)));
        vm.prank(stranger);
        coordinator.release(run, Role.Miner, 2);
        assertEq(stakes.lockedBy(operator, address(coordinator)), 0, "locked");
        assertEq(
            abi.encode(coordinator.memberOf(run, Role.Miner, 2)),
            abi.encode(Member(address(0), address(0), false, 0, 0, 0, 0, 0, address(0))),
            "slot"
        );
        vm.expectRevert(abi.encodeWithSelector(RunNotMember.selector, run, operator));
        coordinator.slotOf(run, Role.Miner, operator);
    }

    function test_release_lastEpochUnsettled_reverts() public {
        _start(3, 2);
        _leave(_miner(2), Role.Miner);
        bytes memory refusal = abi.encodeWithSelector(RunNotReleasable.selector, run, _miner(2));
        vm.expectRevert(refusal);
        coordinator.release(run, Role.Miner, 2);
        _finish();
        _finish();
        _assertEpochPhase(1, EpochPhase.Commit, "two rounds are an epoch");
        vm.expectRevert(refusal);
        coordinator.release(run, Role.Miner, 2);
        _settleUnscored(1);
        coordinator.release(run, Role.Miner, 2);
        assertEq(stakes.lockedBy(_miner(2), address(coordinator)), 0, "locked");
    }

    /// @dev Were the slot reused before epoch 1 is settled, its pay would go to whoever sits there then.
    function test_release_earlierEpochUnsettled_reverts() public {
        _start(3, 2);
        for (uint256 i = 0; i < 3; i++) _finish();
        _leave(_miner(2), Role.Miner);
        _finish();
        assertEq(coordinator.memberOf(run, Role.Miner, 2).lastEpoch, 2, "last epoch");
        _settleUnscored(2);
        vm.expectRevert(abi.encodeWithSelector(RunNotReleasable.selector, run, _miner(2)));
        coordinator.release(run, Role.Miner, 2);
        _settleUnscored(1);
        coordinator.release(run, Role.Miner, 2);
    }

    /// @dev More epochs ago than the ring remembers: they were settled, else the ring would have stopped the run.
    function test_release_afterTheRing_needsOnlyWhatIsInIt() public {
        _start(3, 2);
        for (uint64 epoch = 1; epoch < 10; epoch++) {
            _finish();
            if (epoch == 9) _leave(_miner(2), Role.Miner);
            _finish();
            _settleUnscored(epoch);
        }
        assertEq(coordinator.memberOf(run, Role.Miner, 2).lastEpoch, 9, "last epoch");
        coordinator.release(run, Role.Miner, 2);
        _joinMiner(3);
        assertEq(coordinator.slotOf(run, Role.Miner, _miner(3)), 2, "the slot is free");
    }

    function test_release_validator_canJoinAgain() public {
        address operator = _joinValidator(0, 2 * STAKE);
        _leave(operator, Role.Validator);
        coordinator.release(run, Role.Validator, 0);
        vm.prank(operator);
        coordinator.joinAsValidator(run, STAKE);
        assertEq(coordinator.memberOf(run, Role.Validator, 0).weight, STAKE, "weight of the new stay only");
        _joinMiner(0);
        _joinMiner(1);
        _joinValidator(1, STAKE);
        coordinator.advance(run);
        assertEq(_state().totalWeight, 2 * STAKE, "weight of the round");
    }
}

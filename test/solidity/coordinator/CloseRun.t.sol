// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {EpochSteps} from "./EpochSteps.sol";

/// closeRun
/// ├── no such run: reverts
/// ├── Ended: by anyone, the deposit goes back to the owner, once
/// └── else
///     ├── caller is not the owner: reverts
///     ├── not Idle, or somebody has a slot, also who is leaving: reverts
///     └── by the owner: the run is Ended, the deposit goes back
contract RunCoordinatorCloseRunTest is EpochSteps {
    function _close(address caller, bytes memory refusal) private {
        if (refusal.length != 0) vm.expectRevert(refusal);
        vm.prank(caller);
        coordinator.closeRun(run);
    }

    /// @dev A run of one round that is over.
    function _endedRun() private {
        RunParams memory p = _params();
        p.maxRounds = 1;
        run = _createRun(p);
        _fund(POT);
        _start(2, 2);
        _finish();
        _assertPhase(Phase.Ended, "one round was all");
    }

    function test_closeRun_unknownRun_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunUnknown.selector, 5));
        coordinator.closeRun(5);
    }

    function test_closeRun_notOwner_reverts() public {
        _close(stranger, abi.encodeWithSelector(RunNotOwner.selector, run, stranger));
    }

    function test_closeRun_hasMembers_reverts() public {
        bytes memory refusal = abi.encodeWithSelector(RunNotClosable.selector, run);
        _joinMiner(0);
        _close(owner, refusal);
        _leave(_miner(0), Role.Miner);
        _close(owner, refusal);
        coordinator.release(run, Role.Miner, 0);
        _joinValidator(0, STAKE);
        _close(owner, refusal);
        _leave(_validator(0), Role.Validator);
        coordinator.release(run, Role.Validator, 0);
        _close(owner, "");
    }

    function test_closeRun_openRound_reverts() public {
        _start(2, 2);
        _close(owner, abi.encodeWithSelector(RunNotClosable.selector, run));
    }

    function test_closeRun_idleAndEmpty_endsAndReturnsDeposit() public {
        assertEq(token.balanceOf(owner), 0, "before");
        vm.expectEmit(address(coordinator));
        emit RunEnded(run);
        vm.expectEmit(address(coordinator));
        emit DepositReturned(run, owner, DEPOSIT);
        _close(owner, "");
        _assertPhase(Phase.Ended, "phase");
        assertEq(token.balanceOf(owner), DEPOSIT, "after");
        assertEq(coordinator.depositOf(run), 0, "deposit");
        assertFalse(coordinator.isDue(run), "never again");
        _enrol(_miner(0), STAKE);
        vm.expectRevert(abi.encodeWithSelector(RunWrongPhase.selector, run, Phase.Ended, Phase.Idle));
        vm.prank(_miner(0));
        coordinator.joinAsMiner(run);
    }

    /// @dev A run that was on and lost its members: what it had earned is still claimed.
    function test_closeRun_abandoned_keepsShares() public {
        _start(2, 2);
        _finish();
        _finish();
        _settleScored(1, _scores(1000, 3000, 0, 0));
        for (uint256 i = 0; i < 2; i++) {
            _leave(_miner(i), Role.Miner);
            _leave(_validator(i), Role.Validator);
        }
        _finish();
        _assertPhase(Phase.Idle, "nobody is left");
        _settleUnscored(2);
        for (uint8 i = 0; i < 2; i++) {
            coordinator.release(run, Role.Miner, i);
            coordinator.release(run, Role.Validator, i);
        }
        uint256 share = coordinator.shareOf(run, 1, _miner(1), false);
        assertGt(share, 0, "share");
        _close(owner, "");
        assertEq(coordinator.shareOf(run, 1, _miner(1), false), share, "share of a closed run");
        assertGt(coordinator.shareOf(run, 1, owner, true), 0, "the owner's");
    }

    function test_closeRun_ended_anyoneReturnsDepositOnce() public {
        _endedRun();
        uint256 before = token.balanceOf(owner);
        vm.expectEmit(address(coordinator));
        emit DepositReturned(run, owner, DEPOSIT);
        _close(stranger, "");
        assertEq(token.balanceOf(owner) - before, DEPOSIT, "members do not prevent it");
        assertEq(coordinator.depositOf(run), 0, "deposit");
        _close(owner, "");
        _close(stranger, "");
        assertEq(token.balanceOf(owner) - before, DEPOSIT, "once");
        assertEq(token.balanceOf(address(coordinator)), DEPOSIT, "the other run's stays");
    }

    /// @dev Whoever still sits in a run that has ended leaves as ever.
    function test_closeRun_ended_membersStillLeave() public {
        _endedRun();
        _close(stranger, "");
        _settleUnscored(1);
        _leave(_miner(0), Role.Miner);
        coordinator.release(run, Role.Miner, 0);
        assertEq(stakes.lockedBy(_miner(0), address(coordinator)), 0, "locked");
    }
}

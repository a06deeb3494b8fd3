// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {EpochSteps} from "./EpochSteps.sol";

/// evict
/// ├── no such run, empty slot, operator not short, leaving already: reverts
/// └── else: the member leaves as if by itself, and a holder that waited is paid in the end
contract RunCoordinatorEvictTest is EpochSteps {
    /// @dev A holder of the operator's pool, its own stake included, wants so much back.
    function _unbond(address of_, address operator, uint256 amount) private {
        vm.prank(of_);
        stakes.requestUnbond(operator, amount);
    }

    function _evict(Role role, uint8 slot, bytes memory refusal) private {
        if (refusal.length != 0) vm.expectRevert(refusal);
        vm.prank(stranger);
        coordinator.evict(run, role, slot);
    }

    function test_evict_unknownRun_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunUnknown.selector, 5));
        coordinator.evict(5, Role.Miner, 0);
    }

    function test_evict_emptySlot_reverts() public {
        _joinMiner(0);
        _evict(Role.Miner, 1, abi.encodeWithSelector(RunNotMember.selector, run, address(0)));
        _evict(Role.Validator, 0, abi.encodeWithSelector(RunNotMember.selector, run, address(0)));
    }

    function test_evict_stakeCoversLocks_reverts() public {
        address operator = _joinMiner(0);
        bytes memory refusal = abi.encodeWithSelector(RunNotShort.selector, run, operator);
        _evict(Role.Miner, 0, refusal);
        // What is not locked may go.
        _enrol(operator, STAKE);
        _unbond(operator, operator, STAKE);
        _evict(Role.Miner, 0, refusal);
        _unbond(operator, operator, 1);
        _evict(Role.Miner, 0, "");
    }

    function test_evict_twice_reverts() public {
        address operator = _joinMiner(0);
        _unbond(operator, operator, STAKE);
        _evict(Role.Miner, 0, "");
        _evict(Role.Miner, 0, abi.encodeWithSelector(RunAlreadyLeaving.selector, run, operator));
    }

    /// @dev Short is the operator, so each of its seats may be asked for, in whatever role.
    function test_evict_validator_leavesNextRounds() public {
        _start(3, 3);
        address operator = _validator(2);
        _unbond(operator, operator, 1);
        vm.expectEmit(address(coordinator));
        emit MemberLeaving(run, operator, Role.Validator, 2, 1);
        _evict(Role.Validator, 2, "");
        Member memory member = coordinator.memberOf(run, Role.Validator, 2);
        assertTrue(member.leaving, "leaving");
        assertEq(member.lastEpoch, 1, "last epoch");
        _finish();
        assertEq(_state().validators, 3, "validators of the next round");
        assertEq(_state().totalWeight, 2 * STAKE, "weight of the next round");
    }

    /// @dev The way out of a holder that nobody asks: evict, let the epochs end, release, wait, thaw, complete.
    function test_evict_holderOfThePool_isPaidInTheEnd() public {
        _start(3, 2);
        address operator = _miner(2);
        // All of the operator's stake is the holder's but what it locked itself; then the operator wants its own back.
        vm.prank(holder);
        token.transfer(stranger, STAKE);
        vm.startPrank(stranger);
        token.approve(address(stakes), STAKE);
        stakes.deposit(operator, STAKE);
        vm.stopPrank();
        _unbond(operator, operator, STAKE);
        _evict(Role.Miner, 2, abi.encodeWithSelector(RunNotShort.selector, run, operator));
        _unbond(stranger, operator, STAKE);
        assertTrue(stakes.isShort(operator), "short");
        _evict(Role.Miner, 2, "");

        _finish();
        _finish();
        _settleUnscored(1);
        coordinator.release(run, Role.Miner, 2);
        vm.warp(block.timestamp + 7 days);
        stakes.thaw(operator, address(coordinator));
        vm.prank(operator);
        stakes.completeUnbond(operator, 0, operator);
        vm.prank(stranger);
        stakes.completeUnbond(operator, 0, stranger);
        assertEq(token.balanceOf(stranger), STAKE, "all of it");
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {StakeVaultBase} from "./StakeVaultBase.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";

/// slash
/// ├── zero: reverts
/// ├── nothing slashable by the caller: reverts
/// ├── bounty above the capped share of what is taken: reverts
/// ├── bounty for nobody: reverts
/// ├── locked: taken first, from bonded; the lock is cut
/// ├── released: taken next, from unbonding, then from free
/// ├── more than slashable: takes what is
/// ├── never: from another manager's lock
/// └── bounty to the reporter, the rest to the sink
contract StakeVaultSlashTest is StakeVaultBase {
    function test_slash_zero_reverts() public {
        _deposit(alice, 10);
        _lock(alice, manager, 10);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultZeroAmount.selector));
        _slash(alice, manager, 0);
    }

    function test_slash_nothingSlashable_reverts(uint256 amount) public {
        amount = bound(amount, 1, type(uint256).max);
        _deposit(alice, 10);
        _lock(alice, rival, 10);
        _allow(alice, manager);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultExceedsLock.selector, alice, manager, amount, 0));
        _slash(alice, manager, amount);
    }

    function test_slash_bountyAboveCap_reverts(uint256 locked, uint256 amount, uint256 bounty) public {
        locked = bound(locked, 1, MAX);
        amount = bound(amount, 1, type(uint256).max);
        uint256 taken = amount < locked ? amount : locked;
        uint256 limit = (taken * CAP_BPS) / 10_000;
        bounty = bound(bounty, limit + 1, type(uint256).max);
        _deposit(alice, locked);
        _lock(alice, manager, locked);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultBountyTooHigh.selector, bounty, limit));
        vm.prank(manager);
        vault.slash(alice, amount, reporter, bounty);
    }

    function test_slash_bountyForNobody_reverts() public {
        _deposit(alice, 10);
        _lock(alice, manager, 10);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultZeroAddress.selector));
        vm.prank(manager);
        vault.slash(alice, 10, address(0), 1);
    }

    function test_slash_locked_paysReporterAndSink(uint256 locked, uint256 amount, uint256 bounty) public {
        locked = bound(locked, 1, MAX);
        amount = bound(amount, 1, locked);
        bounty = bound(bounty, 0, (amount * CAP_BPS) / 10_000);
        _deposit(alice, locked + 5);
        _lock(alice, manager, locked);
        vm.expectEmit(address(vault));
        emit Slashed(alice, manager, reporter, amount, bounty);
        vm.prank(manager);
        uint256 taken = vault.slash(alice, amount, reporter, bounty);
        assertEq(taken, amount, "taken");
        assertEq(token.balanceOf(reporter), bounty, "bounty");
        assertEq(token.balanceOf(sink), amount - bounty, "sink");
        assertEq(vault.bondedOf(alice), locked + 5 - amount, "bonded");
        assertEq(vault.lockedBy(alice, manager), locked - amount, "lock is cut");
        assertEq(vault.lockedOf(alice), locked - amount, "in all");
    }

    function test_slash_wholeAsBounty_sendsSinkNothing() public {
        StakeVault made = new StakeVault(token, sink, DELAY, 10_000);
        vault = made;
        _deposit(alice, 10);
        _lock(alice, manager, 10);
        vm.recordLogs();
        vm.prank(manager);
        made.slash(alice, 10, reporter, 10);
        assertEq(vm.getRecordedLogs().length, 2, "the slash and one transfer");
        assertEq(token.balanceOf(reporter), 10, "bounty");
        assertEq(token.balanceOf(sink), 0, "sink");
    }

    function test_slash_aboveSlashable_takesAll(uint256 locked, uint256 amount) public {
        locked = bound(locked, 1, MAX);
        amount = bound(amount, locked, type(uint256).max);
        _deposit(alice, 2 * locked);
        _lock(alice, manager, locked);
        assertEq(_slash(alice, manager, amount), locked, "taken");
        assertEq(vault.bondedOf(alice), locked, "what was not locked stays");
    }

    function test_slash_released_takesUnbondingThenFree(uint256 released, uint256 unbond, uint256 amount) public {
        released = bound(released, 1, MAX);
        unbond = bound(unbond, 1, released);
        amount = bound(amount, 1, released);
        _deposit(alice, released);
        _lock(alice, manager, released);
        _unlock(alice, manager, released);
        _unbond(alice, unbond);
        assertEq(_slash(alice, manager, amount), amount, "taken");
        uint256 fromUnbonding = amount < unbond ? amount : unbond;
        assertEq(_unbonding(alice), unbond - fromUnbonding, "unbonding");
        assertEq(vault.bondedOf(alice), released - unbond - (amount - fromUnbonding), "bonded");
        assertEq(vault.slashableBy(alice, manager), released - amount, "slashable no more");
        assertEq(token.balanceOf(sink), amount, "sink");
    }

    function test_slash_lockedAndReleased_takesLockFirst() public {
        _deposit(alice, 10);
        _lock(alice, manager, 10);
        _unlock(alice, manager, 4);
        _unbond(alice, 4);
        assertEq(_slash(alice, manager, 8), 8, "taken");
        assertEq(vault.lockedBy(alice, manager), 0, "lock");
        assertEq(_unbonding(alice), 2, "unbonding");
        assertEq(vault.slashableBy(alice, manager), 2, "left");
    }

    function test_slash_othersLock_isNotTouched(uint256 mine, uint256 others, uint256 amount) public {
        mine = bound(mine, 1, MAX);
        others = bound(others, 1, MAX);
        amount = bound(amount, 1, type(uint256).max);
        _deposit(alice, mine + others);
        _lock(alice, rival, others);
        _lock(alice, manager, mine);
        _slash(alice, manager, amount);
        assertEq(vault.lockedBy(alice, rival), others, "the other's lock");
        assertGe(vault.bondedOf(alice), others, "is covered");
        _unlock(alice, rival, others);
    }

    function test_slash_otherOperator_isNotTouched() public {
        _deposit(alice, 10);
        _deposit(bob, 10);
        _lock(alice, manager, 10);
        _lock(bob, manager, 10);
        assertEq(_slash(alice, manager, 100), 10, "taken");
        assertEq(vault.bondedOf(bob), 10, "bob's");
        assertEq(vault.lockedBy(bob, manager), 10, "bob's lock");
    }

    function test_slash_readyButNotWithdrawn_isOutOfReach() public {
        _deposit(alice, 10);
        _lock(alice, manager, 10);
        _unlock(alice, manager, 10);
        _unbond(alice, 10);
        vm.warp(block.timestamp + DELAY);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultExceedsLock.selector, alice, manager, 1, 0));
        _slash(alice, manager, 1);
    }
}

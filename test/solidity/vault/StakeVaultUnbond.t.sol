// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {StakeVaultBase} from "./StakeVaultBase.sol";

/// requestUnbond
/// ├── zero: reverts
/// ├── more than the caller's active shares: reverts
/// ├── a part: active no more, worth as before, a ticket with a clock of its own
/// └── what is locked: possible, but the operator is short
contract StakeVaultRequestUnbondTest is StakeVaultBase {
    function test_requestUnbond_zero_reverts() public {
        _deposit(alice, 10);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultZeroAmount.selector));
        vm.prank(alice);
        vault.requestUnbond(alice, 0);
    }

    function test_requestUnbond_aboveOwnShares_reverts(uint256 held, uint256 earlier, uint256 shares) public {
        held = bound(held, 1, MAX);
        earlier = bound(earlier, 1, held);
        shares = bound(shares, held - earlier + 1, type(uint256).max);
        _deposit(alice, MAX);
        _delegate(bob, alice, held);
        _unbond(bob, alice, earlier);
        uint256 left = held - earlier;
        vm.expectRevert(abi.encodeWithSelector(StakeVaultInsufficientShares.selector, alice, bob, shares, left));
        vm.prank(bob);
        vault.requestUnbond(alice, shares);
    }

    function test_requestUnbond_part_givesATicket(uint256 own, uint256 shares, uint256 wait) public {
        own = bound(own, 1, MAX);
        shares = bound(shares, 1, own);
        wait = bound(wait, 0, 2 * DELAY);
        _delegate(bob, alice, own + 7);
        uint256 readyAt = block.timestamp + DELAY;
        vm.expectEmit(address(vault));
        emit UnbondRequested(alice, bob, 0, shares, readyAt);
        assertEq(_unbond(bob, alice, shares), 0, "first ticket");
        vm.warp(block.timestamp + wait);
        assertEq(_unbond(bob, alice, 7), 1, "second ticket");
        (uint256 held, uint256 ready) = vault.ticketOf(alice, bob, 0);
        assertEq(held, shares, "shares of the first");
        assertEq(ready, readyAt, "keeps its clock");
        (held, ready) = vault.ticketOf(alice, bob, 1);
        assertEq(held, 7, "shares of the second");
        assertEq(ready, block.timestamp + DELAY, "has its own");
        assertEq(vault.ticketCountOf(alice, bob), 2, "tickets");
        assertEq(vault.sharesOf(alice, bob), own - shares, "active");
        assertEq(vault.bondedOf(alice), own - shares, "bonded");
        (uint256 assets, uint256 all, uint256 unbonding) = vault.poolOf(alice);
        assertEq(assets, own + 7, "nothing has left");
        assertEq(all, own + 7, "still of the pool");
        assertEq(unbonding, shares + 7, "unbonding");
    }

    function test_requestUnbond_locked_makesShort(uint256 own, uint256 locked, uint256 shares) public {
        own = bound(own, 1, MAX);
        locked = bound(locked, 1, own);
        shares = bound(shares, 1, own);
        _deposit(alice, own);
        _lock(alice, manager, locked);
        assertFalse(vault.isShort(alice), "before");
        _unbond(alice, alice, shares);
        assertEq(vault.isShort(alice), locked > own - shares, "short");
        assertEq(vault.slashableBy(alice, manager), locked < own ? locked : own - 1, "slashable as before");
        uint256 lockable = vault.lockableBy(alice, rival);
        assertEq(lockable, locked > own - shares ? 0 : own - shares - locked, "lockable");
    }
}

/// cancelUnbond
/// ├── no such ticket, completed, or cancelled: reverts
/// └── else, at any time: active again
contract StakeVaultCancelUnbondTest is StakeVaultBase {
    function test_cancelUnbond_unknown_reverts() public {
        _deposit(alice, 10);
        _unbond(alice, alice, 4);
        bytes memory refusal = abi.encodeWithSelector(StakeVaultUnknownTicket.selector, alice, bob, 0);
        vm.expectRevert(refusal);
        vm.prank(bob);
        vault.cancelUnbond(alice, 0);
        vm.prank(alice);
        vault.cancelUnbond(alice, 0);
        refusal = abi.encodeWithSelector(StakeVaultUnknownTicket.selector, alice, alice, 0);
        vm.expectRevert(refusal);
        vm.prank(alice);
        vault.cancelUnbond(alice, 0);
        vm.expectRevert(refusal);
        vm.prank(alice);
        vault.completeUnbond(alice, 0, alice);
    }

    function test_cancelUnbond_any_isActiveAgain(uint256 own, uint256 shares, uint256 wait) public {
        own = bound(own, 1, MAX);
        shares = bound(shares, 1, own);
        _deposit(alice, own);
        _lock(alice, manager, own);
        _unbond(alice, alice, shares);
        vm.warp(block.timestamp + bound(wait, 0, 2 * DELAY));
        vm.expectEmit(address(vault));
        emit UnbondCancelled(alice, alice, 0, shares);
        vm.prank(alice);
        vault.cancelUnbond(alice, 0);
        assertEq(vault.sharesOf(alice, alice), own, "active");
        assertEq(vault.bondedOf(alice), own, "bonded");
        assertFalse(vault.isShort(alice), "short");
    }
}

/// completeUnbond
/// ├── to the zero address: reverts
/// ├── no such ticket: reverts
/// ├── before its clock has run: reverts
/// ├── managers could slash it: reverts, until that has been released, has cooled and is thawed
/// ├── else: pays what the shares are worth, rounded down, once
/// └── a ticket worth nothing: can be completed
contract StakeVaultCompleteUnbondTest is StakeVaultBase {
    function test_completeUnbond_toZero_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(StakeVaultZeroAddress.selector));
        vm.prank(alice);
        vault.completeUnbond(alice, 0, address(0));
    }

    function test_completeUnbond_unknown_reverts(uint256 ticket) public {
        _deposit(alice, 10);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultUnknownTicket.selector, alice, alice, ticket));
        vm.prank(alice);
        vault.completeUnbond(alice, ticket, alice);
    }

    function test_completeUnbond_tooEarly_reverts(uint256 wait) public {
        wait = bound(wait, 0, DELAY - 1);
        _deposit(alice, 10);
        _unbond(alice, alice, 10);
        uint256 readyAt = block.timestamp + DELAY;
        vm.warp(block.timestamp + wait);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultStillUnbonding.selector, 0, readyAt));
        vm.prank(alice);
        vault.completeUnbond(alice, 0, alice);
    }

    function test_completeUnbond_ready_paysOnce(uint256 own, uint256 shares, uint256 wait) public {
        own = bound(own, 1, MAX);
        shares = bound(shares, 1, own);
        wait = bound(wait, DELAY, 10 * DELAY);
        _delegate(bob, alice, own);
        _unbond(bob, alice, shares);
        vm.warp(block.timestamp + wait);
        vm.expectEmit(address(vault));
        emit UnbondCompleted(alice, bob, carol, 0, shares, shares);
        vm.prank(bob);
        vault.completeUnbond(alice, 0, carol);
        assertEq(token.balanceOf(carol), shares, "paid");
        assertEq(token.balanceOf(address(vault)), own - shares, "held");
        (uint256 assets, uint256 all, uint256 unbonding) = vault.poolOf(alice);
        assertEq(assets, own - shares, "assets");
        assertEq(all, own - shares, "shares");
        assertEq(unbonding, 0, "unbonding");

        vm.expectRevert(abi.encodeWithSelector(StakeVaultUnknownTicket.selector, alice, bob, 0));
        vm.prank(bob);
        vault.completeUnbond(alice, 0, bob);
    }

    function test_completeUnbond_afterSlash_paysFloor(uint256 own, uint256 shares, uint256 lost) public {
        own = bound(own, 2, MAX);
        shares = bound(shares, 1, own - 1);
        lost = bound(lost, 1, own - 1);
        _deposit(alice, own);
        _lock(alice, manager, lost);
        uint256 ticket = _unbond(alice, alice, shares);
        _slash(alice, manager, lost);
        vm.warp(block.timestamp + DELAY);
        uint256 paid = _complete(alice, alice, ticket);
        assertEq(paid, (shares * (own - lost)) / own, "rounded down");
        assertEq(_assets(alice), own - lost - paid, "the rest stays");
        assertLe(_assets(alice), own - shares, "a share is worth a wei at most");
    }

    function test_completeUnbond_worthNothing_isDone() public {
        _deposit(alice, 100);
        _lose(alice, 99);
        uint256 ticket = _unbond(alice, alice, 50);
        vm.warp(block.timestamp + DELAY);
        vm.recordLogs();
        assertEq(_complete(alice, alice, ticket), 0, "paid");
        assertEq(vm.getRecordedLogs().length, 1, "no transfer");
        assertEq(_poolShares(alice), 50, "shares");
        assertEq(vault.valueOf(alice, 50), 1, "theirs is what was left");
    }

    function test_completeUnbond_locked_reverts(uint256 own, uint256 locked, uint256 shares) public {
        own = bound(own, 1, MAX);
        locked = bound(locked, 1, own);
        shares = bound(shares, own - locked + 1, own);
        _deposit(alice, own);
        _lock(alice, manager, locked);
        _unbond(alice, alice, shares);
        vm.warp(block.timestamp + DELAY);
        bytes memory refusal = abi.encodeWithSelector(StakeVaultInsufficientFree.selector, alice, shares, own - locked);
        vm.expectRevert(refusal);
        vm.prank(alice);
        vault.completeUnbond(alice, 0, alice);
        _unlock(alice, manager, locked);
        vm.warp(block.timestamp + DELAY - 1);
        vault.thaw(alice, manager);
        vm.expectRevert(refusal);
        vm.prank(alice);
        vault.completeUnbond(alice, 0, alice);
        vm.warp(block.timestamp + 1);
        vm.expectRevert(refusal);
        vm.prank(alice);
        vault.completeUnbond(alice, 0, alice);
        vm.prank(stranger);
        vault.thaw(alice, manager);
        assertEq(_complete(alice, alice, 0), shares, "paid");
    }

    /// @dev Whoever asked while the operator was not short is paid on time, whatever the operator and others do meanwhile.
    function test_completeUnbond_askedWhileCovered_isPaidOnTime(uint256 seed) public {
        uint256 locked = 1 + (seed % 899);
        _deposit(alice, 900);
        _lock(alice, manager, locked);
        _lock(alice, rival, 900 - locked);
        _delegate(bob, alice, 100);
        _unlock(alice, rival, 900 - locked); // cools while bob waits
        _unbond(bob, alice, 100);
        assertFalse(vault.isShort(alice), "not short");
        vm.warp(block.timestamp + ((seed >> 16) % DELAY));
        _unbond(alice, alice, 900); // makes it short
        _unlock(alice, manager, ((seed >> 32) % locked) + 1);
        vm.warp(1_000_000 + DELAY);
        vault.thaw(alice, rival);
        assertEq(_complete(bob, alice, 0), 100, "paid");
    }

    /// @dev The way out of a short operator: it is made to leave, its locks cool, and it cannot lock again meanwhile.
    function test_completeUnbond_short_isPaidAfterRelease() public {
        _deposit(alice, 50);
        _allow(alice, manager);
        _delegate(bob, alice, 50);
        vm.prank(manager);
        vault.lock(alice, 100);
        _unbond(bob, alice, 50);
        assertTrue(vault.isShort(alice), "short");
        _unlock(alice, manager, 100);
        assertFalse(vault.isShort(alice), "no longer short");
        assertEq(vault.lockableBy(alice, manager), 0, "but what cools is not for new locks");
        vm.expectRevert(abi.encodeWithSelector(StakeVaultInsufficientFree.selector, alice, 1, 0));
        vm.prank(manager);
        vault.lock(alice, 1);
        vm.warp(block.timestamp + DELAY);
        assertEq(vault.lockableBy(alice, manager), 50, "its own stake, after cooling");
        vm.prank(manager);
        vault.lock(alice, 50);
        assertEq(_complete(bob, alice, 0), 50, "paid");
    }
}

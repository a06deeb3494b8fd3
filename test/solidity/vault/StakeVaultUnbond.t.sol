// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {StakeVaultBase} from "./StakeVaultBase.sol";

/// requestUnbond
/// ├── zero: reverts
/// ├── more than bonded less locked: reverts
/// ├── first request: moves to unbonding, starts the clock
/// └── further request: adds, restarts the clock of all
contract StakeVaultRequestUnbondTest is StakeVaultBase {
    function test_requestUnbond_zero_reverts() public {
        _deposit(alice, 10);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultZeroAmount.selector));
        vm.prank(alice);
        vault.requestUnbond(0);
    }

    function test_requestUnbond_aboveFree_reverts(uint256 bonded, uint256 locked, uint256 amount) public {
        bonded = bound(bonded, 1, MAX);
        locked = bound(locked, 1, bonded);
        amount = bound(amount, bonded - locked + 1, type(uint256).max);
        _deposit(alice, bonded);
        _lock(alice, manager, locked);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultInsufficientFree.selector, alice, amount, bonded - locked));
        vm.prank(alice);
        vault.requestUnbond(amount);
    }

    function test_requestUnbond_first_startsTheClock(uint256 bonded, uint256 amount) public {
        bonded = bound(bonded, 1, MAX);
        amount = bound(amount, 1, bonded);
        _deposit(alice, bonded);
        uint256 readyAt = block.timestamp + DELAY;
        vm.expectEmit(address(vault));
        emit UnbondRequested(alice, amount, amount, readyAt);
        _unbond(alice, amount);
        (uint256 unbonding, uint256 ready) = vault.unbondingOf(alice);
        assertEq(unbonding, amount, "unbonding");
        assertEq(ready, readyAt, "ready at");
        assertEq(vault.bondedOf(alice), bonded - amount, "bonded");
        assertEq(token.balanceOf(address(vault)), bonded, "nothing has left");
    }

    function test_requestUnbond_further_addsAndRestarts(uint256 first, uint256 second, uint256 wait) public {
        first = bound(first, 1, MAX);
        second = bound(second, 1, MAX);
        wait = bound(wait, 0, 2 * DELAY);
        _deposit(alice, first + second);
        _unbond(alice, first);
        vm.warp(block.timestamp + wait);
        vm.expectEmit(address(vault));
        emit UnbondRequested(alice, second, first + second, block.timestamp + DELAY);
        _unbond(alice, second);
        assertEq(_unbonding(alice), first + second, "unbonding");
        assertEq(vault.bondedOf(alice), 0, "bonded");
    }
}

/// completeUnbond
/// ├── to the zero address: reverts
/// ├── nothing unbonds: reverts
/// ├── before the clock has run: reverts
/// └── else: pays all that unbonded, once
contract StakeVaultCompleteUnbondTest is StakeVaultBase {
    function test_completeUnbond_toZero_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(StakeVaultZeroAddress.selector));
        vm.prank(alice);
        vault.completeUnbond(address(0));
    }

    function test_completeUnbond_nothing_reverts() public {
        _deposit(alice, 10);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultNothingUnbonding.selector, alice));
        vm.prank(alice);
        vault.completeUnbond(alice);
    }

    function test_completeUnbond_tooEarly_reverts(uint256 wait) public {
        wait = bound(wait, 0, DELAY - 1);
        _deposit(alice, 10);
        _unbond(alice, 10);
        uint256 readyAt = block.timestamp + DELAY;
        vm.warp(block.timestamp + wait);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultStillUnbonding.selector, alice, readyAt));
        vm.prank(alice);
        vault.completeUnbond(alice);
    }

    function test_completeUnbond_ready_paysOnce(uint256 bonded, uint256 amount, uint256 wait) public {
        bonded = bound(bonded, 1, MAX);
        amount = bound(amount, 1, bonded);
        wait = bound(wait, DELAY, 10 * DELAY);
        _deposit(alice, bonded);
        _unbond(alice, amount);
        vm.warp(block.timestamp + wait);
        vm.expectEmit(address(vault));
        emit UnbondCompleted(alice, bob, amount);
        vm.prank(alice);
        vault.completeUnbond(bob);
        assertEq(token.balanceOf(bob), amount, "paid");
        assertEq(token.balanceOf(address(vault)), bonded - amount, "held");
        assertEq(vault.bondedOf(alice), bonded - amount, "bonded");
        assertEq(_unbonding(alice), 0, "unbonding");

        vm.expectRevert(abi.encodeWithSelector(StakeVaultNothingUnbonding.selector, alice));
        vm.prank(alice);
        vault.completeUnbond(bob);
    }
}

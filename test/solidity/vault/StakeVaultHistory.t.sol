// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {StakeVaultBase} from "./StakeVaultBase.sol";

/// sharesAt, poolAt, stakeAt, totalBondedAt
/// ├── the present or the future: reverts
/// ├── before anything: zero
/// ├── several changes in one second: the last counts
/// ├── requests, cancellations and slashes: seen from their second on
/// ├── a withdrawal: what it leaves by rounding is the others'
/// ├── stake that moves between pools: counts once at any time
/// └── the parts of all holders: no more than the whole
contract StakeVaultHistoryTest is StakeVaultBase {
    function test_past_presentOrFuture_reverts(uint256 time) public {
        _deposit(alice, 10);
        time = bound(time, block.timestamp, type(uint256).max);
        bytes memory refusal = abi.encodeWithSelector(StakeVaultFutureLookup.selector, time, block.timestamp);
        vm.expectRevert(refusal);
        vault.sharesAt(alice, alice, time);
        vm.expectRevert(refusal);
        vault.poolAt(alice, time);
        vm.expectRevert(refusal);
        vault.stakeAt(alice, alice, time);
        vm.expectRevert(refusal);
        vault.totalBondedAt(time);
    }

    function _check(uint256 time, address who, uint256 shares, uint256 stake) private view {
        assertEq(vault.sharesAt(alice, who, time), shares, "shares");
        assertEq(vault.stakeAt(alice, who, time), stake, "stake");
    }

    function _checkPool(uint256 time, uint256 bonded, uint256 active) private view {
        (uint256 bonded_, uint256 active_) = vault.poolAt(alice, time);
        assertEq(bonded_, bonded, "bonded");
        assertEq(active_, active, "active");
        assertEq(vault.totalBondedAt(time), bonded, "total");
    }

    function test_past_anyChange_isSeenFromItsSecondOn(uint256 first) public {
        uint256 t = block.timestamp;
        first = bound(first, 10, MAX);
        _deposit(alice, first);
        _delegate(bob, alice, first); // the same second
        _allow(alice, manager);
        vm.warp(t + 10);
        _unbond(bob, alice, first);
        vm.warp(t + 20);
        vm.prank(bob);
        vault.cancelUnbond(alice, 0);
        vm.warp(t + 30 + COMMISSION);
        vm.prank(manager);
        vault.lock(alice, first);
        _slash(alice, manager, first);
        uint256 end = t + 30 + COMMISSION;
        vm.warp(end + 1);

        _check(t - 1, alice, 0, 0);
        _checkPool(t - 1, 0, 0);
        _check(t, bob, first, first);
        _checkPool(t, 2 * first, 2 * first);
        _check(t + 9, bob, first, first);
        _check(t + 10, bob, 0, 0);
        _check(t + 10, alice, first, first);
        _checkPool(t + 10, first, first);
        _checkPool(t + 19, first, first);
        _check(t + 20, bob, first, first);
        _checkPool(end - 1, 2 * first, 2 * first);
        _check(end, bob, first, first / 2);
        _checkPool(end, first, 2 * first);
    }

    /// @dev Votes and pay by the past: who carries stake from pool to pool has it in one at a time, and in none between.
    function test_past_movedStake_countsOnce(uint256 amount, uint256 time) public {
        amount = bound(amount, 1, MAX);
        uint256 t = block.timestamp;
        _delegate(carol, alice, amount);
        vm.warp(t + 1);
        _unbond(carol, alice, amount);
        vm.warp(t + 1 + DELAY);
        _complete(carol, alice, 0);
        vm.prank(carol);
        token.approve(address(vault), amount);
        vm.prank(carol);
        vault.deposit(bob, amount);
        vm.warp(t + 3 + DELAY);
        time = bound(time, t - 1, t + 2 + DELAY);
        uint256 sum = vault.stakeAt(alice, carol, time) + vault.stakeAt(bob, carol, time);
        bool placed = time == t || time >= t + 1 + DELAY;
        assertEq(sum, placed ? amount : 0, "in one pool at most");
        assertEq(vault.totalBondedAt(time), sum, "total");
    }

    function test_stakeAt_allHolders_noMoreThanThePool(uint256[3] memory own, uint256 lost) public {
        for (uint256 i = 0; i < 3; i++) own[i] = bound(own[i], 1, 1_000);
        _deposit(alice, own[0]);
        _allow(alice, manager);
        _delegate(bob, alice, own[1]);
        _delegate(carol, alice, own[2]);
        lost = bound(lost, 1, own[0] + own[1] + own[2] - 1);
        vm.prank(manager);
        vault.lock(alice, lost);
        _slash(alice, manager, lost);
        uint256 t = block.timestamp;
        vm.warp(t + 1);
        uint256 sum = vault.stakeAt(alice, alice, t) + vault.stakeAt(alice, bob, t) + vault.stakeAt(alice, carol, t);
        assertLe(sum, vault.totalBondedAt(t), "no more");
        assertLe(vault.totalBondedAt(t) - sum, 2, "and no less but for rounding");
    }

    /// @dev Of 10 wei in 16 shares 3 shares are paid 1 wei; the rest of what they were worth is the others'.
    function test_past_roundingOfAWithdrawal_isSeen() public {
        _deposit(alice, 16);
        _lose(alice, 6);
        _unbond(alice, alice, 3);
        vm.warp(block.timestamp + DELAY);
        _checkPool(block.timestamp - 1, 8, 13);
        assertEq(_complete(alice, alice, 0), 1, "paid");
        vm.warp(block.timestamp + 1);
        _checkPool(block.timestamp - 1, 9, 13);
    }

    function test_ticketOf_unknown_reverts(uint256 ticket) public {
        ticket = bound(ticket, 1, type(uint256).max);
        _deposit(alice, 2);
        _unbond(alice, alice, 1);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultUnknownTicket.selector, alice, alice, ticket));
        vault.ticketOf(alice, alice, ticket);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {StakeVaultBase} from "./StakeVaultBase.sol";

/// setDelegate
/// ├── serves another operator: reverts
/// ├── is an operator's own key, the caller's included: reverts
/// ├── same again: no change
/// ├── another key: the old one no longer acts
/// └── zero: nobody acts
contract StakeVaultSetDelegateTest is StakeVaultBase {
    function test_setDelegate_servesAnother_reverts() public {
        vm.prank(alice);
        vault.setDelegate(stranger);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultDelegateTaken.selector, stranger, alice));
        vm.prank(bob);
        vault.setDelegate(stranger);
    }

    function test_setDelegate_ownKey_reverts() public {
        _deposit(alice, 1);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultDelegateTaken.selector, alice, alice));
        vm.prank(bob);
        vault.setDelegate(alice);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultDelegateTaken.selector, bob, bob));
        vm.prank(bob);
        vault.setDelegate(bob);
    }

    function test_setDelegate_key_actsForItsOperator(address key) public {
        vm.assume(key != address(0) && key != alice);
        vm.expectEmit(address(vault));
        emit DelegateSet(alice, key);
        vm.startPrank(alice);
        vault.setDelegate(key);
        vault.setDelegate(key);
        vm.stopPrank();
        assertEq(vault.delegateOf(alice), key, "delegate");
        assertEq(vault.operatorOf(key), alice, "acts for");
        assertEq(vault.operatorOf(alice), alice, "own key");
    }

    function test_setDelegate_anotherKey_endsTheOld(bool none) public {
        address next = none ? address(0) : rival;
        vm.startPrank(alice);
        vault.setDelegate(stranger);
        vm.expectEmit(address(vault));
        emit DelegateSet(alice, next);
        vault.setDelegate(next);
        vm.stopPrank();
        assertEq(vault.delegateOf(alice), next, "delegate");
        vm.expectRevert(abi.encodeWithSelector(StakeVaultUnknownOperator.selector, stranger));
        vault.operatorOf(stranger);
        vm.prank(bob);
        vault.setDelegate(stranger);
        assertEq(vault.operatorOf(stranger), bob, "free to serve another");
    }

    function test_setDelegate_zeroAddress_staysUnknown() public {
        vm.startPrank(alice);
        vault.setDelegate(address(0));
        vault.setDelegate(stranger);
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(StakeVaultUnknownOperator.selector, address(0)));
        vault.operatorOf(address(0));
    }
}

/// operatorOf
/// ├── nobody's key: reverts
/// ├── a stranger's stake at a hot key: the key still acts for its operator
/// └── a stranger's naming of a cold key: the key still acts for itself, from its first own act on
contract StakeVaultOperatorOfTest is StakeVaultBase {
    function test_operatorOf_unknown_reverts(address who) public {
        vm.expectRevert(abi.encodeWithSelector(StakeVaultUnknownOperator.selector, who));
        vault.operatorOf(who);
    }

    function test_operatorOf_stakeAtHotKey_changesNothing() public {
        address hot = account("hot");
        vm.prank(alice);
        vault.setDelegate(hot);
        _delegate(stranger, hot, 1);
        assertEq(vault.operatorOf(hot), alice, "after it");
    }

    function test_operatorOf_namedByStranger_ownActPrevails(uint8 act) public {
        vm.prank(stranger);
        vault.setDelegate(alice);
        assertEq(vault.operatorOf(alice), stranger, "before it acts");
        if (act % 5 == 0) _deposit(alice, 1);
        if (act % 5 == 1) _allow(alice, manager);
        vm.startPrank(alice);
        if (act % 5 == 2) vault.setPayout(bob);
        if (act % 5 == 3) vault.setDelegate(bob);
        if (act % 5 == 4) vault.setCommission(0);
        vm.stopPrank();
        assertEq(vault.operatorOf(alice), alice, "once it acted");
    }
}

/// setPayout
/// ├── an address: paid there
/// └── zero, or never set: the operator itself
contract StakeVaultSetPayoutTest is StakeVaultBase {
    function test_setPayout_any_isPaid(address payout) public {
        assertEq(vault.payoutOf(alice), alice, "never set");
        vm.expectEmit(address(vault));
        emit PayoutSet(alice, payout);
        vm.prank(alice);
        vault.setPayout(payout);
        assertEq(vault.payoutOf(alice), payout == address(0) ? alice : payout, "set");
        assertEq(vault.payoutOf(bob), bob, "another's");
    }
}

/// setEndpoint
/// ├── by nobody's key: reverts
/// ├── longer than the limit: reverts
/// └── by the operator or its delegate: published
contract StakeVaultSetEndpointTest is StakeVaultBase {
    function test_setEndpoint_byUnknown_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(StakeVaultUnknownOperator.selector, stranger));
        vm.prank(stranger);
        vault.setEndpoint("http://a");
    }

    function test_setEndpoint_tooLong_reverts(uint16 length) public {
        length = uint16(bound(length, 257, 2_000));
        _deposit(alice, 1);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultEndpointTooLong.selector, length, 256));
        vm.prank(alice);
        vault.setEndpoint(string(new bytes(length)));
    }

    function test_setEndpoint_byOperatorOrDelegate_isPublished(bytes memory text, bool byDelegate) public {
        vm.assume(text.length <= 256);
        vm.prank(alice);
        vault.setDelegate(stranger);
        vm.expectEmit(address(vault));
        emit EndpointSet(alice, string(text));
        vm.prank(byDelegate ? stranger : alice);
        vault.setEndpoint(string(text));
        assertEq(bytes(vault.endpointOf(alice)), text, "endpoint");
        assertEq(bytes(vault.endpointOf(stranger)).length, 0, "the delegate's own");
    }
}

/// allowManager
/// ├── zero: reverts
/// ├── others hold at most a tenth of the pool: allowed at once
/// ├── they hold more: after the delay, so that they can leave first
/// │   └── allowed again: no sooner and no later
/// └── ended: at once; locks remain
contract StakeVaultAllowManagerTest is StakeVaultBase {
    function test_allowManager_zero_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(StakeVaultZeroAddress.selector));
        vm.prank(alice);
        vault.allowManager(address(0), true);
    }

    function test_allowManager_emptyPool_isAtOnce(bool allowed) public {
        vm.expectEmit(address(vault));
        emit ManagerAllowed(alice, manager, allowed, allowed ? block.timestamp : 0);
        vm.prank(alice);
        vault.allowManager(manager, allowed);
        assertEq(vault.isManagerAllowed(alice, manager), allowed, "set");
        assertEq(vault.isManagerAllowed(bob, manager), false, "by another operator");
        assertEq(vault.isManagerAllowed(alice, rival), false, "another manager");
    }

    function test_allowManager_othersStake_waitsFromATenth(uint256 own, uint256 others) public {
        own = bound(own, 0, MAX);
        others = bound(others, own / 10, own / 8 + 1);
        if (own > 0) _deposit(alice, own);
        if (others > 0) _delegate(bob, alice, others);
        _allow(alice, manager);
        assertEq(vault.isManagerAllowed(alice, manager), others * 10 <= own + others, "at once");
        vm.warp(block.timestamp + COMMISSION - 1);
        assertEq(vault.isManagerAllowed(alice, manager), others * 10 <= own + others, "before the delay");
        vm.warp(block.timestamp + 1);
        assertTrue(vault.isManagerAllowed(alice, manager), "after it");
    }

    /// @dev The operator's own stake counts only while it stays.
    function test_allowManager_ownStakeUnbonds_waits() public {
        _deposit(alice, 100);
        _unbond(alice, alice, 11);
        _allow(alice, manager);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultManagerNotAllowed.selector, alice, manager));
        vm.prank(manager);
        vault.lock(alice, 1);
    }

    function test_allowManager_again_keepsItsTime(uint256 wait) public {
        _delegate(bob, alice, 10);
        uint256 from = block.timestamp + COMMISSION;
        _allow(alice, manager);
        vm.warp(block.timestamp + bound(wait, 0, 2 * COMMISSION));
        vm.expectEmit(address(vault));
        emit ManagerAllowed(alice, manager, true, from);
        _allow(alice, manager);
        vm.prank(alice);
        vault.allowManager(manager, false);
        vm.expectEmit(address(vault));
        emit ManagerAllowed(alice, manager, true, block.timestamp + COMMISSION);
        _allow(alice, manager);
    }

    function test_allowManager_waiting_holdersCanLeaveFirst() public {
        _deposit(alice, 10);
        _delegate(bob, alice, 90);
        _allow(alice, manager);
        vm.warp(block.timestamp + COMMISSION - DELAY - 1);
        _unbond(bob, alice, 90);
        vm.warp(block.timestamp + DELAY);
        assertFalse(vault.isManagerAllowed(alice, manager), "not yet");
        assertEq(_complete(bob, alice, 0), 90, "paid");
    }

    function test_allowManager_ended_locksRemain() public {
        _deposit(alice, 10);
        _lock(alice, manager, 6);
        vm.prank(alice);
        vault.allowManager(manager, false);
        assertEq(vault.lockedBy(alice, manager), 6, "locked");
        vm.expectRevert(abi.encodeWithSelector(StakeVaultManagerNotAllowed.selector, alice, manager));
        vm.prank(manager);
        vault.lock(alice, 1);
        _unlock(alice, manager, 2);
        assertEq(_slash(alice, manager, 3), 3, "still slashable");
    }
}

/// setCommission
/// ├── above 100 %: reverts
/// ├── else: counts after the delay, and not before; the past stays
/// └── while one is pending: replaces it, and waits anew
contract StakeVaultSetCommissionTest is StakeVaultBase {
    function _set(uint16 bps) private {
        vm.prank(alice);
        vault.setCommission(bps);
    }

    function test_setCommission_aboveAll_reverts(uint16 bps) public {
        bps = uint16(bound(bps, 10_001, type(uint16).max));
        vm.expectRevert(abi.encodeWithSelector(StakeVaultCommissionTooHigh.selector, bps, 10_000));
        _set(bps);
    }

    function test_setCommission_any_countsAfterTheDelay(uint16 first, uint16 second, uint256 wait) public {
        first = uint16(bound(first, 0, 10_000));
        second = uint16(bound(second, 0, 10_000));
        uint256 start = block.timestamp;
        wait = bound(wait, COMMISSION, 3 * COMMISSION);
        assertEq(vault.commissionAt(alice, start), 0, "starts at nothing");
        vm.expectEmit(address(vault));
        emit CommissionSet(alice, first, start + COMMISSION);
        _set(first);
        vm.warp(start + wait);
        _set(second);
        (uint256 bps, uint256 from) = vault.lastCommissionOf(alice);
        assertEq(bps, second, "the last one");
        assertEq(from, start + wait + COMMISSION, "and its time");
        vm.warp(start + wait + COMMISSION);
        assertEq(vault.commissionAt(alice, start + COMMISSION - 1), 0, "before the first");
        assertEq(vault.commissionAt(alice, start + COMMISSION), first, "from the first on");
        assertEq(vault.commissionAt(alice, start + wait + COMMISSION - 1), first, "up to the second");
        assertEq(vault.commissionAt(alice, start + wait + COMMISSION), second, "from the second on");
        assertEq(vault.commissionAt(bob, start + wait + COMMISSION), 0, "another's");
    }

    function test_setCommission_pending_isReplaced(uint256 wait) public {
        uint256 start = block.timestamp;
        wait = bound(wait, 0, COMMISSION - 1);
        _set(100);
        vm.warp(start + COMMISSION);
        _set(9_000);
        vm.warp(start + COMMISSION + wait);
        _set(200);
        vm.warp(start + 2 * COMMISSION + wait);
        assertEq(vault.commissionAt(alice, block.timestamp), 200, "the replacement");
        assertEq(vault.commissionAt(alice, block.timestamp - 1), 100, "and nothing in between");
    }

    function test_commissionAt_future_reverts(uint256 time) public {
        time = bound(time, block.timestamp + 1, type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultFutureLookup.selector, time, block.timestamp));
        vault.commissionAt(alice, time);
    }
}

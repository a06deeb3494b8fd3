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
/// ├── a stranger's gift to a hot key: the key still acts for its operator
/// └── a stranger's naming of a cold key: the key still acts for itself, from its first own act on
contract StakeVaultOperatorOfTest is StakeVaultBase {
    function test_operatorOf_unknown_reverts(address who) public {
        vm.expectRevert(abi.encodeWithSelector(StakeVaultUnknownOperator.selector, who));
        vault.operatorOf(who);
    }

    function test_operatorOf_giftToHotKey_changesNothing() public {
        address hot = account("hot");
        vm.prank(alice);
        vault.setDelegate(hot);
        _give(stranger, 1);
        vm.prank(stranger);
        vault.deposit(hot, 1);
        assertEq(vault.operatorOf(hot), alice, "after the gift");
        _unbond(hot, 1);
        assertEq(vault.operatorOf(hot), alice, "after it withdraws the gift");
    }

    function test_operatorOf_namedByStranger_ownActPrevails(uint8 act) public {
        vm.prank(stranger);
        vault.setDelegate(alice);
        assertEq(vault.operatorOf(alice), stranger, "before it acts");
        if (act % 4 == 0) _deposit(alice, 1);
        if (act % 4 == 1) _allow(alice, manager);
        vm.startPrank(alice);
        if (act % 4 == 2) vault.setPayout(bob);
        if (act % 4 == 3) vault.setDelegate(bob);
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
/// └── else: allowed, or no longer
contract StakeVaultAllowManagerTest is StakeVaultBase {
    function test_allowManager_zero_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(StakeVaultZeroAddress.selector));
        vm.prank(alice);
        vault.allowManager(address(0), true);
    }

    function test_allowManager_any_isKept(bool allowed) public {
        vm.expectEmit(address(vault));
        emit ManagerAllowed(alice, manager, allowed);
        vm.prank(alice);
        vault.allowManager(manager, allowed);
        assertEq(vault.isManagerAllowed(alice, manager), allowed, "set");
        assertEq(vault.isManagerAllowed(bob, manager), false, "by another operator");
        assertEq(vault.isManagerAllowed(alice, rival), false, "another manager");
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

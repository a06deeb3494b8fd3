// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {RewardVaultBase} from "./RewardVaultBase.sol";

/// settleEpoch
/// ├── lists of different lengths: reverts
/// ├── epoch never opened, settled already, or another manager's: reverts
/// ├── sum above the pot, or above 256 bits: reverts
/// ├── credit to the zero address: reverts
/// └── else: credits, the rest returns to the run
///     ├── nothing left: no return
///     ├── zero amounts: skipped, whoever they are for
///     └── an operator twice: credited twice
contract RewardVaultSettleEpochTest is RewardVaultBase {
    function setUp() public override {
        super.setUp();
        _fund(manager, RUN, 100);
        _open(manager, RUN, EPOCH, 60);
    }

    function test_settleEpoch_lengthsDiffer_reverts() public {
        (address[] memory operators, ) = _list(alice, 1);
        (, uint256[] memory amounts) = _list(alice, 1, bob, 2);
        vm.expectRevert(abi.encodeWithSelector(RewardVaultLengthMismatch.selector, 1, 2));
        _settle(operators, amounts);
    }

    function test_settleEpoch_notOpen_reverts() public {
        (address[] memory operators, uint256[] memory amounts) = _list(alice, 1);
        vm.expectRevert(abi.encodeWithSelector(RewardVaultEpochNotOpen.selector, manager, RUN, EPOCH + 1));
        vm.prank(manager);
        vault.settleEpoch(RUN, EPOCH + 1, operators, amounts);
        vm.expectRevert(abi.encodeWithSelector(RewardVaultEpochNotOpen.selector, rival, RUN, EPOCH));
        vm.prank(rival);
        vault.settleEpoch(RUN, EPOCH, operators, amounts);
        _settle(operators, amounts);
        vm.expectRevert(abi.encodeWithSelector(RewardVaultEpochNotOpen.selector, manager, RUN, EPOCH));
        _settle(operators, amounts);
    }

    function test_settleEpoch_abovePot_reverts(uint256 first, uint256 second) public {
        first = bound(first, 1, 60);
        second = bound(second, 61 - first, type(uint256).max);
        (address[] memory operators, uint256[] memory amounts) = _list(alice, first, bob, second);
        uint256 sum = second > type(uint256).max - first ? type(uint256).max : first + second;
        vm.expectRevert(abi.encodeWithSelector(RewardVaultPotExceeded.selector, manager, RUN, EPOCH, sum, 60));
        _settle(operators, amounts);
    }

    function test_settleEpoch_toZeroAddress_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RewardVaultZeroAddress.selector));
        _pay(address(0), 1);
    }

    function test_settleEpoch_inPot_creditsAndReturns(uint256 first, uint256 second) public {
        first = bound(first, 1, 59);
        second = bound(second, 1, 60 - first);
        (address[] memory operators, uint256[] memory amounts) = _list(alice, first, bob, second);
        vm.expectEmit(address(vault));
        emit Credited(manager, RUN, EPOCH, alice, first);
        vm.expectEmit(address(vault));
        emit Credited(manager, RUN, EPOCH, bob, second);
        if (first + second < 60) {
            vm.expectEmit(address(vault));
            emit PotReturned(manager, RUN, EPOCH, 60 - first - second);
        }
        _settle(operators, amounts);
        assertEq(vault.creditOf(alice), first, "alice's credit");
        assertEq(vault.creditOf(bob), second, "bob's credit");
        assertEq(vault.potOf(manager, RUN, EPOCH), 0, "pot");
        assertEq(vault.fundsOf(manager, RUN), 100 - first - second, "funds");
        assertEq(vault.owed(), 100, "owed");
    }

    function test_settleEpoch_wholePot_returnsNothing() public {
        vm.recordLogs();
        _pay(alice, 60);
        assertEq(vm.getRecordedLogs().length, 1, "the credit is the only event");
        assertEq(vault.fundsOf(manager, RUN), 40, "funds");
    }

    function test_settleEpoch_nothingEarned_returnsThePot() public {
        vm.expectEmit(address(vault));
        emit PotReturned(manager, RUN, EPOCH, 60);
        _settle(new address[](0), new uint256[](0));
        assertEq(vault.fundsOf(manager, RUN), 100, "funds");
    }

    function test_settleEpoch_zeroAmounts_areSkipped() public {
        (address[] memory operators, uint256[] memory amounts) = _list(address(0), 0, alice, 5);
        vm.recordLogs();
        _settle(operators, amounts);
        assertEq(vm.getRecordedLogs().length, 2, "one credit, one return");
        assertEq(vault.creditOf(alice), 5, "credit");
    }

    function test_settleEpoch_operatorTwice_isCreditedTwice() public {
        (address[] memory operators, uint256[] memory amounts) = _list(alice, 5, alice, 6);
        _settle(operators, amounts);
        assertEq(vault.creditOf(alice), 11, "credit");
    }

    function test_settleEpoch_zeroPot_settles() public {
        _open(manager, RUN, EPOCH + 1, 0);
        vm.prank(manager);
        vault.settleEpoch(RUN, EPOCH + 1, new address[](0), new uint256[](0));
        vm.expectRevert(abi.encodeWithSelector(RewardVaultEpochKnown.selector, manager, RUN, EPOCH + 1));
        _open(manager, RUN, EPOCH + 1, 0);
    }
}

/// claim
/// ├── no credit: reverts
/// └── credit: all of it to the payout address of this moment, by anyone, once
contract RewardVaultClaimTest is RewardVaultBase {
    function test_claim_nothing_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RewardVaultNothingToClaim.selector, alice));
        vault.claim(alice);
    }

    function test_claim_credit_goesToPayout(uint256 funds, uint256 earned, address caller, bool elsewhere) public {
        funds = bound(funds, 1, MAX);
        earned = bound(earned, 1, funds);
        _fund(manager, RUN, funds);
        _open(manager, RUN, EPOCH, funds);
        _pay(alice, earned);
        address to = elsewhere ? bob : alice;
        vm.prank(alice);
        stakes.setPayout(elsewhere ? bob : address(0));
        vm.expectEmit(address(vault));
        emit Claimed(alice, to, earned);
        vm.prank(caller);
        assertEq(vault.claim(alice), earned, "answer");
        assertEq(token.balanceOf(to), earned, "paid");
        assertEq(vault.creditOf(alice), 0, "credit");
        assertEq(vault.owed(), funds - earned, "owed");
        assertEq(vault.held(), funds - earned, "held");
        vm.expectRevert(abi.encodeWithSelector(RewardVaultNothingToClaim.selector, alice));
        vault.claim(alice);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {StakeVaultBase} from "./StakeVaultBase.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {Token} from "../../../contracts/Token.sol";

/// constructor
/// ├── zero token or zero sink: reverts
/// ├── delay zero, or 2^32 and more: reverts
/// ├── bounty cap above 100 %: reverts
/// └── else: keeps them
contract StakeVaultConstructorTest is StakeVaultBase {
    function test_constructor_zeroAddress_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(StakeVaultZeroAddress.selector));
        new StakeVault(IERC20(address(0)), sink, DELAY, CAP_BPS);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultZeroAddress.selector));
        new StakeVault(token, address(0), DELAY, CAP_BPS);
    }

    function test_constructor_delayOutOfRange_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(StakeVaultZeroAmount.selector));
        new StakeVault(token, sink, 0, CAP_BPS);
        vm.expectRevert(abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 32, 1 << 32));
        new StakeVault(token, sink, 1 << 32, CAP_BPS);
    }

    function test_constructor_capAboveAll_reverts(uint16 cap) public {
        cap = uint16(bound(cap, 10_001, type(uint16).max));
        vm.expectRevert(abi.encodeWithSelector(StakeVaultBountyTooHigh.selector, cap, 10_000));
        new StakeVault(token, sink, DELAY, cap);
    }

    function test_constructor_keepsItsParameters(uint32 delay, uint16 cap) public {
        delay = uint32(bound(delay, 1, type(uint32).max));
        cap = uint16(bound(cap, 0, 10_000));
        StakeVault made = new StakeVault(token, sink, delay, cap);
        assertEq(address(made.TOKEN()), address(token), "token");
        assertEq(made.SINK(), sink, "sink");
        assertEq(made.UNBONDING_SECONDS(), delay, "delay");
        assertEq(made.BOUNTY_CAP_BPS(), cap, "cap");
    }
}

/// deposit
/// ├── zero operator or zero amount: reverts
/// ├── more than 128 bits bonded: reverts
/// ├── for oneself: bonded grows, the caller is an operator
/// └── for another: its bonded stake grows, it does not become an operator by that
contract StakeVaultDepositTest is StakeVaultBase {
    function test_deposit_zeroOperator_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(StakeVaultZeroAddress.selector));
        vault.deposit(address(0), 1);
    }

    function test_deposit_zeroAmount_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(StakeVaultZeroAmount.selector));
        vault.deposit(alice, 0);
    }

    function test_deposit_above128Bits_reverts() public {
        uint256 most = type(uint128).max;
        Token big = new Token(address(0), alice, most + 1, most + 1);
        StakeVault made = new StakeVault(big, sink, DELAY, CAP_BPS);
        vm.startPrank(alice);
        big.approve(address(made), most + 1);
        made.deposit(alice, most);
        vm.expectRevert(abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 128, most + 1));
        made.deposit(alice, 1);
        vm.stopPrank();
        assertEq(made.bondedOf(alice), most, "bonded");
    }

    function test_deposit_forOneself_bonds(uint256 first, uint256 second) public {
        first = bound(first, 1, MAX);
        second = bound(second, 1, MAX);
        _give(alice, first + second);
        vm.startPrank(alice);
        vm.expectEmit(address(vault));
        emit Deposited(alice, alice, first);
        vault.deposit(alice, first);
        vault.deposit(alice, second);
        vm.stopPrank();
        assertEq(vault.bondedOf(alice), first + second, "bonded");
        assertEq(vault.lockedOf(alice), 0, "locked");
        assertEq(token.balanceOf(address(vault)), first + second, "held");
        assertEq(vault.operatorOf(alice), alice, "operator");
    }

    function test_deposit_forAnother_bondsButNamesNoOperator(uint256 amount) public {
        amount = bound(amount, 1, MAX);
        _give(stranger, amount);
        vm.expectEmit(address(vault));
        emit Deposited(alice, stranger, amount);
        vm.prank(stranger);
        vault.deposit(alice, amount);
        assertEq(vault.bondedOf(alice), amount, "bonded");
        assertEq(vault.bondedOf(stranger), 0, "the giver's");
        vm.expectRevert(abi.encodeWithSelector(StakeVaultUnknownOperator.selector, alice));
        vault.operatorOf(alice);
    }
}

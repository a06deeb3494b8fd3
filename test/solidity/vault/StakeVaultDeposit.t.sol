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
/// ├── commission delay below the delay, or 2^32 and more: reverts
/// ├── bounty cap above 100 %: reverts
/// └── else: keeps them
contract StakeVaultConstructorTest is StakeVaultBase {
    function test_constructor_zeroAddress_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(StakeVaultZeroAddress.selector));
        new StakeVault(IERC20(address(0)), sink, DELAY, COMMISSION, CAP_BPS);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultZeroAddress.selector));
        new StakeVault(token, address(0), DELAY, COMMISSION, CAP_BPS);
    }

    function test_constructor_delayOutOfRange_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(StakeVaultZeroAmount.selector));
        new StakeVault(token, sink, 0, COMMISSION, CAP_BPS);
        vm.expectRevert(abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 32, 1 << 32));
        new StakeVault(token, sink, 1 << 32, 1 << 32, CAP_BPS);
    }

    function test_constructor_commissionDelayOutOfRange_reverts(uint64 delay) public {
        delay = uint64(bound(delay, 0, DELAY - 1));
        vm.expectRevert(abi.encodeWithSelector(StakeVaultDelayTooShort.selector, delay, DELAY));
        new StakeVault(token, sink, DELAY, delay, CAP_BPS);
        vm.expectRevert(abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 32, 1 << 32));
        new StakeVault(token, sink, DELAY, 1 << 32, CAP_BPS);
    }

    function test_constructor_capAboveAll_reverts(uint16 cap) public {
        cap = uint16(bound(cap, 10_001, type(uint16).max));
        vm.expectRevert(abi.encodeWithSelector(StakeVaultBountyTooHigh.selector, cap, 10_000));
        new StakeVault(token, sink, DELAY, COMMISSION, cap);
    }

    function test_constructor_keepsItsParameters(uint32 delay, uint32 commission, uint16 cap) public {
        delay = uint32(bound(delay, 1, type(uint32).max));
        commission = uint32(bound(commission, delay, type(uint32).max));
        cap = uint16(bound(cap, 0, 10_000));
        StakeVault made = new StakeVault(token, sink, delay, commission, cap);
        assertEq(address(made.TOKEN()), address(token), "token");
        assertEq(made.SINK(), sink, "sink");
        assertEq(made.UNBONDING_SECONDS(), delay, "delay");
        assertEq(made.COMMISSION_DELAY(), commission, "commission delay");
        assertEq(made.BOUNTY_CAP_BPS(), cap, "cap");
    }
}

/// deposit
/// ├── zero operator or zero amount: reverts
/// ├── more than 128 bits of stake or shares: reverts
/// ├── ruined pool: reverts, from 1e9 shares a wei on and not before
/// ├── empty pool: a share for each wei
/// ├── for oneself: the caller is an operator
/// ├── into another's pool: the shares are the caller's, the operator does not become one by that
/// ├── after a slash: shares at the price of the pool, rounded down, never fewer than wei
/// └── tokens that were given to the vault: count for nothing
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
        token = new Token(address(0), holder, most + 2, most + 2);
        vault = new StakeVault(token, sink, DELAY, COMMISSION, CAP_BPS);
        _deposit(alice, most);
        _give(alice, 1);
        bytes memory refusal = abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 128, most + 1);
        vm.expectRevert(refusal);
        vm.prank(alice);
        vault.deposit(alice, 1);
        assertEq(vault.bondedOf(alice), most, "bonded");
        // A slash makes room for assets, but not for shares.
        _lose(alice, 10);
        vm.expectRevert(refusal);
        vm.prank(alice);
        vault.deposit(alice, 1);
    }

    function test_deposit_ruinedPool_reverts(uint256 amount, bool oneLess) public {
        uint256 left = bound(amount, 1, 1e6);
        amount = left * 1e9 + (oneLess ? 0 : 1);
        _deposit(alice, amount);
        _lose(alice, amount - left);
        _give(bob, 10);
        if (!oneLess) vm.expectRevert(abi.encodeWithSelector(StakeVaultPoolRuined.selector, alice));
        vm.prank(bob);
        vault.deposit(alice, 10);
        assertEq(vault.sharesOf(alice, bob), oneLess ? 10e9 : 0, "shares");
    }

    function test_deposit_ruinedPoolThatAllLeft_startsAnew() public {
        _deposit(alice, 1e12);
        _lose(alice, 1e12 - 1);
        uint256 ticket = _unbond(alice, alice, 1e12);
        vm.warp(block.timestamp + DELAY);
        assertEq(_complete(alice, alice, ticket), 1, "the last wei");
        assertEq(_delegate(bob, alice, 5), 5, "a share for each wei");
    }

    function test_deposit_forOneself_bonds(uint256 first, uint256 second) public {
        first = bound(first, 1, MAX);
        second = bound(second, 1, MAX);
        _give(alice, first + second);
        vm.startPrank(alice);
        vm.expectEmit(address(vault));
        emit Deposited(alice, alice, first, first);
        vault.deposit(alice, first);
        vault.deposit(alice, second);
        vm.stopPrank();
        assertEq(vault.bondedOf(alice), first + second, "bonded");
        assertEq(vault.sharesOf(alice, alice), first + second, "a share for each wei");
        assertEq(vault.lockedOf(alice), 0, "locked");
        assertEq(token.balanceOf(address(vault)), first + second, "held");
        assertEq(vault.operatorOf(alice), alice, "operator");
    }

    function test_deposit_intoAnothersPool_isTheCallers(uint256 own, uint256 amount) public {
        own = bound(own, 0, MAX);
        amount = bound(amount, 1, MAX);
        if (own > 0) _delegate(carol, alice, own);
        _give(dave, amount);
        vm.expectEmit(address(vault));
        emit Deposited(alice, dave, amount, amount);
        vm.prank(dave);
        vault.deposit(alice, amount);
        assertEq(vault.bondedOf(alice), own + amount, "bonded");
        assertEq(vault.sharesOf(alice, dave), amount, "the caller's");
        assertEq(vault.sharesOf(alice, carol), own, "another's");
        assertEq(vault.sharesOf(alice, alice), 0, "the operator's");
        assertEq(vault.bondedOf(dave), 0, "the caller's own pool");
        vm.expectRevert(abi.encodeWithSelector(StakeVaultUnknownOperator.selector, alice));
        vault.operatorOf(alice);
    }

    function test_deposit_afterSlash_getsFloorOfPrice(uint256 own, uint256 lost, uint256 amount) public {
        own = bound(own, 2, MAX);
        lost = bound(lost, 1, own - 1);
        if (own - lost < 1e16) lost = own / 2; // not ruined
        amount = bound(amount, 1, MAX);
        _deposit(alice, own);
        _lose(alice, lost);
        uint256 shares = _delegate(bob, alice, amount);
        assertEq(shares, (amount * own) / (own - lost), "rounded down");
        assertGe(shares, amount, "never fewer than wei");
        uint256 worth = vault.valueOf(alice, shares);
        assertLe(worth, amount, "no gain");
        assertLe(amount - worth, 1, "no loss but rounding");
        assertGe(vault.valueOf(alice, own), own - lost, "no loss of the others");
    }

    /// @dev The classic attack: own the only share, make it dear by a gift, and let the next deposit round to nothing.
    function test_deposit_giftToTheVault_countsForNothing(uint256 gift, uint256 amount) public {
        gift = bound(gift, 1, MAX);
        amount = bound(amount, 1, MAX);
        _deposit(alice, 1);
        vm.prank(holder);
        token.transfer(address(vault), gift);
        assertEq(_assets(alice), 1, "the pool");
        assertEq(_delegate(bob, alice, amount), amount, "shares");
        assertEq(vault.valueOf(alice, amount), amount, "worth");
    }

    /// @dev Dust left by roundings raises the price of a share again, but not above where it began.
    function test_deposit_priceDrivenByRounding_staysBelowOne(uint256 seed) public {
        _deposit(alice, 100);
        _lose(alice, 1 + (seed % 98));
        for (uint256 i = 0; i < 20; i++) {
            uint256 shares = _delegate(bob, alice, 1 + (uint256(keccak256(abi.encode(seed, i))) % 7));
            uint256 ticket = _unbond(bob, alice, 1 + (shares / 2));
            vm.warp(block.timestamp + DELAY);
            _complete(bob, alice, ticket);
            assertLe(_assets(alice), _poolShares(alice), "a share is worth a wei at most");
        }
    }
}

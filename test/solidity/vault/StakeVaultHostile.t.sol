// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Base} from "../Base.sol";
import {FalseToken, FeeToken, HookToken, OddToken, Reenterer} from "../mocks/OddTokens.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {IStakeVault, IStakeVaultErrors} from "../../../contracts/interfaces/IStakeVault.sol";

/// StakeVault over tokens that are not supported
/// ├── fee on transfer: what arrived is bonded, so other operators' stake stays covered; all of it as fee: reverts
/// ├── answers false: reverts, nothing is bonded, nothing is lost
/// └── calls back in the middle of a transfer: whatever moves tokens cannot be entered, the rest finds consistent books
contract StakeVaultHostileTest is Base, IStakeVaultErrors {
    address private sink = account("sink");
    address private alice = account("alice");
    address private bob = account("bob");
    Reenterer private attacker;

    function setUp() public {
        vm.warp(1_000_000);
        attacker = new Reenterer();
    }

    function _vault(OddToken token) private returns (StakeVault vault) {
        return new StakeVault(IERC20(address(token)), sink, 7 days, 7 days, 1_000);
    }

    function _give(OddToken token, address who, StakeVault vault, uint256 amount) private {
        token.mint(who, amount);
        vm.prank(who);
        token.approve(address(vault), amount);
    }

    function test_deposit_feeToken_bondsWhatArrived(uint256 amount, uint256 bps) public {
        amount = bound(amount, 1, 1e24);
        bps = bound(bps, 0, 9_999);
        FeeToken token = new FeeToken();
        token.setFee(bps);
        StakeVault vault = _vault(token);
        _give(token, alice, vault, amount);
        _give(token, bob, vault, amount);
        vm.prank(alice);
        vault.deposit(alice, amount);
        vm.prank(bob);
        vault.deposit(bob, amount);
        assertEq(vault.bondedOf(alice), amount - (amount * bps) / 10_000, "bonded");
        assertEq(token.balanceOf(address(vault)), vault.bondedOf(alice) + vault.bondedOf(bob), "covered");
    }

    function test_deposit_nothingArrives_reverts() public {
        FeeToken token = new FeeToken();
        token.setFee(10_000);
        StakeVault vault = _vault(token);
        _give(token, alice, vault, 5);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultZeroAmount.selector));
        vm.prank(alice);
        vault.deposit(alice, 5);
    }

    function test_anyTransfer_answersFalse_revertsWithoutLoss() public {
        FalseToken token = new FalseToken();
        StakeVault vault = _vault(token);
        _give(token, alice, vault, 10);
        vm.startPrank(alice);
        vault.deposit(alice, 6);
        vault.allowManager(bob, true);
        vault.requestUnbond(alice, 3);
        vm.stopPrank();
        vm.prank(bob);
        vault.lock(alice, 3);
        vm.warp(block.timestamp + 7 days);
        token.setBroken(true);
        bytes memory failed = abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token));
        vm.expectRevert(failed);
        vm.prank(alice);
        vault.deposit(alice, 4);
        vm.expectRevert(failed);
        vm.prank(alice);
        vault.completeUnbond(alice, 0, alice);
        vm.expectRevert(failed);
        vm.prank(bob);
        vault.slash(alice, 3, address(0), 0);
        token.setBroken(false);
        vm.prank(alice);
        vault.completeUnbond(alice, 0, alice);
        assertEq(token.balanceOf(alice), 7, "nothing lost");
        assertEq(vault.lockedBy(alice, bob), 3, "lock");
    }

    /// @dev The attacker is operator and its own manager at once, so every call of its is otherwise legal.
    function _armed() private returns (HookToken token, StakeVault vault) {
        token = new HookToken();
        vault = _vault(token);
        _give(token, address(attacker), vault, 100);
        _give(token, bob, vault, 100);
        vm.prank(bob);
        vault.deposit(bob, 100);
        attacker.act(address(vault), abi.encodeCall(IStakeVault.deposit, (address(attacker), 60)));
        attacker.act(address(vault), abi.encodeCall(IStakeVault.allowManager, (address(attacker), true)));
        attacker.act(address(vault), abi.encodeCall(IStakeVault.lock, (address(attacker), 20)));
        attacker.act(address(vault), abi.encodeCall(IStakeVault.requestUnbond, (address(attacker), 30)));
        attacker.act(address(vault), abi.encodeCall(IStakeVault.requestUnbond, (address(attacker), 5)));
        vm.warp(block.timestamp + 7 days);
        token.arm(attacker);
    }

    function _guarded(uint256 choice) private view returns (bytes memory) {
        if (choice % 3 == 0) return abi.encodeCall(IStakeVault.deposit, (address(attacker), 10));
        if (choice % 3 == 1)
            return abi.encodeCall(IStakeVault.completeUnbond, (address(attacker), 0, address(attacker)));
        return abi.encodeCall(IStakeVault.slash, (address(attacker), 10, address(attacker), 1));
    }

    function test_tokenMovers_reentered_areRefused(uint256 outer, uint256 inner) public {
        (HookToken token, StakeVault vault) = _armed();
        attacker.prepare(address(vault), _guarded(inner));
        attacker.act(address(vault), _guarded(outer));
        assertTrue(attacker.struck(), "the hook ran");
        assertFalse(attacker.succeeded(), "the inner call");
        bytes4 reason = ReentrancyGuard.ReentrancyGuardReentrantCall.selector;
        assertEq(attacker.answer(), abi.encodeWithSelector(reason), "because of the guard");
        _checkCovered(token, vault);
    }

    function test_books_reenteredWhilePaying_areConsistent(uint256 outer, uint256 inner) public {
        (HookToken token, StakeVault vault) = _armed();
        address who = address(attacker);
        bytes memory call = abi.encodeCall(IStakeVault.requestUnbond, (who, 10));
        if (inner % 5 == 1) call = abi.encodeCall(IStakeVault.lock, (who, 1));
        if (inner % 5 == 2) call = abi.encodeCall(IStakeVault.unlock, (who, 10));
        if (inner % 5 == 3) call = abi.encodeCall(IStakeVault.cancelUnbond, (who, 1));
        if (inner % 5 == 4) call = abi.encodeCall(IStakeVault.thaw, (who, who));
        attacker.prepare(address(vault), call);
        attacker.act(address(vault), _guarded(outer));
        assertTrue(attacker.succeeded(), "legal at any time");
        _checkCovered(token, vault);
    }

    function _checkCovered(HookToken token, StakeVault vault) private view {
        (uint256 assets, uint256 shares, uint256 unbonding) = vault.poolOf(address(attacker));
        assertEq(token.balanceOf(address(vault)), assets + vault.bondedOf(bob), "held is what is promised");
        assertEq(vault.bondedOf(bob), 100, "bob's stake");
        assertLe(assets, shares, "the price did not rise");
        assertEq(shares - unbonding, vault.sharesOf(address(attacker), address(attacker)), "active shares");
        uint256 held = vault.lockedOf(address(attacker)) + vault.coolingOf(address(attacker));
        assertLe(held, assets, "locks are covered");
    }

    /// @dev A donation in the middle of a deposit is a part of the deposit.
    function test_deposit_giftInTheMiddle_isCovered() public {
        (HookToken token, StakeVault vault) = _armed();
        bytes memory gift = abi.encodeWithSignature("transfer(address,uint256)", address(vault), 5);
        attacker.prepare(address(token), gift);
        attacker.act(address(vault), abi.encodeCall(IStakeVault.deposit, (address(attacker), 10)));
        assertTrue(attacker.succeeded(), "the inner transfer");
        _checkCovered(token, vault);
    }
}

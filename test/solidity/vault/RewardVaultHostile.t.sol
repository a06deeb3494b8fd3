// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {RewardVaultBase} from "./RewardVaultBase.sol";
import {FalseToken, FeeToken, HookToken, OddToken, Reenterer} from "../mocks/OddTokens.sol";
import {RewardVault} from "../../../contracts/RewardVault.sol";
import {IRewardVault} from "../../../contracts/interfaces/IRewardVault.sol";

/// RewardVault over tokens that are not supported
/// ├── fee on transfer: what arrived is owed, so no run lives on another's funds; all of it as fee: reverts
/// ├── answers false: reverts, nothing is owed, no credit is lost
/// └── calls back in the middle of a transfer: fund and claim cannot be entered
contract RewardVaultHostileTest is RewardVaultBase {
    function _over(OddToken odd) private {
        vault = new RewardVault(IERC20(address(odd)), stakes);
        odd.mint(sponsor, 1e27);
        vm.prank(sponsor);
        odd.approve(address(vault), type(uint256).max);
    }

    function test_fund_feeToken_owesWhatArrived(uint256 amount, uint256 bps) public {
        amount = bound(amount, 1, MAX);
        bps = bound(bps, 0, 9_999);
        FeeToken odd = new FeeToken();
        odd.setFee(bps);
        _over(odd);
        uint256 arrived = amount - (amount * bps) / 10_000;
        vm.expectEmit(address(vault));
        emit Funded(manager, RUN, sponsor, arrived);
        _fund(manager, RUN, amount);
        _fund(rival, RUN, amount);
        assertEq(vault.fundsOf(manager, RUN), arrived, "funds");
        assertEq(vault.owed(), vault.held(), "owed is held");

        _open(manager, RUN, EPOCH, arrived);
        _pay(alice, arrived);
        vault.claim(alice);
        assertEq(vault.held(), arrived, "the other run's funds are whole");
        assertEq(vault.fundsOf(rival, RUN), arrived, "and owed");
    }

    function test_fund_nothingArrives_reverts() public {
        FeeToken odd = new FeeToken();
        odd.setFee(10_000);
        _over(odd);
        vm.expectRevert(abi.encodeWithSelector(RewardVaultZeroAmount.selector));
        _fund(manager, RUN, 5);
    }

    function test_anyTransfer_answersFalse_revertsWithoutLoss() public {
        FalseToken odd = new FalseToken();
        _over(odd);
        _fund(manager, RUN, 10);
        _open(manager, RUN, EPOCH, 10);
        _pay(alice, 10);
        odd.setBroken(true);
        bytes memory failed = abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(odd));
        vm.expectRevert(failed);
        _fund(manager, RUN, 10);
        vm.expectRevert(failed);
        vault.claim(alice);
        assertEq(vault.creditOf(alice), 10, "credit stays");
        odd.setBroken(false);
        vault.claim(alice);
        assertEq(odd.balanceOf(alice), 10, "paid in the end");
    }

    function test_fundAndClaim_reentered_areRefused(bool outerClaims, bool innerClaims) public {
        HookToken odd = new HookToken();
        _over(odd);
        Reenterer attacker = new Reenterer();
        odd.mint(address(attacker), 100);
        attacker.act(address(odd), abi.encodeCall(IERC20.approve, (address(vault), 100)));
        _fund(manager, RUN, 50);
        _open(manager, RUN, EPOCH, 50);
        _pay(address(attacker), 10);
        odd.arm(attacker);
        bytes memory claim = abi.encodeCall(IRewardVault.claim, (address(attacker)));
        bytes memory fund = abi.encodeCall(IRewardVault.fund, (manager, RUN, 7));
        attacker.prepare(address(vault), innerClaims ? claim : fund);
        attacker.act(address(vault), outerClaims ? claim : fund);
        assertTrue(attacker.struck(), "the hook ran");
        assertFalse(attacker.succeeded(), "the inner call");
        bytes4 reason = ReentrancyGuard.ReentrancyGuardReentrantCall.selector;
        assertEq(attacker.answer(), abi.encodeWithSelector(reason), "because of the guard");
        assertEq(vault.owed(), vault.held(), "owed is held");
        assertEq(vault.owed(), outerClaims ? 40 : 57, "one step was taken");
    }

    function test_books_movedDuringFund_stayCovered() public {
        HookToken odd = new HookToken();
        _over(odd);
        Reenterer attacker = new Reenterer();
        _fund(address(attacker), RUN, 50);
        odd.arm(attacker);
        attacker.prepare(address(vault), abi.encodeCall(IRewardVault.openEpoch, (RUN, EPOCH, 51)));
        _fund(address(attacker), RUN, 10);
        assertFalse(attacker.succeeded(), "what is still arriving is not in the books");
        attacker.prepare(address(vault), abi.encodeCall(IRewardVault.openEpoch, (RUN, EPOCH, 50)));
        _fund(address(attacker), RUN, 10);
        assertTrue(attacker.succeeded(), "what was there is");
        assertEq(vault.fundsOf(address(attacker), RUN), 20, "funds");
        assertEq(vault.owed(), vault.held(), "owed is held");
    }
}

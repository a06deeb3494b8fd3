// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {RewardVaultBase} from "./RewardVaultBase.sol";
import {RewardVault} from "../../../contracts/RewardVault.sol";
import {IStakeVault} from "../../../contracts/interfaces/IStakeVault.sol";

/// constructor
/// ├── zero token or zero stake vault: reverts
/// └── else: keeps them
contract RewardVaultConstructorTest is RewardVaultBase {
    function test_constructor_zeroAddress_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RewardVaultZeroAddress.selector));
        new RewardVault(IERC20(address(0)), stakes);
        vm.expectRevert(abi.encodeWithSelector(RewardVaultZeroAddress.selector));
        new RewardVault(token, IStakeVault(address(0)));
    }

    function test_constructor_keepsItsParameters() public view {
        assertEq(address(vault.TOKEN()), address(token), "token");
        assertEq(address(vault.STAKES()), address(stakes), "stakes");
    }
}

/// fund
/// ├── zero manager or zero amount: reverts
/// └── else: the run's funds grow, by anyone
contract RewardVaultFundTest is RewardVaultBase {
    function test_fund_zeroManager_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RewardVaultZeroAddress.selector));
        _fund(address(0), RUN, 1);
    }

    function test_fund_zeroAmount_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RewardVaultZeroAmount.selector));
        _fund(manager, RUN, 0);
    }

    function test_fund_any_growsTheRun(address manager_, uint256 run, uint256 first, uint256 second) public {
        vm.assume(manager_ != address(0) && run != type(uint256).max);
        first = bound(first, 1, MAX);
        second = bound(second, 1, MAX);
        vm.expectEmit(address(vault));
        emit Funded(manager_, run, sponsor, first);
        _fund(manager_, run, first);
        _fund(manager_, run, second);
        assertEq(vault.fundsOf(manager_, run), first + second, "funds");
        assertEq(vault.fundsOf(manager_, run + 1), 0, "another run");
        assertEq(vault.owed(), first + second, "owed");
        assertEq(vault.held(), first + second, "held");
    }
}

/// openEpoch
/// ├── opened before, settled or not: reverts
/// ├── pot above the run's funds: reverts
/// ├── another manager's or run's funds: out of reach
/// └── else: moves from funds to pot, zero included
contract RewardVaultOpenEpochTest is RewardVaultBase {
    function test_openEpoch_known_reverts(bool settled) public {
        _fund(manager, RUN, 10);
        _open(manager, RUN, EPOCH, 4);
        if (settled) _pay(alice, 4);
        vm.expectRevert(abi.encodeWithSelector(RewardVaultEpochKnown.selector, manager, RUN, EPOCH));
        _open(manager, RUN, EPOCH, 4);
    }

    function test_openEpoch_aboveFunds_reverts(uint256 funds, uint256 pot) public {
        funds = bound(funds, 1, MAX);
        pot = bound(pot, funds + 1, type(uint256).max);
        _fund(manager, RUN, funds);
        bytes memory error_ = abi.encodeWithSelector(RewardVaultInsufficientFunds.selector, manager, RUN, pot, funds);
        vm.expectRevert(error_);
        _open(manager, RUN, EPOCH, pot);
    }

    function test_openEpoch_othersFunds_reverts() public {
        _fund(manager, RUN, 10);
        vm.expectRevert(abi.encodeWithSelector(RewardVaultInsufficientFunds.selector, rival, RUN, 1, 0));
        _open(rival, RUN, EPOCH, 1);
        vm.expectRevert(abi.encodeWithSelector(RewardVaultInsufficientFunds.selector, manager, RUN + 1, 1, 0));
        _open(manager, RUN + 1, EPOCH, 1);
    }

    function test_openEpoch_covered_escrows(uint256 funds, uint256 pot) public {
        funds = bound(funds, 1, MAX);
        pot = bound(pot, 0, funds);
        _fund(manager, RUN, funds);
        vm.expectEmit(address(vault));
        emit PotEscrowed(manager, RUN, EPOCH, pot);
        _open(manager, RUN, EPOCH, pot);
        assertEq(vault.fundsOf(manager, RUN), funds - pot, "funds");
        assertEq(vault.potOf(manager, RUN, EPOCH), pot, "pot");
        assertEq(vault.potOf(rival, RUN, EPOCH), 0, "another manager's pot");
        assertEq(vault.owed(), funds, "owed");
    }
}

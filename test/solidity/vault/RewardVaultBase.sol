// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {Token} from "../../../contracts/Token.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {RewardVault} from "../../../contracts/RewardVault.sol";
import {IRewardVaultErrors, IRewardVaultEvents} from "../../../contracts/interfaces/IRewardVault.sol";

/// @notice A reward vault over the real token and stake vault, and the steps that lead to a state under test.
abstract contract RewardVaultBase is Base, IRewardVaultErrors, IRewardVaultEvents {
    uint256 internal constant MAX = 1e24; // wei; what a fuzzed amount may be at most
    uint256 internal constant RUN = 7;
    uint256 internal constant EPOCH = 3;

    Token internal token;
    StakeVault internal stakes;
    RewardVault internal vault;
    address internal sponsor = account("sponsor");
    address internal manager = account("manager");
    address internal rival = account("rival");
    address internal alice = account("alice");
    address internal bob = account("bob");

    function setUp() public virtual {
        token = new Token(address(0), sponsor, 1e27, 1e27);
        stakes = new StakeVault(token, account("sink"), 7 days, 7 days, 1_000);
        vault = new RewardVault(token, stakes);
        vm.prank(sponsor);
        token.approve(address(vault), type(uint256).max);
    }

    function _fund(address manager_, uint256 run, uint256 amount) internal {
        vm.prank(sponsor);
        vault.fund(manager_, run, amount);
    }

    function _open(address manager_, uint256 run, uint256 epoch, uint256 pot) internal {
        vm.prank(manager_);
        vault.openEpoch(run, epoch, pot);
    }

    function _settle(address[] memory operators, uint256[] memory amounts) internal {
        vm.prank(manager);
        vault.settleEpoch(RUN, EPOCH, operators, amounts);
    }

    /// @dev One payment of the settlement; most tests need no more.
    function _pay(address operator, uint256 amount) internal {
        (address[] memory operators, uint256[] memory amounts) = _list(operator, amount);
        _settle(operators, amounts);
    }

    function _list(address operator, uint256 amount) internal pure returns (address[] memory, uint256[] memory) {
        address[] memory operators = new address[](1);
        uint256[] memory amounts = new uint256[](1);
        (operators[0], amounts[0]) = (operator, amount);
        return (operators, amounts);
    }

    function _list(
        address a,
        uint256 amountA,
        address b,
        uint256 amountB
    ) internal pure returns (address[] memory, uint256[] memory) {
        address[] memory operators = new address[](2);
        uint256[] memory amounts = new uint256[](2);
        (operators[0], amounts[0], operators[1], amounts[1]) = (a, amountA, b, amountB);
        return (operators, amounts);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {Token} from "../../../contracts/Token.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {IStakeVaultErrors, IStakeVaultEvents} from "../../../contracts/interfaces/IStakeVault.sol";

/// @notice A vault over the real token, two operators, two managers, and the steps that lead to a state under test.
abstract contract StakeVaultBase is Base, IStakeVaultErrors, IStakeVaultEvents {
    uint256 internal constant SUPPLY = 1e27;
    uint256 internal constant MAX = 1e24; // wei; what a fuzzed amount may be at most
    uint64 internal constant DELAY = 7 days;
    uint16 internal constant CAP_BPS = 2_000;

    Token internal token;
    StakeVault internal vault;
    address internal holder = account("holder");
    address internal sink = account("sink");
    address internal alice = account("alice");
    address internal bob = account("bob");
    address internal manager = account("manager");
    address internal rival = account("rival");
    address internal reporter = account("reporter");
    address internal stranger = account("stranger");

    function setUp() public virtual {
        vm.warp(1_000_000);
        token = new Token(address(0), holder, SUPPLY, SUPPLY);
        vault = new StakeVault(token, sink, DELAY, CAP_BPS);
    }

    /// @dev `who` holds `amount` more and has approved the vault for it.
    function _give(address who, uint256 amount) internal {
        vm.prank(holder);
        token.transfer(who, amount);
        vm.prank(who);
        token.approve(address(vault), amount);
    }

    function _deposit(address operator, uint256 amount) internal {
        _give(operator, amount);
        vm.prank(operator);
        vault.deposit(operator, amount);
    }

    function _allow(address operator, address manager_) internal {
        vm.prank(operator);
        vault.allowManager(manager_, true);
    }

    function _lock(address operator, address manager_, uint256 amount) internal {
        _allow(operator, manager_);
        vm.prank(manager_);
        vault.lock(operator, amount);
    }

    function _unlock(address operator, address manager_, uint256 amount) internal {
        vm.prank(manager_);
        vault.unlock(operator, amount);
    }

    function _unbond(address operator, uint256 amount) internal {
        vm.prank(operator);
        vault.requestUnbond(amount);
    }

    function _slash(address operator, address manager_, uint256 amount) internal returns (uint256 taken) {
        vm.prank(manager_);
        return vault.slash(operator, amount, address(0), 0);
    }

    function _unbonding(address operator) internal view returns (uint256 amount) {
        (amount, ) = vault.unbondingOf(operator);
    }
}

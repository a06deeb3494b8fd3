// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {Token} from "../../../contracts/Token.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {IStakeVaultErrors, IStakeVaultEvents} from "../../../contracts/interfaces/IStakeVault.sol";

/// @notice A vault over the real token, two operators, two other holders, two managers, and the steps that lead to a state
/// under test.
abstract contract StakeVaultBase is Base, IStakeVaultErrors, IStakeVaultEvents {
    uint256 internal constant SUPPLY = 1e27;
    uint256 internal constant MAX = 1e24; // wei; what a fuzzed amount may be at most
    uint64 internal constant DELAY = 7 days;
    uint64 internal constant COMMISSION = 10 days;
    uint16 internal constant CAP_BPS = 2_000;

    Token internal token;
    StakeVault internal vault;
    address internal holder = account("holder");
    address internal sink = account("sink");
    address internal alice = account("alice");
    address internal bob = account("bob");
    address internal carol = account("carol");
    address internal dave = account("dave");
    address internal manager = account("manager");
    address internal rival = account("rival");
    address internal reporter = account("reporter");
    address internal stranger = account("stranger");

    function setUp() public virtual {
        vm.warp(1_000_000);
        token = new Token(address(0), holder, SUPPLY, SUPPLY);
        vault = new StakeVault(token, sink, DELAY, COMMISSION, CAP_BPS);
    }

    /// @dev `who` holds `amount` more and has approved the vault for it.
    function _give(address who, uint256 amount) internal {
        vm.prank(holder);
        token.transfer(who, amount);
        vm.prank(who);
        token.approve(address(vault), amount);
    }

    function _deposit(address operator, uint256 amount) internal {
        _delegate(operator, operator, amount);
    }

    /// @dev `who` deposits into the operator's pool. Returns its shares for that.
    function _delegate(address who, address operator, uint256 amount) internal returns (uint256 shares) {
        _give(who, amount);
        shares = vault.sharesOf(operator, who);
        vm.prank(who);
        vault.deposit(operator, amount);
        return vault.sharesOf(operator, who) - shares;
    }

    function _allow(address operator, address manager_) internal {
        vm.prank(operator);
        vault.allowManager(manager_, true);
    }

    /// @dev Needs an operator that owns nine tenths of its pool.
    function _lock(address operator, address manager_, uint256 amount) internal {
        _allow(operator, manager_);
        vm.prank(manager_);
        vault.lock(operator, amount);
    }

    function _unlock(address operator, address manager_, uint256 amount) internal {
        vm.prank(manager_);
        vault.unlock(operator, amount);
    }

    function _unbond(address who, address operator, uint256 shares) internal returns (uint256 ticket) {
        vm.prank(who);
        return vault.requestUnbond(operator, shares);
    }

    /// @dev What was paid.
    function _complete(address who, address operator, uint256 ticket) internal returns (uint256 amount) {
        amount = token.balanceOf(who);
        vm.prank(who);
        vault.completeUnbond(operator, ticket, who);
        return token.balanceOf(who) - amount;
    }

    function _slash(address operator, address manager_, uint256 amount) internal returns (uint256 taken) {
        vm.prank(manager_);
        return vault.slash(operator, amount, address(0), 0);
    }

    /// @dev Slashes through a manager of its own, and leaves the operator as it was otherwise.
    function _lose(address operator, uint256 amount) internal {
        address court = account("court");
        _lock(operator, court, amount);
        _slash(operator, court, amount);
    }

    function _assets(address operator) internal view returns (uint256 assets) {
        (assets, , ) = vault.poolOf(operator);
    }

    function _poolShares(address operator) internal view returns (uint256 shares) {
        (, shares, ) = vault.poolOf(operator);
    }
}

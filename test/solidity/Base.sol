// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Vm} from "./Vm.sol";

/// @title Base of every Solidity test: cheatcodes, labelled assertions, bounded fuzz input, targets of invariant runs.
/// @notice Ours, because forge-std is not to be had as a package that Hardhat resolves. It is not a copy of it: no deal of
/// ERC-20 balances, no address makers beyond `account`, no unlabelled assertions.
/// @dev A test contract has functions `test_...` or `invariant_...` and an optional `setUp()`. Every assertion takes a label.
abstract contract Base {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    Vm internal constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

    address[] private _contracts;
    address[] private _senders;
    address[] private _excluded;
    FuzzSelector[] private _selectors;

    // TARGETS: what an invariant run calls, and from whom. The runner reads these four.

    function targetContracts() external view returns (address[] memory) {
        return _contracts;
    }

    function targetSenders() external view returns (address[] memory) {
        return _senders;
    }

    function excludeSenders() external view returns (address[] memory) {
        return _excluded;
    }

    function targetSelectors() external view returns (FuzzSelector[] memory) {
        return _selectors;
    }

    function _targetContract(address target) internal {
        _contracts.push(target);
    }

    function _targetSender(address sender) internal {
        _senders.push(sender);
    }

    function _excludeSender(address sender) internal {
        _excluded.push(sender);
    }

    /// @dev Restricts the run to these functions of `target`. Adds the contract to the targets as well.
    function _targetSelectors(address target, bytes4[] memory selectors) internal {
        _contracts.push(target);
        _selectors.push(FuzzSelector({addr: target, selectors: selectors}));
    }

    // INPUT

    /// @dev Maps `x` into [low, high], both included: unchanged if it is already inside, else by the remainder.
    function bound(uint256 x, uint256 low, uint256 high) internal pure returns (uint256) {
        assertLe(low, high, "bound: empty range");
        if (x >= low && x <= high) return x;
        uint256 span = high - low; // not 2^256 - 1, since then x would have been inside
        return low + (x % (span + 1));
    }

    /// @dev A labelled address without code that differs for each name.
    function account(string memory name) internal returns (address made) {
        made = address(uint160(uint256(keccak256(bytes(name)))));
        vm.label(made, name);
    }

    // ASSERTIONS. The cheatcode is called for its report of a failure only: the calls were half of the time of a long run.

    function assertTrue(bool condition, string memory label_) internal pure {
        if (!condition) vm.assertTrue(condition, label_);
    }

    function assertFalse(bool condition, string memory label_) internal pure {
        if (condition) vm.assertFalse(condition, label_);
    }

    function assertEq(uint256 left, uint256 right, string memory label_) internal pure {
        if (left != right) vm.assertEq(left, right, label_);
    }

    function assertEq(int256 left, int256 right, string memory label_) internal pure {
        if (left != right) vm.assertEq(left, right, label_);
    }

    function assertEq(address left, address right, string memory label_) internal pure {
        if (left != right) vm.assertEq(left, right, label_);
    }

    function assertEq(bytes32 left, bytes32 right, string memory label_) internal pure {
        if (left != right) vm.assertEq(left, right, label_);
    }

    function assertEq(bytes memory left, bytes memory right, string memory label_) internal pure {
        if (keccak256(left) != keccak256(right)) vm.assertEq(left, right, label_);
    }

    function assertEq(bool left, bool right, string memory label_) internal pure {
        if (left != right) vm.assertEq(left, right, label_);
    }

    function assertEq(string memory left, string memory right, string memory label_) internal pure {
        if (keccak256(bytes(left)) != keccak256(bytes(right))) vm.assertEq(left, right, label_);
    }

    function assertNotEq(uint256 left, uint256 right, string memory label_) internal pure {
        if (left == right) vm.assertNotEq(left, right, label_);
    }

    function assertNotEq(bytes32 left, bytes32 right, string memory label_) internal pure {
        if (left == right) vm.assertNotEq(left, right, label_);
    }

    function assertNotEq(address left, address right, string memory label_) internal pure {
        if (left == right) vm.assertNotEq(left, right, label_);
    }

    function assertLe(uint256 left, uint256 right, string memory label_) internal pure {
        if (left > right) vm.assertLe(left, right, label_);
    }

    function assertLt(uint256 left, uint256 right, string memory label_) internal pure {
        if (left >= right) vm.assertLt(left, right, label_);
    }

    function assertGe(uint256 left, uint256 right, string memory label_) internal pure {
        if (left < right) vm.assertGe(left, right, label_);
    }

    function assertGt(uint256 left, uint256 right, string memory label_) internal pure {
        if (left <= right) vm.assertGt(left, right, label_);
    }
}

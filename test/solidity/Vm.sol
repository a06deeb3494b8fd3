// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

/// @notice The cheatcodes that our tests use, as Hardhat 3.17 (EDR 0.20) implements them. Not all that exist: add what you need.
/// @dev Danger: a cheatcode that sets up the next call (prank, expectRevert, expectEmit) is consumed by the next call of any
/// kind to anything but the cheatcode address, so compute arguments that need a call before it.
interface Vm {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function prank(address sender) external;
    function startPrank(address sender) external;
    function stopPrank() external;
    function expectRevert() external;
    function expectRevert(bytes4 selector) external;
    function expectRevert(bytes calldata data) external;
    function expectRevert(bytes calldata data, address reverter) external;
    function expectPartialRevert(bytes4 selector) external;
    function expectEmit() external;
    function expectEmit(address emitter) external;
    function expectEmit(bool topic1, bool topic2, bool topic3, bool data, address emitter) external;
    function expectCall(address callee, bytes calldata data) external;
    function expectCall(address callee, bytes calldata data, uint64 count) external;
    function recordLogs() external;
    function getRecordedLogs() external returns (Log[] memory logs);

    function warp(uint256 timestamp) external;
    function snapshotState() external returns (uint256 snapshot);
    function revertToState(uint256 snapshot) external returns (bool success);
    function roll(uint256 number) external;
    function prevrandao(bytes32 value) external;
    function setBlockhash(uint256 number, bytes32 hash) external;
    function getBlockTimestamp() external view returns (uint256);
    function getBlockNumber() external view returns (uint256);
    function deal(address account, uint256 balance) external;
    function etch(address account, bytes calldata code) external;
    function load(address account, bytes32 slot) external view returns (bytes32);
    function store(address account, bytes32 slot, bytes32 value) external;
    function mockCall(address callee, bytes calldata data, bytes calldata answer) external;
    function mockCallRevert(address callee, bytes calldata data, bytes calldata reason) external;
    function clearMockedCalls() external;
    function addr(uint256 privateKey) external pure returns (address);
    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);

    function assume(bool condition) external pure;
    function label(address account, string calldata name) external;
    function snapshotGasLastCall(string calldata group, string calldata name) external returns (uint256 gas);
    function snapshotValue(string calldata group, string calldata name, uint256 value) external;
    function toString(uint256 value) external pure returns (string memory);

    function readFile(string calldata path) external view returns (string memory);
    function keyExistsJson(string calldata json, string calldata key) external view returns (bool);
    function parseJson(string calldata json, string calldata key) external pure returns (bytes memory abiEncoded);
    function parseJsonUint(string calldata json, string calldata key) external pure returns (uint256);
    function parseJsonUintArray(string calldata json, string calldata key) external pure returns (uint256[] memory);
    function parseJsonInt(string calldata json, string calldata key) external pure returns (int256);
    function parseJsonIntArray(string calldata json, string calldata key) external pure returns (int256[] memory);
    function parseJsonBool(string calldata json, string calldata key) external pure returns (bool);
    function parseJsonAddress(string calldata json, string calldata key) external pure returns (address);
    function parseJsonAddressArray(string calldata json, string calldata key) external pure returns (address[] memory);
    function parseJsonString(string calldata json, string calldata key) external pure returns (string memory);
    function parseJsonStringArray(string calldata json, string calldata key) external pure returns (string[] memory);
    function parseJsonBytes(string calldata json, string calldata key) external pure returns (bytes memory);
    function parseJsonBytesArray(string calldata json, string calldata key) external pure returns (bytes[] memory);
    function parseJsonBytes32(string calldata json, string calldata key) external pure returns (bytes32);
    function parseJsonBytes32Array(string calldata json, string calldata key) external pure returns (bytes32[] memory);

    // Assertions revert with "label: left != right". They are cheatcodes too, so they do not consume a prank.
    function assertTrue(bool condition, string calldata label_) external pure;
    function assertFalse(bool condition, string calldata label_) external pure;
    function assertEq(uint256 left, uint256 right, string calldata label_) external pure;
    function assertEq(int256 left, int256 right, string calldata label_) external pure;
    function assertEq(address left, address right, string calldata label_) external pure;
    function assertEq(bytes32 left, bytes32 right, string calldata label_) external pure;
    function assertEq(bytes calldata left, bytes calldata right, string calldata label_) external pure;
    function assertEq(bool left, bool right, string calldata label_) external pure;
    function assertEq(string calldata left, string calldata right, string calldata label_) external pure;
    function assertNotEq(uint256 left, uint256 right, string calldata label_) external pure;
    function assertNotEq(bytes32 left, bytes32 right, string calldata label_) external pure;
    function assertNotEq(address left, address right, string calldata label_) external pure;
    function assertLe(uint256 left, uint256 right, string calldata label_) external pure;
    function assertLt(uint256 left, uint256 right, string calldata label_) external pure;
    function assertGe(uint256 left, uint256 right, string calldata label_) external pure;
    function assertGt(uint256 left, uint256 right, string calldata label_) external pure;
}

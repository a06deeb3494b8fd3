// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

/// @title Hashes of a run's state: contracts/README.md section 3. What becomes of a chunk is AggregateLib.
library StateLib {
    bytes1 private constant LEAF_TAG = 0x01;
    bytes1 private constant ROOT_TAG = 0x04;

    /// @notice Leaf of a chunk.
    /// @param entries int32 each, big-endian.
    function leaf(uint32 index, bytes memory entries) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(LEAF_TAG, index, entries));
    }

    /// @notice Root of the state that a final round left. The genesis has run, round and parent zero.
    function root(uint64 run, uint64 round, bytes32 parentRoot, bytes32 treeRoot) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(ROOT_TAG, run, round, parentRoot, treeRoot));
    }
}

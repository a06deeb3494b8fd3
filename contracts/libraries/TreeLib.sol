// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

/// @title Places in the Merkle tree of contracts/README.md section 3, for who walks down it: levels count from the leaves, 0, up.
/// @dev A level has half the nodes of the one below, rounded up, since an odd last node moves up unchanged. Node i of level l so
/// stands over the nodes i 2^d to (i + 1) 2^d - 1 of level l - d, as far as there are so many. What a leaf hashes to the root by
/// is MerkleLib.
library TreeLib {
    bytes1 private constant NODE_TAG = 0x02;

    /// @notice Level of the root over `leaves` > 0 leaves.
    function height(uint256 leaves) internal pure returns (uint256 level) {
        while (width(leaves, level) > 1) level++;
    }

    /// @notice Nodes of a level.
    function width(uint256 leaves, uint256 level) internal pure returns (uint256) {
        return (leaves + (1 << level) - 1) >> level;
    }

    /// @notice Nodes of the row `depth` levels below node `index` of `level`, under that node.
    function spread(uint256 leaves, uint256 level, uint256 index, uint256 depth) internal pure returns (uint256) {
        uint256 first = index << depth;
        uint256 left = width(leaves, level - depth) - first;
        return left < 1 << depth ? left : 1 << depth;
    }

    /// @notice The node that a row of its descendants hashes to.
    /// @param row As many as `spread` says, from left to right.
    function fold(bytes32[] memory row) internal pure returns (bytes32) {
        // INVARIANT: a row begins at a node with an even number, or is one node alone; so an odd last one is the level's last.
        for (uint256 count = row.length; count > 1; count = (count + 1) / 2) {
            for (uint256 i = 0; i < count / 2; i++) {
                row[i] = sha256(abi.encodePacked(NODE_TAG, row[2 * i], row[2 * i + 1]));
            }
            if (count % 2 == 1) row[count / 2] = row[count - 1];
        }
        return row[0];
    }
}

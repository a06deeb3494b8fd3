// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

/// @title A whole Merkle tree of contracts/README.md section 3 in memory, for whoever plays a side: rows and paths.
/// @dev Built level by level from the leaves, with nothing of the contracts' libraries in it.
library Tree {
    /// @return levels From the leaves, 0, to the root.
    function grow(bytes32[] memory leaves) internal pure returns (bytes32[][] memory levels) {
        uint256 height;
        for (uint256 n = leaves.length; n > 1; n = (n + 1) / 2) height++;
        levels = new bytes32[][](height + 1);
        levels[0] = leaves;
        for (uint256 l = 0; l < height; l++) {
            bytes32[] memory below = levels[l];
            bytes32[] memory above = new bytes32[]((below.length + 1) / 2);
            for (uint256 i = 0; i < above.length; i++) {
                bool alone = 2 * i + 1 == below.length;
                above[i] = alone ? below[2 * i] : sha256(abi.encodePacked(uint8(2), below[2 * i], below[2 * i + 1]));
            }
            levels[l + 1] = above;
        }
    }

    function root(bytes32[][] memory levels) internal pure returns (bytes32) {
        return levels[levels.length - 1][0];
    }

    /// @return The nodes `depth` levels below node `index` of `level`, under it.
    function row(
        bytes32[][] memory levels,
        uint256 level,
        uint256 index,
        uint256 depth
    ) internal pure returns (bytes32[] memory) {
        bytes32[] memory nodes = levels[level - depth];
        uint256 from = index * 2 ** depth;
        uint256 to = from + 2 ** depth;
        if (to > nodes.length) to = nodes.length;
        bytes32[] memory part = new bytes32[](to - from);
        for (uint256 i = from; i < to; i++) part[i - from] = nodes[i];
        return part;
    }

    function path(bytes32[][] memory levels, uint256 index) internal pure returns (bytes32[] memory siblings) {
        bytes32[] memory all = new bytes32[](levels.length);
        uint256 n;
        for (uint256 l = 0; l + 1 < levels.length; l++) {
            uint256 sibling = index ^ 1;
            if (sibling < levels[l].length) all[n++] = levels[l][sibling];
            index /= 2;
        }
        siblings = new bytes32[](n);
        for (uint256 i = 0; i < n; i++) siblings[i] = all[i];
    }
}

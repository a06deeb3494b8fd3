// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

/// @title The Merkle tree of contracts/README.md section 3: from a leaf and its siblings to the root.
/// @dev Neighbours are paired, an odd last node moves up unchanged, so index and number of leaves fix which siblings a proof has.
/// Not OpenZeppelin's MerkleProof, which sorts each pair and so forgets where a leaf stands. Leaves are hashed by the caller,
/// with a tag of their own, so a node can never pass for a leaf.
library MerkleLib {
    error MerkleIndex(uint256 index, uint256 leafCount);
    error MerkleProofLength(uint256 length, uint256 wanted);

    uint256 private constant NODE_TAG = 0x02;

    /// @notice Root of the tree of `leafCount` leaves whose leaf `index` is `leaf`, if the siblings are as given.
    /// @param proof Siblings from the leaf up, with nothing for a level at which the node moves up.
    function root(
        bytes32 leaf,
        uint32 index,
        uint32 leafCount,
        bytes32[] calldata proof
    ) internal view returns (bytes32 node) {
        if (index >= leafCount) revert MerkleIndex(index, leafCount);
        // INVARIANT: one proof a leaf. A longer one would let the same leaf be shown under another root.
        uint256 wanted = _proofLength(index, leafCount);
        if (proof.length != wanted) revert MerkleProofLength(proof.length, wanted);
        node = leaf;
        uint256 at = index;
        uint256 last = uint256(leafCount) - 1;
        uint256 used = 0;
        for (; last != 0; last >>= 1) {
            if (at != last || at & 1 == 1) {
                bytes32 sibling = proof[used++];
                node = at & 1 == 1 ? _hash(sibling, node) : _hash(node, sibling);
            }
            at >>= 1;
        }
    }

    /// @notice Siblings that the proof of leaf `index` has.
    function _proofLength(uint256 index, uint256 leafCount) private pure returns (uint256 length) {
        // The last node of a level is number `last`; that of the next one is half of it, rounded down.
        for (uint256 last = leafCount - 1; last != 0; last >>= 1) {
            if (index != last || index & 1 == 1) length++;
            index >>= 1;
        }
    }

    /// @dev sha256(0x02 ‖ left ‖ right).
    function _hash(bytes32 left, bytes32 right) private view returns (bytes32 node) {
        // SAFETY: writes the 65 bytes from the free pointer on, which belong to nobody, and the scratch word. The precompile
        // takes any input; it fails for want of gas alone, and then nothing may go on.
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore8(free, NODE_TAG)
            mstore(add(free, 1), left)
            mstore(add(free, 33), right)
            if iszero(staticcall(gas(), 2, free, 65, 0, 32)) {
                revert(0, 0)
            }
            node := mload(0)
        }
    }
}

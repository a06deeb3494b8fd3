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
        uint256 wanted;
        // SAFETY: writes 65 bytes from the free pointer on, which belong to nobody, and the first scratch word. Siblings that are not
        // there are read as zeros, and the length is refused below. The precompile fails for want of gas alone, and then nothing
        // may go on.
        assembly ("memory-safe") {
            let pair := mload(0x40)
            mstore8(pair, NODE_TAG)
            let sibling := proof.offset
            let at := index
            node := leaf
            // The last node of a level is number `last`; that of the next one is half of it, rounded down.
            for {
                let last := sub(leafCount, 1)
            } last {
                last := shr(1, last)
            } {
                let right := and(at, 1)
                if or(right, xor(at, last)) {
                    mstore(add(pair, add(1, shl(5, right))), node)
                    mstore(add(pair, sub(33, shl(5, right))), calldataload(sibling))
                    sibling := add(sibling, 0x20)
                    if iszero(staticcall(gas(), 2, pair, 65, 0, 0x20)) {
                        revert(0, 0)
                    }
                    node := mload(0)
                }
                at := shr(1, at)
            }
            wanted := shr(5, sub(sibling, proof.offset))
        }
        // INVARIANT: one proof a leaf.
        if (proof.length != wanted) revert MerkleProofLength(proof.length, wanted);
    }
}

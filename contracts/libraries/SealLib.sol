// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

/// @title What is stored of a commitment: one word, which says by itself for which round (or epoch) it is, when it was made, and
/// whether it was opened.
/// @dev 207 bits of a hash, then one bit that is set once it was opened, then 16 bits of the number of the block that the commitment
/// is in, then 32 bits of the round's (or epoch's) number. So a ring's slot needs no clearing: what an earlier round left there has
/// another number. No two members write the same word.
///
/// Of two commitments of a round that are less than 2^15 blocks apart, the later one is told by `isLater`: a round that is to be
/// judged by it must not last longer.
///
/// SAFETY: two openings of one seal take 2^103 hashes to find. Numbers are cut to 32 bits: one that counts a round a second gets
/// there after 136 years, and even then only what has stood in the same slot of the ring ever since is taken for a new one's.
library SealLib {
    uint256 private constant NUMBER = type(uint32).max;
    uint256 private constant BLOCK = type(uint16).max;
    uint256 private constant BLOCK_SHIFT = 32;
    uint256 private constant OPEN = 1 << 48;
    uint256 private constant KEPT = OPEN - 1;
    uint256 private constant HASH = ~(OPEN | KEPT);

    /// @param number Not zero.
    function sealed_(bytes32 hash, uint256 number, uint256 blockNumber) internal pure returns (uint256) {
        return (uint256(hash) & HASH) | ((blockNumber & BLOCK) << BLOCK_SHIFT) | (number & NUMBER);
    }

    /// @param seal Of the commitment, whose number and block stay.
    function opened(uint256 seal, bytes32 hash) internal pure returns (uint256) {
        return (uint256(hash) & HASH) | OPEN | (seal & KEPT);
    }

    /// @return Whether something was committed in that round or epoch.
    function isOf(uint256 seal, uint256 number) internal pure returns (bool) {
        return (seal ^ number) & NUMBER == 0;
    }

    /// @return Whether it was committed in that round or epoch and opened.
    function isOpenOf(uint256 seal, uint256 number) internal pure returns (bool) {
        return (seal ^ number ^ OPEN) & (OPEN | NUMBER) == 0;
    }

    function holds(uint256 seal, bytes32 hash) internal pure returns (bool) {
        return (seal ^ uint256(hash)) & HASH == 0;
    }

    /// @notice Which of two commitments of a round came later; of two in one block, that of the higher slot counts as the later.
    /// @dev Serial numbers (RFC 1982): the distance is taken modulo 2^16, and one in the lower half is ahead.
    function isLater(uint256 seal, uint8 slot, uint256 other, uint8 otherSlot) internal pure returns (bool) {
        uint256 ahead = ((seal >> BLOCK_SHIFT) + BLOCK + 1 - ((other >> BLOCK_SHIFT) & BLOCK)) & BLOCK;
        return ahead == 0 ? slot > otherSlot : ahead <= BLOCK / 2;
    }
}

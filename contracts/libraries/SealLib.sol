// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

/// @title What is stored of a commitment: one word, which says by itself for which round (or epoch) it is and whether it was opened.
/// @dev 207 bits of a hash, then one bit that is set once it was opened, then 48 bits of the number. So a ring's slot needs no
/// clearing: what an earlier round left there has another number. No two members write the same word.
///
/// SAFETY: two openings of one seal take 2^103 hashes to find.
library SealLib {
    uint256 private constant NUMBER = type(uint48).max;
    uint256 private constant OPEN = 1 << 48;
    uint256 private constant HASH = ~(OPEN | NUMBER);

    /// @param number Not zero.
    function sealed_(bytes32 hash, uint256 number) internal pure returns (uint256) {
        return (uint256(hash) & HASH) | number;
    }

    function opened(bytes32 hash, uint256 number) internal pure returns (uint256) {
        return (uint256(hash) & HASH) | OPEN | number;
    }

    /// @return Whether something was committed in that round or epoch.
    function isOf(uint256 seal, uint256 number) internal pure returns (bool) {
        return seal & NUMBER == number;
    }

    /// @return Whether it was committed in that round or epoch and opened.
    function isOpenOf(uint256 seal, uint256 number) internal pure returns (bool) {
        return seal & (OPEN | NUMBER) == OPEN | number;
    }

    function holds(uint256 seal, bytes32 hash) internal pure returns (bool) {
        return (seal ^ uint256(hash)) & HASH == 0;
    }
}

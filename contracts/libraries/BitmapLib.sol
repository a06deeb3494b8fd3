// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

/// @title Sets of up to 256 slots in one word: bit i is slot i.
/// @dev Not OpenZeppelin's BitMaps, which keeps sets of any size in storage and can neither count nor compare them.
library BitmapLib {
    function has(uint256 set, uint256 slot) internal pure returns (bool) {
        return (set >> slot) & 1 == 1;
    }

    function with(uint256 set, uint256 slot) internal pure returns (uint256) {
        return set | (1 << slot);
    }

    function without(uint256 set, uint256 slot) internal pure returns (uint256) {
        return set & ~(1 << slot);
    }

    function isSubsetOf(uint256 set, uint256 other) internal pure returns (bool) {
        return set & ~other == 0;
    }

    function count(uint256 set) internal pure returns (uint256 n) {
        // Each step drops the lowest member.
        for (; set != 0; set &= set - 1) n++;
    }

    /// @return slot The lowest slot that is not in the set; 256 if it is full.
    function lowestFree(uint256 set) internal pure returns (uint256 slot) {
        while (slot < 256 && has(set, slot)) slot++;
    }
}

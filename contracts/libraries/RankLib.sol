// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Ranks} from "../types/RunData.sol";

/// @title Numbers of 32 bits, eight a word, the first in the lowest bits. Of a settled epoch they are kept for ever.
library RankLib {
    uint256 internal constant PER_WORD = 8;
    uint256 private constant BITS = 32;
    uint256 private constant MASK = type(uint32).max;

    function get(Ranks storage ranks, uint256 position) internal view returns (uint256) {
        return (ranks.words[position / PER_WORD] >> (BITS * (position % PER_WORD))) & MASK;
    }

    /// @param values Each below 2^32.
    /// @param firstWord Where the first of them goes.
    function put(Ranks storage ranks, uint256 firstWord, uint256[] memory values) internal {
        for (uint256 i = 0; i < values.length; i += PER_WORD) {
            uint256 word = 0;
            for (uint256 j = 0; j < PER_WORD && i + j < values.length; j++) word |= values[i + j] << (BITS * j);
            // A word of zeros is there already.
            if (word != 0) ranks.words[firstWord + i / PER_WORD] = word;
        }
    }

    /// @return values The first `size` numbers.
    function read(Ranks storage ranks, uint256 size) internal view returns (uint256[] memory values) {
        values = new uint256[](size);
        uint256 word = 0;
        for (uint256 i = 0; i < size; i++) {
            word = i % PER_WORD == 0 ? ranks.words[i / PER_WORD] : word >> BITS;
            values[i] = word & MASK;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {RankLib} from "../../../contracts/libraries/RankLib.sol";
import {Ranks} from "../../../contracts/types/RunData.sol";

/// RankLib against a plain array
/// ├── get and read give what was put, at any word, in parts of any number of whole words
/// ├── what was not put is zero, and the neighbours stay
/// └── the first number has the lowest bits
contract RankLibTest is Base {
    using RankLib for Ranks;

    Ranks private ranks;

    function _values(uint256 seed, uint256 size) private pure returns (uint256[] memory values) {
        values = new uint256[](size);
        for (uint256 i = 0; i < size; i++) {
            uint256 x = uint256(keccak256(abi.encode(seed, i)));
            // Zeros, small ones, the largest, and any.
            uint256 kind = (x >> 32) % 4;
            values[i] =
                kind == 0
                    ? 0
                    : kind == 1
                        ? x % 3
                        : kind == 2
                            ? type(uint32).max
                            : uint32(x);
        }
    }

    function test_put_anyValues_areRead(uint256 seed, uint8 size) public {
        uint256[] memory values = _values(seed, size);
        ranks.put(0, values);
        assertEq(abi.encode(ranks.read(size)), abi.encode(values), "read");
        for (uint256 i = 0; i < size; i++) assertEq(ranks.get(i), values[i], "get");
        assertEq(ranks.get(size), 0, "behind the last");
    }

    function test_put_inParts_isAsAtOnce(uint256 seed, uint256 cuts) public {
        uint256 size = 1 + (seed % 256);
        uint256[] memory values = _values(seed, size);
        for (uint256 first = 0; first < size;) {
            uint256 part = 8 * (1 + (cuts % 5));
            cuts /= 5;
            if (part > size - first) part = size - first;
            uint256[] memory page = new uint256[](part);
            for (uint256 k = 0; k < part; k++) page[k] = values[first + k];
            ranks.put(first / 8, page);
            first += part;
        }
        assertEq(abi.encode(ranks.read(size)), abi.encode(values), "read");
    }

    function test_put_laterWord_leavesOthers(uint256 seed, uint8 word) public {
        uint256 firstWord = 1 + (uint256(word) % 30);
        uint256[] memory values = _values(seed, 13);
        ranks.put(firstWord, values);
        for (uint256 i = 0; i < 13; i++) assertEq(ranks.get(8 * firstWord + i), values[i], "there");
        assertEq(ranks.words[firstWord - 1], 0, "the word before");
        assertEq(ranks.words[firstWord + 2], 0, "the word after");
    }

    function test_put_layout_firstIsLowest() public {
        uint256[] memory values = new uint256[](9);
        for (uint256 i = 0; i < 9; i++) values[i] = i + 1;
        ranks.put(0, values);
        assertEq(ranks.words[0], 0x0000000800000007000000060000000500000004000000030000000200000001, "word 0");
        assertEq(ranks.words[1], 9, "word 1");
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IRunCoordinatorErrors as Errors} from "../interfaces/IRunCoordinatorEvents.sol";

/// @title From scores to ranks: contracts/README.md section 8. Pure; knows neither runs nor members.
/// @dev With w_i the weight of the i-th validator that revealed, W their sum, s_ij its score of miner slot j (0 where j was not
/// active):
///
/// (1) c_j = the least v among the s_ij with 2 weight(s_ij <= v) >= W: the lower weighted median. It is checked, not searched:
///     v qualifies if 2 weight(s_ij <= v) >= W, and nothing less does if 2 weight(s_ij < v) < W. Both together say that
///     somebody gave v, so no search among the s_ij is needed.
/// (2) r_j = floor(2^16 (sum_i w_i min(s_ij, c_j)) a_j / (W n)): the mean of the scores, each clipped to the median, in 2^-16,
///     for the part a_j / n of the epoch's n rounds in which the miner was active. A minority (less than half of the weight)
///     that scores its own miner as it likes moves c_j at most to a score that one of the others gave.
/// (3) v_i = floor(w_i (sum_j min(s_ij, c_j)) b_i / ((sum_j s_ij) n)): the part of a validator's mass that was not clipped, for
///     the part b_i / n of the rounds in which it was active.
///
/// Bounds: scores < 2^16, weights < 2^96 together, 256 miners, 64 validators; so r_j < 2^32, sums of scores are below 2^24, and
/// no product exceeds 2^160.
///
/// The inner loop does two miners at once, in two lanes of 128 bits a word. What it sums in a lane stays below 2^112. In a lane,
/// 2^16 + c - s has bit 16 set if and only if s <= c, and 2^16 + c - s - 1 if and only if s < c; neither is below 0, so no lane
/// borrows from the other.
/// Cost: 8 192 steps of it at the limits, 330 gas each; the gas snapshot `settle256x64` says what a settlement is.
library PayoutLib {
    /// @dev What is settled: the miners of the slots [first, first + medians.length / 2).
    struct Page {
        uint256 first;
        uint256 active; // bitmap of the miner slots that count
        uint256 rounds; // n
        uint256[] activeRounds; // a_j, by position in the page; of slots that are active
        uint256[] weights; // of the validators that revealed
        uint256[] sums; // of the same validators, so far; added to
    }

    uint256 internal constant RANK_SCALE = 2 ** 16;
    /// @dev A validator's sums: of its scores in the high half, of its clipped scores in the low one.
    uint256 internal constant OWN_SHIFT = 128;
    /// @dev Scores that are 8 slots apart are 128 bits apart, and a word of a vector has 16 of them.
    uint256 private constant PAIRED = 8;
    uint256 private constant SCORE = type(uint16).max;
    uint256 private constant LANE = type(uint128).max;
    uint256 private constant LANES = 0x100000000000000000000000000000001; // 1 in each
    uint256 private constant TOPS = 0x1000000000000000000000000000000010000; // 2^16 in each

    /// @dev Two miners; each word has a lane of 128 bits for either.
    struct Pair {
        uint256 medians; // 0 of one that does not count
        uint256 upTo; // weight of those that scored the miner no higher than the median
        uint256 below; // of those that scored it lower
        uint256 mass; // sum_i w_i min(s_ij, c_j)
    }

    // A row is a validator, as the inner loop wants it, in three words: where its vector begins in the calldata; its weight; the
    // sums of the page, 32 bits each: of scores and of clipped scores of the low lane, 64 bits free, the same of the high lane.
    uint256 private constant ROW = 3;
    uint256 private constant TALLY = type(uint32).max;

    /// @notice Steps (1) and (2) for a page of miners.
    /// @param page With a sum of weights that is not zero.
    /// @param vectors Scores, two bytes for each miner slot, of the same validators. All long enough for the page.
    /// @param medians Of the page, two bytes each.
    /// @return ranks By position in the page.
    function rank(
        Page memory page,
        bytes[] calldata vectors,
        bytes calldata medians
    ) internal pure returns (uint256[] memory ranks) {
        (uint256[] memory rows, uint256 total) = _rows(vectors, page.weights);
        ranks = new uint256[](medians.length / 2);
        // SAFETY: by the bounds above; positions and slots are below 2^16.
        unchecked {
            // The first eight of every sixteen, each with the one eight slots on.
            for (uint256 k = 0; k < ranks.length; k += k & 15 == 7 ? 9 : 1) {
                (Pair memory pair, uint256 mask) = _pairAt(page, medians, k);
                if (mask == 0) continue;
                _clip(rows, 2 * (page.first + k), mask, pair);
                ranks[k] = _rank(page, k, total, pair, 128);
                if (k + PAIRED < ranks.length) ranks[k + PAIRED] = _rank(page, k + PAIRED, total, pair, 0);
            }
        }
        _add(rows, page.sums);
    }

    /// @notice Step (3).
    /// @return values v_i.
    /// @return total Their sum.
    function agreement(
        uint256[] memory weights,
        uint256[] memory sums,
        uint256[] memory activeRounds,
        uint256 rounds
    ) internal pure returns (uint256[] memory values, uint256 total) {
        values = new uint256[](weights.length);
        for (uint256 i = 0; i < weights.length; i++) {
            uint256 own = sums[i] >> OWN_SHIFT;
            uint256 clipped = uint128(sums[i]);
            values[i] = own == 0 ? 0 : (weights[i] * clipped * activeRounds[i]) / (own * rounds);
            total += values[i];
        }
    }

    /// @return pair The miners at positions k, in the high lane, and k + 8, if the page has it.
    /// @return mask Of the scores that count.
    function _pairAt(
        Page memory page,
        bytes calldata medians,
        uint256 k
    ) private pure returns (Pair memory pair, uint256 mask) {
        unchecked {
            (uint256 high, uint256 highMask) = _medianAt(page, medians, k);
            (pair.medians, mask) = (high << 128, highMask << 128);
            if (2 * (k + PAIRED) >= medians.length) return (pair, mask);
            (uint256 low, uint256 lowMask) = _medianAt(page, medians, k + PAIRED);
            (pair.medians, mask) = (pair.medians | low, mask | lowMask);
        }
    }

    function _medianAt(
        Page memory page,
        bytes calldata medians,
        uint256 k
    ) private pure returns (uint256 median, uint256 mask) {
        assembly ("memory-safe") {
            median := shr(240, calldataload(add(medians.offset, mul(2, k))))
        }
        unchecked {
            uint256 slot = page.first + k;
            if ((page.active >> slot) & 1 == 1) return (median, SCORE);
            // INVARIANT I-21: the median of an inactive miner, whose scores are read as 0, is 0.
            if (median != 0) revert Errors.ScoresMedianWrong(slot, uint16(median));
        }
    }

    /// @param shift To the miner's lane.
    function _rank(
        Page memory page,
        uint256 k,
        uint256 total,
        Pair memory pair,
        uint256 shift
    ) private pure returns (uint256) {
        unchecked {
            // INVARIANT I-21: (1).
            if (2 * ((pair.upTo >> shift) & LANE) < total || 2 * ((pair.below >> shift) & LANE) >= total) {
                revert Errors.ScoresMedianWrong(page.first + k, uint16(pair.medians >> shift));
            }
            return (RANK_SCALE * ((pair.mass >> shift) & LANE) * page.activeRounds[k]) / (total * page.rounds);
        }
    }

    function _rows(
        bytes[] calldata vectors,
        uint256[] memory weights
    ) private pure returns (uint256[] memory rows, uint256 total) {
        rows = new uint256[](ROW * weights.length);
        for (uint256 i = 0; i < weights.length; i++) {
            bytes calldata vector = vectors[i];
            uint256 start;
            assembly ("memory-safe") {
                start := vector.offset
            }
            (rows[ROW * i], rows[ROW * i + 1]) = (start, weights[i]);
            total += weights[i];
        }
    }

    /// @notice Adds the sums of the page to the validators'.
    function _add(uint256[] memory rows, uint256[] memory sums) private pure {
        for (uint256 i = 0; i < sums.length; i++) {
            uint256 tally = rows[ROW * i + 2];
            // Of both lanes together.
            tally = (tally >> 128) + uint128(tally);
            sums[i] += ((tally & TALLY) << OWN_SHIFT) | (tally >> 32);
        }
    }

    /// @notice Counts the weights of a pair of miners, and adds their scores to the rows.
    /// @param offset Of the high lane's score in a vector, in bytes. The low lane's is 16 bytes on.
    /// @dev The same in plain Solidity is PayoutReference in the tests.
    function _clip(uint256[] memory rows, uint256 offset, uint256 mask, Pair memory pair) private pure {
        (uint256 medians, uint256 upTo, uint256 below, uint256 mass) = (pair.medians, 0, 0, 0);
        assembly ("memory-safe") {
            let row := add(rows, 32)
            let end := add(row, mul(32, mload(rows)))
            for {} lt(row, end) {
                row := add(row, 32)
            } {
                // The first two bytes of the word, and those that are 16 on.
                let scores := and(shr(112, calldataload(add(mload(row), offset))), mask)
                let weight := mload(add(row, 32))
                let gap := sub(or(medians, TOPS), scores)
                below := add(below, mul(weight, and(shr(16, sub(gap, LANES)), LANES)))
                gap := and(shr(16, gap), LANES)
                upTo := add(upTo, mul(weight, gap))
                // The score where it is no higher than the median, else the median.
                gap := xor(medians, and(xor(scores, medians), mul(gap, 0xffff)))
                mass := add(mass, mul(weight, gap))
                row := add(row, 64)
                mstore(row, add(mload(row), add(scores, shl(32, gap))))
            }
        }
        (pair.upTo, pair.below, pair.mass) = (upTo, below, mass);
    }
}

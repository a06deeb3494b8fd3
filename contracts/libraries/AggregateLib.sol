// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Arrays} from "@openzeppelin/contracts/utils/Arrays.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {RecordLib} from "./RecordLib.sol";

/// @title The update rule for one chunk: contracts/README.md section 5. The unit that a dispute over a state root checks.
/// @dev Bounds: at most 64 records, magnitudes < 2^31, clip < 2^16, rate <= 2^17. So a sum of signed magnitudes is below 2^37 in
/// size, a mean (not above the largest magnitude) times the rate below 2^48, and nothing here overflows.
///
/// Sums stand in lanes of 8 bytes, lane i for place i, each count 2^40 + sum: an entry adds 2^40 and its signed magnitude. With
/// |sum| < 2^37 and count <= 64 a lane is positive and below 2^47, so it never touches its neighbour; its low 5 bytes are the
/// sum in two's complement, and the lane without them is the count. A lane of zero says that nobody sent the place.
/// A word is loaded so that the lane is its low end: the first 24 (in the state 28) bytes belong to what stands before, at
/// worst to the array's length, and are written back as they were.
library AggregateLib {
    error AggregateBadParams(uint256 clipQ8, uint256 rateQ16);
    error AggregateMismatch(uint256 actual, uint256 wanted);

    uint256 internal constant MAX_RECORDS = 64;
    uint256 internal constant MAX_CLIP_Q8 = 65_535;
    uint256 internal constant MAX_RATE_Q16 = 131_072; // 2.0

    // Written out, since assembly takes nothing else.
    uint256 private constant ONE = 0x10000000000; // of a count
    uint256 private constant LANE = 0xffffffffffffffff;
    uint256 private constant ENTRY = 0xffffffff;
    uint256 private constant MOST = 2_147_483_647;

    /// @notice Applies the records to the chunk, in place.
    /// @param state The chunk's valid entries: int32, big-endian, as they are hashed into its leaf.
    /// @param records As RecordLib reads them; one for each included contribution, in any order.
    /// @param clipQ8 Each magnitude is bounded by this times the median over the records.
    /// @param rateQ16 Outer rate.
    function chunk(
        bytes memory state,
        RecordLib.Record[] memory records,
        uint256 clipQ8,
        uint256 rateQ16
    ) internal pure {
        if (clipQ8 == 0 || clipQ8 > MAX_CLIP_Q8 || rateQ16 > MAX_RATE_Q16) revert AggregateBadParams(clipQ8, rateQ16);
        if (records.length > MAX_RECORDS) revert AggregateMismatch(records.length, MAX_RECORDS);
        for (uint256 i = 0; i < records.length; i++) {
            // INVARIANT: what is written lies in the arrays, since the places of a record are below its `valid`.
            if (4 * records[i].valid != state.length) revert AggregateMismatch(4 * records[i].valid, state.length);
        }
        if (records.length == 0) return;
        (uint256 loBound, uint256 hiBound) = bounds(records, clipQ8);
        records = agreeing(records, state.length);
        bytes memory sums = new bytes(2 * state.length);
        for (uint256 i = 0; i < records.length; i++) {
            RecordLib.Record memory record = records[i];
            uint256 n = record.entries.length;
            _add(sums, record.entries, 0, record.highs, Math.min(record.hi, hiBound));
            _add(sums, record.entries, record.highs, n, Math.min(record.lo, loBound));
        }
        uint256[] memory roots = _roots(records.length);
        for (uint256 i = 0; i < records.length; i++) _apply(state, sums, records[i].entries, roots, rateQ16);
    }

    /// @notice The records that do not contradict the others: at no fewer of its entries the others are, in balance, to the
    /// same side than to the other one.
    /// @param size Of the chunk's state, in bytes.
    function agreeing(
        RecordLib.Record[] memory records,
        uint256 size
    ) internal pure returns (RecordLib.Record[] memory kept) {
        // Sums of signs, in the lanes that sums of magnitudes have later.
        bytes memory votes = new bytes(2 * size);
        for (uint256 i = 0; i < records.length; i++) {
            _add(votes, records[i].entries, 0, records[i].entries.length, 1);
        }
        kept = new RecordLib.Record[](records.length);
        uint256 n;
        for (uint256 i = 0; i < records.length; i++) {
            if (_agreement(votes, records[i].entries) >= 0) kept[n++] = records[i];
        }
        // SAFETY: shortens an array.
        assembly ("memory-safe") {
            mstore(kept, n)
        }
    }

    /// @notice Clip times the lower median, of the lower and of the higher magnitudes. At least one record.
    function bounds(
        RecordLib.Record[] memory records,
        uint256 clipQ8
    ) internal pure returns (uint256 loBound, uint256 hiBound) {
        uint256[] memory lows = new uint256[](records.length);
        uint256[] memory highs = new uint256[](records.length);
        for (uint256 i = 0; i < records.length; i++) (lows[i], highs[i]) = (records[i].lo, records[i].hi);
        uint256 middle = (records.length - 1) / 2;
        loBound = (Arrays.sort(lows)[middle] * clipQ8) / 256;
        hiBound = (Arrays.sort(highs)[middle] * clipQ8) / 256;
    }

    /// @dev Adds the entries `from` to `to` of a record, which have this magnitude, to the lanes.
    function _add(bytes memory sums, uint256[] memory entries, uint256 from, uint256 to, uint256 size) private pure {
        // SAFETY: writes within `sums`, by the invariant of `chunk`, and the two scratch words.
        assembly ("memory-safe") {
            // What an entry adds, by its sign.
            mstore(0, add(ONE, size))
            mstore(0x20, sub(ONE, size))
            let lanes := add(sums, 8)
            let at := add(add(entries, 0x20), shl(5, from))
            let end := add(add(entries, 0x20), shl(5, to))
            for {} lt(at, end) {
                at := add(at, 0x20)
            } {
                let entry := mload(at)
                let lane := add(lanes, shl(2, and(entry, not(1))))
                mstore(lane, add(mload(lane), mload(shl(5, and(entry, 1)))))
            }
        }
    }

    /// @return sum Entries to whose side the others' votes are, minus those against which they are.
    function _agreement(bytes memory votes, uint256[] memory entries) private pure returns (int256 sum) {
        // SAFETY: reads within `votes`, by the invariant of `chunk`.
        assembly ("memory-safe") {
            let lanes := add(votes, 8)
            let at := add(entries, 0x20)
            let end := add(at, shl(5, mload(entries)))
            for {} lt(at, end) {
                at := add(at, 0x20)
            } {
                let entry := mload(at)
                let own := sub(1, shl(1, and(entry, 1)))
                let all := signextend(4, mload(add(lanes, shl(2, and(entry, not(1))))))
                let sided := sub(mul(own, all), 1)
                sum := add(sum, sub(sgt(sided, 0), slt(sided, 0)))
            }
        }
    }

    /// @dev roots[n] = floor(256 sqrt(n count)), for n up to count.
    function _roots(uint256 count) private pure returns (uint256[] memory roots) {
        roots = new uint256[](count + 1);
        for (uint256 n = 1; n <= count; n++) roots[n] = Math.sqrt(65_536 * n * count);
    }

    /// @dev Takes the step at each place of the entries whose lane is not zero yet, and makes it zero: a place that several
    /// records have is met several times and changes once.
    function _apply(
        bytes memory state,
        bytes memory sums,
        uint256[] memory entries,
        uint256[] memory roots,
        uint256 rateQ16
    ) private pure {
        // SAFETY: writes within `sums` and `state`, by the invariant of `chunk`; a count is at most the number of records, and
        // not zero where the lane is not. sdiv truncates toward zero, as the rule does.
        assembly ("memory-safe") {
            let at := add(entries, 0x20)
            let end := add(at, shl(5, mload(entries)))
            for {} lt(at, end) {
                at := add(at, 0x20)
            } {
                let place := and(mload(at), not(1))
                let slot := add(add(sums, 8), shl(2, place))
                let word := mload(slot)
                let lane := and(word, LANE)
                if iszero(lane) {
                    continue
                }
                mstore(slot, xor(word, lane))
                let sum := signextend(4, lane)
                // The count is above the sum; roots[count] lies one word further for the length.
                let root := mload(add(add(roots, 0x20), shl(5, shr(40, sub(lane, sum)))))
                let mean := sdiv(shl(8, sum), root)
                slot := add(add(state, 4), shl(1, place))
                word := mload(slot)
                let next := sub(signextend(3, word), sdiv(mul(mean, rateQ16), 65536))
                if xor(next, signextend(3, next)) {
                    // Beyond int32: the greatest value, or minus it less one.
                    next := xor(MOST, sar(255, next))
                }
                mstore(slot, or(and(word, not(ENTRY)), and(next, ENTRY)))
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {MagnitudeLib} from "./MagnitudeLib.sol";

/// @title One chunk of a contribution as bits: contracts/README.md section 4. Decodes; nothing on chain encodes.
/// @dev Canonical: a record has one meaning and a meaning one record, and whatever else is refused. The checks and their order are
/// those of client/protocol/record.ts, so that both name the same fault.
library RecordLib {
    /// @dev What is wrong with a record. TypeScript's codes are contribution/record-length and so on.
    enum Fault {
        None,
        Length, // it does not fill its bytes exactly
        Magnitude, // its magnitude code is none
        Index, // a place lies outside of the chunk
        Canonical // it says what another record says
    }

    struct Record {
        uint256 valid; // entries of the chunk
        uint256 lo; // magnitudes in units of 2^-24, 1 <= lo <= hi < 2^31
        uint256 hi;
        uint256 highs; // the first this many entries have the magnitude hi, the rest lo
        uint256[] entries; // place << 1 | sign (1: negative); places below `valid`, ascending among the highs and among the rest
    }

    /// @dev Where the reader stands, in bits from the start of memory. Yul reads it by position.
    struct Cursor {
        uint256 bit;
        uint256 end;
        Fault fault;
    }

    error RecordShape(uint256 valid, uint256 k);
    error RecordMagnitude(uint256 code);
    /// @param bit How far the record had been read; the same below.
    error RecordLength(uint256 bit);
    error RecordIndex(uint256 bit);
    error RecordCanonical(uint256 bit);

    uint256 internal constant MAX_VALID = 4096;
    uint256 internal constant MAX_K = 512;

    uint256 private constant HEAD_BITS = 16;

    /// @notice Reads the record of a chunk. Refuses it with the error that says what is wrong with it.
    /// @param valid Entries of the chunk.
    /// @param k Entries sent of a full chunk.
    function decode(bytes calldata data, uint256 valid, uint256 k) internal pure returns (Record memory record) {
        Fault fault;
        uint256 bit;
        (record, fault, bit) = read(data, valid, k);
        if (fault == Fault.Length) revert RecordLength(bit);
        if (fault == Fault.Magnitude) revert RecordMagnitude(uint16(bytes2(data)) >> 6);
        if (fault == Fault.Index) revert RecordIndex(bit);
        if (fault == Fault.Canonical) revert RecordCanonical(bit);
    }

    /// @notice As `decode`, but a malformed record is an answer, so that a judge need not tell refusal from want of gas.
    /// @return record Not to be used with a fault.
    /// @return fault The first that was met.
    /// @return bit How far the record had been read then.
    function read(
        bytes calldata data,
        uint256 valid,
        uint256 k
    ) internal pure returns (Record memory record, Fault fault, uint256 bit) {
        if (valid == 0 || valid > MAX_VALID || k == 0 || k > MAX_K) revert RecordShape(valid, k);
        if (data.length * 8 < HEAD_BITS) return (record, Fault.Length, 0);
        uint256 n = Math.min(k, valid);
        record.valid = valid;
        record.highs = highsOf(n);
        fault = _readMagnitudes(record, uint16(bytes2(data)));
        if (fault != Fault.None) return (record, fault, HEAD_BITS);
        record.entries = new uint256[](n);

        // INVARIANT: bits beyond the record read as zeros, whatever else the calldata holds.
        bytes memory padded = bytes.concat(data, bytes32(0));
        uint256 start;
        assembly ("memory-safe") {
            start := shl(3, add(padded, 0x20))
        }
        Cursor memory cursor = Cursor(start + HEAD_BITS, start + 8 * data.length, Fault.None);
        _readEntries(cursor, record, 0, record.highs);
        _readEntries(cursor, record, record.highs, n);
        bit = cursor.bit - start;
        fault = cursor.fault == Fault.None ? _checkEnd(data, bit) : cursor.fault;
    }

    /// @notice Of n entries, how many are high.
    function highsOf(uint256 n) internal pure returns (uint256) {
        return n / 5;
    }

    /// @notice Low bits of a gap that are written plainly, when `count` of `valid` places are listed: the logarithm to base 2,
    /// rounded down, of 31/32 of (valid - count / 2) / (count + 1), which is about the mean gap. Needs 1 <= count <= valid.
    function riceParameter(uint256 valid, uint256 count) internal pure returns (uint256 b) {
        uint256 x;
        // SAFETY: both are at most MAX_VALID.
        unchecked {
            x = ((2 * valid - count) * 31) / (64 * (count + 1));
        }
        assembly ("memory-safe") {
            b := sub(255, clz(or(x, 1)))
        }
    }

    /// @param head u10 magnitude code, u6 ratio.
    function _readMagnitudes(Record memory record, uint256 head) private pure returns (Fault) {
        uint256 code = head >> 6;
        uint256 ratio = head & MagnitudeLib.MAX_RATIO;
        if (code == 0 || code > MagnitudeLib.MAX_CODE) return Fault.Magnitude;
        record.hi = MagnitudeLib.value(code);
        record.lo = MagnitudeLib.lower(record.hi, ratio);
        if (!MagnitudeLib.isLeast(record.hi, ratio)) return Fault.Canonical;
        // Where nothing is high there is one magnitude.
        return record.highs == 0 && record.lo != record.hi ? Fault.Canonical : Fault.None;
    }

    /// @notice Reads the entries `from` to `to` of the record, a group with a Rice parameter of its own, and moves the cursor.
    /// @dev Each: gap >> b ones, a zero, the low b bits of the gap, the sign. What follows the zero is one piece, so that
    /// entry = 2 * (previous place + 1) + (ones << (b + 1)) + piece. Does nothing after a fault.
    function _readEntries(Cursor memory cursor, Record memory record, uint256 from, uint256 to) private pure {
        if (from == to || cursor.fault != Fault.None) return;
        uint256 piece = riceParameter(record.valid, to - from) + 1;
        uint256 limit = 2 * record.valid;
        uint256 out;
        uint256 high;
        {
            uint256[] memory entries = record.entries;
            assembly ("memory-safe") {
                high := add(entries, 0x20)
                out := add(high, shl(5, from))
                to := add(high, shl(5, to))
            }
        }
        _readRice(cursor, out, to, high, piece, limit);
    }

    /// @param out, to Where entries go.
    /// @param high First of the entries before `out`, whose places are taken: the highs, ascending.
    /// @param piece Bits after the zero: b + 1.
    /// @param limit Twice `valid`.
    /// @dev A window is a word from the present byte on: at least 249 bits, and b <= 11. A run of 232 ones or more (places at the end
    /// of a chunk with a small b) is read in several windows; after 231 ones the rest of the entry still lies in its window.
    /// SAFETY: writes the words from `out` to `to`, the cursor, and the first scratch word. Reads at most one word beyond the
    /// cursor's end, which is zero: an entry starts at the end or before it, and a window of ones lies before it.
    function _readRice(
        Cursor memory cursor,
        uint256 out,
        uint256 to,
        uint256 high,
        uint256 piece,
        uint256 limit
    ) private pure {
        assembly ("memory-safe") {
            // The place, doubled, of the high entry there; more than any other after the last of them.
            function taken(at) -> place {
                place := not(1)
                if lt(at, mload(0)) {
                    place := and(mload(at), place)
                }
            }
            let bit := mload(cursor)
            mstore(0, out)
            let nextHigh := taken(high)
            let next := 0
            for {} lt(out, to) {
                out := add(out, 0x20)
            } {
                let window := shl(and(bit, 7), mload(shr(3, bit)))
                let ones := clz(not(window))
                for {} gt(ones, 231) {} {
                    next := add(next, shl(piece, 232))
                    bit := add(bit, 232)
                    window := shl(and(bit, 7), mload(shr(3, bit)))
                    ones := clz(not(window))
                }
                bit := add(bit, add(add(ones, 1), piece))
                next := add(next, shl(piece, ones))
                let entry := add(next, shr(sub(256, piece), shl(add(ones, 1), window)))
                let past := gt(bit, mload(add(cursor, 0x20)))
                if or(past, iszero(lt(entry, limit))) {
                    // 1: Length, 3: Index. What the ones alone say is looked at before the end is.
                    mstore(add(cursor, 0x40), sub(3, shl(1, and(past, lt(next, limit)))))
                    break
                }
                if iszero(lt(entry, nextHigh)) {
                    let place := and(entry, not(1))
                    for {} lt(nextHigh, place) {} {
                        high := add(high, 0x20)
                        nextHigh := taken(high)
                    }
                    if eq(nextHigh, place) {
                        mstore(add(cursor, 0x40), 4) // Canonical
                        break
                    }
                }
                mstore(out, entry)
                next := add(or(entry, 1), 1)
            }
            mstore(cursor, bit)
        }
    }

    /// @dev The record ends with its last entry: zeros to the end of the byte, and no byte more.
    function _checkEnd(bytes calldata data, uint256 bit) private pure returns (Fault) {
        if ((bit + 7) / 8 != data.length) return Fault.Length;
        uint256 padding = uint8(data[data.length - 1]) & ((1 << (8 * data.length - bit)) - 1);
        return padding == 0 ? Fault.None : Fault.Canonical;
    }
}

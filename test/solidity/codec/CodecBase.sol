// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {AggregateLib} from "../../../contracts/libraries/AggregateLib.sol";
import {MerkleLib} from "../../../contracts/libraries/MerkleLib.sol";
import {RecordLib} from "../../../contracts/libraries/RecordLib.sol";

/// @notice Makes the libraries' calldata, and a call of its own of each use, so that it can revert.
contract CodecCaller {
    function decode(bytes calldata data, uint256 valid, uint256 k) external pure returns (RecordLib.Record memory) {
        return RecordLib.decode(data, valid, k);
    }

    function read(
        bytes calldata data,
        uint256 valid,
        uint256 k
    ) external pure returns (RecordLib.Record memory, RecordLib.Fault, uint256) {
        return RecordLib.read(data, valid, k);
    }

    /// @dev A record in the midst of other bytes.
    function readAt(
        bytes calldata data,
        uint256 from,
        uint256 to,
        uint256 valid,
        uint256 k
    ) external pure returns (RecordLib.Record memory, RecordLib.Fault, uint256) {
        return RecordLib.read(data[from:to], valid, k);
    }

    function aggregate(
        bytes memory state,
        RecordLib.Record[] memory records,
        uint256 clipQ8,
        uint256 rateQ16
    ) external pure returns (bytes memory) {
        AggregateLib.chunk(state, records, clipQ8, rateQ16);
        return state;
    }

    function aggregateBytes(
        bytes memory state,
        bytes[] calldata data,
        uint256 k,
        uint256 clipQ8,
        uint256 rateQ16
    ) external pure returns (bytes memory) {
        RecordLib.Record[] memory records = new RecordLib.Record[](data.length);
        for (uint256 i = 0; i < data.length; i++) records[i] = RecordLib.decode(data[i], state.length / 4, k);
        AggregateLib.chunk(state, records, clipQ8, rateQ16);
        return state;
    }

    function merkleRoot(
        bytes32 leaf,
        uint32 index,
        uint32 leafCount,
        bytes32[] calldata proof
    ) external view returns (bytes32) {
        return MerkleLib.root(leaf, index, leafCount, proof);
    }
}

/// @title The codec once more, as its specification reads (contracts/README.md section 4): bit by bit, and encoding only. A witness
/// for what RecordLib decodes, that shares nothing with it.
abstract contract CodecBase is Base {
    CodecCaller internal caller = new CodecCaller();

    uint256 private _entropy;

    function _seed(uint256 seed) internal {
        _entropy = seed;
    }

    function _next(uint256 limit) internal returns (uint256) {
        _entropy = uint256(keccak256(abi.encode(_entropy)));
        return _entropy % limit;
    }

    function _value(uint256 code) internal pure returns (uint256) {
        return code < 64 ? code : (32 + (code % 32)) * 2 ** (code / 32 - 1);
    }

    function _lower(uint256 hi, uint256 ratio) internal pure returns (uint256) {
        uint256 lo = (hi * (ratio + 1)) / 64;
        return lo == 0 ? 1 : lo;
    }

    function _rice(uint256 valid, uint256 count) internal pure returns (uint256 b) {
        uint256 x = ((2 * valid - count) * 31) / (64 * (count + 1));
        while (x > 1) (x, b) = (x / 2, b + 1);
    }

    /// @dev Codes of the two magnitudes, by trying all from the least.
    function _head(uint256 lo, uint256 hi) internal pure returns (uint256) {
        uint256 code = 1;
        while (code < 864 && _value(code) != hi) code++;
        uint256 ratio;
        while (ratio < 64 && _lower(hi, ratio) != lo) ratio++;
        assertTrue(code < 864 && ratio < 64, "magnitudes have codes");
        return code * 64 + ratio;
    }

    function _encode(RecordLib.Record memory record) internal pure returns (bytes memory) {
        return _encode(record, _head(record.lo, record.hi));
    }

    /// @dev With these 16 bits at the front, whatever the record's magnitudes are.
    function _encode(RecordLib.Record memory record, uint256 head) internal pure returns (bytes memory) {
        // One byte a bit; more than any record has: each entry at most 12 bits, and all gaps together 2 * 4096 ones.
        bytes memory bits = new bytes(16 + 14 * record.entries.length + 2 * record.valid + 8);
        uint256 at = _put(bits, 0, head, 16);
        at = _encodeGroup(record, 0, record.highs, bits, at);
        at = _encodeGroup(record, record.highs, record.entries.length, bits, at);
        bytes memory data = new bytes((at + 7) / 8);
        for (uint256 i = 0; i < at; i++) {
            if (bits[i] != 0) data[i / 8] = bytes1(uint8(data[i / 8]) | uint8(0x80 >> (i % 8)));
        }
        return data;
    }

    function _encodeGroup(
        RecordLib.Record memory record,
        uint256 from,
        uint256 to,
        bytes memory bits,
        uint256 at
    ) private pure returns (uint256) {
        if (from == to) return at;
        uint256 b = _rice(record.valid, to - from);
        uint256 next;
        for (uint256 i = from; i < to; i++) {
            uint256 place = record.entries[i] >> 1;
            uint256 gap = place - next;
            for (uint256 ones = gap >> b; ones > 0; ones--) bits[at++] = 0x01;
            at = _put(bits, at + 1, gap, b);
            at = _put(bits, at, record.entries[i], 1);
            next = place + 1;
        }
        return at;
    }

    /// @dev The low `count` bits of `value`, the highest first.
    function _put(bytes memory bits, uint256 at, uint256 value, uint256 count) private pure returns (uint256) {
        for (uint256 i = count; i > 0; i--) bits[at++] = bytes1(uint8((value >> (i - 1)) & 1));
        return at;
    }

    /// @dev A record of places drawn one by one.
    function _random(uint256 valid, uint256 k) internal returns (RecordLib.Record memory record) {
        uint256 n = k < valid ? k : valid;
        record.valid = valid;
        record.highs = n / 5;
        record.hi = _value(1 + _next(_next(2) == 0 ? 863 : 80));
        record.lo = record.highs == 0 ? record.hi : _lower(record.hi, _next(64));
        record.entries = new uint256[](n);
        bool[] memory used = new bool[](valid);
        _draw(record.entries, 0, record.highs, used);
        _draw(record.entries, record.highs, n, used);
    }

    function _draw(uint256[] memory entries, uint256 from, uint256 to, bool[] memory used) private {
        bool[] memory mine = new bool[](used.length);
        for (uint256 i = from; i < to; i++) {
            uint256 place = _next(used.length);
            while (used[place]) place = (place + 1) % used.length;
            used[place] = true;
            mine[place] = true;
        }
        for (uint256 place = 0; from < to; place++) if (mine[place]) entries[from++] = place * 2 + _next(2);
    }

    function _assertSame(RecordLib.Record memory a, RecordLib.Record memory b, string memory label) internal pure {
        assertEq(a.valid, b.valid, string.concat(label, ": valid"));
        assertEq(a.lo, b.lo, string.concat(label, ": lo"));
        assertEq(a.hi, b.hi, string.concat(label, ": hi"));
        assertEq(a.highs, b.highs, string.concat(label, ": highs"));
        assertEq(a.entries.length, b.entries.length, string.concat(label, ": entries"));
        for (uint256 i = 0; i < a.entries.length; i++) {
            // The label only where it is read: it is a call of a cheatcode.
            if (a.entries[i] == b.entries[i]) continue;
            assertEq(a.entries[i], b.entries[i], string.concat(label, ": entry ", vm.toString(i)));
        }
    }

    /// @dev The level above: neighbours hashed, an odd last one as it is.
    function _up(bytes32[] memory level) internal pure returns (bytes32[] memory above) {
        above = new bytes32[]((level.length + 1) / 2);
        for (uint256 i = 0; i < above.length; i++) {
            bool odd = 2 * i + 1 == level.length;
            above[i] = odd ? level[2 * i] : sha256(abi.encodePacked(uint8(2), level[2 * i], level[2 * i + 1]));
        }
    }

    function _treeRoot(bytes32[] memory leaves) internal pure returns (bytes32) {
        while (leaves.length > 1) leaves = _up(leaves);
        return leaves[0];
    }

    function _proof(bytes32[] memory leaves, uint256 index) internal pure returns (bytes32[] memory proof) {
        for (; leaves.length > 1; (leaves, index) = (_up(leaves), index / 2)) {
            if (index ^ 1 >= leaves.length) continue;
            bytes32[] memory longer = new bytes32[](proof.length + 1);
            for (uint256 i = 0; i < proof.length; i++) longer[i] = proof[i];
            longer[proof.length] = leaves[index ^ 1];
            proof = longer;
        }
    }
}

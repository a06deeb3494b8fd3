// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {CodecBase} from "./CodecBase.sol";
import {RecordLib} from "../../../contracts/libraries/RecordLib.sol";

/// RecordLib
/// ├── against the golden vectors
/// │   ├── each record decodes to its magnitudes and entries, and is what they encode to
/// │   └── each malformed one is refused by the error of TypeScript's code
/// ├── against the encoder of CodecBase
/// │   ├── every random record decodes to itself
/// │   ├── so do runs of ones of any length, to the longest
/// │   └── all magnitudes and ratios: the least ratio alone is taken
/// └── against anything
///     ├── any bytes decode to what encodes to them, or are refused by an error of ours
///     ├── bytes before and after the record change nothing
///     └── shapes beyond the limits are refused
contract RecordLibTest is CodecBase {
    function _key(uint256 i, string memory name) private pure returns (string memory) {
        return string.concat(".case", vm.toString(i), name);
    }

    function test_decode_vectors_equal() public view {
        string memory json = vm.readFile("test/vectors/record.json");
        uint256 count = vm.parseJsonUint(json, ".count");
        assertGt(count, 10, "cases");
        for (uint256 i = 0; i < count; i++) {
            RecordLib.Record memory wanted;
            wanted.valid = vm.parseJsonUint(json, _key(i, ".valid"));
            wanted.lo = vm.parseJsonUint(json, _key(i, ".lo"));
            wanted.hi = vm.parseJsonUint(json, _key(i, ".hi"));
            wanted.entries = vm.parseJsonUintArray(json, _key(i, ".indices"));
            wanted.highs = wanted.entries.length / 5;
            int256[] memory signs = vm.parseJsonIntArray(json, _key(i, ".signs"));
            for (uint256 j = 0; j < signs.length; j++) {
                wanted.entries[j] = 2 * wanted.entries[j] + (signs[j] < 0 ? 1 : 0);
            }
            bytes memory data = vm.parseJsonBytes(json, _key(i, ".record"));
            uint256 k = vm.parseJsonUint(json, _key(i, ".k"));
            _assertSame(caller.decode(data, wanted.valid, k), wanted, vm.toString(i));
            assertEq(_encode(wanted), data, "the one encoding");
        }
    }

    function test_decode_malformedVectors_refusedAlike() public {
        string memory json = vm.readFile("test/vectors/record.json");
        uint256 count = vm.parseJsonUint(json, ".invalidCount");
        assertGt(count, 10, "cases");
        uint256[] memory valid = vm.parseJsonUintArray(json, ".invalidValid");
        uint256[] memory k = vm.parseJsonUintArray(json, ".invalidK");
        bytes[] memory data = vm.parseJsonBytesArray(json, ".invalidRecord");
        string[] memory codes = vm.parseJsonStringArray(json, ".invalidCode");
        for (uint256 i = 0; i < count; i++) {
            vm.expectPartialRevert(_errorOf(codes[i]));
            caller.decode(data[i], valid[i], k[i]);
        }
    }

    function _errorOf(string memory code) private pure returns (bytes4) {
        bytes32 digest = keccak256(bytes(code));
        if (digest == keccak256("contribution/record-length")) return RecordLib.RecordLength.selector;
        if (digest == keccak256("contribution/record-magnitude")) return RecordLib.RecordMagnitude.selector;
        if (digest == keccak256("contribution/record-index")) return RecordLib.RecordIndex.selector;
        if (digest == keccak256("contribution/record-canonical")) return RecordLib.RecordCanonical.selector;
        revert(code);
    }

    function test_decode_anyRecord_isItself(uint256 seed, uint256 valid, uint256 k) public {
        _seed(seed);
        valid = bound(valid, 1, _next(2) == 0 ? 40 : 700);
        k = bound(k, 1, _next(2) == 0 ? 9 : 130);
        RecordLib.Record memory record = _random(valid, k);
        _assertSame(caller.decode(_encode(record), valid, k), record, "record");
    }

    /// @dev Places from 0 on, and the last of the lows at a place of its own: a run of ones before it.
    function _runUpTo(uint256 place, uint256 valid, uint256 n) private pure returns (RecordLib.Record memory record) {
        record = RecordLib.Record(valid, 7, 7, n / 5, new uint256[](n));
        for (uint256 i = 0; i < n; i++) record.entries[i] = 2 * (i < n - 1 ? i : place) + (i % 3) / 2;
    }

    /// @dev Up to 287 ones, so over the seam of two windows, which is at 232.
    function test_decode_anyRun_isItself(uint256 place) public view {
        RecordLib.Record memory record = _runUpTo(bound(place, 199, 1349), 1350, 200);
        _assertSame(caller.decode(_encode(record), 1350, 200), record, "record");
    }

    function test_decode_longestRun_isItself() public view {
        RecordLib.Record memory record = _runUpTo(4095, 4096, 512);
        bytes memory data = _encode(record);
        _assertSame(caller.decode(data, 4096, 512), record, "record");
        // Ones alone from the middle of the run on: a place beyond the chunk. The run cut short: no end of an entry.
        bytes memory ones = bytes.concat(data, new bytes(40));
        for (uint256 i = data.length - 20; i < ones.length; i++) ones[i] = 0xff;
        _assertFault(ones, 4096, 512, RecordLib.Fault.Index);
        assembly ("memory-safe") {
            mstore(data, sub(mload(data), 20))
        }
        _assertFault(data, 4096, 512, RecordLib.Fault.Length);
    }

    function _assertFault(bytes memory data, uint256 valid, uint256 k, RecordLib.Fault wanted) private view {
        (, RecordLib.Fault fault, ) = caller.read(data, valid, k);
        assertEq(uint256(fault), uint256(wanted), "fault");
    }

    /// @dev A chunk of five entries, all sent: one high, four low. The rest of the record is the same for all.
    function test_decode_anyHead_leastRatioOnly(uint256 code) public view {
        code = bound(code, 0, 1023);
        RecordLib.Record memory record = RecordLib.Record(5, 0, 0, 1, new uint256[](5));
        for (uint256 i = 1; i < 5; i++) record.entries[i] = 2 * i;
        uint256 before = 0;
        bytes memory data = _encode(record, code * 64);
        for (uint256 ratio = 0; ratio < 64; ratio++) {
            data[1] = bytes1(uint8(code * 64 + ratio)); // the six bits of the ratio are its last ones
            if (code == 0 || code > 863) {
                _assertFault(data, 5, 5, RecordLib.Fault.Magnitude);
                continue;
            }
            uint256 lo = _lower(_value(code), ratio);
            if (lo == before) {
                _assertFault(data, 5, 5, RecordLib.Fault.Canonical);
                continue;
            }
            RecordLib.Record memory given = caller.decode(data, 5, 5);
            assertEq(given.hi, _value(code), "hi");
            assertEq(given.lo, lo, "lo");
            before = lo;
        }
    }

    function test_decode_noHighs_oneMagnitude() public view {
        RecordLib.Record memory record = RecordLib.Record(9, 100, 100, 0, new uint256[](1));
        _assertFault(_encode(record, _head(98, 100)), 9, 1, RecordLib.Fault.Canonical);
        _assertFault(_encode(record, _head(100, 100)), 9, 1, RecordLib.Fault.None);
        _assertFault(_encode(record, 1 << 6), 9, 1, RecordLib.Fault.None);
        _assertFault(_encode(record, (1 << 6) + 63), 9, 1, RecordLib.Fault.Canonical);
    }

    function test_decode_eachFault_names() public {
        RecordLib.Record memory record = RecordLib.Record(5, 1, 1, 1, new uint256[](5));
        for (uint256 i = 1; i < 5; i++) record.entries[i] = 2 * i;
        vm.expectRevert(abi.encodeWithSelector(RecordLib.RecordLength.selector, 0));
        caller.decode(hex"01", 5, 5);
        vm.expectRevert(abi.encodeWithSelector(RecordLib.RecordMagnitude.selector, 864));
        caller.decode(_encode(record, 864 << 6), 5, 5);
        vm.expectRevert(abi.encodeWithSelector(RecordLib.RecordCanonical.selector, 16));
        caller.decode(_encode(record, (2 << 6) + 1), 5, 5);
        record.entries[1] = 0;
        vm.expectPartialRevert(RecordLib.RecordCanonical.selector);
        caller.decode(_encode(record), 5, 5);
        record.entries[1] = 2;
        record.entries[4] = 10;
        vm.expectPartialRevert(RecordLib.RecordIndex.selector);
        caller.decode(_encode(record), 5, 5);
    }

    /// @dev A record, up to three of whose bits are turned, which may be cut or lengthened; or bytes without sense.
    function _hostile(uint256 seed) private returns (bytes memory data, uint256 valid, uint256 k) {
        _seed(seed);
        valid = 1 + _next(_next(2) == 0 ? 12 : 300);
        k = 1 + _next(_next(2) == 0 ? 9 : 70);
        data = _encode(_random(valid, k));
        if (_next(4) == 0) for (uint256 i = 0; i < data.length; i++) data[i] = bytes1(uint8(_next(256)));
        for (uint256 turns = _next(4); turns > 0; turns--) {
            uint256 bit = _next(8 * data.length);
            data[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        }
        if (_next(8) == 0) data = bytes.concat(data, bytes1(uint8(_next(2) * _next(256))));
        uint256 kept = _next(8) == 0 ? _next(data.length) : data.length;
        assembly ("memory-safe") {
            mstore(data, kept)
        }
    }

    /// @dev Returns what came of it.
    function _checkAny(bytes memory data, uint256 valid, uint256 k) private view returns (RecordLib.Fault) {
        (bool ok, bytes memory answer) = address(caller).staticcall(abi.encodeCall(caller.decode, (data, valid, k)));
        if (ok) {
            RecordLib.Record memory record = abi.decode(answer, (RecordLib.Record));
            bool[] memory taken = new bool[](valid);
            for (uint256 i = 0; i < record.entries.length; i++) {
                uint256 place = record.entries[i] >> 1;
                assertFalse(taken[place], "each place once");
                taken[place] = true;
            }
            assertEq(_encode(record), data, "canonical");
            return RecordLib.Fault.None;
        }
        assertEq(answer.length, 36, "an error with one value");
        bytes4 selector = bytes4(answer);
        if (selector == RecordLib.RecordLength.selector) return RecordLib.Fault.Length;
        if (selector == RecordLib.RecordMagnitude.selector) return RecordLib.Fault.Magnitude;
        if (selector == RecordLib.RecordIndex.selector) return RecordLib.Fault.Index;
        assertEq(selector, RecordLib.RecordCanonical.selector, "an error of ours");
        return RecordLib.Fault.Canonical;
    }

    function test_decode_anyBytes_canonicalOrRefused(bytes calldata data, uint256 valid, uint256 k) public view {
        _checkAny(data, bound(valid, 1, 4096), bound(k, 1, 512));
    }

    function test_decode_turnedBits_canonicalOrRefused(uint256 seed) public {
        (bytes memory data, uint256 valid, uint256 k) = _hostile(seed);
        _checkAny(data, valid, k);
    }

    /// @dev That the test above is no empty one: its input meets every fault, and none.
    function test_decode_turnedBits_meetEveryFault() public {
        uint256[5] memory met;
        for (uint256 seed = 0; seed < 150; seed++) {
            (bytes memory data, uint256 valid, uint256 k) = _hostile(seed);
            met[uint256(_checkAny(data, valid, k))]++;
        }
        for (uint256 fault = 0; fault < 5; fault++) assertGt(met[fault], 2, vm.toString(fault));
    }

    function test_read_amidOtherBytes_theSame(uint256 seed, bytes calldata before, bytes calldata behind) public {
        (bytes memory data, uint256 valid, uint256 k) = _hostile(seed);
        bytes memory all = bytes.concat(before, data, behind, bytes32(type(uint256).max));
        bytes memory alone = abi.encodeCall(caller.read, (data, valid, k));
        bytes memory amid = abi.encodeCall(caller.readAt, (all, before.length, before.length + data.length, valid, k));
        (, bytes memory wanted) = address(caller).staticcall(alone);
        (, bytes memory given) = address(caller).staticcall(amid);
        assertEq(given, wanted, "the same answer");
    }

    function test_read_shapeBeyondLimits_reverts() public {
        uint256[2][4] memory shapes = [[uint256(0), 1], [uint256(4097), 64], [uint256(1), 0], [uint256(4096), 513]];
        for (uint256 i = 0; i < 4; i++) {
            vm.expectRevert(abi.encodeWithSelector(RecordLib.RecordShape.selector, shapes[i][0], shapes[i][1]));
            caller.read(hex"0000", shapes[i][0], shapes[i][1]);
        }
    }
}

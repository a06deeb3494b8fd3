// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {CodecBase} from "./CodecBase.sol";
import {AggregateLib} from "../../../contracts/libraries/AggregateLib.sol";
import {RecordLib} from "../../../contracts/libraries/RecordLib.sol";

/// AggregateLib
/// ├── against the golden vectors: the next state of each chunk, to the bit
/// ├── against the rule written out place by place
/// │   ├── any records, clip and rate
/// │   └── 64 records of the greatest magnitude on one place, at the ends of int32
/// ├── a record that contradicts the others is left out
/// ├── the order of records does not matter; without a record nothing changes
/// └── parameters or records that do not belong here are refused
contract AggregateLibTest is CodecBase {
    function _pack(int256[] memory values) private pure returns (bytes memory packed) {
        packed = new bytes(4 * values.length);
        for (uint256 i = 0; i < values.length; i++) {
            bytes4 value = bytes4(uint32(int32(values[i])));
            for (uint256 j = 0; j < 4; j++) packed[4 * i + j] = value[j];
        }
    }

    function test_chunk_vectors_equal() public view {
        string memory json = vm.readFile("test/vectors/aggregate.json");
        uint256 count = vm.parseJsonUint(json, ".count");
        assertGt(count, 5, "cases");
        for (uint256 i = 0; i < count; i++) {
            string memory at = string.concat(".case", vm.toString(i));
            bytes memory next = caller.aggregateBytes(
                _pack(vm.parseJsonIntArray(json, string.concat(at, ".entries"))),
                vm.parseJsonBytesArray(json, string.concat(at, ".records")),
                vm.parseJsonUint(json, string.concat(at, ".k")),
                vm.parseJsonUint(json, string.concat(at, ".clipQ8")),
                vm.parseJsonUint(json, string.concat(at, ".rateQ16"))
            );
            assertEq(next, _pack(vm.parseJsonIntArray(json, string.concat(at, ".next"))), at);
        }
    }

    /// @dev The value at floor((R - 1) / 2) in ascending order, by counting; times clip.
    function _bound(uint256[] memory values, uint256 clipQ8) private pure returns (uint256) {
        for (uint256 i = 0; i < values.length; i++) {
            uint256 below;
            uint256 upTo;
            for (uint256 j = 0; j < values.length; j++) {
                if (values[j] < values[i]) below++;
                if (values[j] <= values[i]) upTo++;
            }
            uint256 middle = (values.length - 1) / 2;
            if (below <= middle && middle < upTo) return (values[i] * clipQ8) / 256;
        }
        revert("a median exists");
    }

    function _signAt(RecordLib.Record memory record, uint256 place) private pure returns (int256) {
        for (uint256 i = 0; i < record.entries.length; i++) {
            if (record.entries[i] / 2 == place) return record.entries[i] % 2 == 0 ? int256(1) : -1;
        }
        return 0;
    }

    /// @dev The largest integer whose square is no larger, bit by bit.
    function _root(int256 value) private pure returns (int256 root) {
        for (int256 bit_ = 1 << 20; bit_ > 0; bit_ /= 2) if ((root + bit_) * (root + bit_) <= value) root += bit_;
    }

    /// @dev Step 2 of section 5.
    function _agreeing(
        uint256 places,
        RecordLib.Record[] memory all
    ) private pure returns (RecordLib.Record[] memory kept) {
        int256[] memory agreement = new int256[](all.length);
        uint256 n;
        for (uint256 r = 0; r < all.length; r++) {
            for (uint256 place = 0; place < places; place++) {
                int256 votes;
                for (uint256 o = 0; o < all.length; o++) if (o != r) votes += _signAt(all[o], place);
                int256 sided = votes * _signAt(all[r], place);
                if (sided != 0) agreement[r] += sided > 0 ? int256(1) : -1;
            }
            if (agreement[r] >= 0) n++;
        }
        kept = new RecordLib.Record[](n);
        n = 0;
        for (uint256 r = 0; r < all.length; r++) if (agreement[r] >= 0) kept[n++] = all[r];
    }

    /// @dev Section 5 of contracts/README.md, word by word.
    function _rule(
        int256[] memory state,
        RecordLib.Record[] memory records,
        uint256 clipQ8,
        uint256 rateQ16
    ) private pure returns (int256[] memory next) {
        uint256[] memory lows = new uint256[](records.length);
        uint256[] memory highs = new uint256[](records.length);
        for (uint256 r = 0; r < records.length; r++) (lows[r], highs[r]) = (records[r].lo, records[r].hi);
        (uint256 loBound, uint256 hiBound) = (_bound(lows, clipQ8), _bound(highs, clipQ8));
        records = _agreeing(state.length, records);
        int256[] memory sums = new int256[](state.length);
        int256[] memory counts = new int256[](state.length);
        for (uint256 r = 0; r < records.length; r++) {
            for (uint256 i = 0; i < records[r].entries.length; i++) {
                uint256 entry = records[r].entries[i];
                uint256 bound_ = i < records[r].highs ? hiBound : loBound;
                uint256 size = i < records[r].highs ? records[r].hi : records[r].lo;
                if (size > bound_) size = bound_;
                sums[entry / 2] += entry % 2 == 0 ? int256(size) : -int256(size);
                counts[entry / 2]++;
            }
        }
        next = new int256[](state.length);
        for (uint256 i = 0; i < state.length; i++) {
            int256 root = _root(65_536 * counts[i] * int256(records.length));
            next[i] = root == 0 ? state[i] : state[i] - (((256 * sums[i]) / root) * int256(rateQ16)) / 65_536;
            if (next[i] > type(int32).max) next[i] = type(int32).max;
            if (next[i] < type(int32).min) next[i] = type(int32).min;
        }
    }

    function _randomState(uint256 valid) private returns (int256[] memory state) {
        state = new int256[](valid);
        for (uint256 i = 0; i < valid; i++) {
            uint256 kind = _next(8);
            state[i] = int32(uint32(_next(1 << 32)));
            if (kind == 0) state[i] = type(int32).max - int256(_next(2));
            if (kind == 1) state[i] = type(int32).min + int256(_next(2));
        }
    }

    function test_chunk_anyRecords_asTheRule(uint256 seed, uint256 clipQ8, uint256 rateQ16) public {
        _seed(seed);
        uint256 valid = 1 + _next(40);
        uint256 k = 1 + _next(12);
        clipQ8 = bound(clipQ8, 1, _next(2) == 0 ? 1024 : 65_535);
        rateQ16 = bound(rateQ16, 0, 131_072);
        RecordLib.Record[] memory records = new RecordLib.Record[](1 + _next(8));
        for (uint256 i = 0; i < records.length; i++) records[i] = _random(valid, k);
        int256[] memory state = _randomState(valid);
        bytes memory next = caller.aggregate(_pack(state), records, clipQ8, rateQ16);
        assertEq(next, _pack(_rule(state, records, clipQ8, rateQ16)), "next");
        (records[0], records[records.length - 1]) = (records[records.length - 1], records[0]);
        assertEq(caller.aggregate(_pack(state), records, clipQ8, rateQ16), next, "in another order");
    }

    function test_chunk_greatestMagnitudes_asTheRule() public view {
        for (uint256 sign = 0; sign < 2; sign++) {
            RecordLib.Record[] memory records = new RecordLib.Record[](64);
            for (uint256 i = 0; i < 64; i++) {
                records[i] = RecordLib.Record(5, 63 << 25, 63 << 25, 1, new uint256[](5));
                for (uint256 j = 0; j < 5; j++) records[i].entries[j] = 2 * j + sign;
            }
            int256[] memory state = new int256[](5);
            (state[0], state[1], state[2], state[3]) = (type(int32).max, type(int32).min, -1, 1);
            bytes memory next = caller.aggregate(_pack(state), records, 65_535, 131_072);
            assertEq(next, _pack(_rule(state, records, 65_535, 131_072)), "next");
        }
    }

    function test_agreeing_contradiction_leftOut() public pure {
        RecordLib.Record[] memory records = new RecordLib.Record[](3);
        for (uint256 i = 0; i < 3; i++) records[i] = RecordLib.Record(4, 8, 8, 0, new uint256[](3));
        for (uint256 i = 0; i < 3; i++) {
            for (uint256 j = 0; j < 3; j++) records[i].entries[j] = 2 * j + (i == 2 ? 1 : 0);
        }
        assertEq(AggregateLib.agreeing(records, 16).length, 2, "the third says the contrary at every place");
        records[2].entries[0] = 0;
        assertEq(AggregateLib.agreeing(records, 16).length, 2, "at two of three");
        (records[2].entries[1], records[2].entries[2]) = (3, 6);
        assertEq(AggregateLib.agreeing(records, 16).length, 3, "at one, and is with them at one");
    }

    function test_chunk_noRecords_nothingChanges() public view {
        RecordLib.Record[] memory none;
        assertEq(caller.aggregate(hex"0000000180000000", none, 256, 65_536), hex"0000000180000000", "as it was");
    }

    function test_chunk_badParams_reverts() public {
        RecordLib.Record[] memory none;
        uint256[2][3] memory params = [[uint256(0), 1], [uint256(65_536), 1], [uint256(256), 131_073]];
        for (uint256 i = 0; i < 3; i++) {
            bytes4 selector = AggregateLib.AggregateBadParams.selector;
            vm.expectRevert(abi.encodeWithSelector(selector, params[i][0], params[i][1]));
            caller.aggregate(hex"", none, params[i][0], params[i][1]);
        }
    }

    function test_chunk_recordsOfAnotherChunk_reverts() public {
        _seed(1);
        RecordLib.Record[] memory records = new RecordLib.Record[](2);
        (records[0], records[1]) = (_random(8, 2), _random(9, 2));
        vm.expectRevert(abi.encodeWithSelector(AggregateLib.AggregateMismatch.selector, 36, 32));
        caller.aggregate(new bytes(32), records, 256, 65_536);
        records[1] = records[0];
        vm.expectRevert(abi.encodeWithSelector(AggregateLib.AggregateMismatch.selector, 32, 33));
        caller.aggregate(new bytes(33), records, 256, 65_536);
        vm.expectRevert(abi.encodeWithSelector(AggregateLib.AggregateMismatch.selector, 65, 64));
        caller.aggregate(new bytes(32), new RecordLib.Record[](65), 256, 65_536);
    }
}

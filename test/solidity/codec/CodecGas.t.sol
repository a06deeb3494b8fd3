// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {CodecBase} from "./CodecBase.sol";
import {AggregateLib} from "../../../contracts/libraries/AggregateLib.sol";
import {ContributionLib} from "../../../contracts/libraries/ContributionLib.sol";
import {RecordLib} from "../../../contracts/libraries/RecordLib.sol";

/// @notice What a dispute over a state root has to do, in one call for each part.
contract DisputeParts {
    function nothing(bytes[] calldata, bytes calldata) external pure {}

    function decode(bytes[] calldata data, bytes calldata) external pure {
        _decode(data);
    }

    function chunk(bytes[] calldata data, bytes calldata state) external pure returns (bytes32 before, bytes32 behind) {
        bytes memory entries = state;
        before = sha256(entries);
        AggregateLib.chunk(entries, _decode(data), 256, 98_304);
        behind = sha256(entries);
    }

    function roots(
        bytes[] calldata headers,
        bytes[] calldata data,
        bytes32[][] calldata proofs
    ) external view returns (bytes32 last) {
        for (uint256 i = 0; i < data.length; i++) last = ContributionLib.rootOf(headers[i], 12_345, data[i], proofs[i]);
    }

    function _decode(bytes[] calldata data) private pure returns (RecordLib.Record[] memory records) {
        records = new RecordLib.Record[](data.length);
        for (uint256 i = 0; i < data.length; i++) records[i] = RecordLib.decode(data[i], 4096, 64);
    }
}

/// @notice Gas of judging one chunk of 4096 entries, recorded in snapshots/Codec.json: the calls alone, without the 21 000 and the
/// calldata of a transaction.
contract CodecGasTest is CodecBase {
    uint256 private constant G = 20;

    DisputeParts private parts = new DisputeParts();

    function _records(uint256 count) private returns (bytes[] memory data) {
        _seed(3);
        data = new bytes[](count);
        for (uint256 i = 0; i < count; i++) data[i] = _encode(_random(4096, 64));
    }

    function _record(string memory name) private returns (uint256) {
        return vm.snapshotGasLastCall("Codec", name);
    }

    function _intrinsic(bytes memory data) private pure returns (uint256 gas) {
        gas = 21_000;
        for (uint256 i = 0; i < data.length; i++) gas += data[i] == 0 ? 10 : 40;
    }

    function test_gas_decode() public {
        bytes[] memory one = _records(1);
        parts.decode(one, "");
        _record("decode, 1 record of 64");
        bytes[] memory all = _records(G);
        parts.decode(all, "");
        _record("decode, 20 records of 64");
    }

    /// @dev A wrong root at G = 20: every part together stays far below the 4 million that it may cost.
    function test_gas_wrongRoot() public {
        bytes[] memory data = _records(G);
        bytes memory state = new bytes(4 * 4096);
        for (uint256 i = 0; i < state.length; i++) state[i] = bytes1(uint8(1 + _next(255)));
        parts.nothing(data, state);
        uint256 base = _record("nothing, 20 records of 64 and their chunk");
        parts.chunk(data, state);
        uint256 total = _record("decode and aggregate, 20 records of 64") - base;
        // 400 million parameters.
        bytes[] memory headers = new bytes[](G);
        bytes32[][] memory proofs = new bytes32[][](G);
        for (uint256 i = 0; i < G; i++) {
            headers[i] = bytes.concat(hex"54535241", hex"0002", new bytes(42), hex"00018000", new bytes(40));
            for (uint256 j = 52; j < 92; j++) headers[i][j] = bytes1(uint8(_next(256)));
            proofs[i] = new bytes32[](17);
            for (uint256 j = 0; j < 17; j++) proofs[i][j] = bytes32(_next(type(uint256).max));
        }
        parts.roots(headers, data, proofs);
        total += _record("contribution roots, 20 of 98304 chunks");
        total += _intrinsic(abi.encodeCall(parts.roots, (headers, data, proofs)));
        total += _intrinsic(abi.encodeCall(parts.chunk, (new bytes[](0), state)));
        vm.snapshotValue("Codec", "wrong root, all parts and calldata", total);
        assertLt(total, 4_000_000, "the budget of a dispute");
    }
}

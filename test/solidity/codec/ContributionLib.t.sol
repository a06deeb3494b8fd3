// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {CodecBase} from "./CodecBase.sol";
import {ContributionLib} from "../../../contracts/libraries/ContributionLib.sol";

/// @notice Makes the library's calldata.
contract ContributionCaller {
    function decode(bytes calldata header) external pure returns (ContributionLib.Header memory) {
        return ContributionLib.decode(header);
    }

    function check(ContributionLib.Header calldata header, ContributionLib.Expected calldata expected) external pure {
        ContributionLib.check(header, expected);
    }

    function checkCodec(uint256 k, uint256 chunkSize) external pure {
        ContributionLib.checkCodec(k, chunkSize);
    }

    function recordLeaf(uint32 index, bytes calldata record) external pure returns (bytes32) {
        return ContributionLib.recordLeaf(index, record);
    }

    function root(bytes calldata header, bytes32 recordsRoot) external pure returns (bytes32) {
        return ContributionLib.root(header, recordsRoot);
    }

    function rootOf(
        bytes calldata header,
        uint32 index,
        bytes calldata record,
        bytes32[] calldata proof
    ) external view returns (bytes32) {
        return ContributionLib.rootOf(header, index, record, proof);
    }
}

/// ContributionLib
/// ├── against the golden vectors: each blob's header, records, leaves and roots
/// ├── a header is refused: not 92 bytes, another magic, another version
/// ├── a codec is refused beyond its limits
/// ├── a header made for something else is refused, by the error for it
/// └── rootOf: another header, index or record gives another root
contract ContributionLibTest is CodecBase {
    ContributionCaller private lib = new ContributionCaller();

    struct Blob {
        bytes data;
        bytes header;
        uint256[] offsets;
        uint256 k;
        uint256[] valid; // by record
        bytes32 recordsRoot;
        bytes32 root;
    }

    function _key(uint256 i, string memory name) private pure returns (string memory) {
        return string.concat(".case", vm.toString(i), name);
    }

    function _slice(bytes memory data, uint256 from, uint256 to) private pure returns (bytes memory piece) {
        piece = new bytes(to - from);
        for (uint256 i = 0; i < piece.length; i++) piece[i] = data[from + i];
    }

    function _read(string memory json, uint256 i) private pure returns (Blob memory blob) {
        blob.data = vm.parseJsonBytes(json, _key(i, ".blob"));
        blob.header = _slice(blob.data, 0, 92);
        blob.offsets = vm.parseJsonUintArray(json, _key(i, ".recordOffsets"));
        blob.k = vm.parseJsonUint(json, _key(i, ".k"));
        blob.recordsRoot = vm.parseJsonBytes32(json, _key(i, ".recordsRoot"));
        blob.root = vm.parseJsonBytes32(json, _key(i, ".contributionRoot"));
        uint256[] memory sizes = vm.parseJsonUintArray(json, _key(i, ".tensorSizes"));
        uint256 chunkSize = vm.parseJsonUint(json, _key(i, ".chunkSize"));
        blob.valid = new uint256[](blob.offsets.length - 1);
        uint256 chunk;
        for (uint256 t = 0; t < sizes.length; t++) {
            for (uint256 left = sizes[t]; left > 0; left -= blob.valid[chunk++]) {
                blob.valid[chunk] = left < chunkSize ? left : chunkSize;
            }
        }
        assertEq(chunk, blob.valid.length, "chunks");
    }

    function _record(Blob memory blob, uint256 i) private pure returns (bytes memory) {
        return _slice(blob.data, blob.offsets[i], blob.offsets[i + 1]);
    }

    function test_decode_vectors_equal() public view {
        string memory json = vm.readFile("test/vectors/contribution.json");
        uint256 count = vm.parseJsonUint(json, ".count");
        assertGt(count, 2, "cases");
        for (uint256 i = 0; i < count; i++) {
            Blob memory blob = _read(json, i);
            ContributionLib.Header memory h = lib.decode(blob.header);
            assertEq(h.k, blob.k, "k");
            assertEq(h.run, vm.parseJsonUint(json, _key(i, ".run")), "run");
            assertEq(h.round, vm.parseJsonUint(json, _key(i, ".round")), "round");
            assertEq(h.miner, vm.parseJsonAddress(json, _key(i, ".miner")), "miner");
            assertEq(h.chunkSize, vm.parseJsonUint(json, _key(i, ".chunkSize")), "chunk size");
            assertEq(h.chunkCount, vm.parseJsonUint(json, _key(i, ".chunkCount")), "chunk count");
            assertEq(h.innerSteps, vm.parseJsonUint(json, _key(i, ".innerSteps")), "inner steps");
            assertEq(h.samples, vm.parseJsonUint(json, _key(i, ".samples")), "samples");
            assertEq(h.baseRoot, vm.parseJsonBytes32(json, _key(i, ".baseRoot")), "base root");
            lib.checkCodec(h.k, h.chunkSize);
        }
    }

    function test_roots_vectors_equal() public view {
        string memory json = vm.readFile("test/vectors/contribution.json");
        uint256 count = vm.parseJsonUint(json, ".count");
        for (uint256 i = 0; i < count; i++) {
            Blob memory blob = _read(json, i);
            bytes32[] memory leaves = new bytes32[](blob.valid.length);
            for (uint32 j = 0; j < leaves.length; j++) leaves[j] = lib.recordLeaf(j, _record(blob, j));
            assertEq(_treeRoot(leaves), blob.recordsRoot, "records root");
            assertEq(lib.root(blob.header, blob.recordsRoot), blob.root, "contribution root");
            for (uint32 j = 0; j < leaves.length; j++) {
                bytes memory record = _record(blob, j);
                caller.decode(record, blob.valid[j], blob.k);
                assertEq(lib.rootOf(blob.header, j, record, _proof(leaves, j)), blob.root, "root of a record");
            }
        }
    }

    function test_rootOf_anythingElse_differs() public view {
        Blob memory blob = _read(vm.readFile("test/vectors/contribution.json"), 2);
        bytes32[] memory leaves = new bytes32[](blob.valid.length);
        for (uint32 j = 0; j < leaves.length; j++) leaves[j] = lib.recordLeaf(j, _record(blob, j));
        bytes memory record = _record(blob, 0);
        bytes32[] memory proof = _proof(leaves, 0);
        assertEq(lib.rootOf(blob.header, 0, record, proof), blob.root, "as it is");
        assertNotEq(lib.rootOf(blob.header, 1, record, proof), blob.root, "index");
        assertNotEq(lib.rootOf(blob.header, 0, bytes.concat(record, hex"00"), proof), blob.root, "record");
        blob.header[91] ^= 0x01;
        assertNotEq(lib.rootOf(blob.header, 0, record, proof), blob.root, "header");
    }

    function test_decode_otherBytes_reverts() public {
        bytes memory header = bytes.concat(hex"54535241", hex"0002", new bytes(86));
        lib.decode(header);
        vm.expectRevert(abi.encodeWithSelector(ContributionLib.ContributionHeaderLength.selector, 93));
        lib.decode(bytes.concat(header, hex"00"));
        vm.expectRevert(abi.encodeWithSelector(ContributionLib.ContributionHeaderLength.selector, 91));
        lib.decode(new bytes(91));
        vm.expectRevert(abi.encodeWithSelector(ContributionLib.ContributionHeaderLength.selector, 91));
        lib.root(new bytes(91), 0);
        header[5] = 0x01;
        vm.expectRevert(abi.encodeWithSelector(ContributionLib.ContributionBadVersion.selector, 1));
        lib.decode(header);
        header[0] = 0x00;
        vm.expectRevert(abi.encodeWithSelector(ContributionLib.ContributionBadMagic.selector, 0x00535241));
        lib.decode(header);
    }

    function test_checkCodec_beyondLimits_reverts() public {
        lib.checkCodec(1, 4);
        lib.checkCodec(512, 2048);
        lib.checkCodec(512, 4096);
        uint256[2][5] memory codecs = [
            [uint256(0), 64],
            [uint256(2), 7],
            [uint256(513), 4096],
            [uint256(1), 4097],
            [uint256(1), 3]
        ];
        for (uint256 i = 0; i < codecs.length; i++) {
            bytes4 selector = ContributionLib.ContributionBadCodec.selector;
            vm.expectRevert(abi.encodeWithSelector(selector, codecs[i][0], codecs[i][1]));
            lib.checkCodec(codecs[i][0], codecs[i][1]);
        }
    }

    function _pair() private pure returns (ContributionLib.Header memory h, ContributionLib.Expected memory e) {
        h = ContributionLib.Header(64, 3, 9, address(5), 4096, 100, 10, 80, bytes32(uint256(7)));
        e = ContributionLib.Expected(64, 3, 9, address(5), 4096, 100, 15, 8, bytes32(uint256(7)));
    }

    /// @dev Arms the next call.
    function _refuses(bytes4 selector, uint256 actual, uint256 wanted) private {
        vm.expectRevert(abi.encodeWithSelector(selector, actual, wanted));
    }

    function test_check_otherCodec_reverts() public {
        (ContributionLib.Header memory h, ContributionLib.Expected memory e) = _pair();
        lib.check(h, e);
        e.chunkCount = 101;
        _refuses(ContributionLib.ContributionWrongCodec.selector, 100, 101);
        lib.check(h, e);
        e.chunkSize = 2048;
        _refuses(ContributionLib.ContributionWrongCodec.selector, 4096, 2048);
        lib.check(h, e);
        e.k = 60;
        _refuses(ContributionLib.ContributionWrongCodec.selector, 64, 60);
        lib.check(h, e);
    }

    function test_check_otherRoundOrMiner_reverts() public {
        (ContributionLib.Header memory h, ContributionLib.Expected memory e) = _pair();
        e.baseRoot = bytes32(uint256(8));
        _refuses(ContributionLib.ContributionWrongBase.selector, 7, 8);
        lib.check(h, e);
        e.miner = address(6);
        _refuses(ContributionLib.ContributionWrongMiner.selector, 5, 6);
        lib.check(h, e);
        e.round = 10;
        _refuses(ContributionLib.ContributionWrongRound.selector, 9, 10);
        lib.check(h, e);
        e.run = 4;
        _refuses(ContributionLib.ContributionWrongRun.selector, 3, 4);
        lib.check(h, e);
    }

    function test_check_samplesNotThoseOfSteps_reverts() public {
        (ContributionLib.Header memory h, ContributionLib.Expected memory e) = _pair();
        (h.innerSteps, h.samples) = (15, 120);
        lib.check(h, e);
        uint32[2][3] memory wrong = [[uint32(16), 128], [uint32(0), 0], [uint32(15), 119]];
        for (uint256 i = 0; i < wrong.length; i++) {
            (h.innerSteps, h.samples) = (wrong[i][0], wrong[i][1]);
            _refuses(ContributionLib.ContributionWrongSamples.selector, wrong[i][0], wrong[i][1]);
            lib.check(h, e);
        }
    }
}

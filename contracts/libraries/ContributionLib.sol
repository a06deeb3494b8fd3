// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {MerkleLib} from "./MerkleLib.sol";

/// @title Header and roots of a contribution: contracts/README.md section 4. What a record says is RecordLib.
library ContributionLib {
    error ContributionHeaderLength(uint256 length);
    error ContributionBadMagic(uint32 magic);
    error ContributionBadVersion(uint16 version);
    error ContributionBadCodec(uint256 k, uint256 chunkSize);
    error ContributionWrongCodec(uint256 actual, uint256 wanted);
    error ContributionWrongRun(uint64 actual, uint64 wanted);
    error ContributionWrongRound(uint64 actual, uint64 wanted);
    error ContributionWrongMiner(address actual, address wanted);
    error ContributionWrongBase(bytes32 actual, bytes32 wanted);
    error ContributionWrongSamples(uint32 innerSteps, uint32 samples);

    uint256 internal constant HEADER_BYTES = 92;
    uint32 internal constant MAGIC = 0x54535241; // "TSRA"
    uint16 internal constant VERSION = 2;
    /// @dev A valid codec has 1 <= k <= min(C / 4, MAX_K) and C <= MAX_CHUNK.
    uint256 internal constant MAX_K = 512;
    uint256 internal constant MAX_CHUNK = 4096;

    bytes1 private constant RECORD_TAG = 0x00;
    bytes1 private constant ROOT_TAG = 0x05;

    struct Header {
        uint16 k; // entries sent of a full chunk
        uint64 run;
        uint64 round;
        address miner;
        uint32 chunkSize; // C
        uint32 chunkCount;
        uint32 innerSteps;
        uint32 samples; // inner steps x batch
        bytes32 baseRoot; // of the state that it was trained from
    }

    /// @dev What the chain and the manifest say that a header must say.
    struct Expected {
        uint16 k;
        uint64 run;
        uint64 round;
        address miner;
        uint32 chunkSize;
        uint32 chunkCount;
        uint32 maxInnerSteps; // H: fewer are allowed
        uint32 batch;
        bytes32 baseRoot;
    }

    /// @notice Reads a header; its values are whatever was written: see `check`.
    function decode(bytes calldata header) internal pure returns (Header memory h) {
        if (header.length != HEADER_BYTES) revert ContributionHeaderLength(header.length);
        uint32 magic = uint32(bytes4(header[0:4]));
        if (magic != MAGIC) revert ContributionBadMagic(magic);
        uint16 version = uint16(bytes2(header[4:6]));
        if (version != VERSION) revert ContributionBadVersion(version);
        h.k = uint16(bytes2(header[6:8]));
        h.run = uint64(bytes8(header[8:16]));
        h.round = uint64(bytes8(header[16:24]));
        h.miner = address(bytes20(header[24:44]));
        h.chunkSize = uint32(bytes4(header[44:48]));
        h.chunkCount = uint32(bytes4(header[48:52]));
        h.innerSteps = uint32(bytes4(header[52:56]));
        h.samples = uint32(bytes4(header[56:60]));
        h.baseRoot = bytes32(header[60:92]);
    }

    /// @notice Refuses a codec that none of the bounds of records were made for.
    function checkCodec(uint256 k, uint256 chunkSize) internal pure {
        if (k == 0 || k > MAX_K || 4 * k > chunkSize || chunkSize > MAX_CHUNK)
            revert ContributionBadCodec(k, chunkSize);
    }

    /// @notice Refuses a contribution made for something else.
    function check(Header memory h, Expected memory e) internal pure {
        if (h.k != e.k) revert ContributionWrongCodec(h.k, e.k);
        if (h.chunkSize != e.chunkSize) revert ContributionWrongCodec(h.chunkSize, e.chunkSize);
        if (h.chunkCount != e.chunkCount) revert ContributionWrongCodec(h.chunkCount, e.chunkCount);
        if (h.run != e.run) revert ContributionWrongRun(h.run, e.run);
        if (h.round != e.round) revert ContributionWrongRound(h.round, e.round);
        if (h.miner != e.miner) revert ContributionWrongMiner(h.miner, e.miner);
        if (h.baseRoot != e.baseRoot) revert ContributionWrongBase(h.baseRoot, e.baseRoot);
        bool stepsOk = h.innerSteps >= 1 && h.innerSteps <= e.maxInnerSteps;
        if (!stepsOk || h.samples != uint256(h.innerSteps) * e.batch) {
            revert ContributionWrongSamples(h.innerSteps, h.samples);
        }
    }

    /// @notice Leaf of record `index` in the tree over a contribution's records.
    function recordLeaf(uint32 index, bytes calldata record) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(RECORD_TAG, index, record));
    }

    /// @notice Root of a contribution: what a miner commits to and reveals.
    function root(bytes calldata header, bytes32 recordsRoot) internal pure returns (bytes32) {
        if (header.length != HEADER_BYTES) revert ContributionHeaderLength(header.length);
        return sha256(abi.encodePacked(ROOT_TAG, header, recordsRoot));
    }

    /// @notice Root of the contribution with this header whose record `index` is `record`, if the siblings are as given. Equal to
    /// the root that was revealed, it shows that the miner sent this very record.
    function rootOf(
        bytes calldata header,
        uint32 index,
        bytes calldata record,
        bytes32[] calldata proof
    ) internal view returns (bytes32) {
        uint32 chunkCount = decode(header).chunkCount;
        return root(header, MerkleLib.root(recordLeaf(index, record), index, chunkCount, proof));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IDisputeCourtErrors as Errors} from "../interfaces/IDisputeCourt.sol";
import {IDisputeCourtTypes as Types} from "../interfaces/IDisputeCourtTypes.sol";
import {AggregateLib} from "./AggregateLib.sol";
import {BitmapLib} from "./BitmapLib.sol";
import {ContributionLib} from "./ContributionLib.sol";
import {HashLib} from "./HashLib.sol";
import {MerkleLib} from "./MerkleLib.sol";
import {RecordLib} from "./RecordLib.sol";
import {SealLib} from "./SealLib.sol";
import {StateLib} from "./StateLib.sol";

/// @title One chunk of one round, done again: contracts/README.md section 5, from what the chain names and nothing else.
/// Linked: with it inside the court would exceed the 24,576 bytes that a contract may have.
/// @dev Each piece of evidence is held against a hash that the coordinator keeps, so who brings it need not be trusted.
library ReplayLib {
    using BitmapLib for uint256;
    using SealLib for uint256;

    /// @notice Leaf of the chunk in the state that the round must have left.
    function leafAfter(
        uint256 run,
        uint64 round,
        Types.FinalRound calldata final_,
        Types.ChunkRules memory rules,
        Types.Replay calldata replay
    ) external view returns (bytes32) {
        bytes memory entries = chunkOf(replay.before, replay.index, rules.chunkCount, final_.parentRoot);
        _checkSeals(replay.seals, final_);
        uint256 count = replay.seals.length;
        // INVARIANT: exactly what was included is folded in.
        if (replay.openings.length != count) revert Errors.CourtExhibits(replay.openings.length, count);
        if (replay.records.length != count) revert Errors.CourtExhibits(replay.records.length, count);

        RecordLib.Record[] memory records = new RecordLib.Record[](count);
        uint256 included = final_.included;
        uint256 i = 0;
        for (uint256 slot = 0; included >> slot != 0; slot++) {
            if (!included.has(slot)) continue;
            checkOpening(run, round, uint8(slot), replay.openings[i], replay.seals[i]);
            checkRecord(replay.records[i], replay.index, rules.chunkCount, replay.openings[i].contributionRoot);
            records[i] = RecordLib.decode(replay.records[i].record, entries.length / 4, rules.k);
            i++;
        }
        AggregateLib.chunk(entries, records, rules.clipQ8, rules.rateQ16);
        return StateLib.leaf(replay.index, entries);
    }

    /// @notice The entries of a chunk, if they lead to `stateRoot`.
    function chunkOf(
        Types.ChunkProof calldata proof,
        uint32 index,
        uint32 chunkCount,
        bytes32 stateRoot
    ) internal view returns (bytes memory entries) {
        entries = proof.entries;
        bytes32 tree = MerkleLib.root(StateLib.leaf(index, entries), index, chunkCount, proof.path);
        bytes32 actual = StateLib.root(proof.run, proof.round, proof.parentRoot, tree);
        if (actual != stateRoot) revert Errors.CourtRootMismatch(actual, stateRoot);
    }

    /// @notice Refuses an opening that is not the seal's.
    function checkOpening(
        uint256 run,
        uint64 round,
        uint8 slot,
        Types.Opening calldata opening,
        uint256 seal
    ) internal pure {
        bytes32 commitment = HashLib.contribution(run, round, slot, opening);
        bool revealed = seal.isOpenOf(round) && seal.holds(HashLib.disclosure(commitment, opening.salt));
        if (!revealed) revert Errors.CourtNotRevealed(run, round, slot);
    }

    /// @notice Refuses a record that does not lead to the contribution's root.
    function checkRecord(
        Types.RecordProof calldata proof,
        uint32 index,
        uint32 chunkCount,
        bytes32 contributionRoot
    ) internal view {
        // INVARIANT: the tree has as many leaves as the run has chunks. A header that says otherwise is a fault of its own.
        uint32 actual = ContributionLib.decode(proof.header).chunkCount;
        if (actual != chunkCount) revert Errors.CourtChunkCount(actual, chunkCount);
        bytes32 leaf = ContributionLib.recordLeaf(index, proof.record);
        bytes32 root = ContributionLib.root(proof.header, MerkleLib.root(leaf, index, chunkCount, proof.path));
        if (root != contributionRoot) revert Errors.CourtRootMismatch(root, contributionRoot);
    }

    /// @notice The seal of an included contribution, out of those of all of them.
    function sealIn(
        uint256[] calldata seals,
        Types.FinalRound calldata final_,
        uint8 slot
    ) internal pure returns (uint256) {
        _checkSeals(seals, final_);
        uint256 before = final_.included & ((1 << slot) - 1);
        return seals[before.count()];
    }

    function _checkSeals(uint256[] calldata seals, Types.FinalRound calldata final_) private pure {
        bytes32 actual = keccak256(abi.encodePacked(seals));
        if (actual != final_.seals) revert Errors.CourtSealsMismatch(actual, final_.seals);
    }
}

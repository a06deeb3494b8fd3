// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IDisputeCourtErrors as Errors} from "../interfaces/IDisputeCourt.sol";
import {IDisputeCourtTypes as Types} from "../interfaces/IDisputeCourtTypes.sol";
import {IRunCoordinator} from "../interfaces/IRunCoordinator.sol";
import {BitmapLib} from "./BitmapLib.sol";
import {ContributionLib} from "./ContributionLib.sol";
import {MerkleLib} from "./MerkleLib.sol";
import {RecordLib} from "./RecordLib.sol";
import {ReplayLib} from "./ReplayLib.sol";
import {SealLib} from "./SealLib.sol";
import {StateLib} from "./StateLib.sol";

/// @title What is brought before the court, held against what the coordinator keeps. Reverts if it is not what it is said to be. Linked, for the
/// court's size, where it decodes.
library EvidenceLib {
    using BitmapLib for uint256;
    using SealLib for uint256;

    // ---- Rounds and roots

    function checkFinal(
        IRunCoordinator coordinator,
        uint256 run,
        uint64 round,
        Types.FinalRound calldata final_
    ) internal view {
        // INVARIANT: a coordinator that does not obey this court is nobody's to judge here.
        if (coordinator.COURT() != address(this)) revert Errors.CourtNotItsCourt(address(coordinator));
        if (coordinator.finalRoundOf(run, round) != keccak256(abi.encode(final_))) {
            revert Errors.CourtRoundMismatch(run, round);
        }
    }

    /// @notice A leaf of the state that was attested.
    function checkLeaf(Types.Case calldata case_, uint32 index, Types.LeafClaim calldata claim) internal view {
        uint32 chunks = case_.coordinator.chunkRulesOf(case_.run).chunkCount;
        bytes32 tree = MerkleLib.root(claim.leaf, index, chunks, claim.path);
        // SAFETY: numbers of runs count transactions.
        bytes32 root = StateLib.root(uint64(case_.run), case_.round, case_.final_.parentRoot, tree);
        if (root != case_.final_.root) revert Errors.CourtRootMismatch(root, case_.final_.root);
    }

    // ---- Contributions

    /// @notice A contribution that was revealed: the ring of the coordinator says so, or a final round that included it.
    function checkRevealed(Types.Exhibit calldata exhibit, Types.Source calldata source) internal view {
        if (source.seals.length == 0) {
            checkInRing(exhibit);
            return;
        }
        checkFinal(exhibit.coordinator, exhibit.run, exhibit.round, source.final_);
        if (!source.final_.included.has(exhibit.slot)) {
            revert Errors.CourtNotRevealed(exhibit.run, exhibit.round, exhibit.slot);
        }
        _checkOpening(exhibit, ReplayLib.sealIn(source.seals, source.final_, exhibit.slot));
    }

    /// @return seal As the coordinator remembers it.
    function checkInRing(Types.Exhibit calldata exhibit) internal view returns (uint256 seal) {
        IRunCoordinator coordinator = exhibit.coordinator;
        if (coordinator.COURT() != address(this)) revert Errors.CourtNotItsCourt(address(coordinator));
        seal = coordinator.sealOf(exhibit.run, exhibit.round, exhibit.slot);
        _checkOpening(exhibit, seal);
    }

    function checkBadHeader(
        Types.Exhibit calldata exhibit,
        address operator,
        bytes calldata header,
        bytes32 recordsRoot
    ) external view {
        bytes32 root = ContributionLib.root(header, recordsRoot);
        bytes32 wanted = exhibit.opening.contributionRoot;
        if (root != wanted) revert Errors.CourtRootMismatch(root, wanted);
        if (_isGood(exhibit, operator, header)) {
            revert Errors.CourtNotMalformed(exhibit.run, exhibit.round, exhibit.slot);
        }
    }

    function checkBadRecord(
        Types.Exhibit calldata exhibit,
        uint32 index,
        Types.RecordProof calldata proof,
        Types.ChunkProof calldata genesis
    ) external view {
        Types.ChunkRules memory rules = exhibit.coordinator.chunkRulesOf(exhibit.run);
        bytes32 genesisRoot = exhibit.coordinator.paramsOf(exhibit.run).genesisRoot;
        // How many entries a chunk has never changes.
        uint256 valid = ReplayLib.chunkOf(genesis, index, rules.chunkCount, genesisRoot).length / 4;
        ReplayLib.checkRecord(proof, index, rules.chunkCount, exhibit.opening.contributionRoot);
        (, RecordLib.Fault fault, ) = RecordLib.read(proof.record, valid, rules.k);
        if (fault == RecordLib.Fault.None) {
            revert Errors.CourtNotMalformed(exhibit.run, exhibit.round, exhibit.slot);
        }
    }

    function checkDuplicate(
        Types.Exhibit calldata earlier,
        bytes calldata earlierHeader,
        Types.Exhibit calldata later,
        bytes calldata laterHeader,
        bytes32 recordsRoot
    ) external view {
        (uint256 run, uint64 round) = (later.run, later.round);
        // INVARIANT: two contributions to one round.
        bool pair =
            address(earlier.coordinator) == address(later.coordinator) &&
                earlier.run == run &&
                earlier.round == round &&
                earlier.slot != later.slot;
        if (!pair) revert Errors.CourtNotDuplicate(run, round);
        uint256 first = checkInRing(earlier);
        uint256 second = checkInRing(later);
        bool same =
            ContributionLib.root(earlierHeader, recordsRoot) == earlier.opening.contributionRoot &&
                ContributionLib.root(laterHeader, recordsRoot) == later.opening.contributionRoot;
        // INVARIANT: who committed first keeps its stake.
        if (!same || !second.isLater(later.slot, first, earlier.slot)) revert Errors.CourtNotDuplicate(run, round);
    }

    // ---- Parts

    function _checkOpening(Types.Exhibit calldata exhibit, uint256 seal) private pure {
        ReplayLib.checkOpening(exhibit.run, exhibit.round, exhibit.slot, exhibit.opening, seal);
    }

    /// @dev The checks are those of client/protocol/contributionHeader.ts, but for the base root, which no rule of the chain needs.
    function _isGood(
        Types.Exhibit calldata exhibit,
        address operator,
        bytes calldata header
    ) private view returns (bool) {
        if (uint32(bytes4(header[0:4])) != ContributionLib.MAGIC) return false;
        if (uint16(bytes2(header[4:6])) != ContributionLib.VERSION) return false;
        ContributionLib.Header memory h = ContributionLib.decode(header);
        Types.ChunkRules memory r = exhibit.coordinator.chunkRulesOf(exhibit.run);
        bool codec = h.k == r.k && h.chunkSize == r.chunkSize && h.chunkCount == r.chunkCount;
        bool about = h.run == exhibit.run && h.round == exhibit.round && h.miner == operator;
        bool steps = h.innerSteps >= 1 && h.innerSteps <= r.maxInnerSteps;
        return codec && about && steps && h.samples == uint256(h.innerSteps) * r.batch;
    }
}

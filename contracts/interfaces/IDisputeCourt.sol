// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {IDisputeCourtTypes} from "./IDisputeCourtTypes.sol";
import {IRunCoordinator} from "./IRunCoordinator.sol";

interface IDisputeCourtErrors is IDisputeCourtTypes {
    error CourtZeroAddress();
    /// @notice The coordinator obeys another court.
    error CourtNotItsCourt(address coordinator);
    /// @notice Released stake must stay slashable until the last dispute over a round can have ended.
    error CourtWindowTooLong(uint256 secondsNeeded, uint256 secondsSlashable);
    error CourtZeroRule();
    /// @notice What was given is not what the coordinator keeps of that round.
    error CourtRoundMismatch(uint256 run, uint64 round);
    error CourtWindowOver(uint256 run, uint64 round, uint256 end);
    /// @notice The opening is not that of a contribution which the slot revealed in that round.
    error CourtNotRevealed(uint256 run, uint64 round, uint8 slot);
    error CourtSealsMismatch(bytes32 actual, bytes32 wanted);
    error CourtExhibits(uint256 length, uint256 wanted);
    /// @notice What was shown does not hash to the root that is known.
    error CourtRootMismatch(bytes32 actual, bytes32 wanted);
    /// @notice The contribution has another number of records than the run's chunks, which is a fault of its own.
    error CourtChunkCount(uint256 actual, uint256 wanted);
    /// @notice The attested leaf is what the rule gives. There is nothing to refute.
    error CourtLeafRight(uint256 run, uint64 round, uint32 index);
    /// @notice The contribution is what the rules ask for, at least there.
    error CourtNotMalformed(uint256 run, uint64 round, uint8 slot);
    error CourtNotDuplicate(uint256 run, uint64 round);
    error CourtUnknownCase(uint256 id);
    error CourtWrongTurn(uint256 id, Turn actual, Turn wanted);
    error CourtOutOfTime(uint256 id);
    error CourtNotDue(uint256 id);
    error CourtNotAccuser(uint256 id, address caller);
    error CourtRowMismatch(uint256 id);
    error CourtRowLength(uint256 length, uint256 wanted);
    error CourtPlace(uint256 place, uint256 limit);
    error CourtNotConvicted(uint256 run, uint64 round);
    error CourtNotPunishable(uint256 run, uint64 round, uint8 slot);
    error CourtNothingOwed(address account);
}

interface IDisputeCourtEvents is IDisputeCourtTypes {
    event RootAccused(
        uint256 indexed id,
        uint256 indexed run,
        uint64 indexed round,
        address coordinator,
        address accuser
    );
    /// @param row Hashes of the nodes below (`level`, `index`), from left to right.
    event RowShown(
        uint256 indexed id,
        address indexed defender,
        uint8 level,
        uint32 index,
        bytes32 treeRoot,
        bytes32[] row
    );
    event NodeNamed(uint256 indexed id, uint8 level, uint32 index, bytes32 node);
    event RootCaseClosed(uint256 indexed id, bool upheld);
    event RootConvicted(
        address indexed coordinator,
        uint256 indexed run,
        uint64 indexed round,
        uint64 attesters,
        address reporter
    );
    event AttesterPunished(
        address indexed coordinator,
        uint256 indexed run,
        uint64 indexed round,
        uint8 slot,
        address operator,
        uint256 taken
    );
    event MinerConvicted(
        address indexed coordinator,
        uint256 indexed run,
        uint64 indexed round,
        uint8 slot,
        address operator,
        Offence offence,
        uint256 taken
    );
    event RecordDemanded(
        uint256 indexed id,
        uint256 indexed run,
        uint64 indexed round,
        address coordinator,
        uint8 slot,
        uint32 index,
        address accuser,
        uint256 deadline
    );
    event RecordProduced(uint256 indexed id, address indexed by);
    event DemandUnanswered(uint256 indexed id);
    event Credited(address indexed account, uint256 amount);
    event Withdrawn(address indexed account, address indexed to, uint256 amount);

    /// @notice What a miner is convicted of.
    enum Offence {
        Header,
        Record,
        Withheld,
        Duplicate
    }
}

/// @title Where a wrong state root, a malformed contribution and a withheld one are shown to be that.
/// @notice One honest watcher is enough: what is judged here follows from what the chain names, so nobody is asked for an opinion.
/// A proof that stands by itself needs no bond. Where the other side has to be heard there are bonds and clocks: who accuses
/// wrongly pays for it, and who is silent has lost.
/// @dev Bounties and bonds are credited and fetched by `withdraw`. Each call is bounded by one chunk, one row or the callers' lists,
/// and several can be sent as one (`multicall`): a watcher convicts, punishes and rolls back in one transaction.
interface IDisputeCourt is IDisputeCourtErrors, IDisputeCourtEvents {
    // ---- A wrong root

    /// @notice Shows that one chunk of a round's attested state is not what the update rule makes of the parent state and the
    /// included contributions. Convicts the root; the caller is its reporter.
    function refuteRoot(Case calldata case_, Replay calldata replay, LeafClaim calldata claim) external;

    /// @notice Accuses a root whose tree the caller does not know, for `rootBond` of the stake's token. The attesters' side has to
    /// show the tree, row by row, down to the leaf that the accuser picks.
    function accuseRoot(Case calldata case_) external returns (uint256 id);

    /// @notice Shows the row `min(ROW_LEVELS, level)` below the node that the case stands at. Anyone may.
    /// @param treeRoot Of the attested state; looked at in the first answer only, where it must hash to the attested root.
    function showRow(uint256 id, FinalRound calldata final_, bytes32 treeRoot, bytes32[] calldata row) external;

    /// @notice Names the node of the row shown that differs from the accuser's own tree.
    function nameNode(uint256 id, bytes32[] calldata row, uint256 place) external;

    /// @notice Re-executes the chunk of the leaf that the case came to, and convicts the root if it differs. The accuser is the
    /// reporter, whoever sends it.
    function refuteLeaf(uint256 id, FinalRound calldata final_, Replay calldata replay) external;

    /// @notice Ends a case in which a side's time is over: against the silent side. Or one whose root was convicted meanwhile: the
    /// accuser gets its bond back.
    function closeRootCase(uint256 id, FinalRound calldata final_) external;

    /// @notice Punishes attesters of a convicted root, as many as the caller lists.
    /// @param operators Who sat in those slots in the round's epoch.
    function punishAttesters(
        IRunCoordinator coordinator,
        uint256 run,
        uint64 round,
        uint8[] calldata slots,
        address[] calldata operators
    ) external;

    /// @notice Returns the run to the parent of a convicted root. Better after its attesters are punished, since the next round
    /// opens at once, with those that stay.
    function rollBack(Case calldata case_) external;

    // ---- A bad contribution

    /// @notice Shows that a revealed contribution has a header that the run does not allow. Convicts the miner.
    /// @param operator Who sat in the slot in the round's epoch; so below.
    function proveBadHeader(
        Exhibit calldata exhibit,
        Source calldata source,
        address operator,
        bytes calldata header,
        bytes32 recordsRoot
    ) external;

    /// @notice Shows that a revealed contribution has a record that is none. Convicts the miner.
    /// @param genesis The chunk in the run's genesis state: it says how many entries the chunk has.
    function proveBadRecord(
        Exhibit calldata exhibit,
        Source calldata source,
        address operator,
        uint32 index,
        RecordProof calldata proof,
        ChunkProof calldata genesis
    ) external;

    /// @notice Shows that two miners revealed the same records in a round. Convicts the one that committed later; of two in the
    /// same block the one in the higher slot.
    function proveDuplicate(
        Exhibit calldata earlier,
        bytes calldata earlierHeader,
        Exhibit calldata later,
        bytes calldata laterHeader,
        bytes32 recordsRoot,
        address operator
    ) external;

    /// @notice Demands one record of a contribution that was revealed in one of the last rounds, for `demandBond`. Who produces it
    /// in time gets the bond; else it goes back and the miner is convicted.
    function demandRecord(Exhibit calldata exhibit, uint32 index) external returns (uint256 id);

    function produceRecord(uint256 id, RecordProof calldata proof) external;

    /// @notice Convicts the miner of a record that nobody produced in time.
    function closeDemand(uint256 id, address operator) external;

    // ---- Money

    /// @notice Sends what the caller is owed.
    function withdraw(address to) external;

    // ---- Views

    function rules() external view returns (Rules memory);

    function rootCaseOf(uint256 id) external view returns (RootCase memory);

    function demandOf(uint256 id) external view returns (Demand memory);

    function convictionOf(
        IRunCoordinator coordinator,
        uint256 run,
        uint64 round
    ) external view returns (Conviction memory);

    function creditOf(address account) external view returns (uint256);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {StakeVault} from "./StakeVault.sol";
import {IDisputeCourt} from "./interfaces/IDisputeCourt.sol";
import {IRunCoordinator} from "./interfaces/IRunCoordinator.sol";
import {BitmapLib} from "./libraries/BitmapLib.sol";
import {EvidenceLib} from "./libraries/EvidenceLib.sol";
import {ReplayLib} from "./libraries/ReplayLib.sol";
import {RootCaseLib} from "./libraries/RootCaseLib.sol";

/// @title Where a wrong root, a malformed contribution and a withheld one are shown to be that: contracts/README.md section 13.
/// @dev The court is told which coordinator a case is about, and serves those that obey it. Money: it holds the bonds of open cases
/// and what it owes to accounts; a bounty is what came beyond that (`_collect`).
/// SAFETY: a coordinator that obeys this court may still be anybody's. It can lie about its own rounds, and call back. So nothing is
/// kept across a call to it but what is written already, a case moves no money but its own bond, and a bounty is counted by what
/// is here, not by what is said.
contract DisputeCourt is IDisputeCourt, Multicall {
    using BitmapLib for uint256;
    using RootCaseLib for RootCase;
    using SafeERC20 for IERC20;

    // ---- Immutables

    /// @dev The stake vault's token.
    IERC20 public immutable TOKEN;
    /// @dev Receives what of a lost bond is owed to nobody: the stake vault's.
    address public immutable SINK;

    uint32 private immutable WINDOW_SECONDS;
    uint32 private immutable CLOCK_SECONDS;
    uint32 private immutable ANSWER_SECONDS;
    uint16 private immutable DEMAND_ROUNDS;
    uint128 private immutable ROOT_BOND;
    uint128 private immutable DEMAND_BOND;

    /// @dev Of a slash, in 1/10 000: as much as the stake vault allows.
    uint16 private constant BOUNTY_BPS = 10_000;

    // ---- Storage

    /// @notice Wei that open cases hold.
    uint256 public bonds;
    /// @notice Wei that accounts may withdraw.
    uint256 public owed;
    /// @notice The last number given, to a case or a demand.
    uint256 public caseCount;

    mapping(uint256 id => RootCase entry) private _rootCases;
    mapping(uint256 id => address[] defenders) private _defenders; // one for each row that was shown
    mapping(uint256 id => Demand entry) private _demands;
    mapping(IRunCoordinator coordinator => mapping(uint256 run => mapping(uint64 round => Conviction entry)))
        private _convictions;
    mapping(address account => uint256 amount) private _credits;

    // ---- Constructor

    constructor(StakeVault stakeVault, Rules memory r) {
        if (r.windowSeconds == 0 || r.clockSeconds == 0 || r.answerSeconds == 0) revert CourtZeroRule();
        if (r.demandRounds == 0 || r.rootBond == 0 || r.demandBond == 0) revert CourtZeroRule();
        // INVARIANT: whoever attested is still slashable when the last dispute over the round ends: released stake cools for half
        // of the unbonding delay at least.
        uint256 slashable = stakeVault.UNBONDING_SECONDS() / 2;
        uint256 needed = uint256(r.windowSeconds) + 2 * uint256(r.clockSeconds);
        if (needed > slashable) revert CourtWindowTooLong(needed, slashable);
        if (r.answerSeconds > slashable) revert CourtWindowTooLong(r.answerSeconds, slashable);
        (TOKEN, SINK) = (stakeVault.TOKEN(), stakeVault.SINK());
        (WINDOW_SECONDS, CLOCK_SECONDS, ANSWER_SECONDS) = (r.windowSeconds, r.clockSeconds, r.answerSeconds);
        (DEMAND_ROUNDS, ROOT_BOND, DEMAND_BOND) = (r.demandRounds, r.rootBond, r.demandBond);
    }

    // ---- A wrong root

    /// @inheritdoc IDisputeCourt
    function refuteRoot(Case calldata case_, Replay calldata replay, LeafClaim calldata claim) external {
        _checkAccusable(case_);
        EvidenceLib.checkLeaf(case_, replay.index, claim);
        _refuteChunk(case_.coordinator, case_.run, case_.round, case_.final_, replay, claim.leaf);
        _convict(case_.coordinator, case_.run, case_.round, case_.final_, msg.sender);
    }

    /// @inheritdoc IDisputeCourt
    function accuseRoot(Case calldata case_) external returns (uint256 id) {
        _checkAccusable(case_);
        id = ++caseCount;
        uint256 chunks = case_.coordinator.chunkRulesOf(case_.run).chunkCount;
        _rootCases[id].open(case_, chunks, CLOCK_SECONDS);
        emit RootAccused(id, case_.run, case_.round, address(case_.coordinator), msg.sender);
        _take(ROOT_BOND);
    }

    /// @inheritdoc IDisputeCourt
    function showRow(uint256 id, FinalRound calldata final_, bytes32 treeRoot, bytes32[] calldata row) external {
        RootCase storage self = _rootCase(id, final_);
        self.showRow(id, final_, treeRoot, row, self.coordinator.chunkRulesOf(self.run).chunkCount);
        _defenders[id].push(msg.sender);
    }

    /// @inheritdoc IDisputeCourt
    function nameNode(uint256 id, bytes32[] calldata row, uint256 place) external {
        _rootCases[id].nameNode(id, row, place);
    }

    /// @inheritdoc IDisputeCourt
    function refuteLeaf(uint256 id, FinalRound calldata final_, Replay calldata replay) external {
        RootCase storage self = _rootCase(id, final_);
        self.prove(id);
        // INVARIANT: the chunk is the one whose leaf was named.
        if (replay.index != self.index) revert CourtPlace(replay.index, self.index);
        _refuteChunk(self.coordinator, self.run, self.round, final_, replay, self.node);
        _uphold(id, self);
        _convict(self.coordinator, self.run, self.round, final_, self.accuser);
    }

    /// @inheritdoc IDisputeCourt
    function closeRootCase(uint256 id, FinalRound calldata final_) external {
        RootCase storage self = _rootCase(id, final_);
        if (_convictions[self.coordinator][self.run][self.round].epoch != 0) {
            // Somebody else was faster. Who accused a wrong root loses nothing.
            self.settle(id);
            return _uphold(id, self);
        }
        if (!self.expire(id)) return _dismiss(id);
        _uphold(id, self);
        _convict(self.coordinator, self.run, self.round, final_, self.accuser);
    }

    /// @inheritdoc IDisputeCourt
    function punishAttesters(
        IRunCoordinator coordinator,
        uint256 run,
        uint64 round,
        uint8[] calldata slots,
        address[] calldata operators
    ) external {
        if (operators.length != slots.length) revert CourtExhibits(operators.length, slots.length);
        for (uint256 i = 0; i < slots.length; i++) {
            _punishAttester(coordinator, run, round, slots[i], operators[i]);
        }
    }

    /// @inheritdoc IDisputeCourt
    function rollBack(Case calldata case_) external {
        // INVARIANT: a run returns to an earlier root only from one that was shown to be wrong.
        if (_convictions[case_.coordinator][case_.run][case_.round].epoch == 0) {
            revert CourtNotConvicted(case_.run, case_.round);
        }
        case_.coordinator.refute(case_.run, case_.round, case_.final_);
    }

    // ---- A bad contribution

    /// @inheritdoc IDisputeCourt
    function proveBadHeader(
        Exhibit calldata exhibit,
        Source calldata source,
        address operator,
        bytes calldata header,
        bytes32 recordsRoot
    ) external {
        EvidenceLib.checkRevealed(exhibit, source);
        EvidenceLib.checkBadHeader(exhibit, operator, header, recordsRoot);
        _convictMiner(exhibit, source, operator, Offence.Header);
    }

    /// @inheritdoc IDisputeCourt
    function proveBadRecord(
        Exhibit calldata exhibit,
        Source calldata source,
        address operator,
        uint32 index,
        RecordProof calldata proof,
        ChunkProof calldata genesis
    ) external {
        EvidenceLib.checkRevealed(exhibit, source);
        EvidenceLib.checkBadRecord(exhibit, index, proof, genesis);
        _convictMiner(exhibit, source, operator, Offence.Record);
    }

    /// @inheritdoc IDisputeCourt
    function proveDuplicate(
        Exhibit calldata earlier,
        bytes calldata earlierHeader,
        Exhibit calldata later,
        bytes calldata laterHeader,
        bytes32 recordsRoot,
        address operator
    ) external {
        EvidenceLib.checkDuplicate(earlier, earlierHeader, later, laterHeader, recordsRoot);
        uint64 epoch = later.coordinator.epochOfRound(later.run, later.round);
        _punishMiner(
            later.coordinator,
            later.run,
            later.round,
            later.slot,
            epoch,
            operator,
            msg.sender,
            Offence.Duplicate
        );
    }

    /// @inheritdoc IDisputeCourt
    function demandRecord(Exhibit calldata exhibit, uint32 index) external returns (uint256 id) {
        IRunCoordinator coordinator = exhibit.coordinator;
        (uint256 run, uint64 round) = (exhibit.run, exhibit.round);
        EvidenceLib.checkInRing(exhibit);
        uint256 limit = coordinator.chunkRulesOf(run).chunkCount;
        if (index >= limit) revert CourtPlace(index, limit);
        // INVARIANT: a record is demanded while everybody still keeps the round's blobs.
        uint256 last = uint256(round) + DEMAND_ROUNDS;
        if (coordinator.currentRoundOf(run) > last) revert CourtWindowOver(run, round, last);

        id = ++caseCount;
        Demand storage self = _demands[id];
        uint48 deadline = uint48(block.timestamp) + ANSWER_SECONDS;
        (self.coordinator, self.round, self.deadline) = (coordinator, uint48(round), deadline);
        (self.accuser, self.epoch, self.index) = (msg.sender, uint48(coordinator.epochOfRound(run, round)), index);
        (self.slot, self.state, self.run) = (exhibit.slot, DemandState.Open, uint64(run));
        self.contributionRoot = exhibit.opening.contributionRoot;
        emit RecordDemanded(id, run, round, address(coordinator), exhibit.slot, index, msg.sender, deadline);
        _take(DEMAND_BOND);
    }

    /// @inheritdoc IDisputeCourt
    function produceRecord(uint256 id, RecordProof calldata proof) external {
        Demand storage self = _closeDemand(id);
        if (block.timestamp > self.deadline) revert CourtOutOfTime(id);
        uint32 chunks = self.coordinator.chunkRulesOf(self.run).chunkCount;
        ReplayLib.checkRecord(proof, self.index, chunks, self.contributionRoot);
        emit RecordProduced(id, msg.sender);
        _release(DEMAND_BOND, msg.sender, DEMAND_BOND);
    }

    /// @inheritdoc IDisputeCourt
    function closeDemand(uint256 id, address operator) external {
        Demand storage self = _closeDemand(id);
        // INVARIANT: nobody is convicted of withholding what it still has time to produce.
        if (block.timestamp <= self.deadline) revert CourtNotDue(id);
        emit DemandUnanswered(id);
        (IRunCoordinator coordinator, address accuser) = (self.coordinator, self.accuser);
        _release(DEMAND_BOND, accuser, DEMAND_BOND);
        _punishMiner(coordinator, self.run, self.round, self.slot, self.epoch, operator, accuser, Offence.Withheld);
    }

    // ---- Money

    /// @inheritdoc IDisputeCourt
    function withdraw(address to) external {
        if (to == address(0)) revert CourtZeroAddress();
        uint256 amount = _credits[msg.sender];
        if (amount == 0) revert CourtNothingOwed(msg.sender);
        _credits[msg.sender] = 0;
        owed -= amount;
        emit Withdrawn(msg.sender, to, amount);
        TOKEN.safeTransfer(to, amount);
    }

    // ---- Views

    /// @inheritdoc IDisputeCourt
    function rules() external view returns (Rules memory) {
        return Rules(WINDOW_SECONDS, CLOCK_SECONDS, ANSWER_SECONDS, DEMAND_ROUNDS, ROOT_BOND, DEMAND_BOND);
    }

    /// @inheritdoc IDisputeCourt
    function rootCaseOf(uint256 id) external view returns (RootCase memory) {
        return _rootCases[id];
    }

    /// @inheritdoc IDisputeCourt
    function demandOf(uint256 id) external view returns (Demand memory) {
        return _demands[id];
    }

    /// @inheritdoc IDisputeCourt
    function convictionOf(
        IRunCoordinator coordinator,
        uint256 run,
        uint64 round
    ) external view returns (Conviction memory) {
        return _convictions[coordinator][run][round];
    }

    /// @inheritdoc IDisputeCourt
    function creditOf(address account) external view returns (uint256) {
        return _credits[account];
    }

    // ---- Parts: evidence

    function _checkAccusable(Case calldata case_) private view {
        EvidenceLib.checkFinal(case_.coordinator, case_.run, case_.round, case_.final_);
        // INVARIANT: what stood for the whole window stands for ever.
        uint256 end = uint256(case_.final_.finalizedAt) + WINDOW_SECONDS;
        if (block.timestamp > end) revert CourtWindowOver(case_.run, case_.round, end);
    }

    function _rootCase(uint256 id, FinalRound calldata final_) private view returns (RootCase storage self) {
        self = _rootCases[id];
        if (self.turn == Turn.None || self.turn == Turn.Closed) revert CourtUnknownCase(id);
        EvidenceLib.checkFinal(self.coordinator, self.run, self.round, final_);
    }

    function _refuteChunk(
        IRunCoordinator coordinator,
        uint256 run,
        uint64 round,
        FinalRound calldata final_,
        Replay calldata replay,
        bytes32 claimed
    ) private view {
        bytes32 leaf = ReplayLib.leafAfter(run, round, final_, coordinator.chunkRulesOf(run), replay);
        // INVARIANT: a right leaf convicts nobody.
        if (leaf == claimed) revert CourtLeafRight(run, round, replay.index);
    }

    function _closeDemand(uint256 id) private returns (Demand storage self) {
        self = _demands[id];
        if (self.state != DemandState.Open) revert CourtUnknownCase(id);
        self.state = DemandState.Closed;
    }

    // ---- Parts: convictions

    function _convict(
        IRunCoordinator coordinator,
        uint256 run,
        uint64 round,
        FinalRound calldata final_,
        address reporter
    ) private {
        Conviction storage conviction = _convictions[coordinator][run][round];
        // INVARIANT: a root is convicted once; the first to show it is the reporter.
        if (conviction.epoch != 0) return;
        (conviction.epoch, conviction.attesters, conviction.reporter) = (final_.epoch, final_.attesters, reporter);
        emit RootConvicted(address(coordinator), run, round, final_.attesters, reporter);
    }

    function _punishAttester(
        IRunCoordinator coordinator,
        uint256 run,
        uint64 round,
        uint8 slot,
        address operator
    ) private {
        Conviction storage conviction = _convictions[coordinator][run][round];
        uint256 left = conviction.attesters;
        // INVARIANT: each attester of a convicted root is punished once, and nobody else is.
        if (!left.has(slot)) revert CourtNotPunishable(run, round, slot);
        conviction.attesters = uint64(left.without(slot));
        (uint48 epoch, address reporter) = (conviction.epoch, conviction.reporter);
        Fault memory fault = Fault(Role.Validator, slot, epoch, operator, address(this), BOUNTY_BPS);
        uint256 taken = coordinator.punish(run, fault);
        _collect(reporter);
        emit AttesterPunished(address(coordinator), run, round, slot, operator, taken);
    }

    /// @dev Who attested a round with a malformed contribution in it attested what no rule gives.
    function _convictMiner(
        Exhibit calldata exhibit,
        Source calldata source,
        address operator,
        Offence offence
    ) private {
        (IRunCoordinator coordinator, uint256 run, uint64 round) = (exhibit.coordinator, exhibit.run, exhibit.round);
        bool included = source.seals.length != 0;
        if (included) _convict(coordinator, run, round, source.final_, msg.sender);
        uint64 epoch = included ? source.final_.epoch : coordinator.epochOfRound(run, round);
        _punishMiner(coordinator, run, round, exhibit.slot, epoch, operator, msg.sender, offence);
    }

    function _punishMiner(
        IRunCoordinator coordinator,
        uint256 run,
        uint64 round,
        uint8 slot,
        uint64 epoch,
        address operator,
        address reporter,
        Offence offence
    ) private {
        Fault memory fault = Fault(Role.Miner, slot, epoch, operator, address(this), BOUNTY_BPS);
        uint256 taken = coordinator.punish(run, fault);
        _collect(reporter);
        emit MinerConvicted(address(coordinator), run, round, slot, operator, offence, taken);
    }

    // ---- Parts: money

    function _uphold(uint256 id, RootCase storage self) private {
        emit RootCaseClosed(id, true);
        _release(ROOT_BOND, self.accuser, ROOT_BOND);
    }

    /// @dev Who showed rows shares the bond, so that to defend costs nothing; the rest goes to nobody who could have wanted it.
    function _dismiss(uint256 id) private {
        emit RootCaseClosed(id, false);
        address[] storage defenders = _defenders[id];
        uint256 each = ROOT_BOND / (RootCaseLib.MOST_ROWS + 1);
        uint256 left = ROOT_BOND;
        bonds -= left;
        // At most MOST_ROWS.
        for (uint256 i = 0; i < defenders.length; i++) {
            left -= each;
            _credit(defenders[i], each);
        }
        _credit(SINK, left);
    }

    function _take(uint256 amount) private {
        bonds += amount;
        TOKEN.safeTransferFrom(msg.sender, address(this), amount);
    }

    function _release(uint256 bond, address to, uint256 amount) private {
        bonds -= bond;
        _credit(to, amount);
    }

    /// @dev Credits what is here and belongs to nobody: the bounty of a slash, and whatever strangers sent before.
    function _collect(address reporter) private {
        uint256 surplus = TOKEN.balanceOf(address(this)) - bonds - owed;
        if (surplus != 0) _credit(reporter, surplus);
    }

    function _credit(address account, uint256 amount) private {
        owed += amount;
        _credits[account] += amount;
        emit Credited(account, amount);
    }
}

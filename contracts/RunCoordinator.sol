// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {IBeacon} from "./interfaces/IBeacon.sol";
import {IRefutable} from "./interfaces/IRefutable.sol";
import {IRewardEscrow} from "./interfaces/IRewardEscrow.sol";
import {IRunCoordinator} from "./interfaces/IRunCoordinator.sol";
import {IShares} from "./interfaces/IShares.sol";
import {IStakeVault} from "./interfaces/IStakeVault.sol";
import {ActorLib} from "./libraries/ActorLib.sol";
import {AttestLib} from "./libraries/AttestLib.sol";
import {CommitLib} from "./libraries/CommitLib.sol";
import {EpochLib} from "./libraries/EpochLib.sol";
import {FundingLib} from "./libraries/FundingLib.sol";
import {LineageLib} from "./libraries/LineageLib.sol";
import {MemberLib} from "./libraries/MemberLib.sol";
import {PunishLib} from "./libraries/PunishLib.sol";
import {RoundLib} from "./libraries/RoundLib.sol";
import {RunParamsLib} from "./libraries/RunParamsLib.sol";
import {SettlementLib} from "./libraries/SettlementLib.sol";
import {ShareLib} from "./libraries/ShareLib.sol";
import {ViewLib} from "./libraries/ViewLib.sol";
import {RunData, Seat} from "./types/RunData.sol";

/// @title Runs, rounds, epochs: who may call what.
/// @dev The rules are in the libraries, each the sole writer of its part of `RunData`, with its checks, effects and events. Those
/// with external functions are linked and run as this contract's code; actions of members are compiled in, since they are many.
/// SAFETY: no reentrancy guard. The stake vault and the beacon call nobody. The reward escrow calls nobody in `openEpoch` and
/// `settleEpoch`, which come last in their transactions. The vaults and the beacon are fixed at construction; a deployer that
/// chose hostile ones could stop its own coordinator, but has no power over the stake and the rewards held elsewhere.
contract RunCoordinator is IRunCoordinator, Multicall {
    using ActorLib for RunData;
    using AttestLib for RunData;
    using CommitLib for RunData;
    using EpochLib for RunData;
    using FundingLib for RunData;
    using LineageLib for RunData;
    using MemberLib for RunData;
    using PunishLib for RunData;
    using RoundLib for RunData;
    using RunParamsLib for RunData;
    using SafeERC20 for IERC20;
    using SettlementLib for RunData;
    using ShareLib for RunData;
    using ViewLib for RunData;

    // ---- Immutables

    IStakeVault public immutable STAKE_VAULT;
    IRewardEscrow public immutable REWARDS;
    IBeacon public immutable BEACON;
    /// @inheritdoc IRefutable
    address public immutable COURT;
    /// @dev The escrow's native token.
    IERC20 public immutable TOKEN;
    /// @dev Wei.
    uint256 public immutable RUN_DEPOSIT;

    // ---- Storage

    /// @inheritdoc IRunCoordinator
    uint256 public runCount;

    mapping(uint256 run => RunData) private _runs;

    // ---- Constructor

    constructor(IStakeVault stakeVault, IRewardEscrow rewards, IBeacon beacon, address court, uint128 runDeposit) {
        STAKE_VAULT = stakeVault;
        REWARDS = rewards;
        BEACON = beacon;
        COURT = court;
        TOKEN = rewards.NATIVE();
        RUN_DEPOSIT = runDeposit;
    }

    // ---- Runs

    /// @inheritdoc IRunCoordinator
    function createRun(RunParams calldata params) external returns (uint256 run) {
        run = ++runCount;
        _runs[run].create(run, params, address(TOKEN), uint128(RUN_DEPOSIT));
        if (RUN_DEPOSIT != 0) TOKEN.safeTransferFrom(msg.sender, address(this), RUN_DEPOSIT);
    }

    /// @inheritdoc IRunCoordinator
    function useSponsorship(uint256 run, uint64 source) external {
        RunData storage self = _get(run);
        // INVARIANT: what a run waits for is money of the kind and the size that it was created with. One that still serves stays,
        // and a run that its grant pays needs none.
        bool granted = self.params.rewardToken == address(TOKEN);
        if (granted || self.isFit(run, self.source, REWARDS) || !self.isFit(run, source, REWARDS)) {
            revert RunSourceUnfit(run, source);
        }
        self.source = source;
        emit SourceNamed(run, source);
    }

    /// @inheritdoc IRunCoordinator
    function closeRun(uint256 run) external {
        RunData storage self = _get(run);
        address owner = self.owner;
        Phase phase = self.head.phase;
        if (phase != Phase.Ended) {
            if (msg.sender != owner) revert RunNotOwner(run, msg.sender);
            // INVARIANT: nobody's run ends while somebody is in it.
            bool empty = self.seats[Role.Miner].taken | self.seats[Role.Validator].taken == 0;
            if (phase != Phase.Idle || !empty) revert RunNotClosable(run);
            self.head.phase = Phase.Ended;
            emit RunEnded(run);
        }
        uint256 amount = self.deposit;
        // INVARIANT: a deposit goes back once.
        self.deposit = 0;
        emit DepositReturned(run, owner, amount);
        if (amount != 0) TOKEN.safeTransfer(owner, amount);
    }

    // ---- Members

    /// @inheritdoc IRunCoordinator
    function joinAsMiner(uint256 run) external returns (uint8 slot) {
        return _get(run).joinAsMiner(run, STAKE_VAULT);
    }

    /// @inheritdoc IRunCoordinator
    function replaceMiner(uint256 run, uint8 slot) external {
        _get(run).replaceMiner(run, slot, STAKE_VAULT);
    }

    /// @inheritdoc IRunCoordinator
    function joinAsValidator(uint256 run, uint128 stake) external returns (uint8 slot) {
        return _get(run).joinAsValidator(run, stake, STAKE_VAULT);
    }

    /// @inheritdoc IRunCoordinator
    function leave(uint256 run, Role role) external {
        _get(run).leave(run, role, STAKE_VAULT);
    }

    /// @inheritdoc IRunCoordinator
    function evict(uint256 run, Role role, uint8 slot) external {
        _get(run).evict(run, role, slot, STAKE_VAULT);
    }

    /// @inheritdoc IRunCoordinator
    function release(uint256 run, Role role, uint8 slot) external {
        _get(run).release(run, role, slot, STAKE_VAULT);
    }

    /// @inheritdoc IRunCoordinator
    function syncKey(uint256 run, Role role, uint8 slot) external {
        _get(run).sync(run, role, slot, STAKE_VAULT);
    }

    // ---- Rounds

    /// @inheritdoc IRunCoordinator
    function advance(uint256 run) external {
        _get(run).advance(run, REWARDS, BEACON);
    }

    /// @inheritdoc IRunCoordinator
    function commit(uint256 run, uint64 round, uint8 slot, bytes32 commitment) external {
        RunData storage self = _runs[run];
        self.authorizeIn(run, round, Role.Miner, slot, STAKE_VAULT);
        self.commit(run, round, slot, commitment);
    }

    /// @inheritdoc IRunCoordinator
    function reveal(uint256 run, uint64 round, uint8 slot, Opening calldata opening) external {
        RunData storage self = _runs[run];
        self.authorizeIn(run, round, Role.Miner, slot, STAKE_VAULT);
        self.reveal(run, round, slot, opening);
    }

    /// @inheritdoc IRunCoordinator
    function propose(
        uint256 run,
        uint64 round,
        uint8 attempt,
        uint256 included,
        bytes32 nextRoot,
        bool worse
    ) external {
        RunData storage self = _runs[run];
        Seat storage seat = self.authorizeIn(run, round, Role.Validator, self.head.leader, STAKE_VAULT);
        self.propose(run, round, attempt, seat, included, nextRoot, worse);
    }

    /// @inheritdoc IRunCoordinator
    function attest(uint256 run, uint64 round, uint8 slot, bytes32 proposal, bool worse) external {
        RunData storage self = _runs[run];
        Seat storage seat = self.authorizeIn(run, round, Role.Validator, slot, STAKE_VAULT);
        self.attest(run, round, slot, seat, proposal, worse);
    }

    /// @inheritdoc IRunCoordinator
    function refuse(uint256 run, uint64 round, uint8 slot, bytes32 proposal) external {
        RunData storage self = _runs[run];
        Seat storage seat = self.authorizeIn(run, round, Role.Validator, slot, STAKE_VAULT);
        self.refuse(run, round, slot, seat, proposal);
    }

    // ---- Epochs

    /// @inheritdoc IRunCoordinator
    function commitScores(uint256 run, uint64 epoch, uint8 slot, bytes32 commitment) external {
        _runs[run].commitScores(run, epoch, slot, commitment, STAKE_VAULT);
    }

    /// @inheritdoc IRunCoordinator
    function revealScores(
        uint256 run,
        uint64 epoch,
        uint8 slot,
        bytes calldata scores,
        ScoreOpening calldata opening
    ) external {
        _runs[run].revealScores(run, epoch, slot, scores, opening, STAKE_VAULT);
    }

    /// @inheritdoc IRunCoordinator
    function advanceEpoch(uint256 run, uint64 epoch) external {
        _get(run).advanceEpoch(run, epoch);
    }

    /// @inheritdoc IRunCoordinator
    function settle(uint256 run, uint64 epoch, bytes[] calldata vectors, bytes calldata medians) external {
        _get(run).settle(run, epoch, vectors, medians, REWARDS);
    }

    // ---- By the court

    /// @inheritdoc IRefutable
    function refute(uint256 run, uint64 round, FinalRound calldata final_) external onlyCourt {
        _get(run).refute(run, round, final_, REWARDS, BEACON);
    }

    /// @inheritdoc IRefutable
    function punish(uint256 run, Fault calldata fault) external onlyCourt returns (uint256 taken) {
        return _get(run).punish(run, fault, STAKE_VAULT);
    }

    // ---- Views

    /// @inheritdoc IRefutable
    function finalRoundOf(uint256 run, uint64 round) external view returns (bytes32 hash) {
        return _get(run).finals[round];
    }

    /// @inheritdoc IRefutable
    function isStanding(uint256 run, uint64 round) external view returns (bool) {
        return _get(run).isStanding(round);
    }

    /// @inheritdoc IRefutable
    function epochOfRound(uint256 run, uint64 round) external view returns (uint64) {
        return ViewLib.roundAt(_get(run), run, round).epoch;
    }

    /// @inheritdoc IRefutable
    function chunkRulesOf(uint256 run) external view returns (ChunkRules memory) {
        return _get(run).params.chunks;
    }

    /// @inheritdoc IShares
    function shareOf(uint256 run, uint256 epoch, address account, bool asOwner) external view returns (uint256) {
        RunData storage self = _get(run);
        return epoch > self.head.epoch ? 0 : self.shareOf(uint64(epoch), account, asOwner);
    }

    /// @inheritdoc IRunCoordinator
    function ownerOf(uint256 run) external view returns (address) {
        return _get(run).owner;
    }

    /// @inheritdoc IRunCoordinator
    function depositOf(uint256 run) external view returns (uint256) {
        return _get(run).deposit;
    }

    /// @inheritdoc IRunCoordinator
    function paramsOf(uint256 run) external view returns (RunParams memory) {
        return _get(run).params;
    }

    /// @inheritdoc IRunCoordinator
    function sourceOf(uint256 run) external view returns (uint64) {
        return _get(run).source;
    }

    /// @inheritdoc IRunCoordinator
    function phaseOf(uint256 run) external view returns (Phase) {
        return _get(run).head.phase;
    }

    /// @inheritdoc IRunCoordinator
    function stateRootOf(uint256 run) external view returns (bytes32) {
        return _get(run).root;
    }

    /// @inheritdoc IRunCoordinator
    function currentRoundOf(uint256 run) external view returns (uint64) {
        return _get(run).head.round;
    }

    /// @inheritdoc IRunCoordinator
    function currentEpochOf(uint256 run) external view returns (uint64) {
        return _get(run).head.epoch;
    }

    /// @inheritdoc IRunCoordinator
    function roundOf(uint256 run, uint64 round) external view returns (Round memory) {
        return _get(run).roundOf(run, round);
    }

    /// @inheritdoc IRunCoordinator
    function epochOf(uint256 run, uint64 epoch) external view returns (Epoch memory) {
        return _get(run).epochOf(run, epoch);
    }

    /// @inheritdoc IRunCoordinator
    function memberOf(uint256 run, Role role, uint8 slot) external view returns (Member memory) {
        return _get(run).memberOf(role, slot);
    }

    /// @inheritdoc IRunCoordinator
    function slotOf(uint256 run, Role role, address operator) external view returns (uint8 slot) {
        return MemberLib.slotOf(_get(run), run, role, operator);
    }

    /// @inheritdoc IRunCoordinator
    function sealOf(uint256 run, uint64 round, uint8 slot) external view returns (uint256) {
        return _get(run).sealOf(run, round, slot);
    }

    /// @inheritdoc IRunCoordinator
    function usefulnessOf(uint256 run, uint8 slot) external view returns (uint256) {
        return _get(run).usefulnessOf(slot);
    }

    /// @inheritdoc IRunCoordinator
    function isDue(uint256 run) external view returns (bool) {
        return RoundLib.isDue(_get(run), run, REWARDS);
    }

    // ---- Internal

    modifier onlyCourt() {
        if (msg.sender != COURT) revert RunNotCourt(msg.sender);
        _;
    }

    /// @dev Calls of members need not ask: who acts in a slot of it knows that the run exists.
    function _get(uint256 id) private view returns (RunData storage run) {
        run = _runs[id];
        if (run.owner == address(0)) revert RunUnknown(id);
    }
}

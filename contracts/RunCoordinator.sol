// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IBeacon} from "./interfaces/IBeacon.sol";
import {IRewardVault} from "./interfaces/IRewardVault.sol";
import {IRunCoordinator} from "./interfaces/IRunCoordinator.sol";
import {IStakeVault} from "./interfaces/IStakeVault.sol";
import {AttestLib} from "./libraries/AttestLib.sol";
import {BitmapLib} from "./libraries/BitmapLib.sol";
import {EpochLib} from "./libraries/EpochLib.sol";
import {MemberLib} from "./libraries/MemberLib.sol";
import {RoundLib} from "./libraries/RoundLib.sol";
import {RunParamsLib} from "./libraries/RunParamsLib.sol";
import {SettlementLib} from "./libraries/SettlementLib.sol";
import {ROUND_RING, RunData} from "./types/RunData.sol";

/// @title Runs, rounds, epochs: who may call, in which order things follow, and the calls to the vaults and the beacon.
/// @dev The rules are in the libraries, each the sole writer of its part of `RunData`, with its checks, effects and event.
/// Every function: who calls (a view of the stake vault), library (checks, effects, event), then at most one call that can
/// change another contract, at the very end.
/// SAFETY: hence no reentrancy guard. The vaults and the beacon are fixed at construction; a deployer that chose hostile
/// ones could stop its own coordinator, but has no power over the stake and the funds held elsewhere.
contract RunCoordinator is IRunCoordinator {
    using AttestLib for RunData;
    using BitmapLib for uint256;
    using EpochLib for RunData;
    using MemberLib for RunData;
    using RoundLib for RunData;
    using SettlementLib for RunData;

    // ---- Immutables

    IStakeVault public immutable STAKE_VAULT;
    IRewardVault public immutable REWARD_VAULT;
    IBeacon public immutable BEACON;

    // ---- Storage

    /// @inheritdoc IRunCoordinator
    uint256 public runCount;

    mapping(uint256 run => RunData) private _runs;

    // ---- Constructor

    constructor(IStakeVault stakeVault, IRewardVault rewardVault, IBeacon beacon) {
        STAKE_VAULT = stakeVault;
        REWARD_VAULT = rewardVault;
        BEACON = beacon;
    }

    // ---- Runs and members

    /// @inheritdoc IRunCoordinator
    function createRun(RunParams calldata params) external returns (uint256 run) {
        RunParams memory p = params;
        RunParamsLib.validate(p);

        run = ++runCount;
        RunData storage self = _runs[run];
        self.owner = msg.sender;
        self.root = p.genesisRoot;
        self.params = p;
        emit RunCreated(run, msg.sender, p);
    }

    /// @inheritdoc IRunCoordinator
    function joinAsMiner(uint256 run) external returns (uint8 slot) {
        RunData storage self = _get(run);
        _requireOperator();

        uint128 stake = self.params.minerStake;
        slot = self.join(run, Role.Miner, msg.sender, stake, 0);
        STAKE_VAULT.lock(msg.sender, stake);
    }

    /// @inheritdoc IRunCoordinator
    function joinAsValidator(uint256 run, uint128 stake) external returns (uint8 slot) {
        RunData storage self = _get(run);
        _requireOperator();
        // INVARIANT: a validator has at least the run's stake to lose.
        if (stake < self.params.validatorStake) revert RunStakeTooLow(stake, self.params.validatorStake);

        uint128 cap = self.params.validatorWeightCap;
        slot = self.join(run, Role.Validator, msg.sender, stake, stake < cap ? stake : cap);
        STAKE_VAULT.lock(msg.sender, stake);
    }

    /// @inheritdoc IRunCoordinator
    function leave(uint256 run, Role role) external {
        RunData storage self = _get(run);
        _requireOperator();

        self.leave(run, role, msg.sender);
    }

    /// @inheritdoc IRunCoordinator
    function release(uint256 run, Role role, uint8 slot) external {
        (address operator, uint128 stake) = _get(run).release(run, role, slot);
        STAKE_VAULT.unlock(operator, stake);
    }

    // ---- Rounds

    /// @inheritdoc IRunCoordinator
    function advance(uint256 run) external {
        RunData storage self = _get(run);
        // INVARIANT I-11: a phase that still accepts actions is not closed by anybody.
        if (!_isDue(run, self)) revert RunNotDue(run);

        Phase phase = self.phase;
        if (phase == Phase.Idle) _open(run, self);
        else if (phase == Phase.Train) self.callCommits(run);
        else if (phase == Phase.Commit) _closeCommits(run, self);
        else if (phase == Phase.Reveal) _closeReveals(run, self);
        else _nextLeader(run, self);
    }

    /// @inheritdoc IRunCoordinator
    function commit(uint256 run, uint64 round, bytes32 commitment) external {
        RunData storage self = _get(run);
        bool all = self.commit(run, round, _caller(), commitment);
        if (all) _closeCommits(run, self);
    }

    /// @inheritdoc IRunCoordinator
    function reveal(
        uint256 run,
        uint64 round,
        bytes32 contributionRoot,
        bytes32 digest,
        uint64 size,
        bytes32 salt
    ) external {
        RunData storage self = _get(run);
        bool all = self.reveal(run, round, _caller(), RoundLib.Opening(contributionRoot, digest, size, salt));
        if (all) _closeReveals(run, self);
    }

    /// @inheritdoc IRunCoordinator
    function propose(uint256 run, uint64 round, uint8 attempt, uint256 included, bytes32 nextRoot) external {
        RunData storage self = _get(run);
        bool agreed = self.propose(AttestLib.Ballot(run, round, attempt, _caller()), included, nextRoot);
        if (agreed) _conclude(run, self);
    }

    /// @inheritdoc IRunCoordinator
    function attest(uint256 run, uint64 round, uint8 attempt, uint256 included, bytes32 nextRoot) external {
        RunData storage self = _get(run);
        bool agreed = self.attest(AttestLib.Ballot(run, round, attempt, _caller()), included, nextRoot);
        if (agreed) _conclude(run, self);
    }

    /// @inheritdoc IRunCoordinator
    function refuse(uint256 run, uint64 round, uint8 attempt) external {
        RunData storage self = _get(run);
        bool rejected = self.refuse(AttestLib.Ballot(run, round, attempt, _caller()));
        if (rejected) _nextLeader(run, self);
    }

    // ---- Epochs

    /// @inheritdoc IRunCoordinator
    function commitScores(uint256 run, uint64 epoch, bytes32 commitment) external {
        RunData storage self = _get(run);
        self.commitScores(run, epoch, _caller(), commitment);
    }

    /// @inheritdoc IRunCoordinator
    function revealScores(
        uint256 run,
        uint64 epoch,
        bytes calldata scores,
        bytes32 receiptsDigest,
        uint64 receiptsSize,
        bytes32 salt
    ) external {
        RunData storage self = _get(run);
        self.revealScores(run, epoch, _caller(), scores, EpochLib.Opening(receiptsDigest, receiptsSize, salt));
    }

    /// @inheritdoc IRunCoordinator
    function advanceEpoch(uint256 run, uint64 epoch) external {
        _get(run).advanceEpoch(run, epoch);
    }

    /// @inheritdoc IRunCoordinator
    function settle(uint256 run, uint64 epoch, bytes[] calldata vectors, bytes calldata medians) external {
        (address[] memory operators, uint256[] memory amounts) = _get(run).settle(run, epoch, vectors, medians);
        REWARD_VAULT.settleEpoch(run, epoch, operators, amounts);
    }

    // ---- Internal: what follows what

    function _closeCommits(uint256 id, RunData storage run) private {
        if (run.current().committed == 0) _void(id, run, VoidReason.NothingRevealed);
        else run.openReveal(id, BEACON.read());
    }

    function _closeReveals(uint256 id, RunData storage run) private {
        if (run.current().revealed == 0) _void(id, run, VoidReason.NothingRevealed);
        else _nextLeader(id, run);
    }

    function _nextLeader(uint256 id, RunData storage run) private {
        if (!run.draw(id)) _void(id, run, VoidReason.NoQuorum);
    }

    function _conclude(uint256 id, RunData storage run) private {
        // INVARIANT I-14: validators that agree on an empty set have agreed that the root stays.
        if (run.current().included == 0) return _void(id, run, VoidReason.NothingValid);
        run.finishRound(id);
        _proceed(id, run);
    }

    function _void(uint256 id, RunData storage run, VoidReason reason) private {
        run.voidRound(id, reason);
        _proceed(id, run);
    }

    /// @dev After a round: closes the epoch if it is full or cannot go on, and opens the next round if that can be.
    function _proceed(uint256 id, RunData storage run) private {
        bool ended = run.round == run.params.maxRounds; // never, if maxRounds is 0: rounds count from 1
        bool staffed = !ended && run.suffice();
        if (!staffed || run.epochIsFull()) run.closeEpoch(id);
        if (ended) run.end(id);
        else if (staffed && (run.inEpoch() || _canOpenEpoch(id, run))) _open(id, run);
        else run.idle(id);
    }

    /// @dev INVARIANT I-16: the pot is escrowed in the transaction that opens the epoch's first round, or that reverts.
    function _open(uint256 id, RunData storage run) private {
        bool fresh = !run.inEpoch();
        if (fresh) run.openEpoch(id);
        run.openRound(id, BEACON.read());
        run.includeRound();
        if (fresh) REWARD_VAULT.openEpoch(id, run.epoch, run.params.epochPot);
    }

    function _canOpenEpoch(uint256 id, RunData storage run) private view returns (bool) {
        return run.epochRingHasRoom() && REWARD_VAULT.fundsOf(address(this), id) >= run.params.epochPot;
    }

    function _isDue(uint256 id, RunData storage run) private view returns (bool) {
        Phase phase = run.phase;
        if (phase == Phase.Ended) return false;
        // In Idle no epoch is open: it was closed on the way.
        if (phase == Phase.Idle) return run.suffice() && _canOpenEpoch(id, run);
        return block.timestamp > run.current().deadline;
    }

    function _get(uint256 id) private view returns (RunData storage run) {
        run = _runs[id];
        if (run.owner == address(0)) revert RunUnknown(id);
    }

    /// @dev The operator that the caller acts for.
    function _caller() private view returns (address) {
        return STAKE_VAULT.operatorOf(msg.sender);
    }

    /// @dev INVARIANT: a delegate cannot put its operator's stake at risk, or take it out of a run.
    function _requireOperator() private view {
        if (_caller() != msg.sender) revert RunNotOperator(msg.sender);
    }

    // ---- Views

    /// @inheritdoc IRunCoordinator
    function ownerOf(uint256 run) external view returns (address) {
        return _get(run).owner;
    }

    /// @inheritdoc IRunCoordinator
    function paramsOf(uint256 run) external view returns (RunParams memory) {
        return _get(run).params;
    }

    /// @inheritdoc IRunCoordinator
    function phaseOf(uint256 run) external view returns (Phase) {
        return _get(run).phase;
    }

    /// @inheritdoc IRunCoordinator
    function stateRootOf(uint256 run) external view returns (bytes32) {
        return _get(run).root;
    }

    /// @inheritdoc IRunCoordinator
    function currentRoundOf(uint256 run) external view returns (uint64) {
        return _get(run).round;
    }

    /// @inheritdoc IRunCoordinator
    function currentEpochOf(uint256 run) external view returns (uint64) {
        return _get(run).epoch;
    }

    /// @inheritdoc IRunCoordinator
    function roundOf(uint256 run, uint64 round) external view returns (Round memory) {
        return _get(run).roundAt(run, round);
    }

    /// @inheritdoc IRunCoordinator
    function epochOf(uint256 run, uint64 epoch) external view returns (Epoch memory) {
        return _get(run).epochAt(run, epoch);
    }

    /// @inheritdoc IRunCoordinator
    function memberOf(uint256 run, Role role, uint8 slot) external view returns (Member memory) {
        return _get(run).seats[role].members[slot];
    }

    /// @inheritdoc IRunCoordinator
    function slotOf(uint256 run, Role role, address operator) external view returns (uint8 slot) {
        return _get(run).slotOf(run, role, operator);
    }

    /// @inheritdoc IRunCoordinator
    function commitmentOf(uint256 run, uint64 round, uint8 slot) external view returns (bytes32) {
        RunData storage self = _get(run);
        // What an earlier round left in the ring is not this round's.
        if (!self.roundAt(run, round).committed.has(slot)) return 0;
        return self.commitments[round % ROUND_RING][slot];
    }

    /// @inheritdoc IRunCoordinator
    function isDue(uint256 run) external view returns (bool) {
        return _isDue(run, _get(run));
    }
}

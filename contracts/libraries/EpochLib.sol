// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {
    IRunCoordinatorErrors as Errors,
    IRunCoordinatorEvents as Events
} from "../interfaces/IRunCoordinatorEvents.sol";
import {IRunCoordinatorTypes as Types} from "../interfaces/IRunCoordinatorTypes.sol";
import {IStakeVault} from "../interfaces/IStakeVault.sol";
import {EPOCH_RING, EpochData, RoundData, RunData, Seat} from "../types/RunData.sol";
import {ActorLib} from "./ActorLib.sol";
import {BitmapLib} from "./BitmapLib.sol";
import {HashLib} from "./HashLib.sol";
import {SealLib} from "./SealLib.sol";

/// @title Epochs: consecutive rounds that are scored and paid together. With SettlementLib the sole writer of epochs:
/// contracts/README.md section 8.
/// @dev None -> Open -> Commit -> Reveal -> Settled, each epoch on its own clock, beside the rounds of later epochs.
/// Deadlines bind as in RoundLib. The external functions run as the coordinator's own code.
library EpochLib {
    using ActorLib for RunData;
    using BitmapLib for uint256;
    using SealLib for uint256;

    // ---- Transitions

    function openEpoch(RunData storage run, uint256 id) internal returns (uint48 number) {
        number = ++run.head.epoch;
        EpochData storage epoch = run.epochs[number % EPOCH_RING];
        epoch.id = number;
        epoch.phase = Types.EpochPhase.Open;
        epoch.firstRound = run.head.round + 1;
        epoch.lastRound = 0;
        epoch.deadline = 0;
        epoch.finalRounds = 0;
        epoch.settledSlots = 0;
        epoch.slots = run.params.maxMiners;
        (epoch.validators, epoch.validatorsThroughout) = (0, type(uint64).max);
        (epoch.miners, epoch.minersThroughout) = (0, type(uint256).max);
        emit Events.EpochOpened(id, number, epoch.firstRound);
    }

    /// @notice Takes the members of the round that just opened into the epoch.
    function includeRound(RunData storage run, RoundData storage round) internal {
        EpochData storage epoch = last(run);
        (uint256 miners, uint64 validators) = (round.miners, round.validators);
        epoch.miners |= miners;
        epoch.minersThroughout &= miners;
        epoch.validators |= validators;
        epoch.validatorsThroughout &= validators;
    }

    function closeEpoch(RunData storage run, uint256 id) internal {
        EpochData storage epoch = last(run);
        epoch.phase = Types.EpochPhase.Commit;
        epoch.lastRound = run.head.round;
        epoch.deadline = uint48(block.timestamp) + run.params.scoreCommitSeconds;
        emit Events.EpochClosed(
            id,
            epoch.id,
            epoch.lastRound,
            epoch.finalRounds,
            epoch.miners,
            epoch.validators,
            epoch.deadline
        );
    }

    /// @notice Counts the final rounds of the epochs from `first` on as void, but for so many of that one.
    /// @dev INVARIANT I-41: what is settled stays, and so does what it pays.
    function undoRounds(RunData storage run, uint48 first, uint16 kept) internal {
        uint48 present = run.head.epoch;
        for (uint48 number = present; number >= first && number + EPOCH_RING > present; number--) {
            EpochData storage epoch = run.epochs[number % EPOCH_RING];
            if (epoch.phase != Types.EpochPhase.Settled) epoch.finalRounds = number == first ? kept : 0;
        }
    }

    /// @notice Counts the open round as one in which the member in the slot was not active.
    /// @param activeFrom First round in which it was.
    function excuse(RunData storage run, Types.Role role, uint8 slot, uint48 activeFrom) internal {
        EpochData storage epoch = last(run);
        if (role == Types.Role.Validator) {
            epoch.validatorsThroughout = uint64(uint256(epoch.validatorsThroughout).without(slot));
            return;
        }
        epoch.minersThroughout = epoch.minersThroughout.without(slot);
        // INVARIANT: scores of a miner that was active in none of the epoch's rounds count for nothing.
        uint48 round = run.head.round;
        if (activeFrom == round || epoch.firstRound == round) epoch.miners = epoch.miners.without(slot);
    }

    /// @notice Closes the commit phase of scores.
    /// @dev The reveal phase has nothing to close: once it is over, `settle` is open to all.
    function advanceEpoch(RunData storage run, uint256 id, uint64 number) external {
        EpochData storage epoch = epochAt(run, id, number);
        // INVARIANT I-11: a score phase ends early only when everyone it waits for has acted.
        if (
            epoch.phase != Types.EpochPhase.Commit ||
            (block.timestamp <= epoch.deadline && committedScores(run, epoch) != epoch.validators)
        ) revert Errors.EpochNotDue(id, number);
        epoch.phase = Types.EpochPhase.Reveal;
        epoch.deadline = uint48(block.timestamp) + run.params.scoreRevealSeconds;
        emit Events.ScoreRevealOpened(id, number, epoch.deadline);
    }

    // ---- Actions of validators

    function commitScores(
        RunData storage run,
        uint256 id,
        uint64 number,
        uint8 slot,
        bytes32 commitment,
        IStakeVault stakes
    ) external {
        Seat storage seat = run.authorize(id, Types.Role.Validator, slot, stakes);
        EpochData storage epoch = _accept(run, id, number, Types.EpochPhase.Commit);
        // INVARIANT: only validators that were active in the epoch score it.
        if (!uint256(epoch.validators).has(slot)) revert Errors.EpochNotActive(id, number, slot);
        mapping(uint8 => uint256) storage seals = run.scores[number % EPOCH_RING];
        // INVARIANT: one commitment an epoch; it cannot be replaced.
        if (seals[slot].isOf(number)) revert Errors.ScoresAlreadyCommitted(id, number, slot);
        // INVARIANT: nothing can be taken for a commitment that is none.
        if (commitment == 0) revert Errors.RunZeroCommitment();

        seals[slot] = SealLib.sealed_(commitment, number, block.number);
        emit Events.ScoresCommitted(id, number, seat.operator, slot, commitment);
    }

    function revealScores(
        RunData storage run,
        uint256 id,
        uint64 number,
        uint8 slot,
        bytes calldata vector,
        Types.ScoreOpening calldata opening,
        IStakeVault stakes
    ) external {
        address operator = run.authorize(id, Types.Role.Validator, slot, stakes).operator;
        uint256 length = 2 * uint256(_accept(run, id, number, Types.EpochPhase.Reveal).slots);
        mapping(uint8 => uint256) storage seals = run.scores[number % EPOCH_RING];
        uint256 seal = seals[slot];
        // INVARIANT I-15: revealed is a subset of committed, and that of the epoch's validators.
        if (!seal.isOf(number)) revert Errors.ScoresNotCommitted(id, number, slot);
        if (seal.isOpenOf(number)) revert Errors.ScoresAlreadyRevealed(id, number, slot);
        // INVARIANT: every revealed vector has one score for each miner slot of the run, so that it can be settled.
        if (vector.length != length) revert Errors.ScoresLength(vector.length, length);
        // INVARIANT: what is opened is what was committed, by the one who committed it.
        bytes32 commitment = HashLib.scores(id, number, operator, vector, opening);
        if (!seal.holds(commitment)) revert Errors.RunCommitmentMismatch(bytes32(seal), commitment);

        seals[slot] = seal.opened(keccak256(vector));
        emit Events.ScoresRevealed(
            id,
            number,
            operator,
            slot,
            vector,
            opening.receiptsDigest,
            opening.receiptsSize,
            opening.salt
        );
    }

    // ---- Views

    function last(RunData storage run) internal view returns (EpochData storage) {
        return run.epochs[run.head.epoch % EPOCH_RING];
    }

    /// @return Whether another round belongs to the last epoch.
    function inEpoch(RunData storage run) internal view returns (bool) {
        return last(run).phase == Types.EpochPhase.Open;
    }

    /// @return Whether the open epoch has had all its rounds.
    function epochIsFull(RunData storage run) internal view returns (bool) {
        return run.head.round + 1 - last(run).firstRound == run.params.roundsPerEpoch;
    }

    /// @return Whether the next epoch would overwrite nothing that still has to be settled.
    function epochRingHasRoom(RunData storage run) internal view returns (bool) {
        Types.EpochPhase phase = run.epochs[(uint256(run.head.epoch) + 1) % EPOCH_RING].phase;
        return phase == Types.EpochPhase.None || phase == Types.EpochPhase.Settled;
    }

    /// @return Whether an epoch, and each before it, is settled.
    function isSettledThrough(RunData storage run, uint256 epoch) internal view returns (bool) {
        // Epochs may be settled out of order. Those that have left the ring are settled, else they could not have been overwritten.
        for (; epoch != 0 && epoch + EPOCH_RING > run.head.epoch; epoch--) {
            if (run.epochs[epoch % EPOCH_RING].phase != Types.EpochPhase.Settled) return false;
        }
        return true;
    }

    function epochAt(RunData storage run, uint256 id, uint64 number) internal view returns (EpochData storage) {
        EpochData storage epoch = run.epochs[number % EPOCH_RING];
        // INVARIANT: an epoch that the ring has overwritten, or that never opened, is not answered for.
        if (number == 0 || epoch.id != number) revert Errors.EpochUnknown(id, number);
        return epoch;
    }

    /// @return set Bitmap of the epoch's validators that have committed scores.
    function committedScores(RunData storage run, EpochData storage epoch) internal view returns (uint256 set) {
        (uint256 validators, uint256 number) = (epoch.validators, epoch.id);
        mapping(uint8 => uint256) storage seals = run.scores[number % EPOCH_RING];
        for (uint256 slot = 0; validators >> slot != 0; slot++) {
            if (validators.has(slot) && seals[uint8(slot)].isOf(number)) set = set.with(slot);
        }
    }

    /// @return set Bitmap of the epoch's validators that have revealed scores.
    function revealedScores(RunData storage run, EpochData storage epoch) internal view returns (uint256 set) {
        (uint256 validators, uint256 number) = (epoch.validators, epoch.id);
        mapping(uint8 => uint256) storage seals = run.scores[number % EPOCH_RING];
        for (uint256 slot = 0; validators >> slot != 0; slot++) {
            if (validators.has(slot) && seals[uint8(slot)].isOpenOf(number)) set = set.with(slot);
        }
    }

    /// @dev INVARIANT I-11.
    function _accept(
        RunData storage run,
        uint256 id,
        uint64 number,
        Types.EpochPhase wanted
    ) private view returns (EpochData storage epoch) {
        epoch = epochAt(run, id, number);
        if (epoch.phase != wanted) revert Errors.EpochWrongPhase(id, number, epoch.phase, wanted);
        if (block.timestamp > epoch.deadline) revert Errors.EpochPastDeadline(id, number, epoch.deadline);
    }
}

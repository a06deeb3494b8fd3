// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {
    IRunCoordinatorErrors as Errors,
    IRunCoordinatorEvents as Events,
    IRunCoordinatorTypes as Types
} from "../interfaces/IRunCoordinator.sol";
import {EPOCH_RING, RunData} from "../types/RunData.sol";
import {BitmapLib} from "./BitmapLib.sol";
import {HashLib} from "./HashLib.sol";
import {MemberLib} from "./MemberLib.sol";
import {RoundLib} from "./RoundLib.sol";

/// @title Epochs: consecutive rounds that are scored and paid together. With SettlementLib the
/// sole writer of epochs: contracts/README.md section 8.
/// @dev None -> Open -> Commit -> Reveal -> Settled, each epoch on its own clock, beside the rounds of later epochs.
/// Deadlines bind as in RoundLib.
library EpochLib {
    using BitmapLib for uint256;
    using MemberLib for RunData;
    using RoundLib for RunData;

    /// @dev What opens a validator's commitment to its scores, besides the scores.
    struct Opening {
        bytes32 receiptsDigest;
        uint64 receiptsSize; // bytes
        bytes32 salt;
    }

    // ---- Transitions

    function openEpoch(RunData storage run, uint256 id) internal {
        uint64 number = ++run.epoch;
        delete run.epochs[number % EPOCH_RING];
        Types.Epoch storage epoch = _last(run);
        epoch.id = number;
        epoch.phase = Types.EpochPhase.Open;
        epoch.firstRound = run.round + 1;
        epoch.pot = run.params.epochPot;
        emit Events.EpochOpened(id, number, epoch.firstRound, epoch.pot);
    }

    /// @notice Takes the members of the round that just opened into the epoch.
    function includeRound(RunData storage run) internal {
        Types.Epoch storage epoch = _last(run);
        epoch.miners |= run.current().miners;
        epoch.validators |= run.current().validators;
    }

    function closeEpoch(RunData storage run, uint256 id) internal {
        Types.Epoch storage epoch = _last(run);
        epoch.phase = Types.EpochPhase.Commit;
        epoch.lastRound = run.round;
        epoch.deadline = uint64(block.timestamp) + run.params.scoreCommitSeconds;
        emit Events.EpochClosed(id, epoch.id, run.round, epoch.miners, epoch.validators, epoch.deadline);
    }

    /// @notice Closes the commit phase of scores when its deadline has passed.
    /// @dev The reveal phase has nothing to close: once it is over, `settle` is open to all.
    function advanceEpoch(RunData storage run, uint256 id, uint64 number) internal {
        Types.Epoch storage epoch = epochAt(run, id, number);
        // INVARIANT I-11: a score phase ends early only when everyone it waits for has acted.
        if (epoch.phase != Types.EpochPhase.Commit || block.timestamp <= epoch.deadline) {
            revert Errors.EpochNotDue(id, number);
        }
        _openReveal(run, id, epoch);
    }

    // ---- Actions of validators

    function commitScores(
        RunData storage run,
        uint256 id,
        uint64 number,
        address operator,
        bytes32 commitment
    ) internal {
        (Types.Epoch storage epoch, uint8 slot) = _accept(run, id, number, operator, Types.EpochPhase.Commit);
        // INVARIANT: one commitment an epoch; it cannot be replaced.
        if (epoch.committed.has(slot)) revert Errors.ScoresAlreadyCommitted(id, number, operator);
        // INVARIANT: a stored commitment is not zero, so that zero means none.
        if (commitment == 0) revert Errors.RunZeroCommitment();

        epoch.committed = epoch.committed.with(slot);
        run.scores[number % EPOCH_RING][slot] = commitment;
        emit Events.ScoresCommitted(id, number, operator, slot, commitment);
        if (epoch.committed == epoch.validators) _openReveal(run, id, epoch);
    }

    function revealScores(
        RunData storage run,
        uint256 id,
        uint64 number,
        address operator,
        bytes calldata vector,
        Opening memory opening
    ) internal {
        (Types.Epoch storage epoch, uint8 slot) = _accept(run, id, number, operator, Types.EpochPhase.Reveal);
        // INVARIANT I-15: revealed is a subset of committed, and that of the epoch's validators.
        if (!epoch.committed.has(slot)) revert Errors.ScoresNotCommitted(id, number, operator);
        if (epoch.revealed.has(slot)) revert Errors.ScoresAlreadyRevealed(id, number, operator);
        // INVARIANT: every revealed vector has one score for each miner slot of the run, so that it can be settled.
        uint256 length = 2 * uint256(run.params.maxMiners);
        if (vector.length != length) revert Errors.ScoresLength(vector.length, length);
        // INVARIANT: what is opened is what was committed, by the one who committed it.
        bytes32 opened = HashLib.scores(
            id,
            number,
            operator,
            vector,
            opening.receiptsDigest,
            opening.receiptsSize,
            opening.salt
        );
        bytes32 committed = run.scores[number % EPOCH_RING][slot];
        if (opened != committed) revert Errors.RunCommitmentMismatch(committed, opened);

        epoch.revealed = epoch.revealed.with(slot);
        run.scores[number % EPOCH_RING][slot] = keccak256(vector);
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

    /// @return Whether another round belongs to the last epoch.
    function inEpoch(RunData storage run) internal view returns (bool) {
        return _last(run).phase == Types.EpochPhase.Open;
    }

    /// @return Whether the open epoch has had all its rounds.
    function epochIsFull(RunData storage run) internal view returns (bool) {
        return run.round + 1 - _last(run).firstRound == run.params.roundsPerEpoch;
    }

    /// @return Whether the next epoch would overwrite nothing that still has to be settled.
    function epochRingHasRoom(RunData storage run) internal view returns (bool) {
        Types.EpochPhase phase = run.epochs[(run.epoch + 1) % EPOCH_RING].phase;
        return phase == Types.EpochPhase.None || phase == Types.EpochPhase.Settled;
    }

    function epochAt(RunData storage run, uint256 id, uint64 number) internal view returns (Types.Epoch storage) {
        // INVARIANT: an epoch that the ring has overwritten, or that never opened, is not answered for.
        if (number == 0 || number > run.epoch || number + EPOCH_RING <= run.epoch)
            revert Errors.EpochUnknown(id, number);
        return run.epochs[number % EPOCH_RING];
    }

    function _last(RunData storage run) private view returns (Types.Epoch storage) {
        return run.epochs[run.epoch % EPOCH_RING];
    }

    /// @dev INVARIANT I-11, and only validators that were active in the epoch score it.
    function _accept(
        RunData storage run,
        uint256 id,
        uint64 number,
        address operator,
        Types.EpochPhase wanted
    ) private view returns (Types.Epoch storage epoch, uint8 slot) {
        epoch = epochAt(run, id, number);
        if (epoch.phase != wanted) revert Errors.EpochWrongPhase(id, number, epoch.phase, wanted);
        if (block.timestamp > epoch.deadline) revert Errors.EpochPastDeadline(id, number, epoch.deadline);
        slot = run.slotOf(id, Types.Role.Validator, operator);
        if (!epoch.validators.has(slot)) revert Errors.EpochNotActive(id, number, operator);
    }

    function _openReveal(RunData storage run, uint256 id, Types.Epoch storage epoch) private {
        epoch.phase = Types.EpochPhase.Reveal;
        epoch.deadline = uint64(block.timestamp) + run.params.scoreRevealSeconds;
        emit Events.ScoreRevealOpened(id, epoch.id, epoch.deadline);
    }
}

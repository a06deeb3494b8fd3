// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {
    IRunCoordinatorErrors as Errors,
    IRunCoordinatorEvents as Events,
    IRunCoordinatorTypes as Types
} from "../interfaces/IRunCoordinator.sol";
import {ROUND_RING, RunData} from "../types/RunData.sol";
import {BitmapLib} from "./BitmapLib.sol";
import {HashLib} from "./HashLib.sol";
import {MemberLib} from "./MemberLib.sol";

/// @title The state machine of a run's rounds: contracts/README.md section 7. What happens in Attest is in AttestLib.
/// @dev Together they are the sole writers of rounds, and INVARIANT I-10 is that phases move only along these arrows:
///
///     Idle -> Train            openRound
///     Train -> Commit          callCommits     deadline
///     Train, Commit -> Reveal  openReveal      all committed, or deadline of Commit
///     Reveal -> Attest         AttestLib.draw  all that committed revealed, or deadline
///     Attest -> Attest         AttestLib.draw  refused, or deadline
///     Commit, Reveal, Attest -> Train, Idle, Ended    finishRound or voidRound, then openRound, idle or end
///
/// An action counts up to and including the second of its phase's deadline, and a phase is due from the next second on. So
/// what an action sees never depends on whether somebody has already advanced the run.
library RoundLib {
    using BitmapLib for uint256;
    using MemberLib for RunData;

    /// @dev What opens a miner's commitment.
    struct Opening {
        bytes32 root;
        bytes32 digest; // of the blob's root block
        uint64 size; // bytes
        bytes32 salt;
    }

    // ---- Transitions

    function openRound(RunData storage run, uint256 id, bytes32 beacon) internal {
        uint64 number = ++run.round;
        delete run.rounds[number % ROUND_RING];
        Types.Round storage round = current(run);
        round.id = number;
        round.epoch = run.epoch;
        round.parentRoot = run.root;
        round.trainSeed = HashLib.trainSeed(beacon, run.mix, id, number);
        round.miners = run.seats[Types.Role.Miner].staying;
        round.validators = run.seats[Types.Role.Validator].staying;
        round.totalWeight = run.seats[Types.Role.Validator].weight;
        enter(run, round, Types.Phase.Train, run.params.trainSeconds);
        emit Events.RoundOpened(
            id,
            number,
            round.epoch,
            round.parentRoot,
            round.trainSeed,
            round.miners,
            round.validators,
            round.deadline
        );
    }

    function callCommits(RunData storage run, uint256 id) internal {
        Types.Round storage round = current(run);
        enter(run, round, Types.Phase.Commit, run.params.commitSeconds);
        emit Events.CommitCalled(id, round.id, round.deadline);
    }

    /// @dev The test seed is made here, after the last commitment, so that nobody knew it while training.
    function openReveal(RunData storage run, uint256 id, bytes32 beacon) internal {
        Types.Round storage round = current(run);
        round.testSeed = HashLib.testSeed(beacon, run.mix, id, round.id);
        enter(run, round, Types.Phase.Reveal, run.params.revealSeconds);
        emit Events.RevealOpened(id, round.id, round.testSeed, round.deadline);
    }

    /// @dev INVARIANT I-14: the root changes here and nowhere else.
    function finishRound(RunData storage run, uint256 id) internal {
        Types.Round storage round = current(run);
        run.root = round.nextRoot;
        emit Events.RoundFinalized(id, round.id, round.included, round.nextRoot);
    }

    function voidRound(RunData storage run, uint256 id, Types.VoidReason reason) internal {
        emit Events.RoundVoided(id, run.round, reason);
    }

    function idle(RunData storage run, uint256 id) internal {
        run.phase = Types.Phase.Idle;
        emit Events.RunIdle(id);
    }

    function end(RunData storage run, uint256 id) internal {
        run.phase = Types.Phase.Ended;
        emit Events.RunEnded(id);
    }

    function enter(RunData storage run, Types.Round storage round, Types.Phase phase, uint32 duration) internal {
        run.phase = phase;
        round.deadline = uint64(block.timestamp) + duration;
    }

    // ---- Actions of miners

    /// @return all Whether every active miner has committed now.
    function commit(
        RunData storage run,
        uint256 id,
        uint64 number,
        address operator,
        bytes32 commitment
    ) internal returns (bool all) {
        Types.Round storage round = accept(run, id, number, Types.Phase.Commit);
        uint8 slot = _minerSlot(run, id, round, operator);
        // INVARIANT: one commitment a round; it cannot be replaced.
        if (round.committed.has(slot)) revert Errors.RunAlreadyCommitted(id, number, operator);
        // INVARIANT: a stored commitment is not zero, so that zero means none.
        if (commitment == 0) revert Errors.RunZeroCommitment();

        round.committed = round.committed.with(slot);
        run.commitments[number % ROUND_RING][slot] = commitment;
        emit Events.Committed(id, number, operator, slot, commitment);
        return round.committed == round.miners;
    }

    /// @return all Whether everyone that committed has revealed now.
    function reveal(
        RunData storage run,
        uint256 id,
        uint64 number,
        address operator,
        Opening memory opening
    ) internal returns (bool all) {
        Types.Round storage round = accept(run, id, number, Types.Phase.Reveal);
        uint8 slot = _minerSlot(run, id, round, operator);
        // INVARIANT I-15: revealed is a subset of committed, and that of the active miners.
        if (!round.committed.has(slot)) revert Errors.RunNotCommitted(id, number, operator);
        if (round.revealed.has(slot)) revert Errors.RunAlreadyRevealed(id, number, operator);
        // INVARIANT: every blob that validators have to fetch has a size that the run allows.
        if (opening.size == 0 || opening.size > run.params.maxBlobBytes) {
            revert Errors.RunBlobSize(opening.size, run.params.maxBlobBytes);
        }
        // INVARIANT: what is opened is what was committed, by the one who committed it.
        bytes32 opened = HashLib.contribution(
            id,
            number,
            operator,
            opening.root,
            opening.digest,
            opening.size,
            opening.salt
        );
        bytes32 committed = run.commitments[number % ROUND_RING][slot];
        if (opened != committed) revert Errors.RunCommitmentMismatch(committed, opened);

        round.revealed = round.revealed.with(slot);
        run.commitments[number % ROUND_RING][slot] = opening.root;
        run.mix = HashLib.mixIn(run.mix, opening.salt);
        emit Events.Revealed(id, number, operator, slot, opening.root, opening.digest, opening.size, opening.salt);
        return round.revealed == round.committed;
    }

    // ---- Views

    function current(RunData storage run) internal view returns (Types.Round storage) {
        return run.rounds[run.round % ROUND_RING];
    }

    function roundAt(RunData storage run, uint256 id, uint64 number) internal view returns (Types.Round storage) {
        // INVARIANT: a round that the ring has overwritten, or that never opened, is not answered for.
        if (number == 0 || number > run.round || number + ROUND_RING <= run.round) {
            revert Errors.RunWrongRound(id, run.round, number);
        }
        return run.rounds[number % ROUND_RING];
    }

    /// @dev INVARIANT I-11: an action names the open round, and counts in its phase only, and not after its deadline.
    function accept(
        RunData storage run,
        uint256 id,
        uint64 number,
        Types.Phase wanted
    ) internal view returns (Types.Round storage round) {
        if (number != run.round) revert Errors.RunWrongRound(id, run.round, number);
        Types.Phase phase = run.phase;
        bool early = wanted == Types.Phase.Commit && phase == Types.Phase.Train;
        if (phase != wanted && !early) revert Errors.RunWrongPhase(id, phase, wanted);
        round = current(run);
        if (block.timestamp > round.deadline) revert Errors.RunPastDeadline(id, round.deadline);
    }

    function _minerSlot(
        RunData storage run,
        uint256 id,
        Types.Round storage round,
        address operator
    ) private view returns (uint8 slot) {
        slot = run.slotOf(id, Types.Role.Miner, operator);
        // INVARIANT: only miners that were members when the round opened take part in it.
        if (!round.miners.has(slot)) revert Errors.RunNotActive(id, round.id, operator);
    }
}

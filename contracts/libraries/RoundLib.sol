// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IBeacon} from "../interfaces/IBeacon.sol";
import {IRewardEscrow} from "../interfaces/IRewardEscrow.sol";
import {
    IRunCoordinatorErrors as Errors,
    IRunCoordinatorEvents as Events
} from "../interfaces/IRunCoordinatorEvents.sol";
import {IRunCoordinatorTypes as Types} from "../interfaces/IRunCoordinatorTypes.sol";
import {ROUND_RING, RoundData, RunData, Seats} from "../types/RunData.sol";
import {AttestLib} from "./AttestLib.sol";
import {BitmapLib} from "./BitmapLib.sol";
import {EpochLib} from "./EpochLib.sol";
import {FundingLib} from "./FundingLib.sol";
import {HashLib} from "./HashLib.sol";
import {LineageLib} from "./LineageLib.sol";
import {RollLib} from "./RollLib.sol";

/// @title The state machine of a run's rounds: contracts/README.md section 7. Runs as the coordinator's own code.
/// @dev Phases move here and nowhere else, and INVARIANT I-10 is that they move only along these arrows:
///
///     Idle -> Train            members and money suffice
///     Train -> Commit          deadline
///     Train, Commit -> Reveal  all committed, or deadline of Commit
///     Reveal -> Attest         all that committed revealed, or deadline
///     Attest -> Attest         refused, or deadline: the next leader
///     Commit, Reveal, Attest -> Train, Idle, Ended    the round is final or void
///     Train, Commit, Reveal, Attest -> Train, Idle, Ended    a round before was refuted, so that this one is void
///
/// An action counts up to and including the second of its phase's deadline, and a phase is due from the next second on. So what
/// an action sees never depends on whether somebody has already advanced the run. Votes that were cast in time count also if
/// the run is advanced later.
library RoundLib {
    using AttestLib for RoundData;
    using BitmapLib for uint256;
    using EpochLib for RunData;
    using FundingLib for RunData;
    using LineageLib for RunData;
    using RollLib for RunData;

    /// @notice One step, if one is due.
    function advance(RunData storage run, uint256 id, IRewardEscrow rewards, IBeacon beacon) external {
        // INVARIANT I-11: a phase that still waits for somebody is not closed by anybody before its deadline.
        if (!isDue(run, id, rewards)) revert Errors.RunNotDue(id);
        Types.Phase phase = run.head.phase;
        if (phase == Types.Phase.Idle) return _open(run, id, rewards, beacon);
        RoundData storage round = current(run);
        if (phase == Types.Phase.Train && run.committed(round) != round.miners) return _callCommits(run, id);
        if (phase == Types.Phase.Train || phase == Types.Phase.Commit) {
            if (run.committed(round) != 0) return _openReveal(run, id, round, beacon.read());
            return _void(run, id, Types.VoidReason.NothingRevealed, rewards, beacon);
        }
        if (phase == Types.Phase.Reveal) {
            uint256 revealed = run.revealed(round);
            if (revealed == 0) return _void(run, id, Types.VoidReason.NothingRevealed, rewards, beacon);
            run.mix = HashLib.mixIn(run.mix, run.sealsOf(round, revealed));
        } else if (round.verdict() == AttestLib.Verdict.Agreed) {
            return _conclude(run, id, round, rewards, beacon);
        }
        if (!_draw(run, id, round)) _void(run, id, Types.VoidReason.NoQuorum, rewards, beacon);
    }

    /// @notice Undoes a final round and all that followed. An open one is void: it trains from a root that is none.
    function refute(
        RunData storage run,
        uint256 id,
        uint64 number,
        Types.FinalRound calldata final_,
        IRewardEscrow rewards,
        IBeacon beacon
    ) external {
        run.undo(id, number, final_);
        Types.Phase phase = run.head.phase;
        if (phase == Types.Phase.Idle || phase == Types.Phase.Ended) return;
        _void(run, id, Types.VoidReason.RolledBack, rewards, beacon);
    }

    /// @return Whether `advance` would do something now.
    function isDue(RunData storage run, uint256 id, IRewardEscrow rewards) public view returns (bool) {
        Types.Phase phase = run.head.phase;
        if (phase == Types.Phase.Ended) return false;
        // In Idle no epoch is open: it was closed on the way.
        if (phase == Types.Phase.Idle) return run.suffice() && _canOpenEpoch(run, id, rewards);
        if (block.timestamp > run.head.deadline) return true;
        RoundData storage round = current(run);
        if (phase == Types.Phase.Reveal) return run.revealed(round) == run.committed(round);
        if (phase == Types.Phase.Attest) return round.verdict() != AttestLib.Verdict.Open;
        return run.committed(round) == round.miners;
    }

    function current(RunData storage run) internal view returns (RoundData storage) {
        return run.rounds[run.head.round % ROUND_RING];
    }

    // ---- Phases

    function _open(RunData storage run, uint256 id, IRewardEscrow rewards, IBeacon beacon) private {
        bool fresh = !run.inEpoch();
        uint48 epoch = fresh ? run.openEpoch(id) : run.head.epoch;
        _openRound(run, id, beacon.read());
        run.includeRound(current(run));
        // INVARIANT I-16: an epoch's pots are set aside in the transaction that opens its first round, or that reverts.
        // SAFETY: the last thing that the call does.
        if (fresh) rewards.openEpoch(id, epoch, run.params.epochPot);
    }

    function _openRound(RunData storage run, uint256 id, bytes32 beacon) private {
        uint48 number = ++run.head.round;
        RoundData storage round = run.rounds[number % ROUND_RING];
        Seats storage validators = run.seats[Types.Role.Validator];
        (round.id, round.epoch) = (number, run.head.epoch);
        (round.validators, round.led) = (uint64(validators.staying), 0);
        round.parentRoot = run.root;
        round.trainSeed = HashLib.trainSeed(beacon, run.mix, id, number);
        round.testSeed = 0;
        round.miners = run.seats[Types.Role.Miner].staying;
        round.totalWeight = validators.weight;
        _clearVotes(round);
        (run.head.attempt, run.head.leader) = (0, 0);
        uint48 deadline = _enter(run, Types.Phase.Train, run.params.trainSeconds);
        emit Events.RoundOpened(
            id,
            number,
            round.epoch,
            round.parentRoot,
            round.trainSeed,
            round.miners,
            round.validators,
            deadline
        );
    }

    function _callCommits(RunData storage run, uint256 id) private {
        uint48 deadline = _enter(run, Types.Phase.Commit, run.params.commitSeconds);
        emit Events.CommitCalled(id, run.head.round, deadline);
    }

    /// @dev The test seed is made here, after the last commitment, so that nobody knew it while training.
    function _openReveal(RunData storage run, uint256 id, RoundData storage round, bytes32 beacon) private {
        round.testSeed = HashLib.testSeed(beacon, run.mix, id, round.id);
        uint48 deadline = _enter(run, Types.Phase.Reveal, run.params.revealSeconds);
        emit Events.RevealOpened(id, round.id, round.testSeed, deadline);
    }

    /// @notice Draws the first or next leader, by weight among those that have not led in this round, and clears the votes.
    /// @return drawn False if the round is out of leaders; then nothing has changed.
    /// @dev INVARIANT I-12: one leader an attempt, and no validator leads twice in a round.
    function _draw(RunData storage run, uint256 id, RoundData storage round) private returns (bool drawn) {
        uint256 left = round.validators & ~round.led;
        uint8 attempt = run.head.attempt;
        if (left == 0 || attempt == run.params.maxLeaders) return false;

        attempt++;
        uint8 slot = HashLib.leader(round.testSeed, attempt, run.weightsOf(left));
        round.led = uint64(uint256(round.led).with(slot));
        _clearVotes(round);
        (run.head.attempt, run.head.leader) = (attempt, slot);
        uint48 deadline = _enter(run, Types.Phase.Attest, run.params.attestSeconds);
        address operator = run.seats[Types.Role.Validator].at[slot].operator;
        emit Events.LeaderDrawn(id, round.id, operator, slot, attempt, deadline);
        return true;
    }

    // ---- Ends of a round

    /// @dev INVARIANT I-14: the root moves on here and nowhere else, and if validators agreed that it does.
    function _conclude(
        RunData storage run,
        uint256 id,
        RoundData storage round,
        IRewardEscrow rewards,
        IBeacon beacon
    ) private {
        uint256 included = round.included;
        if (included == 0) return _void(run, id, Types.VoidReason.NothingValid, rewards, beacon);
        // The stake-weighted median of those that attest: the loss guard.
        if (uint256(round.worseWeight) * 2 > round.attestedWeight) {
            return _void(run, id, Types.VoidReason.WorseModel, rewards, beacon);
        }
        run.finalize(id, round);
        _proceed(run, id, rewards, beacon);
    }

    function _void(
        RunData storage run,
        uint256 id,
        Types.VoidReason reason,
        IRewardEscrow rewards,
        IBeacon beacon
    ) private {
        emit Events.RoundVoided(id, run.head.round, reason);
        _proceed(run, id, rewards, beacon);
    }

    /// @dev After a round: closes the epoch if it is full or cannot go on, and opens the next round if that can be.
    function _proceed(RunData storage run, uint256 id, IRewardEscrow rewards, IBeacon beacon) private {
        bool ended = run.head.round == run.params.maxRounds; // never, if maxRounds is 0: rounds count from 1
        bool staffed = !ended && run.suffice();
        if (!staffed || run.epochIsFull()) run.closeEpoch(id);
        if (ended) {
            run.head.phase = Types.Phase.Ended;
            emit Events.RunEnded(id);
        } else if (staffed && (run.inEpoch() || _canOpenEpoch(run, id, rewards))) {
            _open(run, id, rewards, beacon);
        } else {
            run.head.phase = Types.Phase.Idle;
            emit Events.RunIdle(id);
        }
    }

    // ---- Parts

    function _enter(RunData storage run, Types.Phase phase, uint32 duration) private returns (uint48 deadline) {
        deadline = uint48(block.timestamp) + duration;
        (run.head.phase, run.head.deadline) = (phase, deadline);
    }

    function _clearVotes(RoundData storage round) private {
        (round.included, round.nextRoot, round.proposal) = (0, 0, 0);
        (round.voted, round.attestedWeight, round.worseWeight) = (0, 0, 0);
        (round.refused, round.refusedWeight) = (0, 0);
    }

    function _canOpenEpoch(RunData storage run, uint256 id, IRewardEscrow rewards) private view returns (bool) {
        return run.epochRingHasRoom() && run.isFunded(id, rewards);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IRewardEscrow} from "../interfaces/IRewardEscrow.sol";
import {
    IRunCoordinatorErrors as Errors,
    IRunCoordinatorEvents as Events
} from "../interfaces/IRunCoordinatorEvents.sol";
import {IRunCoordinatorTypes as Types} from "../interfaces/IRunCoordinatorTypes.sol";
import {EPOCH_RING, EpochData, Ranks, RunData, Seat, VALIDATOR_WORD} from "../types/RunData.sol";
import {BitmapLib} from "./BitmapLib.sol";
import {EpochLib} from "./EpochLib.sol";
import {PayoutLib} from "./PayoutLib.sol";
import {RankLib} from "./RankLib.sol";
import {RollLib} from "./RollLib.sol";
import {SealLib} from "./SealLib.sol";
import {ShareLib} from "./ShareLib.sol";

/// @title The end of an epoch, in pages of miners: checks what the caller brings, keeps what follows from it (PayoutLib), says
/// what part of the pots is earned. Runs as the coordinator's own code.
/// @dev Between two pages the validators' sums wait in `tallies`, and `settledSlots` says where to go on. An epoch that is
/// settled in one call writes neither.
library SettlementLib {
    using BitmapLib for uint256;
    using EpochLib for RunData;
    using RankLib for Ranks;
    using RollLib for RunData;
    using SealLib for uint256;
    using ShareLib for RunData;

    /// @dev The validators that revealed, in ascending order of slot.
    struct Jury {
        uint256 set; // bitmap of their slots
        uint256[] weights;
        uint256[] sums; // see PayoutLib
    }

    function settle(
        RunData storage run,
        uint256 id,
        uint64 number,
        bytes[] calldata vectors,
        bytes calldata medians,
        IRewardEscrow rewards
    ) external {
        EpochData storage epoch = run.epochAt(id, number);
        (Jury memory jury, bool quorum) = _jury(run, id, epoch);
        // Without half of the weight nothing is earned.
        // SAFETY: vectors and medians are not looked at, since they would change nothing.
        if (!quorum) return _finish(run, id, epoch, rewards);
        _checkVectors(run, id, epoch, jury.set, vectors);
        emit Events.MediansVerified(id, number, epoch.settledSlots, medians);
        if (!_page(run, epoch, jury, vectors, medians)) return _pause(run, epoch, jury);
        _rankValidators(run, epoch, jury);
        _finish(run, id, epoch, rewards);
    }

    /// @return last Whether all miners are settled now.
    function _page(
        RunData storage run,
        EpochData storage epoch,
        Jury memory jury,
        bytes[] calldata vectors,
        bytes calldata medians
    ) private returns (bool last) {
        uint256 first = epoch.settledSlots;
        {
            uint256 left = epoch.slots - first;
            uint256 slots = medians.length / 2;
            last = slots == left;
            // INVARIANT I-17: pages follow one another without gaps, and end where a word of ranks ends.
            bool fits = last || (slots != 0 && slots < left && slots % RankLib.PER_WORD == 0);
            if (!fits || medians.length % 2 != 0) revert Errors.ScoresPageInvalid(slots, left);
            epoch.settledSlots = uint16(first + slots);
        }
        uint256 rounds = uint256(epoch.lastRound) - epoch.firstRound + 1;
        uint256[] memory activeRounds = new uint256[](medians.length / 2);
        for (uint256 k = 0; k < activeRounds.length; k++) {
            activeRounds[k] = rounds;
            // Only who came or went in the epoch is looked up.
            if (!epoch.minersThroughout.has(first + k) && epoch.miners.has(first + k)) {
                activeRounds[k] = _activeRounds(run, epoch, Types.Role.Miner, first + k);
            }
        }
        uint256[] memory values = PayoutLib.rank(
            PayoutLib.Page(first, epoch.miners, rounds, activeRounds, jury.weights, jury.sums),
            vectors,
            medians
        );
        uint256 sum = 0;
        for (uint256 k = 0; k < values.length; k++) sum += values[k];
        Ranks storage ranks = run.ranks[epoch.id];
        ranks.minerSum += uint48(sum);
        ranks.put(first / RankLib.PER_WORD, values);
    }

    /// @dev Validators are stored as parts of 2^32 - 1, since their sum is known by now.
    function _rankValidators(RunData storage run, EpochData storage epoch, Jury memory jury) private {
        uint256 rounds = uint256(epoch.lastRound) - epoch.firstRound + 1;
        uint256[] memory activeRounds = new uint256[](jury.weights.length);
        uint256 set = jury.set;
        uint256 throughout = epoch.validatorsThroughout;
        uint256 i = 0;
        uint256 end = 0;
        for (uint256 slot = 0; set >> slot != 0; slot++) {
            if (!set.has(slot)) continue;
            bool all = throughout.has(slot);
            activeRounds[i++] = all ? rounds : _activeRounds(run, epoch, Types.Role.Validator, slot);
            end = slot + 1;
        }
        (uint256[] memory values, uint256 sum) = PayoutLib.agreement(jury.weights, jury.sums, activeRounds, rounds);
        Ranks storage ranks = run.ranks[epoch.id];
        if (sum == 0) return;
        ranks.validatorsEarn = true;
        uint256[] memory parts = new uint256[](end);
        i = 0;
        for (uint256 slot = 0; slot < end; slot++) {
            if (set.has(slot)) parts[slot] = (values[i++] * ShareLib.VALIDATOR_WHOLE) / sum;
        }
        ranks.put(VALIDATOR_WORD, parts);
    }

    function _finish(RunData storage run, uint256 id, EpochData storage epoch, IRewardEscrow rewards) private {
        // INVARIANT: settled once.
        epoch.phase = Types.EpochPhase.Settled;
        run.ranks[epoch.id].finalRounds = epoch.finalRounds;
        uint256 totalShare = run.totalShare(epoch.id);
        emit Events.EpochSettled(id, epoch.id, totalShare);
        // SAFETY: the last thing that the call does.
        rewards.settleEpoch(id, epoch.id, totalShare);
    }

    function _pause(RunData storage run, EpochData storage epoch, Jury memory jury) private {
        mapping(uint256 => uint256) storage tallies = run.tallies[epoch.id % EPOCH_RING];
        for (uint256 i = 0; i < jury.sums.length; i++) tallies[i] = jury.sums[i];
    }

    /// @return jury Those that revealed, with their sums so far.
    /// @return quorum Whether they have half of the weight of the epoch's validators.
    function _jury(
        RunData storage run,
        uint256 id,
        EpochData storage epoch
    ) private view returns (Jury memory jury, bool quorum) {
        // INVARIANT: settled once, and not before every vector that can be revealed is.
        if (epoch.phase != Types.EpochPhase.Reveal) {
            revert Errors.EpochWrongPhase(id, epoch.id, epoch.phase, Types.EpochPhase.Reveal);
        }
        uint256 revealed = run.revealedScores(epoch);
        if (block.timestamp <= epoch.deadline && revealed != run.committedScores(epoch)) {
            revert Errors.EpochNotDue(id, epoch.id);
        }
        uint256 size = revealed.count();
        jury = Jury(revealed, new uint256[](size), new uint256[](size));
        uint256[] memory bySlot = run.weightsOf(epoch.validators);
        bool paused = epoch.settledSlots != 0;
        mapping(uint256 => uint256) storage tallies = run.tallies[epoch.id % EPOCH_RING];
        (uint256 sum, uint256 total, uint256 i) = (0, 0, 0);
        for (uint256 slot = 0; slot < bySlot.length; slot++) {
            total += bySlot[slot];
            if (!revealed.has(slot)) continue;
            sum += bySlot[slot];
            if (paused) jury.sums[i] = tallies[i];
            jury.weights[i++] = bySlot[slot];
        }
        quorum = 2 * sum >= total;
    }

    /// @dev INVARIANT: exactly the vectors that were revealed are settled, each whole.
    function _checkVectors(
        RunData storage run,
        uint256 id,
        EpochData storage epoch,
        uint256 revealed,
        bytes[] calldata vectors
    ) private view {
        if (vectors.length != revealed.count()) revert Errors.ScoresLength(vectors.length, revealed.count());
        uint48 number = epoch.id;
        mapping(uint8 => uint256) storage seals = run.scores[number % EPOCH_RING];
        uint256 i = 0;
        for (uint256 slot = 0; revealed >> slot != 0; slot++) {
            if (!revealed.has(slot)) continue;
            // The length was checked when the hash was stored.
            if (!seals[uint8(slot)].holds(keccak256(vectors[i++]))) {
                revert Errors.ScoresMismatch(id, number, uint8(slot));
            }
        }
    }

    function _activeRounds(
        RunData storage run,
        EpochData storage epoch,
        Types.Role role,
        uint256 slot
    ) private view returns (uint256) {
        Seat storage seat = run.seats[role].at[uint8(slot)];
        uint256 first = seat.activeFrom > epoch.firstRound ? seat.activeFrom : epoch.firstRound;
        uint256 last = seat.lastRound < epoch.lastRound ? seat.lastRound : epoch.lastRound;
        return last + 1 - first;
    }
}

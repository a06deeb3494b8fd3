// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IRunCoordinatorErrors as Errors} from "../interfaces/IRunCoordinatorEvents.sol";
import {IRunCoordinatorTypes as Types} from "../interfaces/IRunCoordinatorTypes.sol";
import {EpochData, Head, ROUND_RING, RoundData, RunData, STAYS, Seat, Seats} from "../types/RunData.sol";
import {EpochLib} from "./EpochLib.sol";
import {RollLib} from "./RollLib.sol";
import {SealLib} from "./SealLib.sol";
import {UsefulnessLib} from "./UsefulnessLib.sol";

/// @title What is stored, put together for readers. Runs as the coordinator's own code.
library ViewLib {
    using EpochLib for RunData;
    using RollLib for RunData;
    using SealLib for uint256;

    function roundOf(RunData storage run, uint256 id, uint64 number) external view returns (Types.Round memory view_) {
        Head memory head = run.head;
        RoundData storage round = roundAt(run, id, number);
        bool open = number == head.round && head.phase != Types.Phase.Idle && head.phase != Types.Phase.Ended;
        if (open) (view_.deadline, view_.attempt, view_.leader) = (head.deadline, head.attempt, head.leader);
        (view_.id, view_.epoch, view_.led) = (round.id, round.epoch, round.led);
        (view_.parentRoot, view_.trainSeed, view_.testSeed) = (round.parentRoot, round.trainSeed, round.testSeed);
        (view_.miners, view_.validators) = (round.miners, round.validators);
        (view_.committed, view_.revealed) = (run.committed(round), run.revealed(round));
        (view_.attested, view_.refused) = (round.voted & ~round.refused, round.refused);
        (view_.included, view_.nextRoot, view_.proposal) = (round.included, round.nextRoot, round.proposal);
        (view_.totalWeight, view_.attestedWeight) = (round.totalWeight, round.attestedWeight);
        (view_.refusedWeight, view_.worseWeight) = (round.refusedWeight, round.worseWeight);
    }

    function epochOf(RunData storage run, uint256 id, uint64 number) external view returns (Types.Epoch memory view_) {
        EpochData storage epoch = run.epochAt(id, number);
        (view_.id, view_.phase, view_.deadline) = (epoch.id, epoch.phase, epoch.deadline);
        (view_.firstRound, view_.lastRound) = (epoch.firstRound, epoch.lastRound);
        (view_.finalRounds, view_.settledSlots) = (epoch.finalRounds, epoch.settledSlots);
        (view_.miners, view_.minersThroughout) = (epoch.miners, epoch.minersThroughout);
        (view_.validators, view_.validatorsThroughout) = (epoch.validators, epoch.validatorsThroughout);
        (view_.committed, view_.revealed) = (run.committedScores(epoch), run.revealedScores(epoch));
    }

    function memberOf(
        RunData storage run,
        Types.Role role,
        uint8 slot
    ) external view returns (Types.Member memory view_) {
        Seats storage seats = run.seats[role];
        Seat storage seat = seats.at[slot];
        if (seat.operator == address(0)) return view_;
        (view_.operator, view_.key, view_.heir) = (seat.operator, seat.key, seats.heirs[slot]);
        (view_.leaving, view_.activeFrom) = (seat.lastRound != STAYS, seat.activeFrom);
        (view_.lastEpoch, view_.protectedUntil) = (seat.lastEpoch, seat.protectedUntil);
        (view_.stake, view_.weight) = (seat.stake, seat.weight);
    }

    function sealOf(RunData storage run, uint256 id, uint64 number, uint8 slot) external view returns (uint256 seal) {
        roundAt(run, id, number);
        seal = run.seals[number % ROUND_RING][slot];
        // What an earlier round left in the ring is not this round's.
        if (!seal.isOf(number)) seal = 0;
    }

    function usefulnessOf(RunData storage run, uint8 slot) external view returns (uint256) {
        (uint256[] memory sums, ) = UsefulnessLib.usefulness(run);
        return slot < sums.length ? sums[slot] : 0;
    }

    function roundAt(RunData storage run, uint256 id, uint64 number) internal view returns (RoundData storage) {
        uint48 present = run.head.round;
        // INVARIANT: a round that the ring has overwritten, or that never opened, is not answered for.
        if (number == 0 || number > present || number + ROUND_RING <= present) {
            revert Errors.RunWrongRound(id, present, number);
        }
        return run.rounds[number % ROUND_RING];
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {
    IRunCoordinatorErrors as Errors,
    IRunCoordinatorEvents as Events,
    IRunCoordinatorTypes as Types
} from "../interfaces/IRunCoordinator.sol";
import {EPOCH_RING, RunData} from "../types/RunData.sol";
import {BitmapLib} from "./BitmapLib.sol";
import {EpochLib} from "./EpochLib.sol";
import {MemberLib} from "./MemberLib.sol";
import {PayoutLib} from "./PayoutLib.sol";

/// @title The end of an epoch: checks what the caller brings, divides the pot (PayoutLib), names who is credited.
library SettlementLib {
    using BitmapLib for uint256;
    using EpochLib for RunData;
    using MemberLib for RunData;

    /// @return operators Who is credited: miners and validators in ascending order of slot, then the owner. One that is
    /// several of these is listed several times, and one that earned nothing is left out.
    /// @return amounts In wei.
    function settle(
        RunData storage run,
        uint256 id,
        uint64 number,
        bytes[] calldata vectors,
        bytes calldata medians
    ) external returns (address[] memory operators, uint256[] memory amounts) {
        Types.Epoch storage epoch = run.epochAt(id, number);
        // INVARIANT: settled once, and not before every vector that can be revealed is.
        if (epoch.phase != Types.EpochPhase.Reveal) {
            revert Errors.EpochWrongPhase(id, number, epoch.phase, Types.EpochPhase.Reveal);
        }
        if (epoch.revealed != epoch.committed && block.timestamp <= epoch.deadline) {
            revert Errors.EpochNotDue(id, number);
        }

        epoch.phase = Types.EpochPhase.Settled;
        (uint256[] memory weights, bool quorum) = _revealedWeights(run, epoch);
        if (!quorum) {
            // SAFETY: vectors and medians are not looked at, since they would change nothing; the event does not repeat them.
            emit Events.EpochSettled(id, number, "", 0, epoch.pot);
            return (operators, amounts);
        }
        _checkVectors(run, id, epoch, vectors, medians);
        PayoutLib.Payout memory payout = PayoutLib.divide(
            PayoutLib.Pot(epoch.pot, run.params.minerShareBps, run.params.validatorShareBps),
            vectors,
            weights,
            medians,
            epoch.miners
        );
        // INVARIANT I-17: what is credited and what goes back to the run's funds are together the pot.
        emit Events.EpochSettled(id, number, medians, payout.paid, epoch.pot - payout.paid);
        return _credits(run, epoch, payout);
    }

    /// @return weights Of the validators that revealed, in ascending order of slot.
    /// @return quorum Whether they have half of the weight of the epoch's validators.
    function _revealedWeights(
        RunData storage run,
        Types.Epoch storage epoch
    ) private view returns (uint256[] memory weights, bool quorum) {
        uint256[] memory bySlot = run.weightsOf(epoch.validators);
        uint256 revealed = epoch.revealed;
        weights = new uint256[](revealed.count());
        uint256 sum;
        uint256 total;
        uint256 i;
        for (uint256 slot = 0; slot < bySlot.length; slot++) {
            total += bySlot[slot];
            if (!revealed.has(slot)) continue;
            weights[i++] = bySlot[slot];
            sum += bySlot[slot];
        }
        quorum = 2 * sum >= total;
    }

    /// @dev INVARIANT: exactly the vectors that were revealed are settled, each whole.
    function _checkVectors(
        RunData storage run,
        uint256 id,
        Types.Epoch storage epoch,
        bytes[] calldata vectors,
        bytes calldata medians
    ) private view {
        uint256 revealed = epoch.revealed;
        if (vectors.length != revealed.count()) revert Errors.ScoresLength(vectors.length, revealed.count());
        uint256 length = 2 * uint256(run.params.maxMiners);
        if (medians.length != length) revert Errors.ScoresLength(medians.length, length);
        uint256 i;
        for (uint8 slot = 0; revealed != 0; slot++) {
            if (!revealed.has(slot)) continue;
            revealed = revealed.without(slot);
            if (keccak256(vectors[i++]) != run.scores[epoch.id % EPOCH_RING][slot]) {
                revert Errors.ScoresMismatch(id, epoch.id, slot);
            }
        }
    }

    function _credits(
        RunData storage run,
        Types.Epoch storage epoch,
        PayoutLib.Payout memory payout
    ) private view returns (address[] memory operators, uint256[] memory amounts) {
        uint256 size = _earners(payout.miners) + _earners(payout.validators) + (payout.owner == 0 ? 0 : 1);
        operators = new address[](size);
        amounts = new uint256[](size);
        uint256 n;
        for (uint8 slot = 0; slot < payout.miners.length; slot++) {
            if (payout.miners[slot] == 0) continue;
            operators[n] = run.seats[Types.Role.Miner].members[slot].operator;
            amounts[n++] = payout.miners[slot];
        }
        uint256 revealed = epoch.revealed;
        uint256 i;
        for (uint8 slot = 0; i < payout.validators.length; slot++) {
            if (!revealed.has(slot)) continue;
            uint256 amount = payout.validators[i++];
            if (amount == 0) continue;
            operators[n] = run.seats[Types.Role.Validator].members[slot].operator;
            amounts[n++] = amount;
        }
        if (payout.owner != 0) (operators[n], amounts[n]) = (run.owner, payout.owner);
    }

    function _earners(uint256[] memory amounts) private pure returns (uint256 n) {
        for (uint256 i = 0; i < amounts.length; i++) if (amounts[i] != 0) n++;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {
    IRunCoordinatorErrors as Errors,
    IRunCoordinatorEvents as Events
} from "../interfaces/IRunCoordinatorEvents.sol";
import {IRunCoordinatorTypes as Types} from "../interfaces/IRunCoordinatorTypes.sol";
import {IStakeVault} from "../interfaces/IStakeVault.sol";
import {BPS, RunData, STAYS, Seat, Seats} from "../types/RunData.sol";
import {EpochLib} from "./EpochLib.sol";
import {MemberLib} from "./MemberLib.sol";
import {MembershipLib} from "./MembershipLib.sol";

/// @title What a membership loses for a fault, however long ago it was done. Runs as the coordinator's own code. Whether there was
/// a fault is the court's to say.
library PunishLib {
    using Checkpoints for Checkpoints.Trace208;
    using EpochLib for RunData;
    using MembershipLib for uint208;

    function punish(
        RunData storage run,
        uint256 id,
        Types.Fault calldata fault,
        IStakeVault stakes
    ) external returns (uint256 taken) {
        Seats storage seats = run.seats[fault.role];
        (address operator, uint8 slot) = (fault.operator, fault.slot);
        uint208 membership =
            fault.epoch > run.head.epoch ? 0 : seats.history[operator].upperLookupRecent(uint48(fault.epoch));
        // INVARIANT: only who sat in the slot in that epoch is punished: not an heir, nor who came or went.
        if (membership.slotPlusOne() != uint256(slot) + 1) revert Errors.RunNotMember(id, operator);
        // INVARIANT I-42: a membership is punished once, and loses its stake at most.
        if (seats.punished[operator][membership]) return 0;
        seats.punished[operator][membership] = true;
        taken = Math.min(membership.stakeOf(), stakes.slashableBy(operator, address(this)));
        // It still sits if nothing has come after it.
        if (seats.history[operator].latest() == membership) _expel(run, id, seats, fault.role, slot, uint128(taken));
        emit Events.MemberPunished(id, operator, fault.role, slot, fault.epoch, taken, fault.reporter);
        if (taken == 0) return 0;
        uint256 bounty = (taken * Math.min(fault.bountyBps, stakes.BOUNTY_CAP_BPS())) / BPS;
        // SAFETY: the last thing that the call does. Takes what was asked for: it is slashable.
        stakes.slash(operator, taken, fault.reporter, bounty);
    }

    /// @dev INVARIANT: who was punished acts in no round any more, not even in the open one, where it would have nothing to lose.
    /// What it did there before counts; its scores do too, since they never were at stake.
    function _expel(
        RunData storage run,
        uint256 id,
        Seats storage seats,
        Types.Role role,
        uint8 slot,
        uint128 taken
    ) private {
        Seat storage seat = seats.at[slot];
        if (seat.lastRound == STAYS) MemberLib.leaveNow(run, id, seats, role, slot);
        // INVARIANT I-18: what is left of its stake is what is left of its lock.
        seat.stake -= taken;
        (Types.Phase phase, uint48 round) = (run.head.phase, run.head.round);
        bool open = phase != Types.Phase.Idle && phase != Types.Phase.Ended;
        if (!open || seat.lastRound != round || seat.activeFrom > round) return;
        seat.lastRound = round - 1;
        run.excuse(role, slot, seat.activeFrom);
    }
}

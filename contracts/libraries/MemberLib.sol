// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {
    IRunCoordinatorErrors as Errors,
    IRunCoordinatorEvents as Events,
    IRunCoordinatorTypes as Types
} from "../interfaces/IRunCoordinator.sol";
import {EPOCH_RING, RunData, Seats} from "../types/RunData.sol";
import {BitmapLib} from "./BitmapLib.sol";

/// @title Who sits in which slot of a run. Sole writer of `Seats`.
/// @dev INVARIANT I-19: an operator has at most one slot a role, and a slot changes hands only when every epoch in which its
/// member was active is settled. So a slot in a bitmap of an open round or epoch names one operator.
library MemberLib {
    using BitmapLib for uint256;

    /// @param stake What the vault is to lock, in wei.
    /// @param weight What counts of it in votes; 0 for miners.
    function join(
        RunData storage run,
        uint256 id,
        Types.Role role,
        address operator,
        uint128 stake,
        uint128 weight
    ) internal returns (uint8 slot) {
        Seats storage seats = run.seats[role];
        // INVARIANT: nobody joins a run that is over; the stake would earn nothing.
        if (run.phase == Types.Phase.Ended) {
            revert Errors.RunWrongPhase(id, Types.Phase.Ended, Types.Phase.Idle);
        }
        // INVARIANT: one slot an operator and role, also while it leaves.
        if (seats.slots[operator] != 0) revert Errors.RunAlreadyMember(id, operator);
        // INVARIANT: no more members than the run was created for.
        uint256 free = seats.taken.lowestFree();
        if (free >= (role == Types.Role.Miner ? run.params.maxMiners : run.params.maxValidators)) {
            revert Errors.RunFull(id, role);
        }
        // INVARIANT: the staying members' weights have a sum that fits its field.
        uint128 room = type(uint128).max - seats.weight;
        if (weight > room) revert Errors.RunStakeTooHigh(weight, room);

        slot = uint8(free);
        uint64 activeFrom = run.round + 1;
        seats.taken = seats.taken.with(slot);
        seats.staying = seats.staying.with(slot);
        seats.weight += weight;
        seats.slots[operator] = free + 1;
        Types.Member storage member = seats.members[slot];
        member.operator = operator;
        member.activeFrom = activeFrom;
        member.stake = stake;
        member.weight = weight;
        emit Events.MemberJoined(id, operator, role, slot, activeFrom, stake, weight);
    }

    function leave(RunData storage run, uint256 id, Types.Role role, address operator) internal {
        uint8 slot = slotOf(run, id, role, operator);
        Seats storage seats = run.seats[role];
        Types.Member storage member = seats.members[slot];
        // INVARIANT: a member leaves once; its last epoch does not move.
        if (member.leaving) revert Errors.RunAlreadyLeaving(id, operator);

        // The last epoch it can be active in is the one of the last round that opened; none if it joined since.
        uint64 lastEpoch = member.activeFrom <= run.round ? run.epoch : 0;
        member.leaving = true;
        member.lastEpoch = lastEpoch;
        seats.staying = seats.staying.without(slot);
        seats.weight -= member.weight;
        emit Events.MemberLeaving(id, operator, role, slot, lastEpoch);
    }

    function release(
        RunData storage run,
        uint256 id,
        Types.Role role,
        uint8 slot
    ) internal returns (address operator, uint128 stake) {
        Seats storage seats = run.seats[role];
        Types.Member storage member = seats.members[slot];
        (operator, stake) = (member.operator, member.stake);
        // INVARIANT: only a member is released.
        if (operator == address(0)) revert Errors.RunNotMember(id, operator);
        // INVARIANT: stake and slot are held until the member's last epoch, and each before it, is settled.
        if (!member.leaving || !_isSettledThrough(run, member.lastEpoch)) revert Errors.RunNotReleasable(id, operator);

        seats.taken = seats.taken.without(slot);
        delete seats.slots[operator];
        delete seats.members[slot];
        emit Events.MemberReleased(id, operator, role, slot);
    }

    function slotOf(RunData storage run, uint256 id, Types.Role role, address operator) internal view returns (uint8) {
        uint256 slotPlusOne = run.seats[role].slots[operator];
        if (slotPlusOne == 0) revert Errors.RunNotMember(id, operator);
        return uint8(slotPlusOne - 1);
    }

    /// @return Whether enough members stay for another round.
    function suffice(RunData storage run) internal view returns (bool) {
        return
            run.seats[Types.Role.Miner].staying.count() >= run.params.minMiners &&
            run.seats[Types.Role.Validator].staying.count() >= run.params.minValidators;
    }

    /// @return weights By slot, of the validators in `set`; zero for the others.
    function weightsOf(RunData storage run, uint256 set) internal view returns (uint256[] memory weights) {
        Seats storage seats = run.seats[Types.Role.Validator];
        weights = new uint256[](run.params.maxValidators);
        for (uint8 slot = 0; slot < weights.length; slot++) {
            if (set.has(slot)) weights[slot] = seats.members[slot].weight;
        }
    }

    function _isSettledThrough(RunData storage run, uint64 epoch) private view returns (bool) {
        // Epochs may be settled out of order. Those that have left the ring are settled, else they could not have been overwritten.
        for (; epoch != 0 && epoch + EPOCH_RING > run.epoch; epoch--) {
            if (run.epochs[epoch % EPOCH_RING].phase != Types.EpochPhase.Settled) return false;
        }
        return true;
    }
}

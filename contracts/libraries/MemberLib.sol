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
import {RunData, STAYS, Seat, Seats} from "../types/RunData.sol";
import {ActorLib} from "./ActorLib.sol";
import {BitmapLib} from "./BitmapLib.sol";
import {EpochLib} from "./EpochLib.sol";
import {MembershipLib} from "./MembershipLib.sol";
import {UsefulnessLib} from "./UsefulnessLib.sol";

/// @title Who sits in which slot of a run. With PunishLib the sole writer of `Seats`. Runs as the coordinator's own code.
/// @dev INVARIANT I-19: an operator has at most one slot a role, and a slot changes hands only when every epoch in which its
/// member was active is settled. So a slot in a bitmap of an open round or epoch names one operator.
library MemberLib {
    using BitmapLib for uint256;
    using Checkpoints for Checkpoints.Trace208;
    using EpochLib for RunData;
    using UsefulnessLib for RunData;

    /// @dev The part of a run's miners that may be replaced in an epoch: one in so many, rounded up.
    uint256 internal constant REPLACED_OF = 8;

    // ---- Joining

    function joinAsMiner(RunData storage run, uint256 id, IStakeVault stakes) external returns (uint8) {
        uint128 stake = run.params.minerStake;
        return _join(run, id, Types.Role.Miner, stake, 0, run.params.maxMiners, stakes);
    }

    function joinAsValidator(
        RunData storage run,
        uint256 id,
        uint128 stake,
        IStakeVault stakes
    ) external returns (uint8) {
        // INVARIANT: a validator has at least the run's stake to lose.
        if (stake < run.params.validatorStake) revert Errors.RunStakeTooLow(stake, run.params.validatorStake);
        uint96 cap = run.params.validatorWeightCap;
        uint96 weight = stake < cap ? uint96(stake) : cap;
        // INVARIANT: the staying members' weights have a sum that fits its field.
        uint96 room = type(uint96).max - run.seats[Types.Role.Validator].weight;
        if (weight > room) revert Errors.RunStakeTooHigh(weight, room);
        return _join(run, id, Types.Role.Validator, stake, weight, run.params.maxValidators, stakes);
    }

    function replaceMiner(RunData storage run, uint256 id, uint8 slot, IStakeVault stakes) external {
        Seats storage seats = run.seats[Types.Role.Miner];
        _requireNewcomer(run, id, seats, stakes);
        if (seats.taken.lowestFree() < run.params.maxMiners) revert Errors.RunNotFull(id);
        run.requireLeastUseful(id, slot);
        // INVARIANT: useful miners cannot be driven out all at once.
        (uint48 epoch, uint16 most) = (run.head.epoch, run.params.maxMiners);
        if (run.replacedIn != epoch) (run.replacedIn, run.replaced) = (epoch, 0);
        if (run.replaced++ >= (most + REPLACED_OF - 1) / REPLACED_OF) revert Errors.RunTooManyReplaced(id, epoch);

        uint128 stake = run.params.minerStake;
        leaveNow(run, id, seats, Types.Role.Miner, slot);
        seats.heirs[slot] = msg.sender;
        seats.slots[msg.sender] = uint256(slot) + 1;
        emit Events.HeirNamed(id, msg.sender, slot, stake);
        stakes.lock(msg.sender, stake);
    }

    // ---- Leaving

    function leave(RunData storage run, uint256 id, Types.Role role, IStakeVault stakes) external {
        requireOperator(stakes);
        Seats storage seats = run.seats[role];
        uint8 slot = slotOf(run, id, role, msg.sender);
        if (seats.at[slot].operator == msg.sender) return leaveNow(run, id, seats, role, slot);
        // INVARIANT: while the run goes on, an heir stays until it has sat. Else one stake could drive out one miner after the other.
        if (run.head.phase != Types.Phase.Ended) revert Errors.RunNotReleasable(id, msg.sender);
        _releaseHeir(run, id, seats, slot, stakes);
    }

    function evict(RunData storage run, uint256 id, Types.Role role, uint8 slot, IStakeVault stakes) external {
        Seats storage seats = run.seats[role];
        address operator = seats.at[slot].operator;
        // INVARIANT: nobody is made to leave but members whose holders would have to wait for them else.
        if (operator == address(0)) revert Errors.RunNotMember(id, operator);
        if (!stakes.isShort(operator)) revert Errors.RunNotShort(id, operator);
        leaveNow(run, id, seats, role, slot);
    }

    function release(RunData storage run, uint256 id, Types.Role role, uint8 slot, IStakeVault stakes) external {
        Seats storage seats = run.seats[role];
        Seat storage seat = seats.at[slot];
        (address operator, uint128 stake, uint48 lastEpoch) = (seat.operator, seat.stake, seat.lastEpoch);
        // INVARIANT: only a member is released.
        if (operator == address(0)) revert Errors.RunNotMember(id, operator);
        // INVARIANT: stake and slot are held until the member's last epoch, and each before it, is settled.
        if (seat.lastRound == STAYS || !run.isSettledThrough(lastEpoch)) {
            revert Errors.RunNotReleasable(id, operator);
        }

        delete seats.slots[operator];
        delete seats.at[slot];
        seats.taken = seats.taken.without(slot);
        // From now on the slot's ranks are not the operator's. Its own last epoch, if any, was before the present one.
        seats.history[operator].push(_firstEpoch(run), 0);
        emit Events.MemberReleased(id, operator, role, slot);
        address heir = seats.heirs[slot];
        if (heir != address(0)) _succeed(run, id, seats, slot, heir, stakes);
        // SAFETY: the stake vault is called last, or calls nobody itself (lock, unlock).
        _unlock(stakes, operator, stake);
    }

    // ---- Views

    /// @dev INVARIANT: a delegate cannot put its operator's stake at risk, or take it out of a run.
    function requireOperator(IStakeVault stakes) internal view {
        if (stakes.operatorOf(msg.sender) != msg.sender) revert Errors.RunNotOperator(msg.sender);
    }

    function slotOf(RunData storage run, uint256 id, Types.Role role, address operator) internal view returns (uint8) {
        uint256 slotPlusOne = run.seats[role].slots[operator];
        if (slotPlusOne == 0) revert Errors.RunNotMember(id, operator);
        return uint8(slotPlusOne - 1);
    }

    // ---- Parts

    function _join(
        RunData storage run,
        uint256 id,
        Types.Role role,
        uint128 stake,
        uint96 weight,
        uint256 limit,
        IStakeVault stakes
    ) private returns (uint8 slot) {
        Seats storage seats = run.seats[role];
        _requireNewcomer(run, id, seats, stakes);
        // INVARIANT: no more members than the run was created for.
        uint256 free = seats.taken.lowestFree();
        if (free >= limit) revert Errors.RunFull(id, role);
        slot = uint8(free);
        _seat(run, id, role, slot, msg.sender, stake, weight, stakes);
        stakes.lock(msg.sender, stake);
    }

    function _requireNewcomer(RunData storage run, uint256 id, Seats storage seats, IStakeVault stakes) private view {
        requireOperator(stakes);
        // INVARIANT: nobody joins a run that is over; the stake would earn nothing.
        if (run.head.phase == Types.Phase.Ended) {
            revert Errors.RunWrongPhase(id, Types.Phase.Ended, Types.Phase.Idle);
        }
        // INVARIANT I-19: one slot an operator and role, also while it leaves.
        if (seats.slots[msg.sender] != 0) revert Errors.RunAlreadyMember(id, msg.sender);
    }

    function _seat(
        RunData storage run,
        uint256 id,
        Types.Role role,
        uint8 slot,
        address operator,
        uint128 stake,
        uint96 weight,
        IStakeVault stakes
    ) private {
        Seats storage seats = run.seats[role];
        uint48 activeFrom = run.head.round + 1;
        seats.taken = seats.taken.with(slot);
        seats.staying = seats.staying.with(slot);
        seats.weight += weight;
        seats.slots[operator] = uint256(slot) + 1;
        Seat storage seat = seats.at[slot];
        (seat.key, seat.activeFrom, seat.lastRound) = (ActorLib.keyOf(stakes, operator), activeFrom, STAYS);
        (seat.operator, seat.weight, seat.stake) = (operator, weight, stake);
        uint48 epoch = _firstEpoch(run);
        seat.firstEpoch = uint32(epoch);
        seats.history[operator].push(epoch, MembershipLib.pack(slot, stake, epoch));
        if (role == Types.Role.Miner) {
            // INVARIANT: to leave and join anew gives no new protection.
            uint48 protected_ = seats.protection[operator];
            if (protected_ == 0) seats.protection[operator] = protected_ = epoch + run.params.protectionEpochs;
            seat.protectedUntil = protected_;
        }
        emit Events.MemberJoined(id, operator, role, slot, activeFrom, stake, weight);
        emit Events.KeySet(id, role, slot, seat.key);
    }

    function leaveNow(RunData storage run, uint256 id, Seats storage seats, Types.Role role, uint8 slot) internal {
        Seat storage seat = seats.at[slot];
        address operator = seat.operator;
        // INVARIANT: a member leaves once; its last epoch does not move.
        if (seat.lastRound != STAYS) revert Errors.RunAlreadyLeaving(id, operator);

        // The last epoch it can be active in is the one of the last round that opened; none if it joined since.
        uint48 round = run.head.round;
        uint48 lastEpoch = seat.activeFrom <= round ? run.head.epoch : 0;
        (seat.lastRound, seat.lastEpoch) = (round, lastEpoch);
        seats.staying = seats.staying.without(slot);
        seats.weight -= seat.weight;
        emit Events.MemberLeaving(id, operator, role, slot, lastEpoch);
    }

    /// @dev The heir's stake is locked already. In a run that is over it gets it back instead of a seat.
    function _succeed(
        RunData storage run,
        uint256 id,
        Seats storage seats,
        uint8 slot,
        address heir,
        IStakeVault stakes
    ) private {
        if (run.head.phase == Types.Phase.Ended) return _releaseHeir(run, id, seats, slot, stakes);
        delete seats.heirs[slot];
        _seat(run, id, Types.Role.Miner, slot, heir, run.params.minerStake, 0, stakes);
    }

    function _releaseHeir(
        RunData storage run,
        uint256 id,
        Seats storage seats,
        uint8 slot,
        IStakeVault stakes
    ) private {
        address heir = seats.heirs[slot];
        delete seats.heirs[slot];
        delete seats.slots[heir];
        emit Events.HeirReleased(id, heir, slot);
        _unlock(stakes, heir, run.params.minerStake);
    }

    /// @dev INVARIANT I-18: no more is unlocked than is locked. One lock backs all slots of an operator: what a punishment for one of
    /// them took beyond its own stake is missing to another, and none can be kept from its release for that.
    function _unlock(IStakeVault stakes, address operator, uint256 stake) private {
        uint256 left = Math.min(stake, stakes.lockedBy(operator, address(this)));
        if (left != 0) stakes.unlock(operator, left);
    }

    /// @return The first epoch in which a member that sits down now can be active.
    function _firstEpoch(RunData storage run) private view returns (uint48) {
        return run.inEpoch() ? run.head.epoch : run.head.epoch + 1;
    }
}

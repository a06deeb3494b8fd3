// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IRunCoordinatorErrors as Errors} from "../interfaces/IRunCoordinatorEvents.sol";
import {IRunCoordinatorEvents as Events} from "../interfaces/IRunCoordinatorEvents.sol";
import {IRunCoordinatorTypes as Types} from "../interfaces/IRunCoordinatorTypes.sol";
import {IStakeVault} from "../interfaces/IStakeVault.sol";
import {RunData, Seat} from "../types/RunData.sol";

/// @title Which account acts in a slot. Sole writer of `Seat.key`.
/// @dev The key is a copy of what the stake vault says, so that an action need not ask it. Whoever is not the key is looked up
/// there, and becomes the key if it acts for the slot's operator: a new delegate takes over with its first action.
library ActorLib {
    /// @dev INVARIANT: nobody acts in a slot whom the stake vault did not name, at the time or before, as the operator's.
    function authorize(
        RunData storage run,
        uint256 id,
        Types.Role role,
        uint8 slot,
        IStakeVault stakes
    ) internal returns (Seat storage seat) {
        seat = run.seats[role].at[slot];
        if (seat.key != msg.sender) _takeOver(seat, id, role, slot, stakes);
    }

    /// @notice As `authorize`, for an action in a round: also, the member takes part in it.
    function authorizeIn(
        RunData storage run,
        uint256 id,
        uint64 round,
        Types.Role role,
        uint8 slot,
        IStakeVault stakes
    ) internal returns (Seat storage seat) {
        seat = run.seats[role].at[slot];
        // One load: the three of them are in the first word.
        uint256 word;
        assembly ("memory-safe") {
            word := sload(seat.slot)
        }
        if (address(uint160(word)) != msg.sender) _takeOver(seat, id, role, slot, stakes);
        // INVARIANT: only members that were there when the round opened take part in it.
        if (round < uint48(word >> 160) || round > word >> 208) revert Errors.RunNotActive(id, round, slot);
    }

    function sync(RunData storage run, uint256 id, Types.Role role, uint8 slot, IStakeVault stakes) internal {
        Seat storage seat = run.seats[role].at[slot];
        address operator = seat.operator;
        if (operator == address(0)) revert Errors.RunNotMember(id, operator);
        _set(seat, id, role, slot, keyOf(stakes, operator));
    }

    function keyOf(IStakeVault stakes, address operator) internal view returns (address) {
        address delegate = stakes.delegateOf(operator);
        return delegate == address(0) ? operator : delegate;
    }

    function _takeOver(Seat storage seat, uint256 id, Types.Role role, uint8 slot, IStakeVault stakes) private {
        address operator = seat.operator;
        if (operator == address(0) || stakes.operatorOf(msg.sender) != operator) {
            revert Errors.RunNotActor(id, slot, msg.sender);
        }
        _set(seat, id, role, slot, msg.sender);
    }

    function _set(Seat storage seat, uint256 id, Types.Role role, uint8 slot, address key) private {
        seat.key = key;
        emit Events.KeySet(id, role, slot, key);
    }
}

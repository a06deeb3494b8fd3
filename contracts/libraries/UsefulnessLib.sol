// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IRunCoordinatorErrors as Errors} from "../interfaces/IRunCoordinatorEvents.sol";
import {IRunCoordinatorTypes as Types} from "../interfaces/IRunCoordinatorTypes.sol";
import {EPOCH_RING, RunData, Seat, Seats, USEFULNESS_EPOCHS} from "../types/RunData.sol";
import {BitmapLib} from "./BitmapLib.sol";
import {RankLib} from "./RankLib.sol";

/// @title How useful a miner was lately: the sum of its ranks in the last settled epochs. Decides who gives way in a full run.
/// @dev Cost at 256 miners: 0.5 M for the seats and 0.3 M for the ranks.
library UsefulnessLib {
    using BitmapLib for uint256;

    /// @dev INVARIANT: who gives way stays, is past its protection, and no other such miner was of less use.
    function requireLeastUseful(RunData storage run, uint256 id, uint8 slot) internal view {
        (uint256[] memory sums, uint256 unprotected) = usefulness(run);
        uint256 candidates = unprotected & run.seats[Types.Role.Miner].staying;
        if (!candidates.has(slot)) revert Errors.RunNotReplaceable(id, slot);
        for (uint256 other = 0; candidates >> other != 0; other++) {
            if (candidates.has(other) && sums[other] < sums[slot]) {
                revert Errors.RunNotLeastUseful(id, slot, uint8(other));
            }
        }
    }

    /// @return sums By miner slot, of its present member; ranks of a former member of the slot do not count.
    /// @return unprotected Bitmap of the slots whose member is past its protection.
    function usefulness(RunData storage run) internal view returns (uint256[] memory sums, uint256 unprotected) {
        uint256[] memory firstEpochs;
        (firstEpochs, unprotected) = _seats(run);
        sums = new uint256[](firstEpochs.length);
        (uint64 epoch, uint64 left) = (run.head.epoch, USEFULNESS_EPOCHS);
        for (uint64 seen = 0; epoch != 0 && left != 0 && seen < EPOCH_RING; (epoch--, seen++)) {
            if (run.epochs[epoch % EPOCH_RING].phase != Types.EpochPhase.Settled) continue;
            left--;
            uint256[] memory ranks = RankLib.read(run.ranks[epoch], firstEpochs.length);
            for (uint256 slot = 0; slot < sums.length; slot++) {
                if (firstEpochs[slot] <= epoch) sums[slot] += ranks[slot];
            }
        }
    }

    function _seats(RunData storage run) private view returns (uint256[] memory firstEpochs, uint256 unprotected) {
        Seats storage seats = run.seats[Types.Role.Miner];
        uint48 epoch = run.head.epoch;
        firstEpochs = new uint256[](run.params.maxMiners);
        for (uint256 slot = 0; slot < firstEpochs.length; slot++) {
            Seat storage seat = seats.at[uint8(slot)];
            // Nobody's seat has no first epoch, and what its last member earned is nobody's.
            firstEpochs[slot] = seat.firstEpoch == 0 ? type(uint256).max : seat.firstEpoch;
            if (seat.protectedUntil <= epoch) unprotected = unprotected.with(slot);
        }
    }
}

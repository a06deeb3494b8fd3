// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IRunCoordinatorTypes as Types} from "../interfaces/IRunCoordinatorTypes.sol";
import {ROUND_RING, RoundData, RunData, Seats} from "../types/RunData.sol";
import {BitmapLib} from "./BitmapLib.sol";
import {SealLib} from "./SealLib.sol";

/// @title Who takes part and who has acted: read out of what each member wrote by itself.
/// @dev The loops are over the slots of a run: at most 256 words of 2 100 gas.
library RollLib {
    using BitmapLib for uint256;
    using SealLib for uint256;

    /// @return Whether enough members stay for another round.
    function suffice(RunData storage run) internal view returns (bool) {
        return
            run.seats[Types.Role.Miner].staying.count() >= run.params.minMiners &&
            run.seats[Types.Role.Validator].staying.count() >= run.params.minValidators;
    }

    /// @return set Bitmap of the round's miners that have committed.
    function committed(RunData storage run, RoundData storage round) internal view returns (uint256 set) {
        (uint256 miners, uint256 number) = (round.miners, round.id);
        mapping(uint8 => uint256) storage seals = run.seals[number % ROUND_RING];
        for (uint256 slot = 0; miners >> slot != 0; slot++) {
            if (miners.has(slot) && seals[uint8(slot)].isOf(number)) set = set.with(slot);
        }
    }

    /// @return set Bitmap of the round's miners that have revealed.
    function revealed(RunData storage run, RoundData storage round) internal view returns (uint256 set) {
        (uint256 miners, uint256 number) = (round.miners, round.id);
        mapping(uint8 => uint256) storage seals = run.seals[number % ROUND_RING];
        for (uint256 slot = 0; miners >> slot != 0; slot++) {
            if (miners.has(slot) && seals[uint8(slot)].isOpenOf(number)) set = set.with(slot);
        }
    }

    /// @return seals Of the miners in `set`, in ascending order of slot.
    function sealsOf(
        RunData storage run,
        RoundData storage round,
        uint256 set
    ) internal view returns (uint256[] memory seals) {
        mapping(uint8 => uint256) storage stored = run.seals[round.id % ROUND_RING];
        seals = new uint256[](set.count());
        uint256 n = 0;
        for (uint256 slot = 0; set >> slot != 0; slot++) if (set.has(slot)) seals[n++] = stored[uint8(slot)];
    }

    /// @return weights By slot, of the validators in `set`; zero for the others.
    function weightsOf(RunData storage run, uint256 set) internal view returns (uint256[] memory weights) {
        Seats storage seats = run.seats[Types.Role.Validator];
        weights = new uint256[](run.params.maxValidators);
        for (uint256 slot = 0; slot < weights.length; slot++) {
            if (set.has(slot)) weights[slot] = seats.at[uint8(slot)].weight;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {CoordinatorBase} from "./CoordinatorBase.sol";

/// @notice Ways of epochs to their end, and what the escrow holds of the run's grant.
abstract contract EpochSteps is CoordinatorBase {
    /// @dev The open round is proposed and all validators attest; whoever advances the run now ends it.
    function _vote() internal {
        _propose();
        Round memory round = _state();
        for (uint8 slot = 0; round.validators >> slot != 0; slot++) {
            if (slot != round.leader && (round.validators >> slot) & 1 == 1) _attest(_validatorAt(slot));
        }
    }

    /// @dev Of a closed epoch in which nobody scores: nothing is earned.
    function _settleUnscored(uint64 epoch) internal {
        _lapseEpoch(epoch);
        coordinator.advanceEpoch(run, epoch);
        coordinator.settle(run, epoch, new bytes[](0), "");
    }

    /// @dev Of a closed epoch of which all validators say the same.
    function _settleScored(uint64 epoch, bytes memory scores) internal {
        uint256 validators = coordinator.epochOf(run, epoch).validators;
        uint256 count = 0;
        for (uint8 slot = 0; validators >> slot != 0; slot++) {
            if ((validators >> slot) & 1 == 0) continue;
            _commitScores(_validatorAt(slot), epoch, scores);
            count++;
        }
        coordinator.advanceEpoch(run, epoch);
        bytes[] memory vectors = new bytes[](count);
        count = 0;
        for (uint8 slot = 0; validators >> slot != 0; slot++) {
            if ((validators >> slot) & 1 == 0) continue;
            _revealScores(_validatorAt(slot), epoch, scores);
            vectors[count++] = scores;
        }
        coordinator.settle(run, epoch, vectors, scores);
    }

    /// @dev Wei of the run's grant that no epoch holds.
    function _granted() internal view returns (uint256 granted) {
        (, granted, ) = rewards.nextEpochOf(address(coordinator), run);
    }

    function _potOf(uint256 source, uint64 epoch) internal view returns (uint256) {
        return rewards.potOf(address(coordinator), run, source, epoch);
    }
}

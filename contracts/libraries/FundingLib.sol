// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IRewardEscrow} from "../interfaces/IRewardEscrow.sol";
import {IRewardEscrowTypes} from "../interfaces/IRewardEscrow.sol";
import {RunData} from "../types/RunData.sol";

/// @title Whether a run's next epoch has the pot that the run wants.
/// @dev Only the run's own token counts, since anybody may sponsor with a worthless one.
library FundingLib {
    function isFunded(RunData storage run, uint256 id, IRewardEscrow rewards) internal view returns (bool) {
        if (run.params.rewardToken != address(rewards.NATIVE())) return isFit(run, id, run.source, rewards);
        (, uint256 granted, ) = rewards.nextEpochOf(address(this), id);
        return granted >= run.params.minPot;
    }

    /// @return Whether a sponsorship is in the run's token and has at least the run's least pot in the next epoch.
    function isFit(RunData storage run, uint256 id, uint64 source, IRewardEscrow rewards) internal view returns (bool) {
        if (source == 0 || source > rewards.sponsorshipsOf(address(this), id)) return false;
        IRewardEscrowTypes.Sponsorship memory entry = rewards.sponsorshipOf(address(this), id, source);
        uint256 free = rewards.freeOf(address(this), id, source);
        uint256 pot = free < entry.perEpoch ? free : entry.perEpoch;
        return address(entry.token) == run.params.rewardToken && pot >= run.params.minPot;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IRewardEscrowTypes as Types} from "../interfaces/IRewardEscrow.sol";

/// @title Which pot a sponsorship has in which epoch. Pure arithmetic on its four numbers; moves nothing.
/// @dev With first f, budget B and rate R > 0, epoch e >= f has the pot max(0, min(R, B - (e - f) R)): R each, the rest in the last
/// one. The pots of the first n epochs sum to min(B, n R). So with n epochs opened since f, B >= min(B, n R) may not change
/// below that sum (`free`), nor grow unless B >= n R (`isSpent`): the pots of opened epochs never change.
/// Bounds: numbers of epochs are below 2^64 and amounts below 2^128, so nothing overflows.
library SponsorshipLib {
    function potAt(Types.Sponsorship storage self, uint256 epoch) internal view returns (uint256) {
        if (epoch < self.first) return 0;
        (uint256 rate, uint256 budget) = (self.perEpoch, self.budget);
        uint256 before = (epoch - self.first) * rate;
        return budget > before ? Math.min(rate, budget - before) : 0;
    }

    /// @return The first epoch that it has no pot in any more.
    function end(Types.Sponsorship storage self) internal view returns (uint256) {
        return self.first + Math.ceilDiv(self.budget, self.perEpoch);
    }

    /// @param last The last epoch of the run that has opened.
    /// @return What no opened epoch holds.
    function free(Types.Sponsorship storage self, uint256 last) internal view returns (uint256) {
        uint256 due = _due(self, last);
        return self.budget > due ? self.budget - due : 0;
    }

    /// @return Whether an epoch has opened that did not get all of the rate.
    function isSpent(Types.Sponsorship storage self, uint256 last) internal view returns (bool) {
        return self.budget < _due(self, last);
    }

    /// @dev n R. A sponsorship begins with the next epoch, so last + 1 >= first.
    function _due(Types.Sponsorship storage self, uint256 last) private view returns (uint256) {
        return (last + 1 - self.first) * self.perEpoch;
    }
}

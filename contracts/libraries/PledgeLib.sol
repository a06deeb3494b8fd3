// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice What an operator has pledged to one manager, in wei and unix seconds. The only writer is `PledgeLib`.
struct Pledge {
    uint128 locked;
    uint48 olderUntil; // the older batch cools while now < olderUntil
    uint48 newerUntil;
    uint128 older; // released stake that still answers for the work it backed, in two batches
    uint128 newer;
}

using PledgeLib for Pledge global;

/// @title Locks of one manager, and how they cool after their release. Knows nothing of the operator's other stake.
/// @dev A fault may be proved after the lock that backed the work was released. So released stake *cools* before it is free:
/// the same manager can still slash it, and nobody can lock or withdraw it. For how long? Keeping the exact time of each release
/// would need a list, so releases are put together in two batches: one joins the newer batch if that began less than window / 2
/// ago, else it begins a new batch and the newer one becomes the older. A batch ends `window` after it began. Hence
///   (1) a release cools for at least window / 2 and at most window;
///   (2) when a new batch begins, the older one has ended: it began before the newer one, which began window / 2 ago or more,
///       and that one had begun window / 2 or more after it. So two batches are enough.
/// Locking again takes over what cools for the same manager before it asks for other stake:
///   (3) locked + cooling never exceeds the most that was locked at once.
/// @custom:security Amounts are the vault's checked uint128, times are below 2^48 (the vault's window is below 2^32). What has
/// ended stays in its batch until `thaw` drops it, since others count it too: each writer needs `thaw` before it, in the same block.
library PledgeLib {
    /// @notice Released stake that still cools.
    function cooling(Pledge storage self) internal view returns (uint256) {
        return uint256(self.older) + self.newer - self.thawed();
    }

    /// @notice Released stake that cools no more, but has not been dropped yet.
    function thawed(Pledge storage self) internal view returns (uint256) {
        uint256 older = block.timestamp < self.olderUntil ? 0 : self.older;
        uint256 newer = block.timestamp < self.newerUntil ? 0 : self.newer;
        return older + newer;
    }

    /// @return amount What was dropped, for it cools no more.
    function thaw(Pledge storage self) internal returns (uint256 amount) {
        amount = self.thawed();
        if (amount == 0) return 0;
        if (block.timestamp >= self.olderUntil) self.older = 0;
        if (block.timestamp >= self.newerUntil) self.newer = 0;
    }

    /// @return reused What of `amount` was cooling.
    function lock(Pledge storage self, uint128 amount) internal returns (uint256 reused) {
        reused = Math.min(amount, self.cooling());
        _settle(self, reused);
        self.locked += amount;
    }

    /// @dev Needs amount <= locked.
    function unlock(Pledge storage self, uint128 amount, uint32 window) internal {
        self.locked -= amount;
        if (self.newerUntil > block.timestamp + window / 2) {
            self.newer += amount;
        } else {
            (self.older, self.olderUntil) = (self.newer, self.newerUntil);
            (self.newer, self.newerUntil) = (amount, uint48(block.timestamp + window));
        }
    }

    /// @dev Needs amount <= locked + cooling. Locked stake goes first: it backs the work of today.
    function slash(Pledge storage self, uint256 amount) internal returns (uint256 fromLocked, uint256 fromCooling) {
        fromLocked = Math.min(amount, self.locked);
        fromCooling = amount - fromLocked;
        self.locked -= uint128(fromLocked);
        _settle(self, fromCooling);
    }

    /// @dev Takes `amount` of what cools, from the batch that ends first before the other. Needs amount <= cooling.
    function _settle(Pledge storage self, uint256 amount) private {
        if (amount == 0) return;
        uint256 fromOlder = Math.min(amount, self.older);
        self.older -= uint128(fromOlder);
        self.newer -= uint128(amount - fromOlder);
    }
}

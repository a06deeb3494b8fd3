// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice What an operator has pledged to one manager, in wei and unix seconds. The only writer is `PledgeLib`.
struct Pledge {
    uint128 locked;
    uint48 olderUntil; // the older batch counts while now < olderUntil
    uint48 newerUntil;
    uint128 older; // released stake that still answers for the work it backed, in two batches
    uint128 newer;
}

using PledgeLib for Pledge global;

/// @title Locks of one manager and the liability that remains after their release. Knows nothing of the operator's other funds.
/// @dev A fault may be proved after the lock that backed the work was released. So released stake stays slashable by the same
/// manager for a while, the *liability*. For how long? Not longer than `window`, the unbonding delay, since from then on the
/// stake may have left. Keeping the exact time of each release would need a list, so releases are put together in two batches:
/// one joins the newer batch if that began less than window / 2 ago, else it begins a new batch and the newer one becomes
/// the older. A batch ends `window` after it began. Hence
///   (1) a release counts for at least window / 2 and at most window;
///   (2) the batch dropped when a new one begins has ended: it began before the newer one, which began window / 2 ago or
///       more, and that one had begun window / 2 or more after it.
/// Locking again takes over liability of the same manager before it asks for other stake:
///   (3) locked + released never exceeds the most that was locked at once.
/// @custom:security Amounts are the vault's checked uint128, times are below 2^48 (the vault's window is below 2^32).
library PledgeLib {
    /// @notice Released stake that is still liable.
    function released(Pledge storage self) internal view returns (uint256) {
        uint256 older = block.timestamp < self.olderUntil ? self.older : 0;
        uint256 newer = block.timestamp < self.newerUntil ? self.newer : 0;
        return older + newer;
    }

    /// @return reused What of `amount` was liable already.
    function lock(Pledge storage self, uint128 amount) internal returns (uint256 reused) {
        reused = Math.min(amount, self.released());
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

    /// @dev Needs amount <= locked + released. Locked stake goes first: it backs the work of today.
    function slash(Pledge storage self, uint256 amount) internal returns (uint256 fromLocked, uint256 fromReleased) {
        fromLocked = Math.min(amount, self.locked);
        fromReleased = amount - fromLocked;
        self.locked -= uint128(fromLocked);
        _settle(self, fromReleased);
    }

    /// @dev Ends `amount` of the liability, the batch that ends first before the other. Needs amount <= released.
    function _settle(Pledge storage self, uint256 amount) private {
        if (amount == 0) return;
        uint256 fromOlder = block.timestamp < self.olderUntil ? Math.min(amount, self.older) : 0;
        self.older -= uint128(fromOlder);
        self.newer -= uint128(amount - fromOlder);
    }
}

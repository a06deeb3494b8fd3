// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @notice All stake behind one operator. The only writer is `PoolLib`.
struct Pool {
    uint128 assets; // wei; all stake, unbonding stake included
    uint128 shares; // of all holders, unbonding ones included
    uint128 locked; // wei; sum of the locks of all managers
    uint128 cooling; // wei; released by managers, not dropped by a thaw yet
    uint128 unbonding; // shares of all tickets
}

using PoolLib for Pool global;

/// @title Arithmetic of one operator's pool: what shares are worth, and how stake comes and goes. Knows no holders and no times.
/// @dev With A = assets, S = shares:
///   (1) A <= S. A first deposit gives A = S. A deposit d >= 1 gives floor(d S / A) >= d shares. Burning k shares leaves
///       A - floor(k A / S) = ceil(A (S - k) / S) <= S - k. A slash lowers A alone.
///   (2) So a share is never worth more than 1 wei, and a deposit loses less than that to rounding: nobody can raise the price
///       of a share so that the deposit of another is rounded to nothing. Tokens sent to the vault without a deposit do not enter A.
///   (3) A = 0 only if S = 0: burning k < S shares takes less than A, and a slash leaves 1 wei.
///   (4) A / S falls by slashing alone. All other rounding is for the shares that stay.
///   (5) locked + cooling <= A. A lock takes from bonded <= A, an unlock moves from one to the other, a slash lowers both sides
///       by as much, and `burn` asks.
/// Let U be the unbonding shares and B = floor(A (S - U) / S) the bonded stake. By (4) only requests to unbond and slashes lower B,
/// and a slash lowers it by what it takes at most. While locked + cooling <= B, all tickets together can be paid: they are worth
/// A U / S <= A - B.
/// @custom:security A and S are below 2^128, so no product here overflows.
library PoolLib {
    using SafeCast for uint256;

    /// @dev Below 1e-9 wei a share, deposits end: shares would outgrow their field, and a pool that lost all but a billionth
    /// of its stake is better left to those in it.
    uint256 internal constant MAX_SHARES_PER_WEI = 1e9;

    /// @notice Shares that do not unbond.
    function active(Pool storage self) internal view returns (uint256) {
        return self.shares - self.unbonding;
    }

    /// @notice What the active shares are worth, in wei. Rounded down.
    function bonded(Pool storage self) internal view returns (uint256) {
        return self.valueOf(self.active());
    }

    /// @notice What so many shares are worth, in wei. Rounded down.
    function valueOf(Pool storage self, uint256 shares) internal view returns (uint256) {
        return shares == 0 ? 0 : (shares * self.assets) / self.shares;
    }

    /// @notice What managers may not slash, in wei.
    function free(Pool storage self) internal view returns (uint256) {
        return self.assets - self.locked - self.cooling;
    }

    function isRuined(Pool storage self) internal view returns (bool) {
        return self.shares > self.assets * MAX_SHARES_PER_WEI;
    }

    /// @dev Needs amount > 0 and a pool that is not ruined.
    function deposit(Pool storage self, uint256 amount) internal returns (uint256 shares) {
        uint256 assets = self.assets;
        shares = assets == 0 ? amount : (amount * self.shares) / assets;
        self.assets = (assets + amount).toUint128();
        self.shares = (self.shares + shares).toUint128();
    }

    /// @dev Needs shares <= active.
    function unbond(Pool storage self, uint256 shares) internal {
        self.unbonding += uint128(shares);
    }

    /// @dev Needs shares <= unbonding.
    function rebond(Pool storage self, uint256 shares) internal {
        self.unbonding -= uint128(shares);
    }

    /// @dev Needs shares <= unbonding and amount = valueOf(shares) <= free.
    function burn(Pool storage self, uint256 shares, uint256 amount) internal {
        self.assets -= uint128(amount);
        self.shares -= uint128(shares);
        self.unbonding -= uint128(shares);
    }

    /// @dev Needs amount - reused <= bonded - locked - cooling, and reused <= cooling.
    function lock(Pool storage self, uint256 amount, uint256 reused) internal {
        self.locked += uint128(amount);
        self.cooling -= uint128(reused);
    }

    /// @dev Needs amount <= locked.
    function unlock(Pool storage self, uint256 amount) internal {
        self.locked -= uint128(amount);
        self.cooling += uint128(amount);
    }

    /// @dev Needs amount <= cooling.
    function thaw(Pool storage self, uint256 amount) internal {
        self.cooling -= uint128(amount);
    }

    /// @dev Needs fromLocked <= locked, fromCooling <= cooling, and both together below assets.
    function slash(Pool storage self, uint256 fromLocked, uint256 fromCooling) internal {
        self.locked -= uint128(fromLocked);
        self.cooling -= uint128(fromCooling);
        self.assets -= uint128(fromLocked + fromCooling);
    }
}

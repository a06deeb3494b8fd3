// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IStakeSnapshots} from "../interfaces/IStakeSnapshots.sol";

/// @dev All of a pot.
uint256 constant WHOLE = 2 ** 64;

/// @title How a pot is split: the part of an operator, then the parts of the holders of its pool. Always rounded down.
/// @dev floor(a) + floor(b) <= floor(a + b). So parts of shares that sum to t come to no more than the part of t, and commission
/// and parts of holders whose shares sum to the pool's come to no more than what the pool got.
library SplitLib {
    uint256 private constant BPS = 10_000;

    /// @param pot Below 2^128. @param share In 2^-64, at most 2^64.
    function partOf(uint256 pot, uint256 share) internal pure returns (uint256) {
        return (pot * share) / WHOLE;
    }

    /// @param amount What the operator's pool got, below 2^128.
    /// @param time In unix seconds, past.
    function holderPart(
        IStakeSnapshots stakes,
        uint256 amount,
        address operator,
        address holder,
        uint256 time
    ) internal view returns (uint256 part) {
        (, uint256 all) = stakes.poolAt(operator, time);
        if (all == 0) return holder == operator ? amount : 0;
        uint256 commission = (amount * stakes.commissionAt(operator, time)) / BPS;
        part = Math.mulDiv(amount - commission, stakes.sharesAt(operator, holder, time), all);
        if (holder == operator) part += commission;
    }
}

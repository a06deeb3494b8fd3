// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

/// @title What stays known of a membership when its seat is somebody else's: one value of an operator's history, by epoch.
/// @dev 16 bits that are free, 48 bits of the first epoch in which it could be active, 128 bits of its stake in wei, 16 bits of its
/// slot plus one. Zero: no membership. No two memberships of an operator and role that were active have the same value, since none
/// begins in an epoch in which an earlier one was active.
library MembershipLib {
    uint208 private constant STAKE_SHIFT = 16;
    uint208 private constant EPOCH_SHIFT = 144;

    function pack(uint8 slot, uint128 stake, uint48 firstEpoch) internal pure returns (uint208) {
        return (uint208(firstEpoch) << EPOCH_SHIFT) | (uint208(stake) << STAKE_SHIFT) | (uint208(slot) + 1);
    }

    function slotPlusOne(uint208 membership) internal pure returns (uint256) {
        return uint16(membership);
    }

    function stakeOf(uint208 membership) internal pure returns (uint128) {
        return uint128(membership >> STAKE_SHIFT);
    }
}

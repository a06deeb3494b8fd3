// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Base} from "../Base.sol";
import {IRewardEscrowTypes} from "../../../contracts/interfaces/IRewardEscrow.sol";
import {SponsorshipLib} from "../../../contracts/libraries/SponsorshipLib.sol";

/// @notice The closed forms of SponsorshipLib against a purse that is emptied epoch by epoch.
contract SponsorshipLibTest is Base, IRewardEscrowTypes {
    using SponsorshipLib for Sponsorship;

    Sponsorship private entry;

    function _set(uint256 first, uint256 perEpoch, uint256 budget) private {
        entry = Sponsorship(IERC20(address(0)), uint64(first), address(0), 0, uint128(perEpoch), uint128(budget));
    }

    function test_pots_any_areThoseOfAPurse(uint64 first, uint128 perEpoch, uint128 budget) public {
        perEpoch = uint128(bound(perEpoch, 1, type(uint128).max));
        budget = uint128(bound(budget, 0, perEpoch < type(uint128).max / 9 ? 9 * perEpoch : type(uint128).max));
        first = uint64(bound(first, 1, type(uint64).max - 20));
        _set(first, perEpoch, budget);
        assertEq(entry.potAt(first - 1), 0, "before it begins");
        assertEq(entry.free(first - 1), budget, "all is free");
        assertFalse(entry.isSpent(first - 1), "not spent");
        uint256 left = budget;
        uint256 end = first;
        bool spent = false;
        for (uint256 e = first; e < uint256(first) + 12; e++) {
            uint256 pot = left < perEpoch ? left : perEpoch;
            if (pot > 0) end = e + 1;
            if (pot < perEpoch) spent = true;
            left -= pot;
            assertEq(entry.potAt(e), pot, "pot");
            assertEq(entry.free(e), left, "free");
            assertEq(entry.isSpent(e), spent, "spent");
        }
        assertEq(entry.end(), end, "end");
    }

    function test_pots_atTheLimits_doNotOverflow() public {
        _set(1, type(uint128).max, type(uint128).max);
        assertEq(entry.potAt(type(uint64).max), 0, "pot");
        assertEq(entry.free(type(uint64).max - 1), 0, "free");
        assertTrue(entry.isSpent(type(uint64).max - 1), "spent");
        _set(1, 1, type(uint128).max);
        assertEq(entry.end(), uint256(type(uint128).max) + 1, "end");
    }
}

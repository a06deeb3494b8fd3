// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {Pledge} from "../../../contracts/libraries/PledgeLib.sol";

/// PledgeLib, against a plain list of all releases
/// ├── a release counts for at least half the window, and at most the whole
/// ├── locking again takes over what cools; slashing takes locks first, then what cools
/// └── locked + cooling never exceeds the most that was locked at once
contract PledgeLibTest is Base {
    uint256 private constant STEPS = 24;

    Pledge private pledge;
    uint128[] private amounts;
    uint256[] private times;

    function test_unlock_anyTimes_countsHalfToWholeWindow(uint256 seed, uint32 window) public {
        window = uint32(bound(window, 1, 1_000));
        vm.warp(1_000_000);
        pledge.lock(type(uint128).max);
        for (uint256 i = 0; i < STEPS; i++) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            vm.warp(block.timestamp + (draw % (window / 3 + 2)));
            uint128 amount = uint128(bound(draw >> 128, 1, 1e30));
            pledge.thaw();
            pledge.unlock(amount, window);
            amounts.push(amount);
            times.push(block.timestamp);
            _check(window);
        }
        for (uint256 i = 0; i < 5; i++) {
            vm.warp(block.timestamp + window / 4 + 1);
            _check(window);
        }
        assertEq(pledge.cooling(), 0, "all ends");
        assertEq(pledge.thawed(), uint256(pledge.older) + pledge.newer, "none is dropped by itself");
        pledge.thaw();
        assertEq(uint256(pledge.older) + pledge.newer, 0, "but by a thaw");
    }

    function _check(uint256 window) private view {
        uint256 least = 0;
        uint256 most = 0;
        for (uint256 i = 0; i < times.length; i++) {
            uint256 age = block.timestamp - times[i];
            if (2 * age <= window) least += amounts[i];
            if (age < window) most += amounts[i];
        }
        assertGe(pledge.cooling(), least, "at least half the window");
        assertLe(pledge.cooling(), most, "at most the window");
    }

    function test_any_sequence_staysBelowPeak(uint256 seed, uint32 window) public {
        window = uint32(bound(window, 1, 1_000));
        vm.warp(1_000_000);
        uint256 peak = 0;
        for (uint256 i = 0; i < STEPS; i++) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            vm.warp(block.timestamp + ((draw >> 8) % (window / 3 + 2)));
            uint256 kept = uint256(pledge.older) + pledge.newer;
            uint256 ended = pledge.thawed();
            assertEq(pledge.thaw(), ended, "thawed");
            assertEq(uint256(pledge.older) + pledge.newer, kept - ended, "and dropped");
            uint256 locked = pledge.locked;
            uint256 cooling = pledge.cooling();
            uint128 amount = uint128(bound(draw >> 128, 1, 1e30));
            if (draw % 3 == 0) {
                uint256 reused = pledge.lock(amount);
                assertEq(reused, amount < cooling ? amount : cooling, "reused");
                assertEq(pledge.locked, locked + amount, "locked more");
                assertEq(pledge.cooling(), cooling - reused, "taken over");
                if (pledge.locked > peak) peak = pledge.locked;
            } else if (draw % 3 == 1 && locked > 0) {
                amount = uint128(bound(amount, 1, locked));
                pledge.unlock(amount, window);
                assertEq(pledge.locked, locked - amount, "locked less");
                assertEq(pledge.cooling(), cooling + amount, "cooling more");
            } else if (locked + cooling > 0) {
                uint256 share = bound(amount, 1, locked + cooling);
                (uint256 fromLocked, uint256 fromCooling) = pledge.slash(share);
                assertEq(fromLocked, share < locked ? share : locked, "locked first");
                assertEq(fromLocked + fromCooling, share, "in full");
                assertEq(pledge.locked, locked - fromLocked, "locked left");
                assertEq(pledge.cooling(), cooling - fromCooling, "cooling left");
            }
            assertLe(pledge.locked + pledge.cooling(), peak, "peak");
        }
    }
}

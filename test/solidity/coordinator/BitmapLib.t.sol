// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {BitmapLib} from "../../../contracts/libraries/BitmapLib.sol";

/// BitmapLib against sets written out as arrays of flags.
contract BitmapLibTest is Base {
    using BitmapLib for uint256;

    function test_has_anySet_isTheBit(uint256 set, uint8 slot) public pure {
        assertEq(set.has(slot), (set / 2 ** uint256(slot)) % 2 == 1, "bit");
    }

    function test_with_thenWithout_changesOneSlot(uint256 set, uint8 slot, uint8 other) public pure {
        assertTrue(set.with(slot).has(slot), "is in");
        assertFalse(set.without(slot).has(slot), "is out");
        if (other == slot) return;
        assertEq(set.with(slot).has(other), set.has(other), "others, after with");
        assertEq(set.without(slot).has(other), set.has(other), "others, after without");
    }

    function test_count_anySet_countsBits(uint256 set) public pure {
        uint256 n = 0;
        for (uint256 slot = 0; slot < 256; slot++) if (set.has(slot)) n++;
        assertEq(set.count(), n, "count");
    }

    function test_count_edges() public pure {
        assertEq(uint256(0).count(), 0, "empty");
        assertEq(type(uint256).max.count(), 256, "full");
        assertEq(uint256(1 << 255).count(), 1, "last");
    }

    function test_isSubsetOf_anySets_meansNothingOutside(uint256 set, uint256 other) public pure {
        bool wanted = true;
        for (uint256 slot = 0; slot < 256; slot++) if (set.has(slot) && !other.has(slot)) wanted = false;
        assertEq(set.isSubsetOf(other), wanted, "any two");
        assertTrue((set & other).isSubsetOf(other), "an intersection");
    }

    function test_lowestFree_anySet_isTheFirstGap(uint256 set) public pure {
        uint256 slot = set.lowestFree();
        if (slot < 256) assertFalse(set.has(slot), "is free");
        for (uint256 below = 0; below < slot; below++) assertTrue(set.has(below), "and the lowest");
    }

    function test_lowestFree_edges() public pure {
        assertEq(uint256(0).lowestFree(), 0, "empty");
        assertEq(type(uint256).max.lowestFree(), 256, "full");
        assertEq(uint256(type(uint64).max).lowestFree(), 64, "64 taken");
    }
}

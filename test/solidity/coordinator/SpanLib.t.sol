// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {Spans} from "../../../contracts/libraries/SpanLib.sol";

/// SpanLib
/// ├── nothing is in no spans
/// ├── any history of cuts: in the spans is what a list of all numbers says
/// └── a cut before all others swallows them
contract SpanLibTest is Base {
    uint48 private constant ROUNDS = 40;
    Spans private spans;
    mapping(uint48 number => bool) private undone;

    function _assertSame() private view {
        for (uint48 number = 0; number <= ROUNDS; number++) assertEq(spans.has(number), undone[number], "undone");
        for (uint256 i = 0; i < spans.count; i++) {
            assertLe(spans.at[i].first, spans.at[i].last, "a span ends no sooner than it begins");
            if (i != 0) assertLt(spans.at[i - 1].last, spans.at[i].first, "spans ascend and are apart");
        }
    }

    function test_has_noSpans_isFalse(uint256 number) public view {
        assertFalse(spans.has(number), "of none");
    }

    /// @dev Rounds open one after the other; now and then one of those that stand is refuted.
    function test_cut_anyHistory_isTheListOfAll(uint256 seed) public {
        for (uint48 present = 1; present <= ROUNDS; present++) {
            uint256 word = uint256(keccak256(abi.encode(seed, present)));
            if (word % 3 != 0) continue;
            uint48 first = 1 + uint48((word >> 8) % present);
            if (undone[first]) continue;
            spans.cut(first, present);
            for (uint48 number = first; number <= present; number++) undone[number] = true;
            _assertSame();
        }
    }

    function test_cut_beforeAllOthers_swallowsThem() public {
        spans.cut(5, 6);
        spans.cut(9, 9);
        spans.cut(12, 20);
        assertEq(spans.count, 3, "three");
        spans.cut(2, 21);
        assertEq(spans.count, 1, "one");
        assertFalse(spans.has(1), "before");
        assertTrue(spans.has(2), "its first");
        assertTrue(spans.has(21), "its last");
        assertFalse(spans.has(22), "after");
        assertFalse(spans.has(2 ** 60), "far after");
    }

    function test_has_between_isFalse() public {
        spans.cut(5, 6);
        spans.cut(9, 9);
        assertFalse(spans.has(4), "4");
        assertTrue(spans.has(5), "5");
        assertTrue(spans.has(6), "6");
        assertFalse(spans.has(7), "7");
        assertFalse(spans.has(8), "8");
        assertTrue(spans.has(9), "9");
        assertFalse(spans.has(10), "10");
    }
}

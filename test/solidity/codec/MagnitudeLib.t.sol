// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {MagnitudeLib} from "../../../contracts/libraries/MagnitudeLib.sol";

/// MagnitudeLib
/// ├── against the golden vectors
/// └── codes: strictly increasing, without a gap above their step, below 2^31 to the last
contract MagnitudeLibTest is Base {
    function test_value_vectors_equal() public view {
        string memory json = vm.readFile("test/vectors/magnitude.json");
        uint256[] memory codes = vm.parseJsonUintArray(json, ".code");
        uint256[] memory values = vm.parseJsonUintArray(json, ".value");
        assertGt(codes.length, 5, "cases");
        for (uint256 i = 0; i < codes.length; i++) assertEq(MagnitudeLib.value(codes[i]), values[i], "value");
    }

    function test_lower_vectors_equal() public view {
        string memory json = vm.readFile("test/vectors/magnitude.json");
        uint256[] memory his = vm.parseJsonUintArray(json, ".ratioHi");
        uint256[] memory ratios = vm.parseJsonUintArray(json, ".ratio");
        uint256[] memory lows = vm.parseJsonUintArray(json, ".ratioLo");
        uint256 count = vm.parseJsonUint(json, ".ratioCount");
        assertGt(count, 5, "cases");
        for (uint256 i = 0; i < count; i++) {
            string memory canonical = string.concat(".ratioCanonical[", vm.toString(i), "]");
            assertEq(MagnitudeLib.lower(his[i], ratios[i]), lows[i], "lower");
            assertEq(MagnitudeLib.isLeast(his[i], ratios[i]), vm.parseJsonBool(json, canonical), "least");
        }
    }

    function test_value_allCodes_increase() public pure {
        uint256 before = 0;
        for (uint256 code = 1; code <= MagnitudeLib.MAX_CODE; code++) {
            uint256 value = MagnitudeLib.value(code);
            // Steps are 1 below 64, and at most a 32nd of the value above.
            assertEq(value - before, code < 65 ? 1 : 1 << ((code - 1) / 32 - 1), "step");
            before = value;
        }
        assertEq(before, 63 << 25, "the greatest");
    }
}

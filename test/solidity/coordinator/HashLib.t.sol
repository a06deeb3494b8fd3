// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {HashLib} from "../../../contracts/libraries/HashLib.sol";

/// HashLib.leader; the hashes themselves are held by test/solidity/differential.
/// ├── always one that may be drawn, whose part of the scale holds the drawn number
/// └── over many seeds, each about as often as its weight says
contract HashLibTest is Base {
    function test_leader_anyWeights_holdsTheDrawnNumber(
        bytes32 seed,
        uint8 attempt,
        uint128[16] memory raw
    ) public pure {
        uint256[] memory weights = new uint256[](16);
        uint256 total = 0;
        for (uint256 i = 0; i < 16; i++) {
            // Half of them may not be drawn, a quarter is tiny.
            weights[i] =
                raw[i] % 4 < 2
                    ? 0
                    : raw[i] % 4 == 2
                        ? raw[i] % 100
                        : raw[i];
            total += weights[i];
        }
        if (total == 0) (weights[7], total) = (1, 1);
        uint256 x = uint256(keccak256(abi.encodePacked(uint8(9), seed, attempt))) % total;
        uint256 slot = HashLib.leader(seed, attempt, weights);
        uint256 before = 0;
        for (uint256 i = 0; i < slot; i++) before += weights[i];
        assertLe(before, x, "from");
        assertLt(x, before + weights[slot], "to");
    }

    function test_leader_manySeeds_followWeights() public pure {
        uint256[] memory weights = new uint256[](4);
        (weights[0], weights[2], weights[3]) = (1e18, 3e18, 6e18);
        uint256[4] memory drawn;
        for (uint256 i = 0; i < 2_000; i++) drawn[HashLib.leader(bytes32(i), 1, weights)]++;
        assertEq(drawn[1], 0, "no weight");
        // Standard deviations are 13, 20 and 22.
        assertLe(drawn[0] > 200 ? drawn[0] - 200 : 200 - drawn[0], 60, "a tenth");
        assertLe(drawn[2] > 600 ? drawn[2] - 600 : 600 - drawn[2], 80, "three tenths");
        assertLe(drawn[3] > 1_200 ? drawn[3] - 1_200 : 1_200 - drawn[3], 90, "six tenths");
    }

    function test_leader_otherAttempt_drawsAnew() public pure {
        uint256[] memory weights = new uint256[](16);
        for (uint256 i = 0; i < 16; i++) weights[i] = 1;
        uint256 seen = 0;
        for (uint8 attempt = 1; attempt <= 16; attempt++) seen |= 1 << HashLib.leader("seed", attempt, weights);
        assertGt(seen & (seen - 1), 0, "not one leader for all attempts");
    }
}

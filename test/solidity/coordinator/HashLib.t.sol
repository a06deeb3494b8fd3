// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {IRunCoordinatorTypes as Types} from "../../../contracts/interfaces/IRunCoordinatorTypes.sol";
import {HashLib} from "../../../contracts/libraries/HashLib.sol";

/// HashLib; that the hashes are those of client/protocol is held by test/solidity/differential.
/// ├── leader: always one that may be drawn, whose part of the scale holds the drawn number
/// ├── leader: over many seeds, each about as often as its weight says
/// ├── any other part of a contribution or a proposal gives another hash
/// └── mix: depends on each seal and on their order
contract HashLibTest is Base {
    function test_leader_anyWeights_holdsTheDrawnNumber(
        bytes32 seed,
        uint8 attempt,
        uint96[64] memory raw
    ) public pure {
        uint256[] memory weights = new uint256[](64);
        uint256 total = 0;
        for (uint256 i = 0; i < 64; i++) {
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
        uint256[] memory weights = new uint256[](64);
        for (uint256 i = 0; i < 64; i++) weights[i] = 1;
        uint256 seen = 0;
        for (uint8 attempt = 1; attempt <= 16; attempt++) seen |= 1 << HashLib.leader("seed", attempt, weights);
        assertGt(seen & (seen - 1), 0, "not one leader for all attempts");
    }

    function test_contribution_anyOtherPart_isAnotherHash(
        uint64 run,
        uint64 round,
        uint8 slot,
        Types.Opening memory o,
        uint8 part
    ) public pure {
        bytes32 before = HashLib.contribution(run, round, slot, o);
        part %= 7;
        if (part == 0) run ^= 1;
        else if (part == 1) round ^= 1;
        else if (part == 2) slot ^= 1;
        else if (part == 3) o.contributionRoot ^= bytes32(uint256(1));
        else if (part == 4) o.digest ^= bytes32(uint256(1));
        else if (part == 5) o.size ^= 1;
        else o.salt ^= bytes32(uint256(1));
        assertNotEq(HashLib.contribution(run, round, slot, o), before, "hash");
    }

    function test_proposal_anyOtherPart_isAnotherHash(
        uint64 run,
        uint64 round,
        uint8 attempt,
        uint256 included,
        bytes32 nextRoot,
        uint8 part
    ) public pure {
        bytes32 before = HashLib.proposal(run, round, attempt, included, nextRoot);
        part %= 5;
        if (part == 0) run ^= 1;
        else if (part == 1) round ^= 1;
        else if (part == 2) attempt ^= 1;
        else if (part == 3) included ^= 1;
        else nextRoot ^= bytes32(uint256(1));
        assertNotEq(HashLib.proposal(run, round, attempt, included, nextRoot), before, "hash");
    }

    /// @dev Who had to open its commitment knows the commitment before, but not what the opened seal will be.
    function test_disclosure_needsTheSalt(bytes32 commitment, bytes32 salt) public pure {
        assertEq(HashLib.disclosure(commitment, salt), keccak256(bytes.concat(commitment, salt)), "both");
    }

    function test_mixIn_seals_orderAndEachCount(bytes32 mix, uint256 a, uint256 b) public pure {
        uint256[] memory pair = new uint256[](2);
        (pair[0], pair[1]) = (a, b);
        bytes32 mixed = HashLib.mixIn(mix, pair);
        assertEq(mixed, keccak256(bytes.concat(mix, bytes32(a), bytes32(b))), "the bytes");
        if (a != b) {
            (pair[0], pair[1]) = (b, a);
            assertNotEq(HashLib.mixIn(mix, pair), mixed, "another order");
        }
        uint256[] memory one = new uint256[](1);
        one[0] = a;
        assertNotEq(HashLib.mixIn(mix, one), mixed, "one less");
    }
}

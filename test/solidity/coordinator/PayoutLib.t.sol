// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {PayoutLib} from "../../../contracts/libraries/PayoutLib.sol";
import {IRunCoordinatorErrors} from "../../../contracts/interfaces/IRunCoordinator.sol";

/// @notice Makes the library's calldata.
contract PayoutCaller {
    function divide(
        PayoutLib.Pot calldata pot,
        bytes[] calldata vectors,
        uint256[] calldata weights,
        bytes calldata medians,
        uint256 active
    ) external pure returns (PayoutLib.Payout memory) {
        return PayoutLib.divide(pot, vectors, weights, medians, active);
    }

    function shares(
        bytes[] calldata vectors,
        uint256[] calldata weights,
        bytes calldata medians,
        uint256 active
    ) external pure returns (PayoutLib.Shares memory) {
        return PayoutLib.shares(vectors, weights, medians, active);
    }
}

/// PayoutLib, over random epochs of up to 6 validators and 5 miners with many ties
/// ├── what is paid is what the parts come to, and never above the pot
/// ├── nothing overflows at the limits of pot, weights and scores
/// ├── exactly one median per miner is accepted
/// ├── a worse score never pays its miner more
/// ├── the order of validators does not matter
/// └── a minority cannot raise its own miner's share above what the others' scores allow
contract PayoutLibTest is Base, IRunCoordinatorErrors {
    struct Case {
        PayoutLib.Pot pot;
        uint16[][] scores; // by validator, by miner slot
        uint256[] weights;
        uint256 active;
    }

    PayoutCaller private caller = new PayoutCaller();
    uint256 private entropy;

    function _next(uint256 limit) private returns (uint256) {
        entropy = uint256(keccak256(abi.encode(entropy)));
        return entropy % limit;
    }

    function _random(uint256 seed) private returns (Case memory c) {
        entropy = seed;
        c.pot.total = _next(2) == 0 ? _next(1_000) : _next(1 << 127);
        c.pot.minerBps = _next(10_001);
        c.pot.validatorBps = _next(10_001 - c.pot.minerBps);
        c.weights = new uint256[](1 + _next(6));
        c.scores = new uint16[][](c.weights.length);
        uint256 miners = 1 + _next(5);
        uint256 scale = _next(2) == 0 ? 5 : 65_536;
        c.active = _next(1 << miners);
        for (uint256 i = 0; i < c.weights.length; i++) {
            c.weights[i] = 1 + _next(_next(2) == 0 ? 4 : 1 << 127);
            c.scores[i] = new uint16[](miners);
            for (uint256 j = 0; j < miners; j++) c.scores[i][j] = uint16(_next(scale));
        }
    }

    function _vectors(Case memory c) private pure returns (bytes[] memory vectors) {
        vectors = new bytes[](c.scores.length);
        for (uint256 i = 0; i < vectors.length; i++) vectors[i] = _pack(c.scores[i]);
    }

    function _pack(uint16[] memory scores) private pure returns (bytes memory packed) {
        for (uint256 j = 0; j < scores.length; j++) packed = bytes.concat(packed, bytes2(scores[j]));
    }

    /// @dev From the README: the least given score that half of the weight does not exceed. By trying all.
    function _median(Case memory c, uint256 j) private pure returns (uint16 best) {
        if ((c.active >> j) & 1 == 0) return 0;
        best = type(uint16).max;
        uint256 all = 0;
        for (uint256 i = 0; i < c.weights.length; i++) all += c.weights[i];
        for (uint256 v = 0; v < c.weights.length; v++) {
            uint256 upTo = 0;
            for (uint256 i = 0; i < c.weights.length; i++) {
                if (c.scores[i][j] <= c.scores[v][j]) upTo += c.weights[i];
            }
            if (2 * upTo >= all && c.scores[v][j] < best) best = c.scores[v][j];
        }
    }

    function _medians(Case memory c) private pure returns (uint16[] memory medians) {
        medians = new uint16[](c.scores[0].length);
        for (uint256 j = 0; j < medians.length; j++) medians[j] = _median(c, j);
    }

    function _divide(Case memory c) private view returns (PayoutLib.Payout memory) {
        return caller.divide(c.pot, _vectors(c), c.weights, _pack(_medians(c)), c.active);
    }

    /// @dev I-17, for the part that the coordinator computes.
    function test_divide_anyEpoch_paysWithinPot(uint256 seed) public {
        Case memory c = _random(seed);
        PayoutLib.Payout memory payout = _divide(c);
        uint256 miners = 0;
        for (uint256 j = 0; j < payout.miners.length; j++) {
            miners += payout.miners[j];
            if ((c.active >> j) & 1 == 0) assertEq(payout.miners[j], 0, "inactive");
        }
        uint256 validators = 0;
        for (uint256 i = 0; i < payout.validators.length; i++) validators += payout.validators[i];
        assertEq(payout.paid, miners + validators + payout.owner, "paid is the sum of the parts");
        assertLe(payout.paid, c.pot.total, "within the pot");
        assertLe(miners, (c.pot.total * c.pot.minerBps) / 10_000, "miners within their share");
        assertLe(validators, (c.pot.total * c.pot.validatorBps) / 10_000, "validators within theirs");
        // Rounding down loses less than a wei an earner, unless a whole share has nobody to go to.
        if (miners == 0 || validators == 0) return;
        assertLe(c.pot.total - payout.paid, 5 + 6, "little is lost");
    }

    function test_divide_limits_doNotOverflow() public view {
        Case memory c;
        c.pot = PayoutLib.Pot(type(uint128).max, 5_000, 5_000);
        c.weights = new uint256[](16);
        c.scores = new uint16[][](16);
        c.active = type(uint64).max;
        for (uint256 i = 0; i < 16; i++) {
            c.weights[i] = type(uint128).max;
            c.scores[i] = new uint16[](64);
            for (uint256 j = 0; j < 64; j++) c.scores[i][j] = type(uint16).max;
        }
        PayoutLib.Payout memory payout = _divide(c);
        assertEq(payout.miners[63], uint256(type(uint128).max / 2) / 64, "a 64th");
        assertEq(payout.validators[15], uint256(type(uint128).max / 2) / 16, "a 16th");
    }

    /// @dev I-21: of all medians one might bring, one passes.
    function test_divide_anyOtherMedian_reverts(uint256 seed, uint16 other) public {
        Case memory c = _random(seed);
        uint16[] memory medians = _medians(c);
        uint256 j = seed % medians.length;
        // Near misses, and every score that somebody gave.
        uint16[] memory tries = new uint16[](3 + c.scores.length);
        (tries[0], tries[1]) = (other, medians[j] + (medians[j] < type(uint16).max ? 1 : 0));
        tries[2] = medians[j] - (medians[j] > 0 ? 1 : 0);
        for (uint256 i = 0; i < c.scores.length; i++) tries[3 + i] = c.scores[i][j];
        uint16 right = medians[j];
        for (uint256 i = 0; i < tries.length; i++) {
            if (tries[i] == right) continue;
            medians[j] = tries[i];
            bytes memory packed = _pack(medians);
            vm.expectRevert(abi.encodeWithSelector(ScoresMedianWrong.selector, j, tries[i]));
            caller.divide(c.pot, _vectors(c), c.weights, packed, c.active);
        }
    }

    function test_divide_worseScore_neverPaysMore(uint256 seed, uint256 which, uint16 worse) public {
        Case memory c = _random(seed);
        uint256 j = which % c.scores[0].length;
        PayoutLib.Payout memory before = _divide(c);
        uint256 i = (which >> 128) % c.scores.length;
        if (worse > c.scores[i][j]) worse %= c.scores[i][j] + 1;
        c.scores[i][j] = worse;
        PayoutLib.Payout memory later = _divide(c);
        assertLe(later.miners[j], before.miners[j], "pay");
        for (uint256 other = 0; other < before.miners.length; other++) {
            // Nobody else pays for it, as long as the miners' pot is paid at all.
            if (other != j && later.paid != 0) assertGe(later.miners[other], before.miners[other], "others' pay");
        }
    }

    function test_divide_validatorsPermuted_paysTheSame(uint256 seed, uint256 order) public {
        Case memory c = _random(seed);
        PayoutLib.Payout memory before = _divide(c);
        uint16[] memory medians = _medians(c);
        uint256[] memory moved = new uint256[](c.weights.length);
        for (uint256 i = 0; i < moved.length; i++) moved[i] = i;
        for (uint256 i = moved.length - 1; i > 0; i--) {
            uint256 j = order % (i + 1);
            order /= i + 1;
            (c.scores[i], c.scores[j]) = (c.scores[j], c.scores[i]);
            (c.weights[i], c.weights[j]) = (c.weights[j], c.weights[i]);
            (moved[i], moved[j]) = (moved[j], moved[i]);
        }
        // The same medians pass.
        PayoutLib.Payout memory later = caller.divide(c.pot, _vectors(c), c.weights, _pack(medians), c.active);
        assertEq(abi.encode(later.miners), abi.encode(before.miners), "miners");
        assertEq(later.paid, before.paid, "paid");
        for (uint256 i = 0; i < moved.length; i++) {
            assertEq(later.validators[i], before.validators[moved[i]], "validator");
        }
    }

    /// @dev I-22. The others give their scores; a minority first agrees with one of them, then says what it likes.
    function test_divide_minorityLies_cannotRaiseItsMiner(uint256 seed, uint256 which) public {
        Case memory c = _random(seed);
        if (c.scores.length == 1) return;
        uint256 liar = which % c.scores.length;
        uint256 j = (which >> 128) % c.scores[0].length;
        uint256 others = 0;
        uint16 most = 0;
        for (uint256 i = 0; i < c.scores.length; i++) {
            if (i == liar) continue;
            others += c.weights[i];
            if (c.scores[i][j] > most) most = c.scores[i][j];
        }
        if (c.weights[liar] >= others) c.weights[liar] = others - 1;
        if (c.weights[liar] == 0) return;

        c.scores[liar][j] = most;
        PayoutLib.Shares memory honest = caller.shares(_vectors(c), c.weights, _pack(_medians(c)), c.active);
        c.scores[liar][j] = type(uint16).max;
        uint16[] memory medians = _medians(c);
        PayoutLib.Shares memory lied = caller.shares(_vectors(c), c.weights, _pack(medians), c.active);
        assertLe(medians[j], most, "the median is no more than one of the others gave");
        assertLe(lied.miners[j], honest.miners[j], "no more than by the best score that the others gave");
        if ((c.active >> j) & 1 == 0 || medians[j] == type(uint16).max) return;
        assertLe(lied.validators[liar], honest.validators[liar], "and the lie costs agreement");
    }

    function test_divide_zeroVectors_payNobody() public view {
        Case memory c;
        c.pot = PayoutLib.Pot(1_000, 4_000, 4_000);
        c.weights = new uint256[](2);
        c.scores = new uint16[][](2);
        for (uint256 i = 0; i < 2; i++) (c.weights[i], c.scores[i]) = (5, new uint16[](2));
        c.active = 3;
        // One of two gives a score: the lower median is zero, so everything is clipped.
        c.scores[1][0] = 9;
        assertEq(_divide(c).paid, 0, "paid");
    }

    /// @dev Weights of a wei: the agreement of each is rounded to nothing. The miners and the owner are still paid.
    function test_divide_agreementRoundsToZero_paysMinersOnly() public view {
        Case memory c;
        c.pot = PayoutLib.Pot(1_000, 4_000, 4_000);
        c.weights = new uint256[](3);
        c.scores = new uint16[][](3);
        for (uint256 i = 0; i < 3; i++) (c.weights[i], c.scores[i]) = (1, new uint16[](3));
        c.active = 7;
        // Each scores one slot high where the other two give 1: clipped to 1, so each keeps 3 of 11.
        for (uint256 i = 0; i < 3; i++) {
            for (uint256 j = 0; j < 3; j++) c.scores[i][j] = i == j ? 9 : 1;
        }
        PayoutLib.Payout memory payout = _divide(c);
        assertEq(payout.miners[0] + payout.miners[1] + payout.miners[2], 399, "miners");
        assertEq(payout.validators[0] + payout.validators[1] + payout.validators[2], 0, "validators");
        assertEq(payout.owner, 200, "owner");
        assertEq(payout.paid, 599, "paid");
    }
}

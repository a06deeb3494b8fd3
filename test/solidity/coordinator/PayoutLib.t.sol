// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {PayoutReference} from "./PayoutReference.sol";
import {PayoutLib} from "../../../contracts/libraries/PayoutLib.sol";
import {IRunCoordinatorErrors} from "../../../contracts/interfaces/IRunCoordinatorEvents.sol";

/// @notice Makes the library's calldata, and returns the sums that it adds to.
contract PayoutCaller {
    function rank(
        PayoutLib.Page memory page,
        bytes[] calldata vectors,
        bytes calldata medians
    ) external pure returns (uint256[] memory ranks, uint256[] memory sums) {
        ranks = PayoutLib.rank(page, vectors, medians);
        sums = page.sums;
    }

    function agreement(
        uint256[] memory weights,
        uint256[] memory sums,
        uint256[] memory activeRounds,
        uint256 rounds
    ) external pure returns (uint256[] memory values, uint256 total) {
        return PayoutLib.agreement(weights, sums, activeRounds, rounds);
    }
}

/// PayoutLib, over random epochs of up to 6 validators and 10 miners with many ties, against PayoutReference
/// ├── ranks, sums and agreement are the reference's, in pages or at once, also at the limits
/// ├── exactly one median per miner is accepted
/// ├── a worse score never ranks its miner higher, nor others lower; nor do fewer active rounds
/// ├── the order of validators does not matter
/// └── a minority cannot raise its own miner above what the others' scores allow
contract PayoutLibTest is Base, IRunCoordinatorErrors {
    using PayoutReference for PayoutReference.Case;

    PayoutCaller private caller = new PayoutCaller();
    uint256 private entropy;

    function _next(uint256 limit) private returns (uint256) {
        entropy = uint256(keccak256(abi.encode(entropy)));
        return entropy % limit;
    }

    function _random(uint256 seed) private returns (PayoutReference.Case memory c) {
        entropy = seed;
        uint256 validators = 1 + _next(6);
        uint256 miners = 1 + _next(10);
        c.rounds = 1 + _next(5);
        (c.weights, c.validatorRounds) = (new uint256[](validators), new uint256[](validators));
        (c.scores, c.minerRounds) = (new uint16[][](validators), new uint256[](miners));
        for (uint256 j = 0; j < miners; j++) c.minerRounds[j] = _next(3) == 0 ? _next(c.rounds + 1) : c.rounds;
        // A few different scores make ties, a few wei of weight make halves.
        uint256 scale = _next(2) == 0 ? 5 : 65_536;
        for (uint256 i = 0; i < validators; i++) {
            c.weights[i] = 1 + _next(_next(2) == 0 ? 4 : 1 << 93);
            c.validatorRounds[i] = 1 + _next(c.rounds);
            c.scores[i] = new uint16[](miners);
            for (uint256 j = 0; j < miners; j++) c.scores[i][j] = uint16(_next(scale));
        }
    }

    /// @dev The miner slots [first, first + slots), with sums that were there before.
    function _page(
        PayoutReference.Case memory c,
        uint256 first,
        uint256 slots,
        uint256[] memory sums
    ) private pure returns (PayoutLib.Page memory page) {
        (page.first, page.rounds, page.weights, page.sums) = (first, c.rounds, c.weights, sums);
        page.activeRounds = new uint256[](slots);
        for (uint256 j = 0; j < c.minerRounds.length; j++) {
            if (c.minerRounds[j] != 0) page.active |= 1 << j;
            if (j >= first && j < first + slots) page.activeRounds[j - first] = c.minerRounds[j];
        }
    }

    function _rank(
        PayoutReference.Case memory c,
        uint16[] memory medians
    ) private view returns (uint256[] memory ranks, uint256[] memory sums) {
        PayoutLib.Page memory page = _page(c, 0, medians.length, new uint256[](c.weights.length));
        return caller.rank(page, c.vectors(), PayoutReference.pack(medians));
    }

    function _ranks(PayoutReference.Case memory c) private view returns (uint256[] memory ranks) {
        (ranks, ) = _rank(c, c.medians());
    }

    /// @dev v_i, from what `rank` summed up.
    function _agreement(
        PayoutReference.Case memory c,
        uint256[] memory sums
    ) private view returns (uint256[] memory values, uint256 total) {
        return caller.agreement(c.weights, sums, c.validatorRounds, c.rounds);
    }

    function _assertAsReference(PayoutReference.Case memory c) private view {
        uint16[] memory medians = c.medians();
        (uint256[] memory ranks, uint256[] memory sums) = _rank(c, medians);
        assertEq(abi.encode(ranks), abi.encode(c.ranks(medians)), "ranks");
        (uint256[] memory values, uint256 total) = _agreement(c, sums);
        uint256[] memory parts = c.parts(medians);
        assertEq(PayoutReference.total(values), total, "the sum of the agreements");
        for (uint256 i = 0; i < values.length; i++) {
            assertEq(total == 0 ? 0 : (values[i] * (2 ** 32 - 1)) / total, parts[i], "part");
        }
        for (uint256 j = 0; j < ranks.length; j++) assertLt(ranks[j], 2 ** 32, "32 bits");
    }

    function test_rank_anyEpoch_isTheReference(uint256 seed) public {
        _assertAsReference(_random(seed));
    }

    /// @dev 256 miners, 64 validators, all weights together 2^96 - 1, scores at the top; nothing overflows.
    function test_rank_limits_isTheReference() public view {
        PayoutReference.Case memory c;
        c.rounds = type(uint16).max;
        (c.weights, c.validatorRounds) = (new uint256[](64), new uint256[](64));
        (c.scores, c.minerRounds) = (new uint16[][](64), new uint256[](256));
        for (uint256 j = 0; j < 256; j++) c.minerRounds[j] = c.rounds;
        for (uint256 i = 0; i < 64; i++) {
            (c.weights[i], c.validatorRounds[i]) = (2 ** 90, c.rounds);
            c.scores[i] = new uint16[](256);
            for (uint256 j = 0; j < 256; j++) c.scores[i][j] = type(uint16).max;
        }
        c.weights[63]--;
        (uint256[] memory ranks, uint256[] memory sums) = _rank(c, c.medians());
        for (uint256 j = 0; j < 256; j++) assertEq(ranks[j], 65_535 * 65_536, "the highest rank");
        for (uint256 i = 0; i < 64; i++) assertEq(sums[i], 65_535 * 256 * (2 ** 128 + 1), "both sums");
        (uint256[] memory values, uint256 total) = _agreement(c, sums);
        assertEq(values[0], 2 ** 90, "nobody was clipped");
        assertEq(total, 2 ** 96 - 1, "all of the weight");
    }

    /// @dev As the settlement does it: the sums of one page go into the next.
    function test_rank_inPages_isAsAtOnce(uint256 seed, uint256 cuts) public {
        PayoutReference.Case memory c = _random(seed);
        uint16[] memory medians = c.medians();
        (uint256[] memory ranks, uint256[] memory sums) = _rank(c, medians);
        bytes memory packed = PayoutReference.pack(medians);
        uint256[] memory soFar = new uint256[](c.weights.length);
        for (uint256 first = 0; first < ranks.length;) {
            uint256 slots = 1 + (cuts % (ranks.length - first));
            cuts = uint256(keccak256(abi.encode(cuts)));
            uint256[] memory part;
            (part, soFar) = caller.rank(
                _page(c, first, slots, soFar),
                c.vectors(),
                PayoutReference.slice(packed, first, slots)
            );
            for (uint256 k = 0; k < slots; k++) assertEq(part[k], ranks[first + k], "rank");
            first += slots;
        }
        assertEq(abi.encode(soFar), abi.encode(sums), "sums");
    }

    /// @dev I-21: of all medians one might bring, one passes.
    function test_rank_anyOtherMedian_reverts(uint256 seed, uint16 other) public {
        PayoutReference.Case memory c = _random(seed);
        uint16[] memory medians = c.medians();
        uint256 j = seed % medians.length;
        // Near misses, and every score that somebody gave.
        uint16[] memory tries = new uint16[](3 + c.scores.length);
        (tries[0], tries[1]) = (other, medians[j] + (medians[j] < type(uint16).max ? 1 : 0));
        tries[2] = medians[j] - (medians[j] > 0 ? 1 : 0);
        for (uint256 i = 0; i < c.scores.length; i++) tries[3 + i] = c.scores[i][j];
        uint16 right = medians[j];
        PayoutLib.Page memory page = _page(c, 0, medians.length, new uint256[](c.weights.length));
        bytes[] memory vectors = c.vectors();
        for (uint256 i = 0; i < tries.length; i++) {
            if (tries[i] == right) continue;
            medians[j] = tries[i];
            bytes memory packed = PayoutReference.pack(medians);
            vm.expectRevert(abi.encodeWithSelector(ScoresMedianWrong.selector, j, tries[i]));
            caller.rank(page, vectors, packed);
        }
    }

    function test_rank_worseScore_neverRanksHigher(uint256 seed, uint256 which, uint16 worse) public {
        PayoutReference.Case memory c = _random(seed);
        uint256 j = which % c.minerRounds.length;
        uint256[] memory before = _ranks(c);
        uint256 i = (which >> 128) % c.scores.length;
        if (worse > c.scores[i][j]) worse %= c.scores[i][j] + 1;
        c.scores[i][j] = worse;
        uint256[] memory later = _ranks(c);
        assertLe(later[j], before[j], "its own");
        for (uint256 k = 0; k < before.length; k++) {
            // So its part of all ranks is no larger, and theirs no smaller.
            if (k != j) assertEq(later[k], before[k], "the others'");
        }
    }

    /// @dev I-23, of who joined late or left early; in proportion, rounded down.
    function test_rank_fewerRounds_neverRanksHigher(uint256 seed, uint256 which) public {
        PayoutReference.Case memory c = _random(seed);
        uint256 j = which % c.minerRounds.length;
        uint256 some = 1 + ((which >> 128) % c.rounds);
        c.minerRounds[j] = c.rounds;
        uint256 full = _ranks(c)[j];
        c.minerRounds[j] = some;
        uint256 part = _ranks(c)[j];
        assertLe(part * c.rounds, full * some + some, "at most its part, but for what the whole was rounded by");
        assertLe(part, full, "never more");
        if (some == c.rounds) assertEq(part, full, "all of them");
    }

    function test_rank_validatorsPermuted_isTheSame(uint256 seed, uint256 order) public {
        PayoutReference.Case memory c = _random(seed);
        uint16[] memory medians = c.medians();
        (uint256[] memory before, uint256[] memory sumsBefore) = _rank(c, medians);
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
        (uint256[] memory later, uint256[] memory sums) = _rank(c, medians);
        assertEq(abi.encode(later), abi.encode(before), "ranks");
        for (uint256 i = 0; i < moved.length; i++) assertEq(sums[i], sumsBefore[moved[i]], "sums");
    }

    /// @dev I-22. Any set of validators with less than half of the weight first agrees with the best score that the others give
    /// a miner, then says what it likes.
    function test_rank_minorityLies_cannotRaiseItsMiner(uint256 seed, uint256 which) public {
        PayoutReference.Case memory c = _random(seed);
        uint256 j = (which >> 128) % c.minerRounds.length;
        (uint256 liars, uint16 most) = _minority(c, which, j);
        if (liars == 0) return;
        uint256[] memory honest = _ranks(_withScores(c, liars, j, most));
        for (uint256 tries = 0; tries < 3; tries++) {
            uint16 lie = tries == 0 ? type(uint16).max : uint16(_next(65_536));
            c = _withScores(c, liars, j, lie);
            assertLe(c.medians()[j], most, "the median is no more than one of the others gave");
            assertLe(_ranks(c)[j], honest[j], "no more than by the best score that the others gave");
        }
    }

    /// @dev What a liar gains its miner nothing by costs it agreement: more of its own mass is clipped.
    function test_rank_lie_costsAgreement(uint256 seed, uint256 which) public {
        PayoutReference.Case memory c = _random(seed);
        uint256 j = (which >> 128) % c.minerRounds.length;
        (uint256 liars, uint16 most) = _minority(c, which, j);
        if (liars == 0 || c.minerRounds[j] == 0) return;
        c = _withScores(c, liars, j, most);
        (, uint256[] memory sums) = _rank(c, c.medians());
        (uint256[] memory honest, ) = _agreement(c, sums);
        c = _withScores(c, liars, j, type(uint16).max);
        (, sums) = _rank(c, c.medians());
        (uint256[] memory lied, ) = _agreement(c, sums);
        for (uint256 i = 0; i < lied.length; i++) {
            if ((liars >> i) & 1 == 1 && most < type(uint16).max) assertLe(lied[i], honest[i], "a liar's agreement");
        }
    }

    /// @return liars A set of validators with less than half of the weight; empty if the draw is none.
    /// @return most The best score that one of the others gives the miner.
    function _minority(
        PayoutReference.Case memory c,
        uint256 draw,
        uint256 j
    ) private pure returns (uint256 liars, uint16 most) {
        uint256 weight = 0;
        uint256 all = PayoutReference.total(c.weights);
        for (uint256 i = 0; i < c.weights.length; i++) {
            if ((draw >> i) & 1 == 1 && 2 * (weight + c.weights[i]) < all) {
                liars |= 1 << i;
                weight += c.weights[i];
            } else if (c.scores[i][j] > most) {
                most = c.scores[i][j];
            }
        }
    }

    function _withScores(
        PayoutReference.Case memory c,
        uint256 validators,
        uint256 j,
        uint16 score
    ) private pure returns (PayoutReference.Case memory) {
        for (uint256 i = 0; i < c.weights.length; i++) if ((validators >> i) & 1 == 1) c.scores[i][j] = score;
        return c;
    }

    /// @dev Only zeros, or a minority's scores alone: all is clipped to nothing.
    function test_rank_zeroMedians_rankNobody() public view {
        PayoutReference.Case memory c = _even(2, 2);
        c.scores[1][0] = 9;
        (uint256[] memory ranks, uint256[] memory sums) = _rank(c, c.medians());
        assertEq(PayoutReference.total(ranks), 0, "ranks");
        (, uint256 total) = _agreement(c, sums);
        assertEq(total, 0, "agreement");
    }

    /// @dev Weights of a wei: the agreement of each is rounded to nothing. The miners are still ranked.
    function test_agreement_roundedToZero_ranksMinersOnly() public view {
        PayoutReference.Case memory c = _even(3, 3);
        // Each scores one slot high where the other two give 1: clipped to 1, so each keeps 3 of 11.
        for (uint256 i = 0; i < 3; i++) {
            for (uint256 j = 0; j < 3; j++) c.scores[i][j] = i == j ? 9 : 1;
        }
        (uint256[] memory ranks, uint256[] memory sums) = _rank(c, c.medians());
        assertEq(ranks[0], 65_536, "1, in 2^-16");
        (, uint256 total) = _agreement(c, sums);
        assertEq(total, 0, "agreement");
    }

    function _even(uint256 validators, uint256 miners) private pure returns (PayoutReference.Case memory c) {
        c.rounds = 1;
        (c.weights, c.validatorRounds) = (new uint256[](validators), new uint256[](validators));
        (c.scores, c.minerRounds) = (new uint16[][](validators), new uint256[](miners));
        for (uint256 i = 0; i < validators; i++) {
            (c.weights[i], c.validatorRounds[i], c.scores[i]) = (1, 1, new uint16[](miners));
        }
        for (uint256 j = 0; j < miners; j++) c.minerRounds[j] = 1;
    }
}

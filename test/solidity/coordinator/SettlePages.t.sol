// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {IRunCoordinatorErrors, IRunCoordinatorEvents} from "../../../contracts/interfaces/IRunCoordinatorEvents.sol";
import {PayoutReference} from "./PayoutReference.sol";
import {StoredRun} from "./StoredRun.sol";

/// settle, of made-up epochs with any members, scores and weights, against PayoutReference
/// ├── ranks, parts and shares are the reference's; shares sum to no more than what is settled
/// ├── in pages of any sizes it comes to the same, and nothing is earned before the last one; at the limits, too
/// ├── a page that is not whole words, empty, too long or half a score: reverts
/// └── each page is checked for itself, and needs all vectors
contract SettlePagesTest is Base, IRunCoordinatorErrors, IRunCoordinatorEvents {
    using PayoutReference for PayoutReference.Case;

    uint256 private entropy;

    function _next(uint256 limit) private returns (uint256) {
        entropy = uint256(keccak256(abi.encode(entropy)));
        return entropy % limit;
    }

    /// @dev Random rounds and shares; scores and members of the given size.
    function _random(uint256 seed, uint256 miners, uint256 validators) private returns (PayoutReference.Case memory c) {
        entropy = seed;
        c.rounds = 1 + _next(6);
        c.roundsPerEpoch = c.rounds + _next(2) * _next(4);
        c.finalRounds = _next(3) == 0 ? _next(c.rounds + 1) : c.rounds;
        c.minerBps = _next(10_001);
        c.validatorBps = _next(10_001 - c.minerBps);
        (c.weights, c.validatorRounds) = (new uint256[](validators), new uint256[](validators));
        (c.scores, c.minerRounds) = (new uint16[][](validators), new uint256[](miners));
        for (uint256 j = 0; j < miners; j++) c.minerRounds[j] = _next(3) == 0 ? _next(c.rounds + 1) : c.rounds;
        uint256 scale = _next(2) == 0 ? 5 : 65_536;
        for (uint256 i = 0; i < validators; i++) {
            c.weights[i] = 1 + _next(_next(2) == 0 ? 4 : 1 << 89);
            c.validatorRounds[i] = _next(2) == 0 ? c.rounds : 1 + _next(c.rounds);
            c.scores[i] = new uint16[](miners);
            for (uint256 j = 0; j < miners; j++) c.scores[i][j] = uint16(_next(scale));
        }
    }

    function _random(uint256 seed) private returns (PayoutReference.Case memory c) {
        entropy = seed;
        return _random(seed, 1 + _next(40), 1 + _next(6));
    }

    /// @dev With gaps that differ by case.
    function _slots(uint256 validators, uint256 seed) private pure returns (uint256[] memory slots) {
        slots = new uint256[](validators);
        uint256 slot = 0;
        for (uint256 i = 0; i < validators; i++) {
            uint256 most = 64 - validators + i;
            slot += (seed >> i) & 3;
            if (slot > most) slot = most;
            slots[i] = slot++;
        }
    }

    function _store(PayoutReference.Case memory c, uint256 seed) private returns (StoredRun) {
        return new StoredRun(c, _slots(c.weights.length, seed), 0);
    }

    /// @dev Settles the next pages, each but the last of so many slots as the draw says.
    function _settleInPages(StoredRun stored, PayoutReference.Case memory c, uint256 draw) private {
        bytes memory medians = PayoutReference.pack(c.medians());
        bytes[] memory vectors = c.vectors();
        uint256 all = c.minerRounds.length;
        for (uint256 first = 0; first < all;) {
            uint256 slots = 8 * (1 + (draw % 6));
            draw = uint256(keccak256(abi.encode(draw)));
            if (slots >= all - first) slots = all - first;
            assertEq(stored.settledSlots(), first, "where it goes on");
            assertEq(stored.ownerShare(), 0, "nothing is earned yet");
            for (uint256 j = 0; j < all; j++) assertEq(stored.minerShare(j), 0, "by no miner");
            bytes memory page = PayoutReference.slice(medians, first, slots);
            vm.expectEmit(address(stored));
            emit MediansVerified(7, 1, uint16(first), page);
            stored.settle(vectors, page);
            first += slots;
            assertEq(stored.ESCROW().calls(), first == all ? 1 : 0, "with the last page");
        }
    }

    function _assertAsReference(StoredRun stored, PayoutReference.Case memory c, uint256 seed) private view {
        PayoutReference.Result memory r = c.settle();
        uint256[] memory slots = _slots(c.weights.length, seed);
        assertEq(abi.encode(stored.ranks()), abi.encode(r.ranks), "ranks");
        uint256 sum = stored.ownerShare();
        assertEq(sum, r.ownerShare, "the owner's share");
        for (uint256 j = 0; j < r.ranks.length; j++) {
            uint256 share = stored.minerShare(j);
            assertEq(share, r.minerShares[j], "a miner's share");
            sum += share;
        }
        for (uint256 i = 0; i < slots.length; i++) {
            assertEq(stored.partOf(slots[i]), r.parts[i], "a validator's part");
            uint256 share = stored.validatorShare(slots[i]);
            assertEq(share, r.validatorShares[i], "a validator's share");
            sum += share;
        }
        assertEq(stored.ESCROW().totalShare(), r.totalShare, "what is settled");
        // I-17
        assertLe(sum, r.totalShare, "shares within what is settled");
        // Each is rounded down; a validator's part, too, which is in 2^-32.
        assertLe(r.totalShare - sum, c.minerRounds.length + slots.length * 2 ** 33, "and little is lost");
        assertEq(uint256(stored.phase()), uint256(EpochPhase.Settled), "phase");
    }

    function test_settle_anyEpoch_isTheReference(uint256 seed) public {
        PayoutReference.Case memory c = _random(seed);
        StoredRun stored = _store(c, seed);
        uint256 total = c.settle().totalShare;
        bytes[] memory vectors = c.vectors();
        bytes memory medians = PayoutReference.pack(c.medians());
        vm.expectEmit(address(stored));
        emit MediansVerified(7, 1, 0, medians);
        vm.expectEmit(address(stored));
        emit EpochSettled(7, 1, total);
        stored.settle(vectors, medians);
        _assertAsReference(stored, c, seed);
    }

    function test_settle_anyPages_comeToTheSame(uint256 seed, uint256 draw) public {
        PayoutReference.Case memory c = _random(seed);
        StoredRun stored = _store(c, seed);
        _settleInPages(stored, c, draw);
        _assertAsReference(stored, c, seed);
    }

    /// @dev 256 miners and 64 validators, at once and in pages.
    function test_settle_largestRun_comesToTheSame() public {
        PayoutReference.Case memory c = _random(5, 256, 64);
        (c.rounds, c.roundsPerEpoch, c.finalRounds, c.minerBps, c.validatorBps) = (6, 6, 6, 4_100, 4_100);
        StoredRun stored = _store(c, 5);
        stored.settle(c.vectors(), PayoutReference.pack(c.medians()));
        _assertAsReference(stored, c, 5);
        for (uint256 draw = 1; draw < 4; draw++) {
            stored = _store(c, 5);
            _settleInPages(stored, c, draw);
            _assertAsReference(stored, c, 5);
        }
    }

    /// @dev In pages of eight, the least there are.
    function test_settle_pagesOfEight_comeToTheSame() public {
        PayoutReference.Case memory c = _random(6, 61, 9);
        StoredRun stored = _store(c, 6);
        bytes memory medians = PayoutReference.pack(c.medians());
        for (uint256 first = 0; first < 61; first += 8) {
            stored.settle(c.vectors(), PayoutReference.slice(medians, first, first == 56 ? 5 : 8));
        }
        _assertAsReference(stored, c, 6);
    }

    function test_settle_otherPageSize_reverts(uint256 seed, uint256 draw, uint256 size) public {
        PayoutReference.Case memory c = _random(seed, 20 + (seed % 20), 3);
        StoredRun stored = _store(c, seed);
        bytes memory medians = PayoutReference.pack(c.medians());
        uint256 first = 8 * (draw % 2);
        if (first != 0) stored.settle(c.vectors(), PayoutReference.slice(medians, 0, first));
        uint256 left = c.minerRounds.length - first;
        size = bound(size, 0, 2 * left + 20);
        uint256 slots = size / 2;
        if (size % 2 == 0 && (slots == left || (slots != 0 && slots < left && slots % 8 == 0))) size++;
        bytes memory page = new bytes(size);
        for (uint256 k = 0; k < size && 2 * first + k < medians.length; k++) page[k] = medians[2 * first + k];
        bytes[] memory vectors = c.vectors();
        vm.expectRevert(abi.encodeWithSelector(ScoresPageInvalid.selector, size / 2, left));
        stored.settle(vectors, page);
    }

    /// @dev Also when pages before were right.
    function test_settle_laterPageWrong_reverts(uint256 seed, uint256 which) public {
        PayoutReference.Case memory c = _random(seed, 24, 4);
        StoredRun stored = _store(c, seed);
        uint16[] memory medians = c.medians();
        uint256 j = 8 + (which % 16);
        bytes[] memory vectors = c.vectors();
        stored.settle(vectors, PayoutReference.slice(PayoutReference.pack(medians), 0, 8));
        medians[j] ^= 1;
        bytes memory page = PayoutReference.slice(PayoutReference.pack(medians), 8, 16);
        vm.expectRevert(abi.encodeWithSelector(ScoresMedianWrong.selector, j, medians[j]));
        stored.settle(vectors, page);
        medians[j] ^= 1;
        // Scores of that page only, altered: the vectors are checked whole, each time.
        bytes[] memory altered = c.vectors();
        altered[3][2 * j] ^= 0x01;
        page = PayoutReference.slice(PayoutReference.pack(medians), 8, 16);
        uint256 slot = _slots(4, seed)[3];
        vm.expectRevert(abi.encodeWithSelector(ScoresMismatch.selector, 7, 1, slot));
        stored.settle(altered, page);
        stored.settle(vectors, page);
        _assertAsReference(stored, c, seed);
    }

    /// @dev Half of the weight is a quorum, and a wei less is none, whatever the weights.
    function test_settle_quorum_isHalfOfTheWeight(uint256 seed) public {
        PayoutReference.Case memory c = _random(seed);
        uint256 revealed = PayoutReference.total(c.weights);
        uint256[] memory slots = _slots(c.weights.length, seed);
        StoredRun enough = new StoredRun(c, slots, uint96(revealed));
        enough.settle(c.vectors(), PayoutReference.pack(c.medians()));
        _assertAsReference(enough, c, seed);
        StoredRun none = new StoredRun(c, slots, uint96(revealed + 1));
        none.settle(new bytes[](0), "");
        assertEq(none.ESCROW().calls(), 1, "settled");
        assertEq(none.ESCROW().totalShare(), 0, "nothing is earned");
        assertEq(PayoutReference.total(none.ranks()), 0, "nobody is ranked");
    }
}

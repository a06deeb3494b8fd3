// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {ScoreBase} from "./ScoreBase.sol";
import {IRewardEscrowEvents} from "../../../contracts/interfaces/IRewardEscrow.sol";

/// settle; pages of any size are in SettlePages, who came or went within an epoch in Shares
/// ├── no such run or epoch: reverts
/// ├── epoch not in Reveal, or vectors may still be revealed: reverts
/// ├── less than half of the weight revealed: nothing is earned, whatever is brought
/// ├── vectors not exactly those revealed, in order: reverts
/// ├── medians wrong, or not a page: reverts
/// └── else: what is earned, by rounds that were final; once
contract RunCoordinatorSettleTest is ScoreBase, IRewardEscrowEvents {
    function test_settle_unknown_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunUnknown.selector, 7));
        coordinator.settle(7, 1, new bytes[](0), "");
        vm.expectRevert(abi.encodeWithSelector(EpochUnknown.selector, run, 0));
        coordinator.settle(run, 0, new bytes[](0), "");
        vm.expectRevert(abi.encodeWithSelector(EpochUnknown.selector, run, 3));
        coordinator.settle(run, 3, new bytes[](0), "");
    }

    function test_settle_otherPhase_reverts() public {
        bytes4 selector = EpochWrongPhase.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, run, 2, EpochPhase.Open, EpochPhase.Reveal));
        coordinator.settle(run, 2, new bytes[](0), "");
        vm.expectRevert(abi.encodeWithSelector(selector, run, 1, EpochPhase.Commit, EpochPhase.Reveal));
        coordinator.settle(run, 1, new bytes[](0), "");
        _revealScoresAll(1);
        coordinator.settle(run, 1, _vectors(3), _medians());
        vm.expectRevert(abi.encodeWithSelector(selector, run, 1, EpochPhase.Settled, EpochPhase.Reveal));
        coordinator.settle(run, 1, _vectors(3), _medians());
    }

    function test_settle_revealsOutstanding_notDueUntilDeadline() public {
        _commitScoresAll(1);
        for (uint256 i = 0; i < 2; i++) _revealScores(_validator(i), 1, _vector(i));
        bytes memory medians = _scores(100, 200, 299, 0);
        vm.warp(coordinator.epochOf(run, 1).deadline);
        vm.expectRevert(abi.encodeWithSelector(EpochNotDue.selector, run, 1));
        coordinator.settle(run, 1, _vectors(2), medians);
        vm.warp(block.timestamp + 1);
        coordinator.settle(run, 1, _vectors(2), medians);
        _assertEpochPhase(1, EpochPhase.Settled, "two of three are enough");
    }

    /// @dev Nobody waits for who did not commit.
    function test_settle_allCommittersRevealed_isDueAtOnce() public {
        for (uint256 i = 0; i < 2; i++) _commitScores(_validator(i), 1, _vector(i));
        _lapseEpoch(1);
        coordinator.advanceEpoch(run, 1);
        for (uint256 i = 0; i < 2; i++) _revealScores(_validator(i), 1, _vector(i));
        coordinator.settle(run, 1, _vectors(2), _scores(100, 200, 299, 0));
        _assertEpochPhase(1, EpochPhase.Settled, "settled");
    }

    function test_settle_noQuorum_returnsPot() public {
        _commitScoresAll(1);
        _revealScores(_validator(1), 1, _vector(1));
        _lapseEpoch(1);
        uint256 granted = _granted();
        vm.expectEmit(address(coordinator));
        emit EpochSettled(run, 1, 0);
        vm.expectEmit(address(rewards));
        emit PotsSettled(address(coordinator), run, 1, 0, POT);
        // What is brought along is not looked at.
        coordinator.settle(run, 1, _vectors(2), "medians");
        assertEq(_granted(), granted + POT, "grant");
        assertEq(_share(1, _validator(1)), 0, "of the one that revealed");
        assertEq(_share(1, _miner(0)), 0, "of a miner");
        assertEq(coordinator.shareOf(run, 1, owner, true), 0, "of the owner");
        _assertEpochPhase(1, EpochPhase.Settled, "phase");
    }

    function test_settle_otherVectors_reverts() public {
        _revealScoresAll(1);
        vm.expectRevert(abi.encodeWithSelector(ScoresLength.selector, 2, 3));
        coordinator.settle(run, 1, _vectors(2), _medians());
        vm.expectRevert(abi.encodeWithSelector(ScoresLength.selector, 4, 3));
        coordinator.settle(run, 1, _vectors(4), _medians());
        bytes[] memory vectors = _vectors(3);
        (vectors[0], vectors[1]) = (vectors[1], vectors[0]);
        vm.expectRevert(abi.encodeWithSelector(ScoresMismatch.selector, run, 1, 0));
        coordinator.settle(run, 1, vectors, _medians());
        vectors = _vectors(3);
        vectors[2] = bytes.concat(vectors[2], hex"00");
        vm.expectRevert(abi.encodeWithSelector(ScoresMismatch.selector, run, 1, 2));
        coordinator.settle(run, 1, vectors, _medians());
        vectors = _vectors(3);
        vectors[1] = "";
        vm.expectRevert(abi.encodeWithSelector(ScoresMismatch.selector, run, 1, 1));
        coordinator.settle(run, 1, vectors, _medians());
    }

    function test_settle_anyByteAltered_reverts(uint8 at, uint8 change) public {
        vm.assume(change != 0);
        _revealScoresAll(1);
        bytes[] memory vectors = _vectors(3);
        uint256 i = (at / 8) % 3;
        vectors[i][at % 8] ^= bytes1(change);
        vm.expectRevert(abi.encodeWithSelector(ScoresMismatch.selector, run, 1, i));
        coordinator.settle(run, 1, vectors, _medians());
    }

    function test_settle_slotWithoutVector_isSkipped() public {
        _commitScoresAll(1);
        _revealScores(_validator(0), 1, _vector(0));
        _revealScores(_validator(2), 1, _vector(2));
        _lapseEpoch(1);
        bytes[] memory vectors = _vectors(2);
        vm.expectRevert(abi.encodeWithSelector(ScoresMismatch.selector, run, 1, 2));
        coordinator.settle(run, 1, vectors, _scores(100, 200, 298, 0));
        vectors[1] = _vector(2);
        coordinator.settle(run, 1, vectors, _scores(100, 200, 298, 0));
        assertEq(_share(1, _validator(1)), 0, "did not reveal");
        assertGt(_share(1, _validator(2)), 0, "revealed");
    }

    function test_settle_notAPage_reverts(uint8 size) public {
        _revealScoresAll(1);
        bytes memory page = new bytes(size == 8 ? 9 : size);
        for (uint256 k = 0; k < 8 && k < page.length; k++) page[k] = _medians()[k];
        vm.expectRevert(abi.encodeWithSelector(ScoresPageInvalid.selector, page.length / 2, 4));
        coordinator.settle(run, 1, _vectors(3), page);
    }

    function test_settle_wrongMedian_reverts() public {
        _revealScoresAll(1);
        bytes4 selector = ScoresMedianWrong.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, 0, 100));
        coordinator.settle(run, 1, _vectors(3), _scores(100, 200, 299, 0));
        vm.expectRevert(abi.encodeWithSelector(selector, 0, 102));
        coordinator.settle(run, 1, _vectors(3), _scores(102, 200, 299, 0));
        vm.expectRevert(abi.encodeWithSelector(selector, 2, 300));
        coordinator.settle(run, 1, _vectors(3), _scores(101, 200, 300, 0));
        vm.expectRevert(abi.encodeWithSelector(selector, 3, 1));
        coordinator.settle(run, 1, _vectors(3), _scores(101, 200, 299, 1));
    }

    function test_settle_quorum_sharesByHandCount() public {
        _revealScoresAll(1);
        // Over the weight: 100 + 101 + 101, 3 x 200, 299 + 299 + 298. Clipped masses: 100 + 200 + 299 of 600, all of 600,
        // 101 + 200 + 298 of 600.
        uint256[3] memory r = [(uint256(302) << 16) / 3, 200 << 16, (uint256(896) << 16) / 3];
        uint256[3] memory v = [uint256(599 * STAKE) / 600, STAKE, uint256(599 * STAKE) / 600];
        uint256 pool = (WHOLE * 41) / 100;
        vm.expectEmit(address(coordinator));
        emit MediansVerified(run, 1, 0, _medians());
        vm.expectEmit(address(coordinator));
        emit EpochSettled(run, 1, WHOLE);
        vm.expectEmit(address(rewards));
        emit PotsSettled(address(coordinator), run, 1, WHOLE, 0);
        vm.prank(stranger);
        coordinator.settle(run, 1, _vectors(3), _medians());
        for (uint256 i = 0; i < 3; i++) {
            assertEq(_share(1, _miner(i)), (pool * r[i]) / (r[0] + r[1] + r[2]), "miner");
            uint256 part = (v[i] * (2 ** 32 - 1)) / (v[0] + v[1] + v[2]);
            assertEq(_share(1, _validator(i)), (pool * part) / (2 ** 32 - 1), "validator");
        }
        assertEq(_share(1, _miner(3)), 0, "scored zero by all");
        assertEq(coordinator.shareOf(run, 1, owner, true), WHOLE - 2 * pool, "owner");
        _assertEpochPhase(1, EpochPhase.Settled, "phase");
    }

    /// @dev Miners, and the other validators, earn as if it had not been there.
    function test_settle_validatorDoesNotReveal_losesOnlyItsPart() public {
        bytes memory scores = _scores(10, 20, 30, 40);
        for (uint256 i = 0; i < 3; i++) _commitScores(_validator(i), 1, scores);
        coordinator.advanceEpoch(run, 1);
        for (uint256 i = 0; i < 2; i++) _revealScores(_validator(i), 1, scores);
        _lapseEpoch(1);
        bytes[] memory vectors = new bytes[](2);
        (vectors[0], vectors[1]) = (scores, scores);
        coordinator.settle(run, 1, vectors, scores);
        uint256 pool = (WHOLE * 41) / 100;
        for (uint256 j = 0; j < 4; j++) assertEq(_share(1, _miner(j)), (pool * (j + 1)) / 10, "a miner's, as by all");
        for (uint256 i = 0; i < 2; i++) {
            assertEq(_share(1, _validator(i)), (pool * (2 ** 31 - 1)) / (2 ** 32 - 1), "half, of those that revealed");
        }
        assertEq(_share(1, _validator(2)), 0, "its own");
        assertEq(rewards.epochOf(address(coordinator), run, 1).totalShare, WHOLE, "nothing returns");
    }

    function test_settle_allZero_returnsPot() public {
        bytes memory zeros = _scores(0, 0, 0, 0);
        bytes[] memory vectors = new bytes[](3);
        for (uint256 i = 0; i < 3; i++) vectors[i] = zeros;
        uint256 granted = _granted();
        _settleAs(1, 0, vectors, zeros);
        assertEq(coordinator.shareOf(run, 1, owner, true), 0, "the owner earns nothing either");
        assertEq(_granted(), granted + POT, "grant");
    }

    /// @dev Weights of a wei: each validator's agreement is rounded to nothing. The others still earn.
    function test_settle_onlyValidatorsZero_theirPartReturns() public {
        RunParams memory p = _params();
        p.validatorWeightCap = 1;
        _otherRun(p, 10, 3, 3);
        bytes[] memory vectors = new bytes[](3);
        vectors[0] = _scores(9, 1, 1, 0);
        vectors[1] = _scores(1, 9, 1, 0);
        vectors[2] = _scores(1, 1, 9, 0);
        uint256 granted = _granted();
        _settleAs(1, 10, vectors, _scores(1, 1, 1, 0));
        uint256 pool = (WHOLE * 41) / 100;
        for (uint256 i = 10; i < 13; i++) {
            assertEq(_share(1, _miner(i)), pool / 3, "a miner's share");
            assertEq(_share(1, _validator(i)), 0, "a validator's");
        }
        assertEq(coordinator.shareOf(run, 1, owner, true), WHOLE - 2 * pool, "the owner's");
        assertEq(rewards.epochOf(address(coordinator), run, 1).totalShare, WHOLE - pool, "settled");
        assertEq(_granted(), granted + POT - (POT * (WHOLE - pool)) / WHOLE, "their part of the pot returns");
    }

    /// @dev A validator could score an empty slot to pump its own agreement; it is read as zero.
    function test_settle_inactiveMiner_isReadAsZero() public {
        _otherRun(_params(), 10, 2, 2);
        bytes[] memory vectors = new bytes[](2);
        for (uint256 i = 0; i < 2; i++) vectors[i] = _scores(10, 10, 0, 99);
        for (uint256 i = 0; i < 2; i++) _commitScores(_validator(10 + i), 1, vectors[i]);
        coordinator.advanceEpoch(run, 1);
        for (uint256 i = 0; i < 2; i++) _revealScores(_validator(10 + i), 1, vectors[i]);
        vm.expectRevert(abi.encodeWithSelector(ScoresMedianWrong.selector, 3, 99));
        coordinator.settle(run, 1, vectors, vectors[0]);
        coordinator.settle(run, 1, vectors, _scores(10, 10, 0, 0));
        assertEq(_share(1, _miner(10)), (WHOLE * 41) / 100 / 2, "half of the miners' part");
    }

    /// @dev Half of the weight is a quorum, not only more than half.
    function test_settle_exactlyHalf_isQuorum() public {
        _otherRun(_params(), 10, 2, 2);
        bytes[] memory vectors = new bytes[](1);
        vectors[0] = _scores(7, 0, 0, 0);
        _commitScores(_validator(10), 1, vectors[0]);
        _lapseEpoch(1);
        coordinator.advanceEpoch(run, 1);
        _revealScores(_validator(10), 1, vectors[0]);
        coordinator.settle(run, 1, vectors, vectors[0]);
        assertEq(_share(1, _miner(10)), (WHOLE * 41) / 100, "all of the miners' part");
    }

    function test_settle_epochsOutOfOrder_areIndependent() public {
        _finish();
        _finish();
        uint256 granted = _granted();
        _settleAs(2, 0, _vectors(3), _medians());
        assertEq(_share(1, _miner(0)), 0, "epoch 1 waits");
        uint256 share = _share(2, _miner(0));
        assertGt(share, 0, "epoch 2 is settled");
        assertEq(_granted(), granted, "all of it earned");
        _settleUnscored(1);
        assertEq(_granted(), granted + POT, "and epoch 1 returned its own");
        assertEq(_share(1, _miner(0)), 0, "nothing earned there");
        assertEq(_share(2, _miner(0)), share, "epoch 2 as it was");
    }

    /// @dev The ninth epoch waits until the first is settled, in whose place it would be.
    function test_settle_ringFull_runWaits() public {
        for (uint256 i = 0; i < 14; i++) _finish();
        assertEq(coordinator.currentEpochOf(run), 8, "eight epochs");
        _assertPhase(Phase.Idle, "no place for a ninth");
        assertFalse(coordinator.isDue(run), "waits");
        vm.expectRevert(abi.encodeWithSelector(RunNotDue.selector, run));
        coordinator.advance(run);
        for (uint64 epoch = 2; epoch <= 8; epoch++) _settleUnscored(epoch);
        _assertPhase(Phase.Idle, "others' places do not help");
        coordinator.advanceEpoch(run, 1);
        coordinator.settle(run, 1, new bytes[](0), "");
        coordinator.advance(run);
        _assertPhase(Phase.Train, "goes on");
        assertEq(coordinator.currentEpochOf(run), 9, "epoch 9");
    }
}

/// What is earned, by the rounds that were final
/// ├── f of the E rounds that an epoch has: f / E of each pot
/// └── none: nothing
contract RunCoordinatorProgressTest is ScoreBase {
    /// @dev Epoch 2 has just opened.
    function _void() private {
        _lapse();
        coordinator.advance(run);
        _lapse();
        coordinator.advance(run);
    }

    function _settle2() private {
        _settleAs(2, 0, _vectors(3), _medians());
    }

    function test_settle_oneOfTwoFinal_paysHalf() public {
        _settleAs(1, 0, _vectors(3), _medians());
        _void();
        _finish();
        uint256 granted = _granted();
        assertEq(coordinator.epochOf(run, 2).finalRounds, 1, "final rounds");
        _settle2();
        assertEq(rewards.epochOf(address(coordinator), run, 2).totalShare, WHOLE / 2, "half");
        assertEq(_granted(), granted + POT / 2, "the other half returns");
        for (uint256 i = 0; i < 3; i++) {
            assertLe(_share(1, _miner(i)) - 2 * _share(2, _miner(i)), 2, "half of a whole epoch's");
            assertLe(_share(1, _validator(i)) - 2 * _share(2, _validator(i)), 2, "of a validator's, too");
        }
        uint256 whole = coordinator.shareOf(run, 1, owner, true);
        uint256 half = coordinator.shareOf(run, 2, owner, true);
        assertLe(2 * half > whole ? 2 * half - whole : whole - 2 * half, 4, "of the owner's, but for rounding");
    }

    function test_settle_noneFinal_paysNothing() public {
        _void();
        _void();
        uint256 granted = _granted();
        _settle2();
        assertEq(_granted(), granted + POT, "the pot returns");
        assertEq(_share(2, _miner(1)) + _share(2, _validator(1)), 0, "nobody earns");
        assertEq(coordinator.shareOf(run, 2, owner, true), 0, "nor the owner");
    }

    /// @dev Rounds that there was no time for count as rounds that were not final: closing early gains nothing.
    function test_settle_epochClosedEarly_paysItsRounds() public {
        RunParams memory p = _params();
        p.roundsPerEpoch = 3;
        run = _createRun(p);
        _fund(2 * POT);
        for (uint256 i = 10; i < 12; i++) _joinMiner(i);
        for (uint256 i = 10; i < 13; i++) _joinValidator(i, STAKE);
        coordinator.advance(run);
        _leave(_miner(11), Role.Miner);
        _finish();
        _assertPhase(Phase.Idle, "too few are left");
        assertEq(coordinator.epochOf(run, 1).lastRound, 1, "one round of three");
        _settleAs(1, 10, _vectors(3), _scores(101, 200, 0, 0));
        assertEq(rewards.epochOf(address(coordinator), run, 1).totalShare, WHOLE / 3, "a third");
        assertEq(_share(1, _miner(11)) + _share(1, _miner(10)), ((WHOLE / 3) * 41) / 100 - 1, "of the miners' part");
    }
}

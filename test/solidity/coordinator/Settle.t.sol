// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {ScoreBase} from "./Scores.t.sol";
import {IRewardVault, IRewardVaultEvents} from "../../../contracts/interfaces/IRewardVault.sol";

/// settle
/// ├── no such run or epoch: reverts
/// ├── epoch not in Reveal, or vectors may still be revealed: reverts
/// ├── less than half of the weight revealed: nothing is paid, whatever is brought
/// ├── vectors not exactly those revealed, in order: reverts
/// ├── medians of another length, or wrong: reverts
/// └── else: credits, the rest returns; once
contract RunCoordinatorSettleTest is ScoreBase, IRewardVaultEvents {
    function _vectors(uint256 n) private pure returns (bytes[] memory vectors) {
        vectors = new bytes[](n);
        for (uint256 i = 0; i < n; i++) vectors[i] = _vector(i);
    }

    /// @dev Medians of the three vectors 100 200 300 0, 101 200 299 0, 102 200 298 0.
    function _medians() private pure returns (bytes memory) {
        return _scores(101, 200, 299, 0);
    }

    function _revealScoresAll() private {
        _commitScoresAll();
        for (uint256 i = 0; i < 3; i++) _revealScores(_validator(i), 1, _vector(i));
    }

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
        _revealScoresAll();
        coordinator.settle(run, 1, _vectors(3), _medians());
        vm.expectRevert(abi.encodeWithSelector(selector, run, 1, EpochPhase.Settled, EpochPhase.Reveal));
        coordinator.settle(run, 1, _vectors(3), _medians());
    }

    function test_settle_revealsOutstanding_notDueUntilDeadline() public {
        _commitScoresAll();
        for (uint256 i = 0; i < 2; i++) _revealScores(_validator(i), 1, _vector(i));
        bytes memory medians = _scores(100, 200, 299, 0);
        vm.warp(coordinator.epochOf(run, 1).deadline);
        vm.expectRevert(abi.encodeWithSelector(EpochNotDue.selector, run, 1));
        coordinator.settle(run, 1, _vectors(2), medians);
        vm.warp(block.timestamp + 1);
        coordinator.settle(run, 1, _vectors(2), medians);
        _assertEpochPhase(1, EpochPhase.Settled, "two of three are enough");
    }

    function test_settle_noQuorum_returnsPot() public {
        _commitScoresAll();
        _revealScores(_validator(1), 1, _vector(1));
        _lapseEpoch(1);
        uint256 funds = rewards.fundsOf(address(coordinator), run);
        vm.expectEmit(address(coordinator));
        emit EpochSettled(run, 1, "", 0, POT);
        vm.expectEmit(address(rewards));
        emit PotReturned(address(coordinator), run, 1, POT);
        // What is brought along is not looked at.
        coordinator.settle(run, 1, _vectors(2), "medians");
        assertEq(rewards.fundsOf(address(coordinator), run), funds + POT, "funds");
        assertEq(rewards.creditOf(_validator(1)), 0, "credit of the one that revealed");
        _assertEpochPhase(1, EpochPhase.Settled, "phase");
    }

    function test_settle_otherVectors_reverts() public {
        _revealScoresAll();
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
    }

    function test_settle_slotWithoutVector_isSkipped() public {
        _commitScoresAll();
        _revealScores(_validator(0), 1, _vector(0));
        _revealScores(_validator(2), 1, _vector(2));
        _lapseEpoch(1);
        bytes[] memory vectors = _vectors(2);
        vm.expectRevert(abi.encodeWithSelector(ScoresMismatch.selector, run, 1, 2));
        coordinator.settle(run, 1, vectors, _medians());
        vectors[1] = _vector(2);
        coordinator.settle(run, 1, vectors, _scores(100, 200, 298, 0));
        assertEq(rewards.creditOf(_validator(1)), 0, "did not reveal");
        assertGt(rewards.creditOf(_validator(2)), 0, "revealed");
    }

    function test_settle_mediansOfOtherLength_reverts() public {
        _revealScoresAll();
        vm.expectRevert(abi.encodeWithSelector(ScoresLength.selector, 0, 8));
        coordinator.settle(run, 1, _vectors(3), "");
        vm.expectRevert(abi.encodeWithSelector(ScoresLength.selector, 9, 8));
        coordinator.settle(run, 1, _vectors(3), bytes.concat(_medians(), hex"00"));
    }

    function test_settle_wrongMedian_reverts() public {
        _revealScoresAll();
        vm.expectRevert(abi.encodeWithSelector(ScoresMedianWrong.selector, 0, 100));
        coordinator.settle(run, 1, _vectors(3), _scores(100, 200, 299, 0));
        vm.expectRevert(abi.encodeWithSelector(ScoresMedianWrong.selector, 0, 102));
        coordinator.settle(run, 1, _vectors(3), _scores(102, 200, 299, 0));
        vm.expectRevert(abi.encodeWithSelector(ScoresMedianWrong.selector, 2, 300));
        coordinator.settle(run, 1, _vectors(3), _scores(101, 200, 300, 0));
        vm.expectRevert(abi.encodeWithSelector(ScoresMedianWrong.selector, 3, 1));
        coordinator.settle(run, 1, _vectors(3), _scores(101, 200, 299, 1));
    }

    function test_settle_quorum_creditsByHandCount() public {
        _revealScoresAll();
        // r over the weight: 100 + 101 + 101, 3 x 200, 299 + 299 + 298. Clipped masses: 100 + 200 + 299 of 600, all of 600,
        // 101 + 200 + 298 of 600.
        uint256 minerPot = 410e18;
        uint256[3] memory r = [uint256(302), 600, 896];
        uint256[3] memory v = [uint256(599 * STAKE) / 600, STAKE, uint256(599 * STAKE) / 600];
        uint256 paid = 180e18;
        for (uint256 i = 0; i < 3; i++) {
            r[i] = (minerPot * r[i]) / 1_798;
            v[i] = (410e18 * v[i]) / (2 * (uint256(599 * STAKE) / 600) + STAKE);
            paid += r[i] + v[i];
        }
        vm.expectEmit(address(coordinator));
        emit EpochSettled(run, 1, _medians(), paid, POT - paid);
        vm.expectEmit(address(rewards));
        emit Credited(address(coordinator), run, 1, _miner(0), r[0]);
        vm.prank(stranger);
        coordinator.settle(run, 1, _vectors(3), _medians());
        for (uint256 i = 0; i < 3; i++) {
            assertEq(rewards.creditOf(_miner(i)), r[i], "miner");
            assertEq(rewards.creditOf(_validator(i)), v[i], "validator");
        }
        assertEq(rewards.creditOf(_miner(3)), 0, "scored zero by all");
        assertEq(rewards.creditOf(owner), 180e18, "owner");
        assertEq(rewards.potOf(address(coordinator), run, 1), 0, "pot");
        _assertEpochPhase(1, EpochPhase.Settled, "phase");
    }

    function test_settle_allZero_returnsPot() public {
        bytes memory zeros = _scores(0, 0, 0, 0);
        bytes[] memory vectors = new bytes[](3);
        for (uint256 i = 0; i < 3; i++) {
            vectors[i] = zeros;
            _commitScores(_validator(i), 1, zeros);
        }
        for (uint256 i = 0; i < 3; i++) _revealScores(_validator(i), 1, zeros);
        vm.expectEmit(address(coordinator));
        emit EpochSettled(run, 1, zeros, 0, POT);
        coordinator.settle(run, 1, vectors, zeros);
        assertEq(rewards.creditOf(owner), 0, "the owner earns nothing either");
    }

    /// @dev A validator could score an empty slot to pump its own agreement; it is read as zero.
    function test_settle_inactiveMiner_isReadAsZero() public {
        RunParams memory p = _params();
        p.maxMiners = 5;
        run = coordinator.createRun(p);
        _fund(2 * POT);
        for (uint256 i = 10; i < 12; i++) _joinMiner(i);
        for (uint256 i = 10; i < 12; i++) _joinValidator(i, STAKE);
        coordinator.advance(run);
        _finish();
        _finish();
        bytes[] memory vectors = new bytes[](2);
        for (uint256 i = 0; i < 2; i++)
            vectors[i] = abi.encodePacked(uint16(10), uint16(10), uint16(0), uint16(99), uint16(0));
        for (uint256 i = 0; i < 2; i++) _commitScores(_validator(10 + i), 1, vectors[i]);
        for (uint256 i = 0; i < 2; i++) _revealScores(_validator(10 + i), 1, vectors[i]);
        vm.expectRevert(abi.encodeWithSelector(ScoresMedianWrong.selector, 3, 99));
        coordinator.settle(run, 1, vectors, vectors[0]);
        coordinator.settle(run, 1, vectors, abi.encodePacked(uint80(0x000a000a000000000000)));
        assertEq(rewards.creditOf(_miner(10)), 205e18, "half of the miners' pot");
    }

    /// @dev Whoever is miner, validator and owner at once is paid for each.
    function test_settle_manyHats_sumUp() public {
        vm.prank(owner);
        run = coordinator.createRun(_params());
        _fund(2 * POT);
        _enrol(owner, 2 * STAKE);
        vm.startPrank(owner);
        coordinator.joinAsMiner(run);
        coordinator.joinAsValidator(run, STAKE);
        vm.stopPrank();
        _joinMiner(11);
        _joinValidator(11, STAKE);
        coordinator.advance(run);
        _finish();
        _finish();
        bytes memory scores = _scores(50, 150, 0, 0);
        bytes[] memory vectors = new bytes[](2);
        (vectors[0], vectors[1]) = (scores, scores);
        _commitScores(owner, 1, scores);
        _commitScores(_validator(11), 1, scores);
        _revealScores(owner, 1, scores);
        _revealScores(_validator(11), 1, scores);
        address[] memory operators = new address[](5);
        (operators[0], operators[1], operators[2]) = (owner, _miner(11), owner);
        (operators[3], operators[4]) = (_validator(11), owner);
        uint256[] memory amounts = new uint256[](5);
        (amounts[0], amounts[1], amounts[2], amounts[3], amounts[4]) = (102.5e18, 307.5e18, 205e18, 205e18, 180e18);
        bytes memory wanted = abi.encodeCall(IRewardVault.settleEpoch, (run, 1, operators, amounts));
        vm.expectCall(address(rewards), wanted);
        coordinator.settle(run, 1, vectors, scores);
        assertEq(rewards.creditOf(owner), 487.5e18, "owner, miner and validator");
    }

    /// @dev Half of the weight is a quorum, not only more than half.
    function test_settle_exactlyHalf_isQuorum() public {
        run = coordinator.createRun(_params());
        _fund(2 * POT);
        for (uint256 i = 10; i < 12; i++) _joinMiner(i);
        for (uint256 i = 10; i < 12; i++) _joinValidator(i, STAKE);
        coordinator.advance(run);
        _finish();
        _finish();
        bytes[] memory vectors = new bytes[](1);
        vectors[0] = _scores(7, 0, 0, 0);
        _commitScores(_validator(10), 1, vectors[0]);
        _lapseEpoch(1);
        coordinator.advanceEpoch(run, 1);
        _revealScores(_validator(10), 1, vectors[0]);
        coordinator.settle(run, 1, vectors, vectors[0]);
        assertEq(rewards.creditOf(_miner(10)), 410e18, "paid");
    }

    function test_settle_epochsOutOfOrder_areIndependent() public {
        _finish();
        _finish();
        uint256 funds = rewards.fundsOf(address(coordinator), run);
        _lapseEpoch(2);
        coordinator.advanceEpoch(run, 2);
        coordinator.settle(run, 2, new bytes[](0), "");
        assertEq(rewards.fundsOf(address(coordinator), run), funds + POT, "epoch 2 returned its pot");
        coordinator.advanceEpoch(run, 1);
        coordinator.settle(run, 1, new bytes[](0), "");
        assertEq(rewards.fundsOf(address(coordinator), run), funds + 2 * POT, "and epoch 1 its own");
    }
}

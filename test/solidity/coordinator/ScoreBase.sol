// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {CoordinatorBase} from "./CoordinatorBase.sol";

/// @dev Epoch 1 has closed after its two rounds, with four miners and three validators; the rounds of epoch 2 are running.
abstract contract ScoreBase is CoordinatorBase {
    function setUp() public virtual override {
        _setUpRun();
        _start(4, 3);
        _finish();
        _finish();
    }

    /// @dev The run alone, before anybody has joined.
    function _setUpRun() internal {
        super.setUp();
    }

    function _vector(uint256 i) internal pure returns (bytes memory) {
        return _scores(uint16(100 + i), 200, uint16(300 - i), 0);
    }

    function _vectors(uint256 n) internal pure returns (bytes[] memory vectors) {
        vectors = new bytes[](n);
        for (uint256 i = 0; i < n; i++) vectors[i] = _vector(i);
    }

    /// @dev Of the three vectors 100 200 300 0, 101 200 299 0, 102 200 298 0.
    function _medians() internal pure returns (bytes memory) {
        return _scores(101, 200, 299, 0);
    }

    /// @dev All three commit, and Reveal opens.
    function _commitScoresAll(uint64 epoch) internal {
        for (uint256 i = 0; i < 3; i++) _commitScores(_validator(i), epoch, _vector(i));
        coordinator.advanceEpoch(run, epoch);
    }

    function _revealScoresAll(uint64 epoch) internal {
        _commitScoresAll(epoch);
        for (uint256 i = 0; i < 3; i++) _revealScores(_validator(i), epoch, _vector(i));
    }

    /// @dev So many of `run`'s validators, which are operators `first` and on, give one vector each; then it is settled at once.
    function _settleAs(uint64 epoch, uint256 first, bytes[] memory vectors, bytes memory medians) internal {
        for (uint256 i = 0; i < vectors.length; i++) _commitScores(_validator(first + i), epoch, vectors[i]);
        coordinator.advanceEpoch(run, epoch);
        for (uint256 i = 0; i < vectors.length; i++) _revealScores(_validator(first + i), epoch, vectors[i]);
        coordinator.settle(run, epoch, vectors, medians);
    }

    /// @dev Nobody reveals scores, so nothing of the epoch is earned.
    function _settleUnscored(uint64 epoch) internal {
        _lapseEpoch(epoch);
        coordinator.advanceEpoch(run, epoch);
        _lapseEpoch(epoch);
        coordinator.settle(run, epoch, new bytes[](0), "");
        // The clock has run past the deadline of the open round, too.
        if (coordinator.isDue(run)) coordinator.advance(run);
    }

    function _share(uint64 epoch, address operator) internal view returns (uint256) {
        return coordinator.shareOf(run, epoch, operator, false);
    }

    function _granted() internal view returns (uint256 granted) {
        (, granted, ) = rewards.nextEpochOf(address(coordinator), run);
    }

    /// @dev Another run of `p` with operators `first` and on; both rounds of its first epoch are done.
    function _otherRun(RunParams memory p, uint256 first, uint256 miners, uint256 validators) internal {
        run = _createRun(p);
        _fund(10 * POT);
        for (uint256 i = first; i < first + miners; i++) _joinMiner(i);
        for (uint256 i = first; i < first + validators; i++) _joinValidator(i, STAKE);
        coordinator.advance(run);
        _finish();
        _finish();
    }
}

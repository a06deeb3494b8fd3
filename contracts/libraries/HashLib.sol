// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IRunCoordinatorTypes as Types} from "../interfaces/IRunCoordinatorTypes.sol";

/// @title Commitments, seeds and draws: contracts/README.md sections 2, 4, 6, 7 and 8.
/// @dev Each preimage starts with a tag of its own and has fixed offsets, but for `scores`, whose length the coordinator fixes.
/// SAFETY: run numbers are cut to 64 bits. They count from 1, one transaction each, so they never get there.
library HashLib {
    bytes1 internal constant CONTRIBUTION_TAG = 0x03;
    bytes1 internal constant SCORES_TAG = 0x06;
    bytes1 internal constant TRAIN_SEED_TAG = 0x07;
    bytes1 internal constant TEST_SEED_TAG = 0x08;
    bytes1 internal constant LEADER_TAG = 0x09;
    bytes1 internal constant PROPOSAL_TAG = 0x0b;

    /// @dev Bound to the miner by its slot, which in a round is one operator's.
    function contribution(
        uint256 run,
        uint64 round,
        uint8 slot,
        Types.Opening memory opening
    ) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encodePacked(
                    CONTRIBUTION_TAG,
                    uint64(run),
                    round,
                    slot,
                    opening.contributionRoot,
                    opening.digest,
                    opening.size,
                    opening.salt
                )
            );
    }

    /// @dev What stands for a contribution once it is revealed: nobody knew it before, since it needs the salt.
    function disclosure(bytes32 commitment, bytes32 salt) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(commitment, salt));
    }

    /// @dev Names what is voted on, so that a vote counts for nothing else.
    function proposal(
        uint256 run,
        uint64 round,
        uint8 attempt,
        uint256 included,
        bytes32 nextRoot
    ) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(PROPOSAL_TAG, uint64(run), round, attempt, included, nextRoot));
    }

    function scores(
        uint256 run,
        uint64 epoch,
        address validator,
        bytes calldata vector,
        Types.ScoreOpening memory opening
    ) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encodePacked(
                    SCORES_TAG,
                    uint64(run),
                    epoch,
                    validator,
                    vector,
                    opening.receiptsDigest,
                    opening.receiptsSize,
                    opening.salt
                )
            );
    }

    /// @param seals Of the contributions that a round revealed, in ascending order of slot.
    function mixIn(bytes32 mix, uint256[] memory seals) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(mix, seals));
    }

    function trainSeed(bytes32 beacon, bytes32 mix, uint256 run, uint64 round) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(TRAIN_SEED_TAG, beacon, mix, uint64(run), round));
    }

    function testSeed(bytes32 beacon, bytes32 mix, uint256 run, uint64 round) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(TEST_SEED_TAG, beacon, mix, uint64(run), round));
    }

    function leaderSeed(bytes32 seed, uint8 attempt) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(LEADER_TAG, seed, attempt));
    }

    /// @notice Draws a slot with a probability in proportion to its weight.
    /// @param seed The round's test seed.
    /// @param weights By slot; zero for those that may not be drawn. Their sum must not be zero.
    /// @dev The bias of the modulus is below 2^-124: a sum of weights is below 2^132.
    function leader(bytes32 seed, uint8 attempt, uint256[] memory weights) internal pure returns (uint8) {
        uint256 total;
        for (uint256 i = 0; i < weights.length; i++) total += weights[i];
        uint256 x = uint256(leaderSeed(seed, attempt)) % total;
        uint256 slot = 0;
        // Ends within the array: the running sum reaches `total`, which exceeds x. A zero weight never ends it.
        for (uint256 sum = weights[0]; sum <= x; sum += weights[slot]) slot++;
        return uint8(slot);
    }
}

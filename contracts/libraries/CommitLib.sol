// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {
    IRunCoordinatorErrors as Errors,
    IRunCoordinatorEvents as Events
} from "../interfaces/IRunCoordinatorEvents.sol";
import {IRunCoordinatorTypes as Types} from "../interfaces/IRunCoordinatorTypes.sol";
import {Head, ROUND_RING, RunData} from "../types/RunData.sol";
import {HashLib} from "./HashLib.sol";
import {SealLib} from "./SealLib.sol";

/// @title What miners do in a round: commit, then reveal. Sole writer of `seals`.
/// @dev Each writes one word, its own. That is what makes it cheap; whether all have acted is asked when the run is advanced.
library CommitLib {
    using SealLib for uint256;

    function commit(RunData storage run, uint256 id, uint64 number, uint8 slot, bytes32 commitment) internal {
        accept(run, id, number, Types.Phase.Commit);
        // INVARIANT: nothing can be taken for a commitment that is none.
        if (commitment == 0) revert Errors.RunZeroCommitment();
        mapping(uint8 => uint256) storage seals = run.seals[number % ROUND_RING];
        // INVARIANT: one commitment a round; it cannot be replaced.
        if (seals[slot].isOf(number)) revert Errors.RunAlreadyCommitted(id, number, slot);

        seals[slot] = SealLib.sealed_(commitment, number, block.number);
        emit Events.Committed(id, number, slot, commitment);
    }

    function reveal(
        RunData storage run,
        uint256 id,
        uint64 number,
        uint8 slot,
        Types.Opening calldata opening
    ) internal {
        uint32 limit = accept(run, id, number, Types.Phase.Reveal).maxBlobBytes;
        mapping(uint8 => uint256) storage seals = run.seals[number % ROUND_RING];
        uint256 seal = seals[slot];
        // INVARIANT I-15: revealed is a subset of committed, and that of the active miners.
        if (!seal.isOf(number)) revert Errors.RunNotCommitted(id, number, slot);
        if (seal.isOpenOf(number)) revert Errors.RunAlreadyRevealed(id, number, slot);
        // INVARIANT: every blob that validators have to fetch has a size that the run allows.
        if (opening.size == 0 || opening.size > limit) revert Errors.RunBlobSize(opening.size, limit);
        // INVARIANT: what is opened is what was committed, by the one who committed it.
        bytes32 commitment = HashLib.contribution(id, number, slot, opening);
        if (!seal.holds(commitment)) revert Errors.RunCommitmentMismatch(bytes32(seal), commitment);

        seals[slot] = seal.opened(HashLib.disclosure(commitment, opening.salt));
        emit Events.Revealed(id, number, slot, opening.contributionRoot, opening.digest, opening.size, opening.salt);
    }

    /// @dev INVARIANT I-11: an action names the open round, and counts in its phase only, and not after its deadline.
    function accept(
        RunData storage run,
        uint256 id,
        uint64 number,
        Types.Phase wanted
    ) internal view returns (Head storage head) {
        head = run.head;
        (Types.Phase phase, uint48 round, uint48 deadline) = (head.phase, head.round, head.deadline);
        if (number != round) revert Errors.RunWrongRound(id, round, number);
        bool early = wanted == Types.Phase.Commit && phase == Types.Phase.Train;
        if (phase != wanted && !early) revert Errors.RunWrongPhase(id, phase, wanted);
        if (block.timestamp > deadline) revert Errors.RunPastDeadline(id, deadline);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {
    IRunCoordinatorErrors as Errors,
    IRunCoordinatorEvents as Events
} from "../interfaces/IRunCoordinatorEvents.sol";
import {IRunCoordinatorTypes as Types} from "../interfaces/IRunCoordinatorTypes.sol";
import {EpochData, RoundData, RunData} from "../types/RunData.sol";
import {EpochLib} from "./EpochLib.sol";

/// @title The rounds that made the root: what each of them rests on, and which are undone. After a run's creation the sole writer of
/// `root`, `finals` and `undone`.
/// @dev INVARIANT I-39: the root is that of the last final round that stands, or of genesis. A round stands if it is final and not
/// undone. INVARIANT: while a round stands, so do all that stood when it opened, since a refutation undoes all that came after. So
/// its parent is the root of the last one that stands before it.
library LineageLib {
    using EpochLib for RunData;

    /// @notice The root is what the round's validators agreed on.
    function finalize(RunData storage run, uint256 id, RoundData storage round) internal {
        EpochData storage epoch = run.last();
        (uint48 number, bytes32 root, uint256 included) = (round.id, round.nextRoot, round.included);
        Types.FinalRound memory final_ = Types.FinalRound({
            epoch: epoch.id,
            finalizedAt: uint48(block.timestamp),
            finalBefore: epoch.finalRounds++,
            attesters: round.voted & ~round.refused,
            included: included,
            parentRoot: round.parentRoot,
            root: root,
            seals: round.seals
        });
        run.root = root;
        run.finals[number] = keccak256(abi.encode(final_));
        emit Events.RoundFinalized(id, number, included, root);
    }

    /// @notice The root is the round's parent again.
    function undo(RunData storage run, uint256 id, uint64 number, Types.FinalRound calldata final_) internal {
        // INVARIANT I-40: a round is undone once, and only by who knows what it rests on.
        if (run.finals[number] != keccak256(abi.encode(final_)) || !isStanding(run, number)) {
            revert Errors.RunRoundNotStanding(id, number);
        }
        run.root = final_.parentRoot;
        run.undone.cut(uint48(number), run.head.round);
        run.undoRounds(final_.epoch, final_.finalBefore);
        emit Events.RoundRefuted(id, number, final_.parentRoot);
    }

    function isStanding(RunData storage run, uint64 number) internal view returns (bool) {
        return run.finals[number] != 0 && !run.undone.has(number);
    }
}

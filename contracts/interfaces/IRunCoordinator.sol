// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {IRunCoordinatorErrors, IRunCoordinatorEvents} from "./IRunCoordinatorEvents.sol";
import {IRefutable} from "./IRefutable.sol";
import {IShares} from "./IShares.sol";

/// @title Runs, rounds, epochs.
/// @notice One run trains one model. A round is one outer step: train, commit, reveal, attest. Actions of members record what they
/// say; `advance`, which anyone may call, moves the run on once a phase's deadline has passed or everyone it waits for has acted.
/// The rules, the byte formats and the invariants are in contracts/README.md.
/// @dev Calls about a round name it, so that a transaction that arrives late fails instead of acting on the next round. Calls of
/// members name their slot, so that nothing has to be searched. The caller acts for the operator in the slot: it is the operator
/// or its delegate (see IStakeVault and `syncKey`); joining and leaving is for the operator's own key.
/// Several calls can be sent as one (`multicall`): whoever acts last may advance the run in the same transaction.
interface IRunCoordinator is IRunCoordinatorErrors, IRunCoordinatorEvents, IRefutable, IShares {
    // ---- Runs

    /// @notice Creates a run. Takes `RUN_DEPOSIT` of the stake's token from the caller by `transferFrom`, which comes back when
    /// the run is closed.
    function createRun(RunParams calldata params) external returns (uint256 run);

    /// @notice Names the sponsorship in the reward escrow that the run's next epochs need, for a run whose reward token is not
    /// the escrow's native one. Anyone may, with any that is in the run's token and has the run's least pot for the next epoch.
    function useSponsorship(uint256 run, uint64 source) external;

    /// @notice Returns the deposit to the owner: of a run that has ended, by anyone; or of one that is idle and has no members,
    /// by the owner, which ends it.
    function closeRun(uint256 run) external;

    // ---- Members

    function joinAsMiner(uint256 run) external returns (uint8 slot);

    /// @notice Joins a run whose slots are all taken, in place of its least useful miner past its protection, which has to leave.
    /// The caller's stake is locked; it gets the slot when the miner is released, and cannot leave before, unless the run is over.
    /// @param slot Of the miner that ranked lowest in the last settled epochs, among those that stay and are not protected;
    /// verified, not trusted. Any of those that rank alike.
    function replaceMiner(uint256 run, uint8 slot) external;

    /// @param stake What the validator locks; it votes with at most the run's cap.
    function joinAsValidator(uint256 run, uint128 stake) external returns (uint8 slot);

    /// @notice The caller takes no part in rounds that open from now on. What it did in the epoch under way is paid in proportion.
    function leave(uint256 run, Role role) external;

    /// @notice Makes a member leave whose stake does not cover its locks any more, since holders of its pool want theirs back.
    /// Anyone may call it.
    function evict(uint256 run, Role role, uint8 slot) external;

    /// @notice Gives a leaving member its stake back and frees its slot, or seats its heir, once all its epochs are settled.
    /// Anyone may call it.
    function release(uint256 run, Role role, uint8 slot) external;

    /// @notice Lets the operator's present delegate, or the operator itself if it has none, act in the slot, and nobody else.
    /// Anyone may call it. The key is also taken over when the delegate acts for the first time, so this is needed only to shut
    /// out a former delegate sooner.
    function syncKey(uint256 run, Role role, uint8 slot) external;

    // ---- Rounds

    /// @notice Does what is due: opens the first or next round, closes a phase whose deadline has passed or for which nobody is
    /// waited any more, or draws the next leader. One step a call. Reverts with `RunNotDue` when there is nothing to do.
    function advance(uint256 run) external;

    function commit(uint256 run, uint64 round, uint8 slot, bytes32 commitment) external;
    function reveal(uint256 run, uint64 round, uint8 slot, Opening calldata opening) external;

    /// @notice The leader's proposal; it counts as its attestation. An empty set must keep the parent root, and voids the round.
    /// @param worse Whether the leader measured the proposed model as worse than the present one.
    function propose(uint256 run, uint64 round, uint8 attempt, uint256 included, bytes32 nextRoot, bool worse) external;

    /// @param proposal keccak256 of run, round, attempt, included set and next root: see `Round.proposal`.
    /// @param worse The root is right, but the model is worse than the one before. If most of the weight that attests says so the
    /// round is void: nobody is at fault, and training goes on from the root as it was.
    function attest(uint256 run, uint64 round, uint8 slot, bytes32 proposal, bool worse) external;

    function refuse(uint256 run, uint64 round, uint8 slot, bytes32 proposal) external;

    // ---- Epochs

    function commitScores(uint256 run, uint64 epoch, uint8 slot, bytes32 commitment) external;

    /// @param scores Two bytes, big-endian, for each of the run's `maxMiners` slots.
    function revealScores(
        uint256 run,
        uint64 epoch,
        uint8 slot,
        bytes calldata scores,
        ScoreOpening calldata opening
    ) external;

    /// @notice Closes the commit phase of scores once its deadline has passed or all have committed. Reverts with `EpochNotDue`
    /// when there is nothing to do.
    function advanceEpoch(uint256 run, uint64 epoch) external;

    /// @notice Settles an epoch whose scores are revealed, or the next page of it. Anyone may call it.
    /// @param vectors The revealed scores, in ascending order of validator slot, for exactly the slots that revealed.
    /// @param medians The stake-weighted medians of the next miner slots, two bytes each; verified, not trusted. Their number is
    /// the page's size: all that are left, or a multiple of eight. The result does not depend on it.
    function settle(uint256 run, uint64 epoch, bytes[] calldata vectors, bytes calldata medians) external;

    // ---- Views

    function runCount() external view returns (uint256);
    function ownerOf(uint256 run) external view returns (address);
    /// @return In wei; 0 once it went back.
    function depositOf(uint256 run) external view returns (uint256);
    function paramsOf(uint256 run) external view returns (RunParams memory);
    /// @return The sponsorship that the run's epochs need; 0: the grant.
    function sourceOf(uint256 run) external view returns (uint64);
    function phaseOf(uint256 run) external view returns (Phase);
    /// @notice The root of the last final round that is not undone, or the genesis root.
    function stateRootOf(uint256 run) external view returns (bytes32);
    /// @notice The number of the last round that opened; 0 before the first.
    function currentRoundOf(uint256 run) external view returns (uint64);
    function currentEpochOf(uint256 run) external view returns (uint64);
    /// @notice A round still in the ring (the last `ROUND_RING`).
    function roundOf(uint256 run, uint64 round) external view returns (Round memory);
    function epochOf(uint256 run, uint64 epoch) external view returns (Epoch memory);
    function memberOf(uint256 run, Role role, uint8 slot) external view returns (Member memory);
    /// @return slot The operator's slot; reverts with `RunNotMember` if it has none.
    function slotOf(uint256 run, Role role, address operator) external view returns (uint8 slot);
    /// @notice What the ring keeps of a miner's contribution in a round: 0 if it did not commit; see SealLib.
    function sealOf(uint256 run, uint64 round, uint8 slot) external view returns (uint256);
    /// @notice The miner's ranks in the last settled epochs, summed; what `replaceMiner` compares.
    function usefulnessOf(uint256 run, uint8 slot) external view returns (uint256);
    /// @notice Whether `advance` would do something now.
    function isDue(uint256 run) external view returns (bool);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {IRunCoordinatorTypes} from "./IRunCoordinatorTypes.sol";

interface IRunCoordinatorErrors is IRunCoordinatorTypes {
    error RunUnknown(uint256 run);
    error RunParamInvalid(bytes32 field);
    error RunWrongPhase(uint256 run, Phase actual, Phase wanted);
    error RunWrongRound(uint256 run, uint64 actual, uint64 wanted);
    /// @notice The phase is over though nobody has advanced it yet: deadlines bind.
    error RunPastDeadline(uint256 run, uint64 deadline);
    error RunNotDue(uint256 run);
    error RunNotOwner(uint256 run, address caller);
    /// @notice The deposit is given back when the run has ended, or is idle and without members.
    error RunNotClosable(uint256 run);
    /// @notice The sponsorship is in another token than the run's, or its next pot is below the run's least; or the run needs
    /// none, since its grant pays it or the one that it has still serves.
    error RunSourceUnfit(uint256 run, uint256 source);
    error RunFull(uint256 run, Role role);
    /// @notice There is a free slot: join instead.
    error RunNotFull(uint256 run);
    /// @notice The miner is leaving or still protected.
    error RunNotReplaceable(uint256 run, uint8 slot);
    /// @notice The miner in `lesser` was of less use in the last settled epochs.
    error RunNotLeastUseful(uint256 run, uint8 slot, uint8 lesser);
    /// @notice An eighth of the slots may change hands so in an epoch.
    error RunTooManyReplaced(uint256 run, uint64 epoch);
    error RunStakeTooLow(uint256 stake, uint256 minimum);
    error RunStakeTooHigh(uint256 stake, uint256 maximum);
    error RunAlreadyMember(uint256 run, address operator);
    error RunNotMember(uint256 run, address operator);
    error RunNotActive(uint256 run, uint64 round, uint8 slot);
    error RunNotOperator(address caller);
    /// @notice The caller does not act for the operator in that slot.
    error RunNotActor(uint256 run, uint8 slot, address caller);
    error RunAlreadyLeaving(uint256 run, address operator);
    /// @notice The operator's stake covers its locks.
    error RunNotShort(uint256 run, address operator);
    error RunNotReleasable(uint256 run, address operator);
    error RunAlreadyCommitted(uint256 run, uint64 round, uint8 slot);
    error RunNotCommitted(uint256 run, uint64 round, uint8 slot);
    error RunAlreadyRevealed(uint256 run, uint64 round, uint8 slot);
    error RunCommitmentMismatch(bytes32 committed, bytes32 revealed);
    error RunZeroCommitment();
    error RunBlobSize(uint64 size, uint64 limit);
    error RunWrongAttempt(uint8 actual, uint8 wanted);
    error RunAlreadyProposed(uint256 run, uint64 round, uint8 attempt);
    error RunIncludedInvalid(uint256 included, uint256 limit);
    error RunRootInvalid(uint256 included, bytes32 nextRoot);
    /// @notice The vote names another proposal than the present one; `actual` is zero while there is none.
    error RunProposalMismatch(bytes32 actual, bytes32 named);
    error RunAlreadyVoted(uint256 run, uint64 round, uint8 attempt, uint8 slot);
    /// @notice Only the court that the coordinator was made with refutes and punishes.
    error RunNotCourt(address caller);
    /// @notice The round was never final, rests on something else than is said, or is undone already.
    error RunRoundNotStanding(uint256 run, uint64 round);
    error EpochWrongPhase(uint256 run, uint64 epoch, EpochPhase actual, EpochPhase wanted);
    error EpochUnknown(uint256 run, uint64 epoch);
    error EpochPastDeadline(uint256 run, uint64 epoch, uint64 deadline);
    error EpochNotDue(uint256 run, uint64 epoch);
    error EpochNotActive(uint256 run, uint64 epoch, uint8 slot);
    error ScoresAlreadyCommitted(uint256 run, uint64 epoch, uint8 slot);
    error ScoresNotCommitted(uint256 run, uint64 epoch, uint8 slot);
    error ScoresAlreadyRevealed(uint256 run, uint64 epoch, uint8 slot);
    error ScoresLength(uint256 length, uint256 wanted);
    error ScoresMismatch(uint256 run, uint64 epoch, uint8 slot);
    error ScoresMedianWrong(uint256 minerSlot, uint16 given);
    /// @notice Pages of a settlement are of whole groups of eight slots, but for the last.
    error ScoresPageInvalid(uint256 slots, uint256 left);
}

interface IRunCoordinatorEvents is IRunCoordinatorTypes {
    event RunCreated(uint256 indexed run, address indexed owner, RunParams params, uint256 deposit);
    event SourceNamed(uint256 indexed run, uint256 source);
    event DepositReturned(uint256 indexed run, address indexed owner, uint256 amount);
    event MemberJoined(
        uint256 indexed run,
        address indexed operator,
        Role indexed role,
        uint8 slot,
        uint64 activeFrom,
        uint128 stake,
        uint128 weight
    );
    event MemberLeaving(uint256 indexed run, address indexed operator, Role indexed role, uint8 slot, uint64 lastEpoch);
    /// @notice A court has taken what was left of the stake with which the operator sat in the slot in the epoch. If it still sits
    /// there it is leaving, and acts in no round any more.
    event MemberPunished(
        uint256 indexed run,
        address indexed operator,
        Role indexed role,
        uint8 slot,
        uint64 epoch,
        uint256 taken,
        address reporter
    );
    event MemberReleased(uint256 indexed run, address indexed operator, Role indexed role, uint8 slot);
    /// @notice The operator has locked its stake and gets the slot once its member, which has to leave, is released.
    event HeirNamed(uint256 indexed run, address indexed operator, uint8 slot, uint128 stake);
    event HeirReleased(uint256 indexed run, address indexed operator, uint8 slot);
    event KeySet(uint256 indexed run, Role indexed role, uint8 slot, address key);

    event EpochOpened(uint256 indexed run, uint64 indexed epoch, uint64 firstRound);
    event RoundOpened(
        uint256 indexed run,
        uint64 indexed round,
        uint64 epoch,
        bytes32 parentRoot,
        bytes32 trainSeed,
        uint256 miners,
        uint256 validators,
        uint64 deadline
    );
    event CommitCalled(uint256 indexed run, uint64 indexed round, uint64 deadline);
    event Committed(uint256 indexed run, uint64 indexed round, uint8 slot, bytes32 commitment);
    event RevealOpened(uint256 indexed run, uint64 indexed round, bytes32 testSeed, uint64 deadline);
    event Revealed(
        uint256 indexed run,
        uint64 indexed round,
        uint8 slot,
        bytes32 contributionRoot,
        bytes32 digest,
        uint64 size,
        bytes32 salt
    );
    event LeaderDrawn(
        uint256 indexed run,
        uint64 indexed round,
        address indexed operator,
        uint8 slot,
        uint8 attempt,
        uint64 deadline
    );
    event Proposed(
        uint256 indexed run,
        uint64 indexed round,
        address indexed operator,
        uint8 attempt,
        uint256 included,
        bytes32 nextRoot,
        bytes32 proposal
    );
    event Attested(
        uint256 indexed run,
        uint64 indexed round,
        address indexed operator,
        uint8 slot,
        bytes32 proposal,
        bool worse
    );
    event Refused(uint256 indexed run, uint64 indexed round, address indexed operator, uint8 slot, bytes32 proposal);
    event RoundFinalized(uint256 indexed run, uint64 indexed round, uint256 included, bytes32 root);
    event RoundVoided(uint256 indexed run, uint64 indexed round, VoidReason reason);
    /// @notice The round and all after it are undone; `root` is its parent, and the run's root again.
    event RoundRefuted(uint256 indexed run, uint64 indexed round, bytes32 root);
    event RunIdle(uint256 indexed run);
    event RunEnded(uint256 indexed run);

    event EpochClosed(
        uint256 indexed run,
        uint64 indexed epoch,
        uint64 lastRound,
        uint16 finalRounds,
        uint256 miners,
        uint256 validators,
        uint64 deadline
    );
    event ScoresCommitted(
        uint256 indexed run,
        uint64 indexed epoch,
        address indexed operator,
        uint8 slot,
        bytes32 commitment
    );
    event ScoreRevealOpened(uint256 indexed run, uint64 indexed epoch, uint64 deadline);
    event ScoresRevealed(
        uint256 indexed run,
        uint64 indexed epoch,
        address indexed operator,
        uint8 slot,
        bytes scores,
        bytes32 receiptsDigest,
        uint64 receiptsSize,
        bytes32 salt
    );
    /// @notice A page of a settlement: the consensus scores of the miner slots from `firstSlot` on, two bytes each.
    event MediansVerified(uint256 indexed run, uint64 indexed epoch, uint16 firstSlot, bytes medians);
    /// @notice The epoch is over, and claims are open. `totalShare` is what is earned of each of its pots, in 2^-64; the rest
    /// goes back to where the pot came from.
    event EpochSettled(uint256 indexed run, uint64 indexed epoch, uint256 totalShare);
}

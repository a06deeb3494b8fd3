// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

interface IRunCoordinatorTypes {
    /// @notice Where a run stands. Idle: no round is open (not enough members, or the next pot is not funded yet).
    /// Train: miners work, and commit as soon as they are ready. Commit: last call for commitments. Reveal: openings of the
    /// commitments. Attest: a leader proposes the included set and the next root, validators attest or refuse. Ended: the
    /// last round of the run is over.
    enum Phase {
        Idle,
        Train,
        Commit,
        Reveal,
        Attest,
        Ended
    }

    enum Role {
        Miner,
        Validator
    }

    /// @notice Where an epoch stands. Open: its rounds run. Commit, Reveal: of scores. Settled: paid or returned.
    enum EpochPhase {
        None,
        Open,
        Commit,
        Reveal,
        Settled
    }

    enum VoidReason {
        NothingRevealed,
        NothingValid,
        NoQuorum
    }

    /// @notice Everything that is fixed when a run is created.
    struct RunParams {
        bytes32 manifestDigest; // sha2-256 multihash digest of the manifest blob (UnixFS profile of contracts/README.md)
        uint64 manifestSize; // bytes
        bytes32 genesisRoot;
        uint32 trainSeconds;
        uint32 commitSeconds;
        uint32 revealSeconds;
        uint32 attestSeconds; // for each leader
        uint32 scoreCommitSeconds;
        uint32 scoreRevealSeconds;
        uint8 maxLeaders; // attempts before a round is void
        uint16 roundsPerEpoch;
        uint64 maxRounds; // 0: no end
        uint16 maxIncluded; // G
        uint16 minMiners;
        uint16 maxMiners; // <= 64
        uint16 minValidators;
        uint16 maxValidators; // <= 16
        uint128 minerStake; // wei, locked while in the run
        uint128 validatorStake; // wei, the least a validator may lock
        uint128 validatorWeightCap; // wei, what counts of a validator's stake at most
        uint128 epochPot; // wei
        uint16 minerShareBps;
        uint16 validatorShareBps; // the owner's share is what is left of 10 000
        uint32 maxBlobBytes;
    }

    struct Member {
        address operator;
        bool leaving;
        uint64 activeFrom; // first round it may take part in
        uint64 lastEpoch; // when leaving: the epoch that has to be settled first
        uint128 stake; // wei locked
        uint128 weight; // validators: min(stake, cap)
    }

    struct Round {
        uint64 id;
        uint64 epoch;
        uint64 deadline; // of the present phase, unix seconds
        uint8 attempt; // leaders tried so far, the present one included
        uint8 leader; // validator slot
        bool proposed;
        bytes32 parentRoot;
        bytes32 trainSeed;
        bytes32 testSeed;
        uint256 miners; // bitmap of miner slots active in this round
        uint256 validators; // bitmap of validator slots active in this round
        uint256 committed; // bitmaps of miner slots
        uint256 revealed;
        uint256 led; // bitmaps of validator slots
        uint256 attested;
        uint256 refused;
        uint256 included; // bitmap of miner slots, as proposed
        bytes32 nextRoot; // as proposed
        uint128 totalWeight;
        uint128 attestedWeight;
        uint128 refusedWeight;
    }

    struct Epoch {
        uint64 id;
        EpochPhase phase;
        uint64 firstRound;
        uint64 lastRound; // set when its rounds are over
        uint64 deadline; // of the present score phase, unix seconds
        uint128 pot;
        uint256 miners; // bitmap: active in at least one of its rounds
        uint256 validators; // bitmap: active in at least one of its rounds
        uint256 committed; // bitmaps of validator slots
        uint256 revealed;
    }
}

interface IRunCoordinatorErrors is IRunCoordinatorTypes {
    error RunUnknown(uint256 run);
    error RunParamInvalid(bytes32 field);
    error RunWrongPhase(uint256 run, Phase actual, Phase wanted);
    error RunWrongRound(uint256 run, uint64 actual, uint64 wanted);
    /// @notice The phase is over though nobody has advanced it yet: deadlines bind.
    error RunPastDeadline(uint256 run, uint64 deadline);
    error RunNotDue(uint256 run);
    error RunFull(uint256 run, Role role);
    error RunStakeTooLow(uint256 stake, uint256 minimum);
    error RunStakeTooHigh(uint256 stake, uint256 maximum);
    error RunAlreadyMember(uint256 run, address operator);
    error RunNotMember(uint256 run, address operator);
    error RunNotActive(uint256 run, uint64 round, address operator);
    error RunNotOperator(address caller);
    error RunAlreadyLeaving(uint256 run, address operator);
    error RunNotReleasable(uint256 run, address operator);
    error RunAlreadyCommitted(uint256 run, uint64 round, address operator);
    error RunNotCommitted(uint256 run, uint64 round, address operator);
    error RunAlreadyRevealed(uint256 run, uint64 round, address operator);
    error RunCommitmentMismatch(bytes32 committed, bytes32 revealed);
    error RunZeroCommitment();
    error RunBlobSize(uint64 size, uint64 limit);
    error RunNotLeader(uint256 run, uint64 round, address operator);
    error RunAlreadyProposed(uint256 run, uint64 round, uint8 attempt);
    error RunNotProposed(uint256 run, uint64 round, uint8 attempt);
    error RunIncludedInvalid(uint256 included, uint256 revealed, uint256 limit);
    error RunProposalMismatch(uint256 included, bytes32 nextRoot);
    error RunAlreadyVoted(uint256 run, uint64 round, uint8 attempt, address operator);
    error RunWrongAttempt(uint8 actual, uint8 wanted);
    error EpochWrongPhase(uint256 run, uint64 epoch, EpochPhase actual, EpochPhase wanted);
    error EpochUnknown(uint256 run, uint64 epoch);
    error EpochPastDeadline(uint256 run, uint64 epoch, uint64 deadline);
    error EpochNotDue(uint256 run, uint64 epoch);
    error EpochNotActive(uint256 run, uint64 epoch, address operator);
    error ScoresAlreadyCommitted(uint256 run, uint64 epoch, address operator);
    error ScoresNotCommitted(uint256 run, uint64 epoch, address operator);
    error ScoresAlreadyRevealed(uint256 run, uint64 epoch, address operator);
    error ScoresLength(uint256 length, uint256 wanted);
    error ScoresMismatch(uint256 run, uint64 epoch, uint8 slot);
    error ScoresMedianWrong(uint256 minerSlot, uint16 given);
}

interface IRunCoordinatorEvents is IRunCoordinatorTypes {
    event RunCreated(uint256 indexed run, address indexed owner, RunParams params);
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
    event MemberReleased(uint256 indexed run, address indexed operator, Role indexed role, uint8 slot);

    event EpochOpened(uint256 indexed run, uint64 indexed epoch, uint64 firstRound, uint128 pot);
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
    event Committed(
        uint256 indexed run,
        uint64 indexed round,
        address indexed operator,
        uint8 slot,
        bytes32 commitment
    );
    event RevealOpened(uint256 indexed run, uint64 indexed round, bytes32 testSeed, uint64 deadline);
    event Revealed(
        uint256 indexed run,
        uint64 indexed round,
        address indexed operator,
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
        bytes32 nextRoot
    );
    event Attested(uint256 indexed run, uint64 indexed round, address indexed operator, uint8 slot, uint8 attempt);
    event Refused(uint256 indexed run, uint64 indexed round, address indexed operator, uint8 slot, uint8 attempt);
    event RoundFinalized(uint256 indexed run, uint64 indexed round, uint256 included, bytes32 root);
    event RoundVoided(uint256 indexed run, uint64 indexed round, VoidReason reason);
    event RunIdle(uint256 indexed run);
    event RunEnded(uint256 indexed run);

    event EpochClosed(
        uint256 indexed run,
        uint64 indexed epoch,
        uint64 lastRound,
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
    /// @notice The epoch is over. `medians` are the consensus scores, two bytes per miner slot; `paid` what was credited.
    event EpochSettled(uint256 indexed run, uint64 indexed epoch, bytes medians, uint256 paid, uint256 returned);
}

/// @title Runs, rounds, epochs.
/// @notice One run trains one model. A round is one outer step: train, commit, reveal, attest. Each phase ends at its
/// deadline or as soon as everyone it waits for has acted; anyone may advance a phase that is due. The rules, the byte formats
/// and the invariants are in contracts/README.md.
/// @dev Calls about a round name it, so that a transaction that arrives late fails instead of acting on the next round.
/// The caller is an operator or its delegate (see IStakeVault); joining and leaving is for the operator's own key.
interface IRunCoordinator is IRunCoordinatorErrors, IRunCoordinatorEvents {
    // ---- Runs and members

    function createRun(RunParams calldata params) external returns (uint256 run);
    function joinAsMiner(uint256 run) external returns (uint8 slot);
    /// @param stake What the validator locks; it votes with at most the run's cap.
    function joinAsValidator(uint256 run, uint128 stake) external returns (uint8 slot);
    /// @notice The caller takes no part in rounds that open from now on.
    function leave(uint256 run, Role role) external;
    /// @notice Gives a leaving member its stake back and frees its slot, once all its epochs are settled. Anyone may call it.
    function release(uint256 run, Role role, uint8 slot) external;

    // ---- Rounds

    /// @notice Does what is due: opens the first or next round, closes a phase whose deadline has passed, or draws the next
    /// leader. One step a call. Reverts with `RunNotDue` when there is nothing to do.
    function advance(uint256 run) external;
    function commit(uint256 run, uint64 round, bytes32 commitment) external;
    function reveal(
        uint256 run,
        uint64 round,
        bytes32 contributionRoot,
        bytes32 digest,
        uint64 size,
        bytes32 salt
    ) external;
    /// @notice The leader's proposal; it counts as its attestation. An empty set must keep the parent root, and voids the round.
    function propose(uint256 run, uint64 round, uint8 attempt, uint256 included, bytes32 nextRoot) external;
    function attest(uint256 run, uint64 round, uint8 attempt, uint256 included, bytes32 nextRoot) external;
    function refuse(uint256 run, uint64 round, uint8 attempt) external;

    // ---- Epochs

    function commitScores(uint256 run, uint64 epoch, bytes32 commitment) external;
    /// @param scores Two bytes, big-endian, for each of the run's `maxMiners` slots.
    function revealScores(
        uint256 run,
        uint64 epoch,
        bytes calldata scores,
        bytes32 receiptsDigest,
        uint64 receiptsSize,
        bytes32 salt
    ) external;
    /// @notice Closes a score phase whose deadline has passed. Reverts with `EpochNotDue` when there is nothing to do.
    function advanceEpoch(uint256 run, uint64 epoch) external;
    /// @notice Pays an epoch whose scores are revealed. Anyone may call it.
    /// @param vectors The revealed scores, in ascending order of validator slot, for exactly the slots that revealed.
    /// @param medians The stake-weighted median per miner slot, two bytes each; verified, not trusted.
    function settle(uint256 run, uint64 epoch, bytes[] calldata vectors, bytes calldata medians) external;

    // ---- Views

    function runCount() external view returns (uint256);
    function ownerOf(uint256 run) external view returns (address);
    function paramsOf(uint256 run) external view returns (RunParams memory);
    function phaseOf(uint256 run) external view returns (Phase);
    /// @notice The root of the last final round, or the genesis root.
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
    /// @notice The commitment of a miner slot in a round of the ring or, once revealed, its contribution root.
    function commitmentOf(uint256 run, uint64 round, uint8 slot) external view returns (bytes32);
    /// @notice Whether `advance` would do something now.
    function isDue(uint256 run) external view returns (bool);
}

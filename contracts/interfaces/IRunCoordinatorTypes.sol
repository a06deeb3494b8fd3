// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

interface IRunCoordinatorTypes {
    /// @notice Where a run stands. Idle: no round is open (not enough members, or the next pot is not there yet).
    /// Train: miners work, and commit as soon as they are ready. Commit: last call for commitments. Reveal: openings of the
    /// commitments. Attest: a leader proposes the included set and the next root, validators attest or refuse. Ended: the
    /// last round of the run is over, or its owner has closed it.
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

    /// @notice Where an epoch stands. Open: its rounds run. Commit, Reveal: of scores. Settled: who earned what is known.
    enum EpochPhase {
        None,
        Open,
        Commit,
        Reveal,
        Settled
    }

    /// @notice Why a round left the root as it was. WorseModel: most of the weight that attested measured a worse model.
    /// RolledBack: a round that it was built on was refuted while it was open.
    enum VoidReason {
        NothingRevealed,
        NothingValid,
        NoQuorum,
        WorseModel,
        RolledBack
    }

    /// @notice What a chunk of the state is, and what a round makes of it: sections 3 to 5 of contracts/README.md. From the
    /// manifest; on chain, so that a court can compute a chunk again.
    struct ChunkRules {
        uint16 k; // entries sent of a full chunk
        uint16 chunkSize; // C, entries
        uint32 chunkCount; // of the whole state
        uint16 clipQ8; // times the median, for magnitudes
        uint32 rateQ16; // outer rate, <= 2.0
        uint32 maxInnerSteps; // H, of a contribution's header
        uint32 batch; // samples of an inner step
    }

    /// @notice What a final round rests on. Its hash is kept for ever, so that a fault can be shown however many rounds have passed.
    struct FinalRound {
        uint48 epoch;
        uint48 finalizedAt; // unix seconds
        uint16 finalBefore; // rounds of its epoch that moved the root before it, and stood when it became final
        uint64 attesters; // bitmap of validator slots
        uint256 included; // bitmap of miner slots
        bytes32 parentRoot;
        bytes32 root;
        bytes32 seals; // keccak256 of the included contributions' seals, a word each, in ascending order of slot: SealLib
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
        uint16 maxIncluded; // G, <= 64
        uint16 minMiners;
        uint16 maxMiners; // <= 256
        uint16 minValidators;
        uint16 maxValidators; // <= 64
        uint16 protectionEpochs; // after it first joined, for which a miner cannot be replaced
        uint128 minerStake; // wei, locked while in the run
        uint128 validatorStake; // wei, the least a validator may lock
        uint96 validatorWeightCap; // wei, what counts of a validator's stake at most
        address rewardToken; // whose pot has to be there before an epoch opens: the escrow's native token, or a sponsor's
        uint128 minPot; // wei of that token, the least that an epoch opens with
        uint128 epochPot; // wei of the native token, taken of the run's grant for each epoch as far as it is there
        uint16 minerShareBps;
        uint16 validatorShareBps; // the owner's share is what is left of 10 000
        uint32 maxBlobBytes;
        ChunkRules chunks;
    }

    /// @notice Who is punished, and for whom.
    struct Fault {
        Role role;
        uint8 slot;
        uint64 epoch; // in which it was done
        address operator; // who sat in the slot then; verified
        address reporter; // who gets the bounty
        uint16 bountyBps; // of what is taken, in 1/10 000; the stake vault's cap if that is less
    }

    struct Member {
        address operator;
        address key; // that acts for it in this run: see syncKey
        bool leaving;
        uint64 activeFrom; // first round it may take part in
        uint64 lastEpoch; // when leaving: the epoch that has to be settled first
        uint64 protectedUntil; // miners: the first epoch in which it may be replaced
        uint128 stake; // wei locked
        uint128 weight; // validators: min(stake, cap)
        address heir; // the miner that gets the slot once its member has left; 0: none
    }

    /// @notice What opens a miner's commitment.
    struct Opening {
        bytes32 contributionRoot;
        bytes32 digest; // of the blob's root block
        uint64 size; // bytes
        bytes32 salt;
    }

    /// @notice What opens a validator's commitment to its scores, besides the scores.
    struct ScoreOpening {
        bytes32 receiptsDigest;
        uint64 receiptsSize; // bytes
        bytes32 salt;
    }

    struct Round {
        uint64 id;
        uint64 epoch;
        uint64 deadline; // of the present phase, unix seconds; 0 for a round that is over
        uint8 attempt; // leaders tried so far, the present one included; 0 for a round that is over
        uint8 leader; // validator slot
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
        bytes32 proposal; // what attest and refuse name; 0 before there is one
        uint128 totalWeight;
        uint128 attestedWeight;
        uint128 refusedWeight;
        uint128 worseWeight; // of those that attested and measured a worse model
    }

    struct Epoch {
        uint64 id;
        EpochPhase phase;
        uint64 firstRound;
        uint64 lastRound; // set when its rounds are over
        uint64 deadline; // of the present score phase, unix seconds
        uint16 finalRounds; // rounds that moved the root
        uint16 settledSlots; // miner slots that pages of its settlement have dealt with
        uint256 miners; // bitmap: active in at least one of its rounds
        uint256 minersThroughout; // in each of them
        uint256 validators; // bitmaps of validator slots, likewise
        uint256 validatorsThroughout;
        uint256 committed;
        uint256 revealed;
    }
}

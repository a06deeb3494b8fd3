// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IRunCoordinatorTypes} from "../interfaces/IRunCoordinatorTypes.sol";
import {Spans} from "../libraries/SpanLib.sol";

/// @dev Sets of slots are bitmaps of one word; these limits also bound every loop over members.
uint256 constant MINER_LIMIT = 256;
uint256 constant VALIDATOR_LIMIT = 64;
/// @dev Contributions that a round's update may be made of: what AggregateLib takes, so that a wrong root can be shown.
uint256 constant INCLUDED_LIMIT = 64;

/// @dev Rounds and epochs live in rings and overwrite their slots: a fresh slot costs 22 100 gas, an overwritten one 5 000.
/// A round in the ring is history that contracts may read; an epoch in the ring may still wait for its settlement.
uint64 constant ROUND_RING = 32;
uint64 constant EPOCH_RING = 8;

/// @dev Of the settled epochs, the last so many say how useful a miner is.
uint64 constant USEFULNESS_EPOCHS = 4;

uint256 constant BPS = 10_000;
/// @dev `Seat.lastRound` of a member that stays.
uint48 constant STAYS = type(uint48).max;

/// @dev What every action reads: one word.
struct Head {
    IRunCoordinatorTypes.Phase phase;
    uint8 attempt; // leaders tried in the open round
    uint8 leader; // validator slot
    uint32 maxBlobBytes; // of the parameters
    uint48 round; // number of the last round that opened
    uint48 epoch; // number of the last epoch that opened
    uint48 deadline; // of the present phase, unix seconds
}

/// @dev A member's place. The first word is all that an action of a miner reads.
struct Seat {
    address key; // the account that acts for the operator
    uint48 activeFrom; // first and last round it takes part in
    uint48 lastRound;
    address operator;
    uint96 weight; // wei; 0 for miners
    uint128 stake; // wei
    uint48 lastEpoch; // when leaving: the epoch that has to be settled first
    uint48 protectedUntil; // epoch
    uint32 firstEpoch; // in which it could be active
}

/// @dev The members of one role of a run. Written by MemberLib and PunishLib, but for `Seat.key` (ActorLib).
struct Seats {
    uint256 taken; // bitmap of the slots in use
    uint256 staying; // bitmap of those whose member is not leaving: the next round's participants
    uint96 weight; // wei, of the staying members together
    mapping(uint8 slot => Seat) at;
    mapping(uint8 slot => address operator) heirs;
    mapping(address operator => uint256 slotPlusOne) slots; // of members and heirs; 0: none
    mapping(address operator => Checkpoints.Trace208 membershipByEpoch) history; // MembershipLib
    mapping(address operator => mapping(uint208 membership => bool)) punished;
    mapping(address operator => uint48 epoch) protection; // until when, of its first membership: a second one does not renew it
}

/// @dev Of the weights: at most 2^96 wei together, see MemberLib.
struct RoundData {
    uint48 id;
    uint48 epoch;
    uint64 validators; // bitmaps of validator slots: active, and those that have led
    uint64 led;
    bytes32 parentRoot;
    bytes32 trainSeed;
    bytes32 testSeed;
    uint256 miners; // bitmap of the active miner slots
    // The rest is of the present attempt.
    uint256 included; // bitmap of miner slots
    bytes32 nextRoot;
    bytes32 seals; // keccak256 of those of the included: see FinalRound. Stale where nothing is proposed
    bytes32 proposal; // 0: none yet
    uint64 voted; // bitmap: attested or refused
    uint96 attestedWeight;
    uint96 worseWeight;
    uint64 refused; // bitmap
    uint96 refusedWeight;
    uint96 totalWeight; // of the round
}

struct EpochData {
    uint48 id;
    IRunCoordinatorTypes.EpochPhase phase;
    uint48 firstRound;
    uint48 lastRound;
    uint48 deadline;
    uint16 finalRounds;
    uint16 settledSlots;
    uint16 slots; // the run's `maxMiners`, in the word that revealing scores reads anyway
    uint64 validators; // bitmaps of validator slots: active in one round, in all of them
    uint64 validatorsThroughout;
    uint256 miners; // bitmaps of miner slots, likewise
    uint256 minersThroughout;
}

/// @dev What a settled epoch left for ever: see PayoutLib and ShareLib. Eight ranks or parts of 32 bits a word, the first in the
/// lowest bits; miners from word 0 on, validators from VALIDATOR_WORD on.
struct Ranks {
    uint48 minerSum;
    uint16 finalRounds;
    bool validatorsEarn;
    mapping(uint256 index => uint256 word) words;
}
uint256 constant VALIDATOR_WORD = MINER_LIMIT / 8;

/// @dev All that is stored of one run. `seats` is written by MemberLib and PunishLib, rounds by RoundLib and AttestLib, `seals` by CommitLib,
/// epochs by EpochLib and SettlementLib, `head` by RoundLib, `root`, `finals` and
/// `undone` by LineageLib, the
/// rest by RunParamsLib once, at creation.
struct RunData {
    Head head;
    address owner;
    uint64 source; // sponsorship that its epochs need; 0: the grant
    uint64 replacedIn; // epoch in which `replaced` miners were replaced
    uint16 replaced;
    uint128 deposit; // wei
    bytes32 root; // of the last final round that is not undone, or genesis
    bytes32 mix; // running hash of what miners revealed
    IRunCoordinatorTypes.RunParams params;
    mapping(IRunCoordinatorTypes.Role role => Seats) seats;
    mapping(uint256 ringIndex => RoundData) rounds;
    mapping(uint256 ringIndex => mapping(uint8 slot => uint256 seal)) seals; // of contributions, by miner slot: SealLib
    mapping(uint256 ringIndex => EpochData) epochs;
    mapping(uint256 ringIndex => mapping(uint8 slot => uint256 seal)) scores; // by validator slot: SealLib
    mapping(uint256 ringIndex => mapping(uint256 position => uint256 sums)) tallies; // of a settlement in pages: SettlementLib
    mapping(uint64 epoch => Ranks) ranks;
    mapping(uint64 round => bytes32 hash) finals; // keccak256 of FinalRound
    Spans undone;
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IRunCoordinatorTypes} from "../interfaces/IRunCoordinator.sol";

/// @dev Sets of slots are bitmaps of one word; these limits also bound every loop over members.
uint256 constant MINER_LIMIT = 64;
uint256 constant VALIDATOR_LIMIT = 16;

/// @dev Rounds and epochs live in rings and overwrite their slots: a fresh slot costs 22 100 gas, an overwritten one 5 000.
/// A round in the ring is history that contracts may read; an epoch in the ring may still wait for its settlement.
uint64 constant ROUND_RING = 32;
uint64 constant EPOCH_RING = 8;

uint256 constant BPS = 10_000;

/// @dev The members of one role of a run. Written by MemberLib only.
struct Seats {
    uint256 taken; // bitmap of the slots in use
    uint256 staying; // bitmap of those whose member is not leaving: the next round's participants
    uint128 weight; // wei, of the staying members together
    mapping(uint8 slot => IRunCoordinatorTypes.Member) members;
    mapping(address operator => uint256 slotPlusOne) slots; // 0: none
}

/// @dev All that is stored of one run. `seats` is written by MemberLib, `rounds`, `commitments`, `phase`, `round`, `root` and `mix`
/// by RoundLib and AttestLib, `epochs`, `scores` and `epoch` by EpochLib, the rest once, at creation.
struct RunData {
    address owner;
    IRunCoordinatorTypes.Phase phase;
    uint64 round; // number of the last round that opened
    uint64 epoch; // number of the last epoch that opened
    bytes32 root; // of the last final round, or genesis
    bytes32 mix; // running hash of the salts that miners revealed
    IRunCoordinatorTypes.RunParams params;
    mapping(IRunCoordinatorTypes.Role role => Seats) seats;
    mapping(uint64 ringIndex => IRunCoordinatorTypes.Round) rounds;
    mapping(uint64 ringIndex => mapping(uint8 slot => bytes32)) commitments; // once revealed: contribution roots
    mapping(uint64 ringIndex => IRunCoordinatorTypes.Epoch) epochs;
    mapping(uint64 ringIndex => mapping(uint8 slot => bytes32)) scores; // commitments; once revealed: keccak256 of the vector
}

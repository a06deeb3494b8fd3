// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IRewardEscrow} from "../../../contracts/interfaces/IRewardEscrow.sol";
import {IRunCoordinatorTypes} from "../../../contracts/interfaces/IRunCoordinatorTypes.sol";
import {MembershipLib} from "../../../contracts/libraries/MembershipLib.sol";
import {RankLib} from "../../../contracts/libraries/RankLib.sol";
import {SealLib} from "../../../contracts/libraries/SealLib.sol";
import {SettlementLib} from "../../../contracts/libraries/SettlementLib.sol";
import {ShareLib} from "../../../contracts/libraries/ShareLib.sol";
import {EpochData, Ranks, RunData, STAYS, Seat, VALIDATOR_WORD} from "../../../contracts/types/RunData.sol";
import {PayoutReference} from "./PayoutReference.sol";

/// @notice Remembers what part of an epoch it was told is earned.
contract SettledShares {
    uint256 public calls;
    uint256 public totalShare;

    function settleEpoch(uint256, uint256, uint256 share) external {
        calls++;
        totalShare = share;
    }
}

/// @title SettlementLib and ShareLib over a stored run that is made up: its first epoch waits for its settlement.
/// @notice Miner j is the account 0x1000 + j, the validator in slot s is 0x2000 + s, the owner is 0x3000. Who was active in a part of
/// the epoch came late, left early, or both.
contract StoredRun is IRunCoordinatorTypes {
    using Checkpoints for Checkpoints.Trace208;
    using RankLib for Ranks;
    using SettlementLib for RunData;
    using ShareLib for RunData;

    uint256 public constant ID = 7;
    uint48 private constant EPOCH = 1;
    uint48 private constant FIRST_ROUND = 11;
    address public constant OWNER = address(0x3000);

    SettledShares public immutable ESCROW = new SettledShares();
    RunData private _run;

    /// @param slots Of the validators that revealed, ascending.
    /// @param silent Weight of one more validator that did not; 0: there is none.
    constructor(PayoutReference.Case memory c, uint256[] memory slots, uint96 silent) {
        _run.owner = OWNER;
        _run.head.epoch = EPOCH;
        _run.params.maxMiners = uint16(c.minerRounds.length);
        _run.params.maxValidators = 64;
        _run.params.roundsPerEpoch = uint16(c.roundsPerEpoch);
        _run.params.minerShareBps = uint16(c.minerBps);
        _run.params.validatorShareBps = uint16(c.validatorBps);
        EpochData storage epoch = _run.epochs[EPOCH];
        (epoch.id, epoch.phase) = (EPOCH, EpochPhase.Reveal);
        (epoch.firstRound, epoch.lastRound) = (FIRST_ROUND, FIRST_ROUND + uint48(c.rounds) - 1);
        (epoch.finalRounds, epoch.slots) = (uint16(c.finalRounds), uint16(c.minerRounds.length));
        for (uint256 j = 0; j < c.minerRounds.length; j++) _seatMiner(epoch, j, c.minerRounds[j], c.rounds);
        for (uint256 i = 0; i < slots.length; i++) {
            _seatValidator(epoch, slots[i], c.weights[i], c.validatorRounds[i], c.rounds);
            bytes32 hash = keccak256(PayoutReference.pack(c.scores[i]));
            _run.scores[EPOCH][uint8(slots[i])] = SealLib.opened(SealLib.sealed_(0, EPOCH, slots[i]), hash);
            // What an earlier epoch in this place of the ring left.
            _run.tallies[EPOCH][i] = uint256(hash);
        }
        if (silent == 0) return;
        uint256 free = 0;
        while ((epoch.validators >> free) & 1 == 1) free++;
        _seatValidator(epoch, free, silent, c.rounds, c.rounds);
    }

    function _seatMiner(EpochData storage epoch, uint256 slot, uint256 active, uint256 rounds) private {
        if (active == 0) return;
        epoch.miners |= 1 << slot;
        if (active == rounds) epoch.minersThroughout |= 1 << slot;
        _seat(Role.Miner, slot, address(uint160(0x1000 + slot)), active, rounds);
    }

    function _seatValidator(
        EpochData storage epoch,
        uint256 slot,
        uint256 weight,
        uint256 active,
        uint256 rounds
    ) private {
        epoch.validators |= uint64(1 << slot);
        if (active == rounds) epoch.validatorsThroughout |= uint64(1 << slot);
        _seat(Role.Validator, slot, address(uint160(0x2000 + slot)), active, rounds);
        _run.seats[Role.Validator].at[uint8(slot)].weight = uint96(weight);
    }

    function _seat(Role role, uint256 slot, address operator, uint256 active, uint256 rounds) private {
        Seat storage seat = _run.seats[role].at[uint8(slot)];
        uint256 missed = rounds - active;
        // By the slot: all of the missed rounds at the beginning, at the end, or some at either.
        uint256 early =
            slot % 3 == 0
                ? missed
                : slot % 3 == 1
                    ? 0
                    : missed / 2;
        seat.operator = operator;
        seat.activeFrom = early == 0 ? 3 : FIRST_ROUND + uint48(early);
        seat.lastRound = missed == early ? STAYS : FIRST_ROUND + uint48(early + active) - 1;
        _run.seats[role].history[operator].push(EPOCH, MembershipLib.pack(uint8(slot), 1e18, EPOCH));
    }

    function settle(bytes[] calldata vectors, bytes calldata medians) external {
        _run.settle(ID, EPOCH, vectors, medians, IRewardEscrow(address(ESCROW)));
    }

    // ---- What is there

    function phase() external view returns (EpochPhase) {
        return _run.epochs[EPOCH].phase;
    }

    function settledSlots() external view returns (uint256) {
        return _run.epochs[EPOCH].settledSlots;
    }

    function ranks() external view returns (uint256[] memory) {
        return _run.ranks[EPOCH].read(_run.params.maxMiners);
    }

    function partOf(uint256 slot) external view returns (uint256) {
        return _run.ranks[EPOCH].get(VALIDATOR_WORD * RankLib.PER_WORD + slot);
    }

    function minerShare(uint256 slot) external view returns (uint256) {
        return _run.shareOf(EPOCH, address(uint160(0x1000 + slot)), false);
    }

    function validatorShare(uint256 slot) external view returns (uint256) {
        return _run.shareOf(EPOCH, address(uint160(0x2000 + slot)), false);
    }

    function ownerShare() external view returns (uint256) {
        return _run.shareOf(EPOCH, OWNER, true);
    }
}

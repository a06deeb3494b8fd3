// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {CoordinatorBase} from "./CoordinatorBase.sol";

/// @title What a run should do, said a second time: who sits where, which call is refused and why, which phase follows.
/// @notice Written from contracts/README.md, not from the contracts. It remembers members and settlements itself; of the open
/// round and of epochs it reads what the coordinator shows, so it foresees each step from the state before it.
abstract contract CoordinatorModel is CoordinatorBase {
    uint64 internal constant MAX_ROUNDS = 10;
    uint64 internal constant EPOCHS_IN_RING = 8;
    /// @dev One more of either than the run has slots.
    uint256 internal constant MINERS = 5;
    uint256 internal constant VALIDATORS = 4;

    struct Seat {
        bool taken;
        uint8 slot;
        uint128 stake;
        bool leaving;
        uint64 activeFrom;
        uint64 lastEpoch;
    }

    mapping(Role role => mapping(address operator => Seat)) internal seats;
    mapping(uint64 epoch => bool) internal settled;
    /// @dev What a validator committed to.
    mapping(uint64 epoch => mapping(address operator => bytes)) internal vectors;
    uint128 internal stakeInSeats;

    function _params() internal pure override returns (RunParams memory p) {
        p = super._params();
        p.maxRounds = MAX_ROUNDS;
    }

    // ---- Members

    function _operator(Role role, uint256 i) internal returns (address) {
        return role == Role.Miner ? _miner(i) : _validator(i);
    }

    function _size(Role role) internal pure returns (uint256) {
        return role == Role.Miner ? MINERS : VALIDATORS;
    }

    function _slots(Role role) internal pure returns (uint8) {
        return role == Role.Miner ? 4 : 3;
    }

    /// @return The operator that sits in a slot, or zero.
    function _at(Role role, uint8 slot) internal returns (address) {
        for (uint256 i = 0; i < _size(role); i++) {
            Seat memory seat = seats[role][_operator(role, i)];
            if (seat.taken && seat.slot == slot) return _operator(role, i);
        }
        return address(0);
    }

    function _staying(Role role) internal returns (uint256 set, uint256 count) {
        for (uint256 i = 0; i < _size(role); i++) {
            Seat memory seat = seats[role][_operator(role, i)];
            if (!seat.taken || seat.leaving) continue;
            set |= 1 << seat.slot;
            count++;
        }
    }

    function _refusalOfJoin(Role role, address operator) internal returns (bytes memory) {
        if (coordinator.phaseOf(run) == Phase.Ended) {
            return abi.encodeWithSelector(RunWrongPhase.selector, run, Phase.Ended, Phase.Idle);
        }
        if (seats[role][operator].taken) return abi.encodeWithSelector(RunAlreadyMember.selector, run, operator);
        for (uint8 slot = 0; slot < _slots(role); slot++) if (_at(role, slot) == address(0)) return "";
        return abi.encodeWithSelector(RunFull.selector, run, role);
    }

    function _refusalOfLeave(Role role, address operator) internal view returns (bytes memory) {
        Seat memory seat = seats[role][operator];
        if (!seat.taken) return abi.encodeWithSelector(RunNotMember.selector, run, operator);
        if (seat.leaving) return abi.encodeWithSelector(RunAlreadyLeaving.selector, run, operator);
        return "";
    }

    function _refusalOfRelease(Role role, uint8 slot) internal returns (bytes memory) {
        address operator = _at(role, slot);
        if (operator == address(0)) return abi.encodeWithSelector(RunNotMember.selector, run, address(0));
        Seat memory seat = seats[role][operator];
        bool free = seat.leaving;
        for (uint64 epoch = 1; epoch <= seat.lastEpoch; epoch++) free = free && settled[epoch];
        return free ? bytes("") : abi.encodeWithSelector(RunNotReleasable.selector, run, operator);
    }

    // ---- Rounds

    /// @dev What refuses an action in the open round before it is asked what the action is.
    function _refusalOfMoment(Phase wanted) internal view returns (bytes memory) {
        Phase phase = coordinator.phaseOf(run);
        bool fits = phase == wanted || (wanted == Phase.Commit && phase == Phase.Train);
        if (!fits) return abi.encodeWithSelector(RunWrongPhase.selector, run, phase, wanted);
        uint64 deadline = _state().deadline;
        if (block.timestamp > deadline) return abi.encodeWithSelector(RunPastDeadline.selector, run, deadline);
        return "";
    }

    function _refusalOfSeat(Role role, address operator) internal view returns (bytes memory) {
        Seat memory seat = seats[role][operator];
        if (!seat.taken) return abi.encodeWithSelector(RunNotMember.selector, run, operator);
        if (seat.activeFrom > _round()) {
            return abi.encodeWithSelector(RunNotActive.selector, run, _round(), operator);
        }
        // Whoever sits and was active in this round stays in it; whoever left before it opened is not.
        Round memory round = _state();
        uint256 active = role == Role.Miner ? round.miners : round.validators;
        if (_has(active, seat.slot)) return "";
        return abi.encodeWithSelector(RunNotActive.selector, run, _round(), operator);
    }

    function _refusalOfCommit(address operator) internal view returns (bytes memory refusal) {
        refusal = _refusalOfMoment(Phase.Commit);
        if (refusal.length != 0) return refusal;
        refusal = _refusalOfSeat(Role.Miner, operator);
        if (refusal.length != 0) return refusal;
        if (!_has(_state().committed, seats[Role.Miner][operator].slot)) return "";
        return abi.encodeWithSelector(RunAlreadyCommitted.selector, run, _round(), operator);
    }

    function _refusalOfReveal(address operator) internal view returns (bytes memory refusal) {
        refusal = _refusalOfMoment(Phase.Reveal);
        if (refusal.length != 0) return refusal;
        refusal = _refusalOfSeat(Role.Miner, operator);
        if (refusal.length != 0) return refusal;
        uint8 slot = seats[Role.Miner][operator].slot;
        if (!_has(_state().committed, slot)) {
            return abi.encodeWithSelector(RunNotCommitted.selector, run, _round(), operator);
        }
        if (!_has(_state().revealed, slot)) return "";
        return abi.encodeWithSelector(RunAlreadyRevealed.selector, run, _round(), operator);
    }

    function _refusalOfPropose(
        address operator,
        uint256 set,
        bytes32 root
    ) internal view returns (bytes memory refusal) {
        refusal = _refusalOfMoment(Phase.Attest);
        if (refusal.length != 0) return refusal;
        refusal = _refusalOfSeat(Role.Validator, operator);
        if (refusal.length != 0) return refusal;
        Round memory round = _state();
        if (seats[Role.Validator][operator].slot != round.leader) {
            return abi.encodeWithSelector(RunNotLeader.selector, run, round.id, operator);
        }
        if (round.proposed) return abi.encodeWithSelector(RunAlreadyProposed.selector, run, round.id, round.attempt);
        // Three of four miner slots at most.
        if (set | round.revealed != round.revealed || set == 15) {
            return abi.encodeWithSelector(RunIncludedInvalid.selector, set, round.revealed, 3);
        }
        bool moves = root != round.parentRoot && root != 0;
        if (set != 0 ? moves : root == round.parentRoot) return "";
        return abi.encodeWithSelector(RunProposalMismatch.selector, set, root);
    }

    function _refusalOfVote(address operator) internal view returns (bytes memory refusal) {
        refusal = _refusalOfMoment(Phase.Attest);
        if (refusal.length != 0) return refusal;
        refusal = _refusalOfSeat(Role.Validator, operator);
        if (refusal.length != 0) return refusal;
        Round memory round = _state();
        if (!round.proposed) return abi.encodeWithSelector(RunNotProposed.selector, run, round.id, round.attempt);
        if (!_has(round.attested | round.refused, seats[Role.Validator][operator].slot)) return "";
        return abi.encodeWithSelector(RunAlreadyVoted.selector, run, round.id, round.attempt, operator);
    }

    function _isDue() internal returns (bool) {
        Phase phase = coordinator.phaseOf(run);
        if (phase == Phase.Ended) return false;
        if (phase == Phase.Idle) return _isStaffed() && _canOpenEpoch();
        return block.timestamp > _state().deadline;
    }

    function _isStaffed() internal returns (bool) {
        (, uint256 miners) = _staying(Role.Miner);
        (, uint256 validators) = _staying(Role.Validator);
        return miners >= 2 && validators >= 2;
    }

    function _canOpenEpoch() internal view returns (bool) {
        uint64 next = coordinator.currentEpochOf(run) + 1;
        bool room = next <= EPOCHS_IN_RING || settled[next - EPOCHS_IN_RING];
        return room && rewards.fundsOf(address(coordinator), run) >= POT;
    }

    /// @return The phase that follows when the open round is over.
    function _phaseAfterRound() internal returns (Phase) {
        uint64 round = _round();
        if (round == MAX_ROUNDS) return Phase.Ended;
        if (!_isStaffed()) return Phase.Idle;
        bool lastOfEpoch = round == coordinator.epochOf(run, coordinator.currentEpochOf(run)).firstRound + 1;
        return lastOfEpoch && !_canOpenEpoch() ? Phase.Idle : Phase.Train;
    }

    function _phaseAfterAdvance() internal returns (Phase) {
        Phase phase = coordinator.phaseOf(run);
        Round memory round;
        if (phase != Phase.Idle) round = _state();
        if (phase == Phase.Idle) return Phase.Train;
        if (phase == Phase.Train) return Phase.Commit;
        if (phase == Phase.Commit && round.committed != 0) return Phase.Reveal;
        if (phase == Phase.Reveal && round.revealed != 0) return Phase.Attest;
        if (phase == Phase.Attest && _hasLeaders(round)) return Phase.Attest;
        return _phaseAfterRound();
    }

    function _hasLeaders(Round memory round) internal pure returns (bool) {
        return round.attempt < 2 && round.led != round.validators;
    }

    function _weightOf(address operator) internal view returns (uint256) {
        uint128 stake = seats[Role.Validator][operator].stake;
        return stake < 3 * STAKE ? stake : 3 * STAKE;
    }

    // ---- Epochs

    function _refusalOfScores(address operator, uint64 epoch, EpochPhase wanted) internal view returns (bytes memory) {
        uint64 last = coordinator.currentEpochOf(run);
        if (epoch == 0 || epoch > last || epoch + EPOCHS_IN_RING <= last) {
            return abi.encodeWithSelector(EpochUnknown.selector, run, epoch);
        }
        Epoch memory e = coordinator.epochOf(run, epoch);
        if (e.phase != wanted) return abi.encodeWithSelector(EpochWrongPhase.selector, run, epoch, e.phase, wanted);
        if (block.timestamp > e.deadline) {
            return abi.encodeWithSelector(EpochPastDeadline.selector, run, epoch, e.deadline);
        }
        Seat memory seat = seats[Role.Validator][operator];
        if (!seat.taken) return abi.encodeWithSelector(RunNotMember.selector, run, operator);
        bool active = _has(e.validators, seat.slot) && seat.activeFrom <= e.lastRound;
        if (!active) return abi.encodeWithSelector(EpochNotActive.selector, run, epoch, operator);
        bool committed = _has(e.committed, seat.slot);
        if (wanted == EpochPhase.Commit) {
            if (!committed) return "";
            return abi.encodeWithSelector(ScoresAlreadyCommitted.selector, run, epoch, operator);
        }
        if (!committed) return abi.encodeWithSelector(ScoresNotCommitted.selector, run, epoch, operator);
        if (!_has(e.revealed, seat.slot)) return "";
        return abi.encodeWithSelector(ScoresAlreadyRevealed.selector, run, epoch, operator);
    }

    function _refusalOfSettle(Epoch memory e) internal view returns (bytes memory) {
        if (e.phase != EpochPhase.Reveal) {
            return abi.encodeWithSelector(EpochWrongPhase.selector, run, e.id, e.phase, EpochPhase.Reveal);
        }
        if (e.committed == e.revealed || block.timestamp > e.deadline) return "";
        return abi.encodeWithSelector(EpochNotDue.selector, run, e.id);
    }

    /// @return list The revealed vectors of an epoch. @return medians By trying all scores, from the definition.
    function _settlementOf(Epoch memory e) internal returns (bytes[] memory list, bytes memory medians) {
        list = new bytes[](_count(e.revealed));
        uint256[] memory weights = new uint256[](list.length);
        uint256 n = 0;
        for (uint8 slot = 0; slot < 3; slot++) {
            if (!_has(e.revealed, slot)) continue;
            weights[n] = _weightOf(_at(Role.Validator, slot));
            list[n++] = vectors[e.id][_at(Role.Validator, slot)];
        }
        for (uint8 j = 0; j < 4; j++) {
            uint16 median = _has(e.miners, j) ? _median(list, weights, j) : 0;
            medians = bytes.concat(medians, bytes2(median));
        }
    }

    function _median(bytes[] memory list, uint256[] memory weights, uint8 j) private pure returns (uint16 best) {
        if (list.length == 0) return 0;
        best = type(uint16).max;
        for (uint256 v = 0; v < list.length; v++) {
            uint256 upTo = 0;
            uint256 all = 0;
            for (uint256 i = 0; i < list.length; i++) {
                all += weights[i];
                if (_score(list[i], j) <= _score(list[v], j)) upTo += weights[i];
            }
            if (2 * upTo >= all && _score(list[v], j) < best) best = _score(list[v], j);
        }
    }

    function _score(bytes memory vector, uint8 j) private pure returns (uint16) {
        return uint16(uint8(vector[2 * j])) * 256 + uint8(vector[2 * j + 1]);
    }

    // ---- Sets

    function _has(uint256 set, uint8 slot) internal pure returns (bool) {
        return (set >> slot) & 1 == 1;
    }

    function _count(uint256 set) internal pure returns (uint256 n) {
        for (uint8 slot = 0; slot < 64; slot++) if (_has(set, slot)) n++;
    }
}

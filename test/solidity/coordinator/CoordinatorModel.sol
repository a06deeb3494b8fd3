// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {CoordinatorBase} from "./CoordinatorBase.sol";
import {IStakeVaultErrors} from "../../../contracts/interfaces/IStakeVault.sol";

/// @title What a run should do, said a second time: who sits where, which call is refused and why, which phase follows.
/// @notice Written from contracts/README.md, not from the contracts. It remembers members, who acted, votes and money itself; of
/// the open round it reads only deadline, attempt, leader, proposal and roots. What epochs come to is in SettlementModel.
abstract contract CoordinatorModel is CoordinatorBase, IStakeVaultErrors {
    uint64 internal constant MAX_ROUNDS = 22;
    uint64 internal constant ROUNDS_AN_EPOCH = 2;
    uint64 internal constant EPOCHS_IN_RING = 8;
    uint64 internal constant PROTECTION = 1; // epochs
    uint128 internal constant MIN_POT = POT / 2;
    uint128 internal constant CAP = 3 * STAKE;
    /// @dev Two pages of a settlement, and two miners replaced in an epoch.
    uint8 internal constant MINER_SLOTS = 10;
    uint8 internal constant VALIDATOR_SLOTS = 3;
    uint256 internal constant MINERS = 12;
    uint256 internal constant VALIDATORS = 4;
    uint64 internal constant STAYS = type(uint64).max;

    /// @dev What an operator has in a role.
    struct Place {
        bool taken; // sits in the slot
        bool heir; // or waits for it
        uint8 slot;
        uint128 stake; // what is left of it
        uint128 weight; // of a validator, as it sat down
        uint64 activeFrom;
        uint64 lastRound;
        uint64 lastEpoch; // when leaving
        uint64 firstEpoch;
        uint64 protectedUntil;
    }

    /// @dev For ever, so that it can be punished.
    struct Membership {
        uint8 slot;
        uint128 stake;
        uint64 from; // first epoch
        uint64 end; // the first one in which it is nobody's any more; 0: it sits
        bool punished;
    }

    /// @dev Wei of weight.
    struct Votes {
        uint256 attested;
        uint256 refused;
        uint256 worse;
    }

    address[] internal minerKeys;
    address[] internal validatorKeys;
    mapping(Role role => mapping(address operator => Place)) internal places;
    mapping(Role role => mapping(uint8 slot => address operator)) internal sitting;
    mapping(uint8 slot => address operator) internal heirs;
    mapping(Role role => mapping(address operator => Membership[])) internal memberships;
    mapping(address operator => uint256) internal locks; // wei
    /// @dev Punished for an earlier membership, so that the lock may be less than the stakes of its slots.
    mapping(address operator => bool) internal isCut;
    mapping(address operator => uint64 epoch) internal protection;
    mapping(uint64 epoch => uint256) internal replacedIn;

    mapping(uint64 round => uint256 set) internal committedIn;
    mapping(uint64 round => uint256 set) internal revealedIn;
    mapping(bytes32 proposal => Votes) internal votes;
    mapping(bytes32 proposal => uint256 set) internal voters;
    uint8 internal lastLeader; // slot; the contract forgets it when the next round opens

    mapping(uint64 epoch => uint64) internal firstRoundOf;
    mapping(uint64 epoch => uint64) internal lastRoundOf; // 0: it is open
    mapping(uint64 epoch => uint64) internal finalsOf;
    mapping(uint64 epoch => mapping(Role role => mapping(address operator => uint64 rounds))) internal activeIn;
    mapping(uint64 epoch => mapping(Role role => mapping(uint8 slot => address operator))) internal satIn;
    mapping(uint64 epoch => bool) internal settled;
    mapping(uint64 epoch => mapping(address operator => uint256)) internal rankOf;
    mapping(uint64 epoch => uint256 amount) internal pots; // wei
    uint256 internal granted; // wei that no epoch holds

    function _params() internal view override returns (RunParams memory p) {
        p = super._params();
        (p.maxRounds, p.maxMiners, p.protectionEpochs, p.minPot) = (
            MAX_ROUNDS,
            MINER_SLOTS,
            uint16(PROTECTION),
            MIN_POT
        );
    }

    // ---- Members

    function _keys(Role role) internal view returns (address[] memory) {
        return role == Role.Miner ? minerKeys : validatorKeys;
    }

    function _slots(Role role) internal pure returns (uint8) {
        return role == Role.Miner ? MINER_SLOTS : VALIDATOR_SLOTS;
    }

    /// @return slot The lowest one that nobody sits in; the number of slots if there is none.
    function _lowestFree(Role role) internal view returns (uint8 slot) {
        while (slot < _slots(role) && sitting[role][slot] != address(0)) slot++;
    }

    /// @return set Of slots. @return count Of them. @return weight Of validators.
    function _staying(Role role) internal view returns (uint256 set, uint256 count, uint256 weight) {
        for (uint8 slot = 0; slot < _slots(role); slot++) {
            address operator = sitting[role][slot];
            if (operator == address(0) || places[role][operator].lastRound != STAYS) continue;
            set |= 1 << slot;
            count++;
            if (role == Role.Validator) weight += _weightOf(operator);
        }
    }

    function _weightOf(address validator) internal view returns (uint256) {
        return places[Role.Validator][validator].weight;
    }

    /// @return The first epoch in which who sits down now can be active. In Idle none is open.
    function _firstEpoch() internal view returns (uint64) {
        return coordinator.currentEpochOf(run) + (coordinator.phaseOf(run) == Phase.Idle ? 1 : 0);
    }

    function _sit(Role role, address operator, uint8 slot, uint128 stake) internal {
        uint64 first = _firstEpoch();
        if (role == Role.Miner && protection[operator] == 0) protection[operator] = first + PROTECTION;
        uint64 until = role == Role.Miner ? protection[operator] : 0;
        uint128 weight = stake < CAP ? stake : CAP;
        places[role][operator] = Place(true, false, slot, stake, weight, _round() + 1, STAYS, 0, first, until);
        sitting[role][slot] = operator;
        memberships[role][operator].push(Membership(slot, stake, first, 0, false));
    }

    function _goes(Role role, address operator) internal {
        Place storage place = places[role][operator];
        place.lastRound = _round();
        place.lastEpoch = place.activeFrom <= _round() ? coordinator.currentEpochOf(run) : 0;
    }

    function _unlock(address operator, uint128 stake) internal {
        locks[operator] -= locks[operator] < stake ? locks[operator] : stake;
    }

    /// @dev What refuses whoever wants to come in, but for the room; and what does in the end.
    function _refusalOfNewcomer(Role role, address operator) private view returns (bytes memory) {
        if (coordinator.phaseOf(run) == Phase.Ended) {
            return abi.encodeWithSelector(RunWrongPhase.selector, run, Phase.Ended, Phase.Idle);
        }
        Place memory place = places[role][operator];
        if (!place.taken && !place.heir) return "";
        return abi.encodeWithSelector(RunAlreadyMember.selector, run, operator);
    }

    function _refusalOfLock(address operator, uint128 stake) private view returns (bytes memory) {
        uint256 lockable = stakes.lockableBy(operator, address(coordinator));
        if (stake <= lockable) return "";
        return abi.encodeWithSelector(StakeVaultInsufficientFree.selector, operator, stake, lockable);
    }

    function _refusalOfJoin(Role role, address operator, uint128 stake) internal view returns (bytes memory refusal) {
        if (stake < STAKE) return abi.encodeWithSelector(RunStakeTooLow.selector, stake, STAKE);
        refusal = _refusalOfNewcomer(role, operator);
        if (refusal.length != 0) return refusal;
        if (_lowestFree(role) == _slots(role)) return abi.encodeWithSelector(RunFull.selector, run, role);
        return _refusalOfLock(operator, stake);
    }

    function _refusalOfReplace(address operator, uint8 slot) internal view returns (bytes memory refusal) {
        refusal = _refusalOfNewcomer(Role.Miner, operator);
        if (refusal.length != 0) return refusal;
        if (_lowestFree(Role.Miner) != MINER_SLOTS) return abi.encodeWithSelector(RunNotFull.selector, run);
        if (!_isReplaceable(slot)) return abi.encodeWithSelector(RunNotReplaceable.selector, run, slot);
        for (uint8 other = 0; other < MINER_SLOTS; other++) {
            if (_isReplaceable(other) && _usefulness(other) < _usefulness(slot)) {
                return abi.encodeWithSelector(RunNotLeastUseful.selector, run, slot, other);
            }
        }
        uint64 epoch = coordinator.currentEpochOf(run);
        if (replacedIn[epoch] == 2) return abi.encodeWithSelector(RunTooManyReplaced.selector, run, epoch);
        return _refusalOfLock(operator, STAKE);
    }

    function _isReplaceable(uint8 slot) internal view returns (bool) {
        address operator = sitting[Role.Miner][slot];
        if (operator == address(0)) return false;
        Place memory place = places[Role.Miner][operator];
        return place.lastRound == STAYS && place.protectedUntil <= coordinator.currentEpochOf(run);
    }

    function _usefulness(uint8 slot) internal view returns (uint256 sum) {
        address operator = sitting[Role.Miner][slot];
        uint64 last = coordinator.currentEpochOf(run);
        uint256 left = 4;
        for (uint64 epoch = last; epoch != 0 && epoch + EPOCHS_IN_RING > last && left != 0; epoch--) {
            if (!settled[epoch]) continue;
            left--;
            // Its ranks of an earlier stay are gone.
            if (places[Role.Miner][operator].firstEpoch <= epoch) sum += rankOf[epoch][operator];
        }
    }

    function _refusalOfLeave(Role role, address operator) internal view returns (bytes memory) {
        Place memory place = places[role][operator];
        if (!place.taken && !place.heir) return abi.encodeWithSelector(RunNotMember.selector, run, operator);
        bool waits = place.heir && coordinator.phaseOf(run) != Phase.Ended;
        if (waits) return abi.encodeWithSelector(RunNotReleasable.selector, run, operator);
        if (place.heir) return "";
        if (place.lastRound == STAYS) return "";
        return abi.encodeWithSelector(RunAlreadyLeaving.selector, run, operator);
    }

    function _refusalOfEvict(Role role, uint8 slot) internal view returns (bytes memory) {
        address operator = sitting[role][slot];
        if (operator == address(0)) return abi.encodeWithSelector(RunNotMember.selector, run, address(0));
        bool short = locks[operator] > stakes.bondedOf(operator);
        if (!short) return abi.encodeWithSelector(RunNotShort.selector, run, operator);
        return _refusalOfLeave(role, operator);
    }

    function _refusalOfRelease(Role role, uint8 slot) internal view returns (bytes memory) {
        address operator = sitting[role][slot];
        if (operator == address(0)) return abi.encodeWithSelector(RunNotMember.selector, run, address(0));
        Place memory place = places[role][operator];
        bool free = place.lastRound != STAYS;
        for (uint64 epoch = 1; epoch <= place.lastEpoch; epoch++) free = free && settled[epoch];
        return free ? bytes("") : abi.encodeWithSelector(RunNotReleasable.selector, run, operator);
    }

    // ---- Actions in rounds

    /// @return slot That the operator names: its own, the one it waits for, or one that is not its.
    function _named(Role role, address operator, uint256 i) internal view returns (uint8 slot) {
        Place memory place = places[role][operator];
        return place.taken || place.heir ? place.slot : uint8(i % _slots(role));
    }

    /// @dev What refuses an action in the open round before it is asked what the action is.
    function _refusalOfAction(
        Role role,
        uint8 slot,
        address operator,
        Phase wanted
    ) internal view returns (bytes memory) {
        if (sitting[role][slot] != operator) {
            return abi.encodeWithSelector(RunNotActor.selector, run, slot, operator);
        }
        Place memory place = places[role][operator];
        uint64 round = _round();
        if (round < place.activeFrom || round > place.lastRound) {
            return abi.encodeWithSelector(RunNotActive.selector, run, round, slot);
        }
        Phase phase = coordinator.phaseOf(run);
        bool fits = phase == wanted || (wanted == Phase.Commit && phase == Phase.Train);
        if (!fits) return abi.encodeWithSelector(RunWrongPhase.selector, run, phase, wanted);
        uint64 deadline = _state().deadline;
        if (block.timestamp <= deadline) return "";
        return abi.encodeWithSelector(RunPastDeadline.selector, run, deadline);
    }

    function _refusalOfCommit(uint8 slot, address operator) internal view returns (bytes memory refusal) {
        refusal = _refusalOfAction(Role.Miner, slot, operator, Phase.Commit);
        if (refusal.length != 0 || !_has(committedIn[_round()], slot)) return refusal;
        return abi.encodeWithSelector(RunAlreadyCommitted.selector, run, _round(), slot);
    }

    function _refusalOfReveal(uint8 slot, address operator) internal view returns (bytes memory refusal) {
        refusal = _refusalOfAction(Role.Miner, slot, operator, Phase.Reveal);
        if (refusal.length != 0) return refusal;
        if (!_has(committedIn[_round()], slot)) {
            return abi.encodeWithSelector(RunNotCommitted.selector, run, _round(), slot);
        }
        if (!_has(revealedIn[_round()], slot)) return "";
        return abi.encodeWithSelector(RunAlreadyRevealed.selector, run, _round(), slot);
    }

    function _refusalOfPropose(
        address operator,
        uint256 set,
        bytes32 root
    ) internal view returns (bytes memory refusal) {
        refusal = _refusalOfAction(Role.Validator, lastLeader, operator, Phase.Attest);
        if (refusal.length != 0) return refusal;
        Round memory round = _state();
        if (round.proposal != 0) {
            return abi.encodeWithSelector(RunAlreadyProposed.selector, run, round.id, round.attempt);
        }
        if (set & ~revealedIn[round.id] != 0 || _count(set) > 3) {
            return abi.encodeWithSelector(RunIncludedInvalid.selector, set, 3);
        }
        bool moves = root != round.parentRoot && root != 0;
        if (set != 0 ? moves : root == round.parentRoot) return "";
        return abi.encodeWithSelector(RunRootInvalid.selector, set, root);
    }

    function _refusalOfVote(
        uint8 slot,
        address operator,
        bytes32 proposal
    ) internal view returns (bytes memory refusal) {
        refusal = _refusalOfAction(Role.Validator, slot, operator, Phase.Attest);
        if (refusal.length != 0) return refusal;
        Round memory round = _state();
        if (proposal == 0 || proposal != round.proposal) {
            return abi.encodeWithSelector(RunProposalMismatch.selector, round.proposal, proposal);
        }
        if (!_has(voters[proposal], slot)) return "";
        return abi.encodeWithSelector(RunAlreadyVoted.selector, run, round.id, round.attempt, slot);
    }

    // ---- Advancing

    function _isDue() internal view returns (bool) {
        Phase phase = coordinator.phaseOf(run);
        if (phase == Phase.Ended) return false;
        if (phase == Phase.Idle) return _isStaffed() && _canOpenEpoch();
        Round memory round = _state();
        if (block.timestamp > round.deadline) return true;
        if (phase == Phase.Reveal) return revealedIn[round.id] == committedIn[round.id];
        if (phase == Phase.Attest) {
            return _isAgreed(round) || 3 * votes[round.proposal].refused > round.totalWeight;
        }
        return committedIn[round.id] == round.miners;
    }

    function _isAgreed(Round memory round) internal view returns (bool) {
        return 3 * votes[round.proposal].attested >= 2 * uint256(round.totalWeight);
    }

    function _isStaffed() internal view returns (bool) {
        (, uint256 miners, ) = _staying(Role.Miner);
        (, uint256 validators, ) = _staying(Role.Validator);
        return miners >= 2 && validators >= 2;
    }

    function _canOpenEpoch() internal view returns (bool) {
        uint64 next = coordinator.currentEpochOf(run) + 1;
        bool room = next <= EPOCHS_IN_RING || settled[next - EPOCHS_IN_RING];
        return room && granted >= MIN_POT;
    }

    function _isFull(uint64 epoch) internal view returns (bool) {
        return _round() + 1 == firstRoundOf[epoch] + ROUNDS_AN_EPOCH;
    }

    /// @return next The phase that `advance` leads to, if it is due. @return over Whether the open round ends by that.
    function _foresee() internal view returns (Phase next, bool over) {
        Phase phase = coordinator.phaseOf(run);
        if (phase == Phase.Idle) return (Phase.Train, false);
        Round memory round = _state();
        uint256 committed = committedIn[round.id];
        if (phase == Phase.Train && committed != round.miners) return (Phase.Commit, false);
        if (phase < Phase.Reveal && committed != 0) return (Phase.Reveal, false);
        if (phase == Phase.Reveal && revealedIn[round.id] != 0) return (Phase.Attest, false);
        bool leaders = round.attempt < 2 && round.led != round.validators;
        if (phase == Phase.Attest && !_isAgreed(round) && leaders) return (Phase.Attest, false);
        return (_phaseAfterRound(), true);
    }

    function _phaseAfterRound() internal view returns (Phase) {
        if (_round() == MAX_ROUNDS) return Phase.Ended;
        if (!_isStaffed()) return Phase.Idle;
        return _isFull(coordinator.currentEpochOf(run)) && !_canOpenEpoch() ? Phase.Idle : Phase.Train;
    }

    /// @return Whether a round that ends as it is moves the root.
    function _isFinal(Round memory round) internal view returns (bool) {
        Votes memory given = votes[round.proposal];
        return _isAgreed(round) && round.included != 0 && 2 * given.worse <= given.attested;
    }

    // ---- Sets

    function _has(uint256 set, uint8 slot) internal pure returns (bool) {
        return (set >> slot) & 1 == 1;
    }

    function _count(uint256 set) internal pure returns (uint256 n) {
        for (; set != 0; set &= set - 1) n++;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {SettlementModel} from "./SettlementModel.sol";
import {IRunCoordinator} from "../../../contracts/interfaces/IRunCoordinator.sol";
import {HashLib} from "../../../contracts/libraries/HashLib.sol";

/// @title Calls on one run, each foreseen by the model: members come and go, rounds are played.
/// @notice Twelve miners and four validators for ten and three slots. Most functions let every operator of a role try, the bits of
/// a seed saying which, so that short histories get through whole epochs.
abstract contract CoordinatorMoves is SettlementModel {
    struct Before {
        Phase phase;
        uint64 round;
        uint64 epoch;
        bytes32 root;
        Round state;
    }

    uint256 public finals;
    uint256 public voids;
    uint256 public undone;
    uint256 public replaced;
    uint256 public seatedHeirs;
    mapping(address operator => uint256 ticketPlusOne) internal tickets;
    /// @dev Of each final round, and whether no refutation has undone it.
    mapping(uint64 round => FinalRound) internal grounds;
    mapping(uint64 round => bool) internal stands;
    bytes32 private _lastProposal;

    constructor() {
        setUp();
        run = _createRun(_params());
        // Two pots at first; more by gifts.
        _give(2 * POT);
        for (uint256 i = 0; i < MINERS; i++) minerKeys.push(_miner(i));
        for (uint256 i = 0; i < VALIDATORS; i++) validatorKeys.push(_validator(i));
        for (uint256 i = 0; i < MINERS; i++) _enrol(minerKeys[i], 10 * STAKE);
        for (uint256 i = 0; i < VALIDATORS; i++) _enrol(validatorKeys[i], 10 * STAKE);
    }

    // ---- Steps

    /// @dev Seven times of eight. Hashed, since the runner likes small numbers and ones that it has seen.
    function _chosen(uint256 which, uint256 i) internal pure returns (bool) {
        return _draw(which, i) % 8 != 0;
    }

    function _draw(uint256 seed, uint256 i) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, i)));
    }

    function _where() private view returns (bytes memory) {
        uint64 epoch = coordinator.currentEpochOf(run);
        return abi.encode(coordinator.phaseOf(run), _round(), epoch, coordinator.stateRootOf(run));
    }

    /// @dev One call that moves no phase, foreseen: `refusal` is the error that it reverts with, empty if it must succeed.
    function _act(address caller, bytes memory data, bytes memory refusal) internal returns (bool done) {
        bytes memory before = _where();
        vm.prank(caller);
        bytes memory answer;
        (done, answer) = address(coordinator).call(data);
        assertEq(done, refusal.length == 0, "the model knows whether it succeeds");
        if (!done) assertEq(answer, refusal, "the model knows why not");
        assertEq(_where(), before, "an action advances nothing by itself");
    }

    function advance() public {
        bool due = _isDue();
        assertEq(coordinator.isDue(run), due, "isDue says what advance does");
        bytes memory data = abi.encodeCall(IRunCoordinator.advance, (run));
        if (!due) {
            _act(stranger, data, abi.encodeWithSelector(RunNotDue.selector, run));
            return;
        }
        Before memory before = _before();
        (Phase next, bool over) = _foresee();
        bool full = before.epoch != 0 && _isFull(before.epoch);
        bool staffed = _isStaffed();
        vm.prank(stranger);
        coordinator.advance(run);
        _assertPhase(next, "the model knows the phase");
        if (over) _checkOutcome(before);
        else assertEq(coordinator.stateRootOf(run), before.root, "the root moves at the end of a round only");
        if (over) _noteEnd(before, next, full, staffed);
        else _noteOpening(before, next == Phase.Train, next == Phase.Train);
        if (next == Phase.Attest) _checkLeader(before);
    }

    function _before() internal view returns (Before memory before) {
        (before.phase, before.round) = (coordinator.phaseOf(run), _round());
        (before.epoch, before.root) = (coordinator.currentEpochOf(run), coordinator.stateRootOf(run));
        if (before.round != 0) before.state = _state();
    }

    /// @dev A round is over, by whatever call.
    function _noteEnd(Before memory before, Phase next, bool full, bool staffed) internal {
        if (full || !staffed || next == Phase.Ended) lastRoundOf[before.epoch] = before.round;
        bool opens = next == Phase.Train;
        _noteOpening(before, opens, opens && full);
    }

    /// @dev I-14 for a single call.
    function _checkOutcome(Before memory before) private {
        bool isFinal = before.phase == Phase.Attest && _isFinal(before.state);
        assertEq(before.state.parentRoot, before.root, "the round's parent is the root before");
        bytes32 root = isFinal ? before.state.nextRoot : before.root;
        assertEq(coordinator.stateRootOf(run), root, "root");
        if (isFinal) finals++;
        else voids++;
        if (!isFinal) return;
        _noteFinal(before);
        finalsOf[before.epoch]++;
    }

    function _noteFinal(Before memory before) private {
        Round memory round = before.state;
        bytes memory seals;
        for (uint8 slot = 0; slot < MINER_SLOTS; slot++) {
            if (!_has(round.included, slot)) continue;
            seals = bytes.concat(seals, bytes32(coordinator.sealOf(run, round.id, slot)));
        }
        grounds[round.id] = FinalRound({
            epoch: uint48(before.epoch),
            finalizedAt: uint48(block.timestamp),
            finalBefore: uint16(finalsOf[before.epoch]),
            attesters: uint64(round.attested),
            included: round.included,
            parentRoot: before.root,
            root: round.nextRoot,
            seals: keccak256(seals)
        });
        stands[round.id] = true;
    }

    /// @dev I-16: the pots of an epoch are set aside by the call that opens its first round.
    function _noteOpening(Before memory before, bool opens, bool fresh) internal {
        uint64 epoch = coordinator.currentEpochOf(run);
        assertEq(_round(), before.round + (opens ? 1 : 0), "rounds count on");
        assertEq(epoch, before.epoch + (fresh ? 1 : 0), "epochs count on");
        if (fresh) {
            firstRoundOf[epoch] = _round();
            pots[epoch] = granted < POT ? granted : POT;
            granted -= pots[epoch];
            assertGe(pots[epoch], MIN_POT, "the pot that the run wants");
        }
        if (!opens) return;
        Round memory round = _state();
        assertEq(round.epoch, epoch, "epoch of the round");
        (uint256 set, , uint256 weight) = _staying(Role.Validator);
        assertEq(round.validators, set, "validators of the round");
        assertEq(round.totalWeight, weight, "weight of the round");
        (set, , ) = _staying(Role.Miner);
        assertEq(round.miners, set, "miners of the round");
        _noteActive(epoch, Role.Miner, round.miners);
        _noteActive(epoch, Role.Validator, round.validators);
        lastLeader = 0;
    }

    function _noteActive(uint64 epoch, Role role, uint256 set) private {
        for (uint8 slot = 0; slot < _slots(role); slot++) {
            if (!_has(set, slot)) continue;
            activeIn[epoch][role][sitting[role][slot]]++;
            satIn[epoch][role][slot] = sitting[role][slot];
        }
    }

    /// @dev I-12 for a single call.
    function _checkLeader(Before memory before) private {
        Round memory round = _state();
        uint256 attempt = before.phase == Phase.Attest ? before.state.attempt + 1 : 1;
        assertEq(round.attempt, attempt, "attempts count on");
        assertEq(round.led, before.state.led | (1 << round.leader), "who leads has led");
        assertEq(_count(round.led), attempt, "one leader an attempt");
        assertEq(round.proposal, 0, "nothing is proposed yet");
        lastLeader = round.leader;
    }

    // ---- Members

    /// @notice Somebody comes, goes or is let go.
    function members(uint256 which, uint256 seed) public {
        uint256 kind = _draw(seed, 0) % 8;
        if (kind < 3) join(which, seed);
        else if (kind < 4) _leave(_draw(seed, 1));
        else if (kind < 6) _evict(_draw(seed, 1));
        else _releaseAll();
    }

    function join(uint256 which, uint256 seed) public {
        for (uint256 i = 0; i < MINERS; i++) if (_chosen(which, i)) _join(Role.Miner, minerKeys[i], STAKE);
        for (uint256 i = 0; i < VALIDATORS; i++) {
            // One below the least, up to one above the cap.
            uint128 stake = uint128(bound(_draw(seed, i), STAKE - 1, CAP + 1));
            if (_chosen(which, 16 + i)) _join(Role.Validator, validatorKeys[i], stake);
        }
    }

    function _join(Role role, address operator, uint128 stake) private {
        uint8 slot = _lowestFree(role);
        bytes memory data =
            role == Role.Miner
                ? abi.encodeCall(IRunCoordinator.joinAsMiner, (run))
                : abi.encodeCall(IRunCoordinator.joinAsValidator, (run, stake));
        if (!_act(operator, data, _refusalOfJoin(role, operator, stake))) return;
        _sit(role, operator, slot, stake);
        locks[operator] += stake;
    }

    /// @dev Mostly by one that has no place, for the one of least use.
    function replace(uint256 seed) public {
        uint256 first = _draw(seed, 3) % MINERS;
        address operator = minerKeys[first];
        for (uint256 i = 1; i < MINERS && _chosen(seed, 0) && _hasPlace(operator); i++) {
            operator = minerKeys[(first + i) % MINERS];
        }
        uint8 slot = uint8(_draw(seed, 1) % (MINER_SLOTS + 1));
        if (_chosen(seed, 2)) slot = _leastUseful(slot);
        bytes memory refusal = _refusalOfReplace(operator, slot);
        if (!_act(operator, abi.encodeCall(IRunCoordinator.replaceMiner, (run, slot)), refusal)) return;
        replaced++;
        replacedIn[coordinator.currentEpochOf(run)]++;
        _goes(Role.Miner, sitting[Role.Miner][slot]);
        heirs[slot] = operator;
        (places[Role.Miner][operator].heir, places[Role.Miner][operator].slot) = (true, slot);
        places[Role.Miner][operator].stake = STAKE;
        locks[operator] += STAKE;
    }

    function _hasPlace(address miner) private view returns (bool) {
        return places[Role.Miner][miner].taken || places[Role.Miner][miner].heir;
    }

    function _leastUseful(uint8 from) private view returns (uint8 best) {
        best = from;
        for (uint8 slot = 0; slot < MINER_SLOTS; slot++) {
            if (!_isReplaceable(slot)) continue;
            if (!_isReplaceable(best) || _usefulness(slot) < _usefulness(best)) best = slot;
        }
    }

    /// @dev Seldom more than one, else there is no run to look at.
    function _leave(uint256 seed) private {
        Role role = seed % 4 == 0 ? Role.Validator : Role.Miner;
        address operator = _keys(role)[(seed >> 8) % _keys(role).length];
        bytes memory refusal = _refusalOfLeave(role, operator);
        if (!_act(operator, abi.encodeCall(IRunCoordinator.leave, (run, role)), refusal)) return;
        Place memory place = places[role][operator];
        if (place.taken) return _goes(role, operator);
        _unlock(operator, place.stake);
        delete heirs[place.slot];
        delete places[role][operator];
    }

    /// @notice Somebody wants its stake back, and who is short of it by that is made to leave. Mostly it thinks better of it then.
    function _evict(uint256 seed) private {
        Role role = seed % 4 == 0 ? Role.Validator : Role.Miner;
        address operator = _keys(role)[(seed >> 8) % _keys(role).length];
        if (tickets[operator] == 0) {
            // Of ten stakes: up to all of them, in tenths of one.
            uint256 shares = (1 + (_draw(seed, 0) % 100)) * (STAKE / 10);
            vm.prank(operator);
            tickets[operator] = stakes.requestUnbond(operator, shares) + 1;
        }
        uint8 slot = _named(role, operator, _draw(seed, 1));
        bytes memory refusal = _refusalOfEvict(role, slot);
        bytes memory data = abi.encodeCall(IRunCoordinator.evict, (run, role, slot));
        if (_act(stranger, data, refusal)) _goes(role, sitting[role][slot]);
        if (!_chosen(seed, 2)) return;
        vm.prank(operator);
        stakes.cancelUnbond(operator, tickets[operator] - 1);
        delete tickets[operator];
    }

    function _releaseAll() internal {
        for (uint8 slot = 0; slot <= MINER_SLOTS; slot++) _release(Role.Miner, slot);
        for (uint8 slot = 0; slot <= VALIDATOR_SLOTS; slot++) _release(Role.Validator, slot);
    }

    function _release(Role role, uint8 slot) private {
        address operator = sitting[role][slot];
        bytes memory refusal = _refusalOfRelease(role, slot);
        if (!_act(stranger, abi.encodeCall(IRunCoordinator.release, (run, role, slot)), refusal)) return;
        Membership[] storage past = memberships[role][operator];
        past[past.length - 1].end = _firstEpoch();
        _unlock(operator, places[role][operator].stake);
        delete places[role][operator];
        delete sitting[role][slot];
        if (role == Role.Validator || heirs[slot] == address(0)) return;
        address heir = heirs[slot];
        delete heirs[slot];
        delete places[role][heir];
        if (coordinator.phaseOf(run) == Phase.Ended) return _unlock(heir, STAKE);
        seatedHeirs++;
        _sit(role, heir, slot, STAKE);
    }

    // ---- Time and money

    function _give(uint256 amount) internal {
        _fund(amount);
        granted += amount;
    }

    function _wait(uint256 seed) private {
        uint256 deadline = _round() == 0 ? 0 : _state().deadline;
        if (seed % 4 == 0 && deadline > block.timestamp) vm.warp(deadline);
        else if (seed % 4 == 1) vm.warp((deadline > block.timestamp ? deadline : block.timestamp) + 1);
        else vm.warp(block.timestamp + ((seed >> 8) % 100));
    }

    // ---- Rounds

    /// @notice One kind of action, whether it is its time or not; or time goes by, or money comes.
    function act(uint256 which, uint256 seed) external {
        uint256 kind = _draw(seed, 8) % 8;
        if (kind == 0) _commit(which);
        else if (kind == 1) _reveal(which);
        else if (kind == 2) _propose(seed);
        else if (kind == 3) _vote(seed);
        else if (kind < 6) advance();
        else if (kind < 7) _wait(_draw(seed, 9));
        else _give(1 + (_draw(seed, 9) % POT));
    }

    function _commit(uint256 which) internal {
        for (uint256 i = 0; i < MINERS; i++) if (_chosen(which, i)) _commitOne(minerKeys[i], i);
    }

    function _commitOne(address operator, uint256 i) private {
        uint64 round = _round();
        uint8 slot = _named(Role.Miner, operator, i);
        bytes32 commitment = HashLib.contribution(run, round, slot, _opening(operator, round));
        bytes memory data = abi.encodeCall(IRunCoordinator.commit, (run, round, slot, commitment));
        if (_act(operator, data, _refusalOfCommit(slot, operator))) committedIn[round] |= 1 << slot;
    }

    function _reveal(uint256 which) internal {
        for (uint256 i = 0; i < MINERS; i++) if (_chosen(which, i)) _revealOne(minerKeys[i], i);
    }

    function _revealOne(address operator, uint256 i) private {
        uint64 round = _round();
        uint8 slot = _named(Role.Miner, operator, i);
        bytes memory data = abi.encodeCall(IRunCoordinator.reveal, (run, round, slot, _opening(operator, round)));
        if (_act(operator, data, _refusalOfReveal(slot, operator))) revealedIn[round] |= 1 << slot;
    }

    /// @dev Every validator tries to propose; in one of eight tries the set is not a good one.
    function _propose(uint256 seed) internal {
        for (uint256 i = 0; i < VALIDATORS; i++) _proposeOne(validatorKeys[i], _draw(seed, i));
    }

    function _proposeOne(address operator, uint256 seed) private {
        uint64 number = _round();
        Round memory round;
        if (number != 0) round = _state();
        uint256 set = seed % 8 == 7 ? (seed >> 3) % 2048 : _upToThree(revealedIn[number], seed >> 3);
        bytes32 root = set == 0 && seed % 8 != 6 ? round.parentRoot : keccak256(abi.encode("state", number));
        bytes memory refusal = _refusalOfPropose(operator, set, root);
        bool worse = (seed >> 128) % 4 == 0;
        bytes memory data = abi.encodeCall(IRunCoordinator.propose, (run, number, round.attempt, set, root, worse));
        if (!_act(operator, data, refusal)) return;
        _lastProposal = HashLib.proposal(run, number, round.attempt, set, root);
        assertEq(_state().proposal, _lastProposal, "proposal");
        _count(_lastProposal, operator, true, worse);
    }

    /// @dev Some of a set; once in a while, none.
    function _upToThree(uint256 set, uint256 seed) private pure returns (uint256 some) {
        some = set & (seed % 16 == 0 ? 0 : seed);
        while (_count(some) > 3) some &= some - 1;
    }

    /// @dev Every validator attests, or in one of eight cases refuses; or it is late, and names what was proposed before.
    function _vote(uint256 seed) internal {
        for (uint256 i = 0; i < VALIDATORS; i++) _voteOne(validatorKeys[i], i, _draw(seed, i));
    }

    function _voteOne(address operator, uint256 i, uint256 seed) private {
        uint64 number = _round();
        uint8 slot = _named(Role.Validator, operator, i);
        bytes32 proposal = number == 0 ? bytes32(0) : _state().proposal;
        if (!_chosen(seed, 0)) proposal = _lastProposal;
        bytes memory refusal = _refusalOfVote(slot, operator, proposal);
        bool attests = _chosen(seed, 1);
        bool worse = _draw(seed, 2) % 4 == 0;
        bytes memory data =
            attests
                ? abi.encodeCall(IRunCoordinator.attest, (run, number, slot, proposal, worse))
                : abi.encodeCall(IRunCoordinator.refuse, (run, number, slot, proposal));
        if (_act(operator, data, refusal)) _count(proposal, operator, attests, worse);
    }

    function _count(bytes32 proposal, address operator, bool attests, bool worse) private {
        uint256 weight = _weightOf(operator);
        voters[proposal] |= 1 << places[Role.Validator][operator].slot;
        if (!attests) votes[proposal].refused += weight;
        else votes[proposal].attested += weight;
        if (attests && worse) votes[proposal].worse += weight;
    }
}

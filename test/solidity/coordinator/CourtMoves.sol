// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {CoordinatorMoves} from "./CoordinatorMoves.sol";
import {IRefutable} from "../../../contracts/interfaces/IRefutable.sol";

/// @title Orders of a court, each foreseen by the model: rounds are refuted and members punished, at any time and for no reason.
/// @notice The model knows which rounds stand one by one, and counts them anew where it has to know how many.
abstract contract CourtMoves is CoordinatorMoves {
    uint256 public refuted;
    uint256 public punished;
    mapping(Role role => mapping(address operator => mapping(uint256 membership => uint256))) internal takenOf; // wei

    /// @notice Mostly of a round that stands; else of any, on other grounds, or by somebody else.
    function refute(uint256 seed) public {
        uint64 number = uint64(_draw(seed, 0) % (uint256(_round()) + 2));
        // The last one that stands before it, if there is any.
        while (_chosen(seed, 1) && number > 1 && !stands[number]) number--;
        FinalRound memory final_ = grounds[number];
        bool true_ = _chosen(seed, 2);
        if (!true_) final_.seals ^= bytes32(uint256(1));
        bytes memory data = abi.encodeCall(IRefutable.refute, (run, number, final_));
        if (!_chosen(seed, 3)) {
            _act(stranger, data, abi.encodeWithSelector(RunNotCourt.selector, stranger));
            return;
        }
        if (!true_ || !stands[number]) {
            _act(court, data, abi.encodeWithSelector(RunRoundNotStanding.selector, run, number));
            return;
        }
        _refute(number, final_);
    }

    function _refute(uint64 number, FinalRound memory final_) private {
        Before memory before = _before();
        bool full = _isFull(uint64(before.epoch));
        bool staffed = _isStaffed();
        bool open = before.phase != Phase.Idle && before.phase != Phase.Ended;
        Phase next = open ? _phaseAfterRound() : before.phase;
        vm.prank(court);
        coordinator.refute(run, number, final_);
        refuted++;
        for (uint64 round = number; round <= before.round; round++) {
            if (stands[round]) undone++;
            stands[round] = false;
        }
        for (uint64 epoch = 1; epoch <= before.epoch; epoch++)
            if (!settled[epoch]) finalsOf[epoch] = _countFinals(epoch);
        _assertPhase(next, "the model knows the phase");
        if (!open) return;
        voids++;
        _noteEnd(before, next, full, staffed);
    }

    function _countFinals(uint64 epoch) private view returns (uint64 count) {
        for (uint64 round = firstRoundOf[epoch]; round < firstRoundOf[epoch] + ROUNDS_AN_EPOCH; round++) {
            if (stands[round]) count++;
        }
    }

    /// @notice Mostly of a member, in an epoch in which it sat; else of whoever, whenever.
    function punish(uint256 seed) public {
        Role role = _draw(seed, 0) % 2 == 0 ? Role.Validator : Role.Miner;
        address operator = _keys(role)[_draw(seed, 1) % _keys(role).length];
        uint64 epoch = _someEpochOf(role, operator, seed);
        (uint256 place, bool found) = _membershipIn(role, operator, epoch);
        uint8 slot = found ? memberships[role][operator][place].slot : _named(role, operator, seed);
        if (!_chosen(seed, 3)) slot++;
        bytes memory data = abi.encodeCall(
            IRefutable.punish,
            (run, Fault(role, slot, epoch, operator, stranger, uint16(_draw(seed, 4) % 2_000)))
        );
        if (!_chosen(seed, 5)) {
            _act(stranger, data, abi.encodeWithSelector(RunNotCourt.selector, stranger));
            return;
        }
        bytes memory refusal;
        if (!found || slot != memberships[role][operator][place].slot) {
            refusal = abi.encodeWithSelector(RunNotMember.selector, run, operator);
        }
        uint256 slashable = stakes.slashableBy(operator, address(coordinator));
        if (_act(court, data, refusal)) _notePunished(role, operator, place, slashable);
    }

    /// @dev Mostly one of its first three in some membership, if it ever had one.
    function _someEpochOf(Role role, address operator, uint256 seed) private view returns (uint64) {
        Membership[] storage all = memberships[role][operator];
        if (all.length == 0 || !_chosen(seed, 6)) {
            return uint64(_draw(seed, 2) % (uint256(coordinator.currentEpochOf(run)) + 2));
        }
        return all[_draw(seed, 2) % all.length].from + uint64(_draw(seed, 7) % 3);
    }

    /// @return place Of the membership that counts in the epoch: the last one that began by then, unless it was over.
    function _membershipIn(Role role, address operator, uint64 epoch) private view returns (uint256 place, bool found) {
        Membership[] storage all = memberships[role][operator];
        if (epoch > coordinator.currentEpochOf(run)) return (0, false);
        for (place = all.length; place != 0; place--) {
            Membership storage one = all[place - 1];
            if (one.from <= epoch) return (place - 1, one.end == 0 || one.end > epoch);
        }
    }

    /// @dev I-42 for a single call.
    function _notePunished(Role role, address operator, uint256 place, uint256 slashable) private {
        Membership storage membership = memberships[role][operator][place];
        if (membership.punished) {
            assertEq(stakes.slashableBy(operator, address(coordinator)), slashable, "nothing is taken again");
            return;
        }
        membership.punished = true;
        punished++;
        uint256 taken = membership.stake < slashable ? membership.stake : slashable;
        assertEq(stakes.slashableBy(operator, address(coordinator)), slashable - taken, "what is taken");
        takenOf[role][operator][place] = taken;
        uint256 lock = locks[operator];
        locks[operator] = lock < taken ? 0 : lock - taken;
        if (membership.end != 0) {
            isCut[operator] = true;
            return;
        }
        Place storage seat = places[role][operator];
        seat.stake -= uint128(taken);
        if (seat.lastRound == STAYS) _goes(role, operator);
        Phase phase = coordinator.phaseOf(run);
        uint64 round = _round();
        bool acts = phase != Phase.Idle && phase != Phase.Ended && seat.activeFrom <= round && seat.lastRound == round;
        if (!acts) return;
        seat.lastRound = round - 1;
        uint64 epoch = coordinator.currentEpochOf(run);
        // A miner that was active in no round of the epoch is none of it. A validator may score it all the same.
        if (--activeIn[epoch][role][operator] == 0 && role == Role.Miner) delete satIn[epoch][role][seat.slot];
    }

    // ---- What the model holds against the contracts, whenever it is asked

    /// @dev I-39 and I-40.
    function checkLineage() external view {
        bytes32 root = _params().genesisRoot;
        for (uint64 round = 1; round <= _round(); round++) {
            bytes32 hash = coordinator.finalRoundOf(run, round);
            bool final_ = grounds[round].root != 0;
            assertEq(hash, final_ ? keccak256(abi.encode(grounds[round])) : bytes32(0), "what it rests on");
            assertEq(coordinator.isStanding(run, round), stands[round], "stands");
            if (!stands[round]) continue;
            assertEq(grounds[round].parentRoot, root, "its parent is the last root that stands before it");
            root = grounds[round].root;
        }
        assertEq(coordinator.stateRootOf(run), root, "the root is that of the last round that stands");
    }

    /// @dev I-42.
    function checkPunishments() external view {
        for (uint256 i = 0; i < MINERS; i++) _checkPunishments(Role.Miner, minerKeys[i]);
        for (uint256 i = 0; i < VALIDATORS; i++) _checkPunishments(Role.Validator, validatorKeys[i]);
    }

    function _checkPunishments(Role role, address operator) private view {
        uint256 sum;
        for (uint256 i = 0; i < memberships[role][operator].length; i++) {
            uint256 taken = takenOf[role][operator][i];
            assertLe(taken, memberships[role][operator][i].stake, "no more than its stake");
            sum += taken;
        }
        (uint256 assets, , ) = stakes.poolOf(operator);
        assertEq(assets, 10 * STAKE - sum, "nothing else leaves the pool");
    }
}

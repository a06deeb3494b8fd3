// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {CoordinatorModel} from "./CoordinatorModel.sol";
import {RewardVault} from "../../../contracts/RewardVault.sol";
import {RunCoordinator} from "../../../contracts/RunCoordinator.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {IRunCoordinator, IRunCoordinatorTypes} from "../../../contracts/interfaces/IRunCoordinator.sol";

// The handler lives here, not in a file of its own: the runner knows only contracts of the files it is given.

/// @notice Drives one run with five miners and four validators for four and three slots. Most functions let every operator of a
/// role try, the bits of the seed saying which, so that short histories get through whole epochs. Each call is foreseen by the
/// model: the error it reverts with, or the phase it leads to; `_step` then compares what was before with what is.
contract CoordinatorHandler is CoordinatorModel {
    struct Before {
        Phase phase;
        uint64 round;
        uint64 epoch;
        bytes32 root;
        Round state;
    }

    uint256 public finals;
    uint256 public voids;

    constructor() {
        setUp();
        // Two pots at first; more by gifts.
        run = coordinator.createRun(_params());
        _fund(2 * POT);
        for (uint256 i = 0; i < MINERS; i++) _enrol(_miner(i), 10 * STAKE);
        for (uint256 i = 0; i < VALIDATORS; i++) _enrol(_validator(i), 10 * STAKE);
    }

    function parts() external view returns (RunCoordinator, StakeVault, RewardVault, uint256) {
        return (coordinator, stakes, rewards, run);
    }

    function stakeOfSeats() external view returns (uint256) {
        return stakeInSeats;
    }

    // ---- Members

    function join(uint256 which, uint256 seed) external {
        for (uint256 i = 0; i < MINERS; i++) if (_chosen(which, i)) _join(Role.Miner, i, STAKE);
        for (uint256 i = 0; i < VALIDATORS; i++) {
            // One below the least, up to one above the cap.
            if (_chosen(which, 8 + i))
                _join(Role.Validator, i, uint128(bound(_draw(seed, i), STAKE - 1, 3 * STAKE + 1)));
        }
    }

    function _join(Role role, uint256 i, uint128 stake) private {
        address operator = _operator(role, i);
        bytes memory refusal = _refusalOfJoin(role, operator);
        if (stake < STAKE) refusal = abi.encodeWithSelector(RunStakeTooLow.selector, stake, STAKE);
        uint8 slot = 0;
        while (_at(role, slot) != address(0)) slot++;
        bytes memory data =
            role == Role.Miner
                ? abi.encodeCall(IRunCoordinator.joinAsMiner, (run))
                : abi.encodeCall(IRunCoordinator.joinAsValidator, (run, stake));
        if (!_step(operator, data, refusal, coordinator.phaseOf(run))) return;
        seats[role][operator] = Seat(true, slot, stake, false, _round() + 1, 0);
        stakeInSeats += stake;
        Member memory member = coordinator.memberOf(run, role, slot);
        assertEq(member.operator, operator, "the lowest free slot");
        assertEq(member.weight, role == Role.Miner ? 0 : _weightOf(operator), "weight");
    }

    /// @dev Seldom more than one, else there is no run to look at.
    function leave(uint256 seed) external {
        Role role = seed % 2 == 0 ? Role.Miner : Role.Validator;
        address operator = _operator(role, (seed >> 8) % _size(role));
        bytes memory refusal = _refusalOfLeave(role, operator);
        Phase phase = coordinator.phaseOf(run);
        if (!_step(operator, abi.encodeCall(IRunCoordinator.leave, (run, role)), refusal, phase)) return;
        Seat storage seat = seats[role][operator];
        seat.leaving = true;
        seat.lastEpoch = seat.activeFrom <= _round() ? coordinator.currentEpochOf(run) : 0;
    }

    function release() public {
        for (uint8 slot = 0; slot < 5; slot++) {
            _release(Role.Miner, slot);
            _release(Role.Validator, slot);
        }
    }

    function _release(Role role, uint8 slot) private {
        address operator = _at(role, slot);
        bytes memory refusal = _refusalOfRelease(role, slot);
        bytes memory data = abi.encodeCall(IRunCoordinator.release, (run, role, slot));
        if (!_step(stranger, data, refusal, coordinator.phaseOf(run))) return;
        stakeInSeats -= seats[role][operator].stake;
        delete seats[role][operator];
    }

    // ---- Time and money

    function fund(uint256 amount) external {
        _fund(bound(amount, 1, POT));
    }

    function wait(uint256 seed) external {
        uint256 deadline = coordinator.phaseOf(run) == Phase.Idle ? 0 : _state().deadline;
        if (seed % 4 == 0 && deadline > block.timestamp) vm.warp(deadline);
        else if (seed % 4 == 1) vm.warp((deadline > block.timestamp ? deadline : block.timestamp) + 1);
        else vm.warp(block.timestamp + ((seed >> 8) % 100));
    }

    // ---- Rounds

    function advance() public {
        bytes memory refusal = _isDue() ? bytes("") : abi.encodeWithSelector(RunNotDue.selector, run);
        assertEq(coordinator.isDue(run), refusal.length == 0, "isDue says what advance does");
        Phase wanted = refusal.length == 0 ? _phaseAfterAdvance() : Phase.Idle;
        _step(stranger, abi.encodeCall(IRunCoordinator.advance, (run)), refusal, wanted);
    }

    function commit(uint256 which) public {
        for (uint256 i = 0; i < MINERS; i++) if (_chosen(which, i)) _commitOne(_miner(i));
    }

    function _commitOne(address operator) private {
        bytes memory refusal = _refusalOfCommit(operator);
        Phase wanted = coordinator.phaseOf(run);
        if (refusal.length == 0) {
            Round memory round = _state();
            if (round.committed | (1 << seats[Role.Miner][operator].slot) == round.miners) wanted = Phase.Reveal;
        }
        bytes32 commitment = _commitmentOf(operator);
        _step(operator, abi.encodeCall(IRunCoordinator.commit, (run, _round(), commitment)), refusal, wanted);
    }

    function reveal(uint256 which) public {
        for (uint256 i = 0; i < MINERS; i++) if (_chosen(which, i)) _revealOne(_miner(i));
    }

    function _revealOne(address operator) private {
        bytes memory refusal = _refusalOfReveal(operator);
        Phase wanted = coordinator.phaseOf(run);
        if (refusal.length == 0) {
            Round memory round = _state();
            if (round.revealed | (1 << seats[Role.Miner][operator].slot) == round.committed) wanted = Phase.Attest;
        }
        (bytes32 root, bytes32 digest, uint64 size, bytes32 salt) = _opening(operator, _round());
        bytes memory data = abi.encodeCall(IRunCoordinator.reveal, (run, _round(), root, digest, size, salt));
        _step(operator, data, refusal, wanted);
    }

    /// @dev Every validator tries to propose; in one of eight tries the set is not a good one.
    function propose(uint256 seed) public {
        for (uint256 i = 0; i < VALIDATORS; i++) _proposeOne(_validator(i), _draw(seed, i));
    }

    function _proposeOne(address operator, uint256 seed) private {
        uint64 number = _round();
        Round memory round;
        if (number != 0) round = _state();
        uint256 set = seed % 8 == 7 ? (seed >> 3) % 32 : round.revealed & (1 + ((seed >> 3) % 7));
        bytes32 root = set == 0 && seed % 8 != 6 ? round.parentRoot : keccak256(abi.encode("state", number));
        bytes memory refusal = _refusalOfPropose(operator, set, root);
        Phase wanted = coordinator.phaseOf(run);
        if (refusal.length == 0 && 3 * _weightOf(operator) >= 2 * uint256(round.totalWeight))
            wanted = _phaseAfterRound();
        bytes memory data = abi.encodeCall(IRunCoordinator.propose, (run, number, round.attempt, set, root));
        _step(operator, data, refusal, wanted);
    }

    /// @dev Every validator attests, or in one of eight cases refuses.
    function vote(uint256 seed) public {
        for (uint256 i = 0; i < VALIDATORS; i++) {
            if (_chosen(seed, i)) _attestOne(_validator(i));
            else _refuseOne(_validator(i));
        }
    }

    function _attestOne(address operator) private {
        bytes memory refusal = _refusalOfVote(operator);
        uint64 number = _round();
        Round memory round;
        if (number != 0) round = _state();
        Phase wanted = coordinator.phaseOf(run);
        uint256 weight = round.attestedWeight + _weightOf(operator);
        if (refusal.length == 0 && 3 * weight >= 2 * uint256(round.totalWeight)) wanted = _phaseAfterRound();
        bytes memory data = abi.encodeCall(
            IRunCoordinator.attest,
            (run, number, round.attempt, round.included, round.nextRoot)
        );
        _step(operator, data, refusal, wanted);
    }

    function _refuseOne(address operator) private {
        bytes memory refusal = _refusalOfVote(operator);
        uint64 number = _round();
        Round memory round;
        if (number != 0) round = _state();
        Phase wanted = coordinator.phaseOf(run);
        uint256 weight = round.refusedWeight + _weightOf(operator);
        bool rejected = refusal.length == 0 && 3 * weight > round.totalWeight;
        if (rejected && !_hasLeaders(round)) wanted = _phaseAfterRound();
        _step(operator, abi.encodeCall(IRunCoordinator.refuse, (run, number, round.attempt)), refusal, wanted);
    }

    // ---- Epochs

    /// @dev One of the last three epochs, or one that does not exist yet.
    function _someEpoch(uint256 seed) private view returns (uint64) {
        uint64 last = coordinator.currentEpochOf(run);
        uint64 back = uint64(seed % 4);
        return
            back == 3
                ? last + 1
                : back > last
                    ? 0
                    : last - back;
    }

    function commitScores(uint256 which, uint256 seed) external {
        _commitScoresOf(_someEpoch(seed), which, seed);
    }

    function _commitScoresOf(uint64 epoch, uint256 which, uint256 seed) private {
        for (uint256 i = 0; i < VALIDATORS; i++) {
            address operator = _validator(i);
            bytes memory vector = abi.encodePacked(uint64(uint256(keccak256(abi.encode(seed, i)))));
            if (!_chosen(which, i)) continue;
            bytes memory refusal = _refusalOfScores(operator, epoch, EpochPhase.Commit);
            bytes32 commitment = _scoreCommitment(epoch, operator, vector, _scoreOpening(operator));
            bytes memory data = abi.encodeCall(IRunCoordinator.commitScores, (run, epoch, commitment));
            if (_step(operator, data, refusal, coordinator.phaseOf(run))) vectors[epoch][operator] = vector;
        }
    }

    function revealScores(uint256 which, uint256 seed) external {
        _revealScoresOf(_someEpoch(seed), which);
    }

    function _revealScoresOf(uint64 epoch, uint256 which) private {
        for (uint256 i = 0; i < VALIDATORS; i++) {
            if (!_chosen(which, i)) continue;
            address operator = _validator(i);
            bytes memory refusal = _refusalOfScores(operator, epoch, EpochPhase.Reveal);
            ScoreOpening memory o = _scoreOpening(operator);
            bytes memory data = abi.encodeCall(
                IRunCoordinator.revealScores,
                (run, epoch, vectors[epoch][operator], o.digest, o.size, o.salt)
            );
            _step(operator, data, refusal, coordinator.phaseOf(run));
        }
    }

    /// @notice Tries to advance and to settle epochs that are still in the ring.
    function settle(uint256 which) public {
        uint64 last = coordinator.currentEpochOf(run);
        for (uint64 epoch = last < EPOCHS_IN_RING ? 1 : last - EPOCHS_IN_RING + 1; epoch <= last; epoch++) {
            if (_chosen(which, 2 * (epoch % 8))) _advanceEpoch(epoch);
            if (_chosen(which, 2 * (epoch % 8) + 1)) _settle(epoch);
        }
    }

    function _advanceEpoch(uint64 epoch) private {
        Epoch memory e = coordinator.epochOf(run, epoch);
        bool due = e.phase == EpochPhase.Commit && block.timestamp > e.deadline;
        bytes memory refusal = due ? bytes("") : abi.encodeWithSelector(EpochNotDue.selector, run, epoch);
        bytes memory data = abi.encodeCall(IRunCoordinator.advanceEpoch, (run, epoch));
        _step(stranger, data, refusal, coordinator.phaseOf(run));
    }

    /// @dev I-17: the pot is paid out or goes back, to the wei; and only its members and the owner earn.
    function _settle(uint64 epoch) private {
        Epoch memory e = coordinator.epochOf(run, epoch);
        bytes memory refusal = _refusalOfSettle(e);
        bytes[] memory list;
        bytes memory medians;
        // Later, other members may sit in its slots.
        if (e.phase == EpochPhase.Reveal) (list, medians) = _settlementOf(e);
        uint256 funds = rewards.fundsOf(address(coordinator), run);
        uint256 owed = rewards.owed();
        uint256 credits = _creditsOf();
        bytes memory data = abi.encodeCall(IRunCoordinator.settle, (run, epoch, list, medians));
        if (!_step(stranger, data, refusal, coordinator.phaseOf(run))) return;
        settled[epoch] = true;
        uint256 returned = rewards.fundsOf(address(coordinator), run) - funds;
        assertEq(_creditsOf() - credits + returned, POT, "paid and returned are the pot");
        assertEq(rewards.potOf(address(coordinator), run, epoch), 0, "nothing is left in it");
        assertEq(rewards.owed(), owed, "what is owed did not change");
    }

    function _creditsOf() private returns (uint256 sum) {
        for (uint256 i = 0; i < MINERS; i++) sum += rewards.creditOf(_miner(i));
        for (uint256 i = 0; i < VALIDATORS; i++) sum += rewards.creditOf(_validator(i));
        sum += rewards.creditOf(address(this));
    }

    // ---- Whole stretches, so that short histories get far

    /// @notice Acts in the open phase and in those that follow, up to four. Where somebody is missing, it waits or stops there.
    function play(uint256 which, uint256 seed) external {
        for (uint256 i = 0; i < 4; i++) {
            (Phase phase, uint64 round) = (coordinator.phaseOf(run), _round());
            if (phase == Phase.Train || phase == Phase.Commit) commit(_draw(which, i));
            else if (phase == Phase.Reveal) reveal(_draw(which, i));
            else if (phase == Phase.Attest) propose(_draw(seed, i));
            if (phase == Phase.Attest) vote(_draw(seed, 4 + i));
            if (coordinator.phaseOf(run) != phase || _round() != round) continue;
            if (!_chosen(seed, 8 + i)) return;
            if (phase != Phase.Idle) vm.warp(_state().deadline + 1);
            advance();
        }
    }

    /// @notice Scores and settles an epoch, or gets as far as those that act allow.
    function score(uint256 which, uint256 seed) external {
        uint64 last = coordinator.currentEpochOf(run);
        uint64 epoch = last == 0 ? 0 : last - uint64(seed % 2);
        if (epoch == 0) return;
        _commitScoresOf(epoch, which, seed);
        Epoch memory e = coordinator.epochOf(run, epoch);
        if (e.phase == EpochPhase.Commit && _chosen(seed, 8)) vm.warp(e.deadline + 1);
        _advanceEpoch(epoch);
        _revealScoresOf(epoch, _draw(which, 8));
        e = coordinator.epochOf(run, epoch);
        if (e.phase == EpochPhase.Reveal && e.committed != e.revealed && _chosen(seed, 9)) vm.warp(e.deadline + 1);
        _settle(epoch);
    }

    // ---- Liveness

    /// @notice Lets nobody act any more, only time pass, and does what anyone may do until the next round opens, the run has
    /// ended, or it lacks members or money.
    function drive() external {
        uint64 round = _round();
        for (uint256 steps = 0; steps < 8; steps++) {
            Phase phase = coordinator.phaseOf(run);
            if (phase == Phase.Ended) return;
            if (phase == Phase.Idle) {
                _settleAll();
                bool ready = _isStaffed() && rewards.fundsOf(address(coordinator), run) >= POT;
                assertEq(coordinator.isDue(run), ready, "Idle waits for members and money only");
                if (!ready) return;
            } else {
                vm.warp(_state().deadline + 1);
            }
            coordinator.advance(run);
            if (_round() != round) return;
        }
        assertTrue(false, "stuck");
    }

    function _settleAll() private {
        uint64 last = coordinator.currentEpochOf(run);
        for (uint64 epoch = last < EPOCHS_IN_RING ? 1 : last - EPOCHS_IN_RING + 1; epoch <= last; epoch++) {
            vm.warp(block.timestamp + 1_000);
            _advanceEpoch(epoch);
            vm.warp(block.timestamp + 1_000);
            _settle(epoch);
            assertTrue(settled[epoch], "every closed epoch can be settled");
        }
    }

    // ---- Foreseeing

    /// @dev Seven times of eight. Hashed, since the runner likes small numbers and ones that it has seen.
    function _chosen(uint256 which, uint256 i) private pure returns (bool) {
        return _draw(which, i) % 8 != 0;
    }

    function _draw(uint256 seed, uint256 i) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, i)));
    }

    /// @dev One call, foreseen: `refusal` is the error it reverts with, empty if it must succeed, and then leads to `wanted`.
    function _step(address caller, bytes memory data, bytes memory refusal, Phase wanted) private returns (bool done) {
        Before memory before;
        (before.phase, before.round) = (coordinator.phaseOf(run), _round());
        (before.epoch, before.root) = (coordinator.currentEpochOf(run), coordinator.stateRootOf(run));
        if (before.round != 0) before.state = _state();
        vm.prank(caller);
        bytes memory answer;
        (done, answer) = address(coordinator).call(data);
        assertEq(done, refusal.length == 0, "the model knows whether it succeeds");
        if (!done) {
            assertEq(answer, refusal, "the model knows why not");
            return false;
        }
        _assertPhase(wanted, "the model knows the phase");
        _checkRounds(before);
    }

    /// @dev I-10, I-12 to I-14 and I-16, for a single call.
    function _checkRounds(Before memory before) private {
        Phase phase = coordinator.phaseOf(run);
        bool opened = _round() != before.round;
        bool over = opened || (phase != before.phase && (phase == Phase.Idle || phase == Phase.Ended));
        assertLe(_round() - before.round, 1, "one round at most opens");
        assertLe(coordinator.currentEpochOf(run) - before.epoch, 1, "one epoch at most opens");
        if (opened) assertEq(uint256(phase), uint256(Phase.Train), "a round opens in Train");
        if (!over) assertGe(uint256(phase), uint256(before.phase), "within a round, phases go forward");
        if (over && before.phase != Phase.Idle) {
            assertGt(uint256(before.phase), uint256(Phase.Train), "no round ends in Train");
            _checkOutcome(before);
        } else {
            assertEq(coordinator.stateRootOf(run), before.root, "the root moves at the end of a round only");
        }
        if (opened && _state().epoch != before.state.epoch) {
            uint256 pot = rewards.potOf(address(coordinator), run, _state().epoch);
            assertEq(pot, POT, "the pot is escrowed before the round opens");
        }
        if (!over && phase == Phase.Attest) {
            Round memory round = _state();
            assertEq(_count(round.led), round.attempt, "one leader an attempt");
            assertTrue(_has(round.led, round.leader), "the present one among them");
        }
    }

    function _checkOutcome(Before memory before) private {
        Round memory round = coordinator.roundOf(run, before.round);
        bool agreed = 3 * uint256(round.attestedWeight) >= 2 * uint256(round.totalWeight);
        bool isFinal = agreed && round.included != 0;
        assertEq(round.parentRoot, before.root, "the round's parent is the root before");
        assertEq(coordinator.stateRootOf(run), isFinal ? round.nextRoot : before.root, "root");
        if (isFinal) finals++;
        else voids++;
    }
}

/// @notice I-10 to I-20 of contracts/README.md, over random histories of a run.
contract RunCoordinatorInvariantTest is Base, IRunCoordinatorTypes {
    CoordinatorHandler private handler;
    RunCoordinator private coordinator;
    StakeVault private stakes;
    RewardVault private rewards;
    uint256 private run;

    function setUp() public {
        handler = new CoordinatorHandler();
        (coordinator, stakes, rewards, run) = handler.parts();
        bytes4[] memory calls = new bytes4[](15);
        calls[0] = handler.play.selector;
        calls[1] = handler.score.selector;
        calls[2] = handler.join.selector;
        calls[3] = handler.leave.selector;
        calls[4] = handler.release.selector;
        calls[5] = handler.fund.selector;
        calls[6] = handler.wait.selector;
        calls[7] = handler.advance.selector;
        calls[8] = handler.commit.selector;
        calls[9] = handler.reveal.selector;
        calls[10] = handler.propose.selector;
        calls[11] = handler.vote.selector;
        calls[12] = handler.commitScores.selector;
        calls[13] = handler.revealScores.selector;
        calls[14] = handler.settle.selector;
        _targetSelectors(address(handler), calls);
        // A good start, since a short history seldom gets this far by itself.
        handler.join(0, 0);
        handler.advance();
    }

    /// @dev I-10 is held call by call, in `_step`; this says that the histories get anywhere.
    function invariant_I10_phasesMoveAlongTheTable() public view {
        Phase phase = coordinator.phaseOf(run);
        uint64 round = coordinator.currentRoundOf(run);
        uint256 over = handler.finals() + handler.voids();
        bool open = phase != Phase.Idle && phase != Phase.Ended;
        assertEq(over + (open ? 1 : 0), round, "every round but the open one is final or void");
        if (open) {
            uint64 epoch = coordinator.roundOf(run, round).epoch;
            assertEq(epoch, coordinator.currentEpochOf(run), "the open round is of the last epoch");
            assertEq(uint256(coordinator.epochOf(run, epoch).phase), uint256(EpochPhase.Open), "which is open");
        }
    }

    function invariant_I12_I13_I15_roundsAreSound() public view {
        for (uint64 number = 1; number <= coordinator.currentRoundOf(run); number++) {
            Round memory round = coordinator.roundOf(run, number);
            assertLe(round.attempt, 2, "no more leaders than the run allows");
            assertEq(_count(round.led), round.attempt, "nobody leads twice");
            assertEq(round.led & ~round.validators, 0, "leaders are validators of the round");
            assertEq(round.attested & round.refused, 0, "one vote each");
            assertEq((round.attested | round.refused) & ~round.validators, 0, "by validators of the round");
            assertLe(round.attestedWeight + round.refusedWeight, round.totalWeight, "no weight from nowhere");
            assertEq(round.included & ~round.revealed, 0, "included are revealed");
            assertEq(round.revealed & ~round.committed, 0, "revealed are committed");
            assertEq(round.committed & ~round.miners, 0, "committed are active");
            assertLe(_count(round.included), 3, "no more than the run takes");
        }
    }

    function invariant_I15_I16_epochsAreSound() public view {
        for (uint64 number = 1; number <= coordinator.currentEpochOf(run); number++) {
            Epoch memory epoch = coordinator.epochOf(run, number);
            assertEq(epoch.revealed & ~epoch.committed, 0, "revealed scores are committed");
            assertEq(epoch.committed & ~epoch.validators, 0, "by validators of the epoch");
            uint256 pot = rewards.potOf(address(coordinator), run, number);
            assertEq(pot, epoch.phase == EpochPhase.Settled ? 0 : epoch.pot, "pot");
        }
        assertLe(rewards.owed(), rewards.held(), "owed is held");
    }

    function invariant_I18_I19_locksAreStakesInUniqueSlots() public view {
        uint256 sum = 0;
        for (uint8 slot = 0; slot < 4; slot++) {
            sum += _checkSlot(Role.Miner, slot);
            sum += _checkSlot(Role.Validator, slot);
        }
        assertEq(sum, handler.stakeOfSeats(), "all locks together");
    }

    function _checkSlot(Role role, uint8 slot) private view returns (uint256) {
        Member memory member = coordinator.memberOf(run, role, slot);
        if (member.operator == address(0)) return 0;
        assertEq(coordinator.slotOf(run, role, member.operator), slot, "an operator's only slot");
        // No operator of these has two roles.
        assertEq(stakes.lockedBy(member.operator, address(coordinator)), member.stake, "lock");
        return member.stake;
    }

    /// @dev Changes the chain; the runner takes that back.
    function invariant_I20_neverStuck() public {
        handler.drive();
    }

    function _count(uint256 set) private pure returns (uint256 n) {
        for (; set != 0; set &= set - 1) n++;
    }
}

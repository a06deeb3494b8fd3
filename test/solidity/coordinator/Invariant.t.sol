// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {CourtMoves} from "./CourtMoves.sol";
import {IRewardEscrowErrors, IRewardEscrowTypes} from "../../../contracts/interfaces/IRewardEscrow.sol";
import {IRunCoordinator} from "../../../contracts/interfaces/IRunCoordinator.sol";
import {IRunCoordinatorTypes} from "../../../contracts/interfaces/IRunCoordinatorTypes.sol";

// The handler lives here, not in a file of its own: the runner knows only contracts of the files it is given.

/// @notice Drives one run: CoordinatorMoves, CourtMoves, and what becomes of its epochs.
contract CoordinatorHandler is CourtMoves, IRewardEscrowErrors {
    uint256 public settlements;
    uint256 public pages;
    uint256 public claims;
    /// @dev Wei. By what was earned as, not by account: the owner may be an operator too.
    mapping(uint64 epoch => uint256) internal paid;
    mapping(uint64 epoch => mapping(address operator => bool)) private _claimed;

    // ---- Scores

    /// @dev One of the last three epochs, or one that does not exist yet.
    function _someEpoch(uint256 seed) private view returns (uint64) {
        uint64 last = coordinator.currentEpochOf(run);
        uint64 back = uint64(seed % 4);
        if (back == 3) return last + 1;
        return back > last ? 0 : last - back;
    }

    /// @notice One kind of call about epochs, whether it is its time or not.
    function judge(uint256 which, uint256 seed) external {
        uint256 kind = _draw(seed, 8) % 4;
        uint64 epoch = _someEpoch(_draw(seed, 9));
        if (kind == 0) _commitScoresOf(epoch, which, seed);
        else if (kind == 1) _revealScoresOf(epoch, which);
        else _settleSome(which);
    }

    function _commitScoresOf(uint64 epoch, uint256 which, uint256 seed) private {
        for (uint256 i = 0; i < VALIDATORS; i++) {
            if (!_chosen(which, i)) continue;
            address operator = validatorKeys[i];
            bytes memory vector = abi.encodePacked(bytes20(uint160(_draw(seed, i))));
            if (!_chosen(seed, 16 + i)) vector = new bytes(20);
            uint8 slot = _named(Role.Validator, operator, i);
            bytes memory refusal = _refusalOfScores(slot, operator, epoch, EpochPhase.Commit);
            bytes32 commitment = _scoreCommitment(epoch, operator, vector, _scoreOpening(operator));
            bytes memory data = abi.encodeCall(IRunCoordinator.commitScores, (run, epoch, slot, commitment));
            if (_act(operator, data, refusal)) vectors[epoch][operator] = vector;
        }
    }

    function _revealScoresOf(uint64 epoch, uint256 which) private {
        for (uint256 i = 0; i < VALIDATORS; i++) {
            if (!_chosen(which, i)) continue;
            address operator = validatorKeys[i];
            uint8 slot = _named(Role.Validator, operator, i);
            bytes memory refusal = _refusalOfScores(slot, operator, epoch, EpochPhase.Reveal);
            bytes memory data = abi.encodeCall(
                IRunCoordinator.revealScores,
                (run, epoch, slot, vectors[epoch][operator], _scoreOpening(operator))
            );
            if (_act(operator, data, refusal)) opened[epoch][operator] = true;
        }
    }

    // ---- Settlement

    /// @dev Tries to advance and to settle epochs that are still in the ring.
    function _settleSome(uint256 which) private {
        for (uint64 epoch = 1; epoch <= coordinator.currentEpochOf(run); epoch++) {
            if (!_isInRing(epoch)) continue;
            if (_chosen(which, 2 * epoch)) _advanceEpoch(epoch);
            if (_chosen(which, 2 * epoch + 1)) _settle(epoch, _draw(which, epoch));
        }
    }

    function _advanceEpoch(uint64 epoch) private {
        bytes memory refusal;
        if (!_isEpochDue(epoch)) refusal = abi.encodeWithSelector(EpochNotDue.selector, run, epoch);
        bytes memory data = abi.encodeCall(IRunCoordinator.advanceEpoch, (run, epoch));
        if (_act(stranger, data, refusal)) revealing[epoch] = true;
    }

    /// @dev A page of eight, all that is left, or once in a while as many as a page may not have.
    function _settle(uint64 epoch, uint256 seed) private {
        uint256 first = pagedTo[epoch];
        uint256 size =
            seed % 8 == 7
                ? (seed >> 3) % 12
                : seed % 2 == 0
                    ? 8
                    : MINER_SLOTS - first;
        bytes memory refusal = _refusalOfSettle(epoch, size);
        address[] memory judges = _judges(epoch);
        bytes[] memory list = new bytes[](judges.length);
        for (uint256 i = 0; i < judges.length; i++) list[i] = vectors[epoch][judges[i]];
        bytes memory medians;
        for (uint256 slot = first; slot < first + size; slot++) {
            uint256 median = slot < MINER_SLOTS ? _medianOf(epoch, judges, uint8(slot)) : 0;
            medians = bytes.concat(medians, bytes2(uint16(median)));
        }
        bytes memory data = abi.encodeCall(IRunCoordinator.settle, (run, epoch, list, medians));
        if (!_act(stranger, data, refusal)) return;
        pages++;
        if (_hasQuorum(epoch)) pagedTo[epoch] = first + size;
        if (!_hasQuorum(epoch) || first + size == MINER_SLOTS) _checkSettlement(epoch);
    }

    /// @dev I-17, and that it is what the model says, to the last share.
    function _checkSettlement(uint64 epoch) private {
        _earn(epoch);
        settled[epoch] = true;
        settlements++;
        uint256 total = _totalShare(epoch);
        assertEq(rewards.epochOf(address(coordinator), run, epoch).totalShare, total, "what is earned of each pot");
        uint256 sum = coordinator.shareOf(run, epoch, owner, true);
        for (uint256 i = 0; i < MINERS; i++) sum += _checkShare(epoch, minerKeys[i]);
        for (uint256 i = 0; i < VALIDATORS; i++) sum += _checkShare(epoch, validatorKeys[i]);
        assertLe(sum, total, "shares of all are at most what is earned");
        granted += pots[epoch] - (pots[epoch] * total) / WHOLE;
    }

    function _checkShare(uint64 epoch, address operator) private view returns (uint256 share) {
        share = coordinator.shareOf(run, epoch, operator, false);
        assertEq(share, _shareOf(epoch, operator), "share");
    }

    // ---- Claims

    /// @notice Some claim for some, or for the owner; of an epoch that may not be settled, or be claimed already.
    function claim(uint256 which, uint256 seed) external {
        uint64 last = coordinator.currentEpochOf(run);
        if (last == 0) return;
        uint64 epoch = 1 + uint64(_draw(seed, 0) % last);
        for (uint256 i = 0; i < MINERS; i++) if (_chosen(which, i)) _claim(epoch, minerKeys[i]);
        for (uint256 i = 0; i < VALIDATORS; i++) if (_chosen(which, MINERS + i)) _claim(epoch, validatorKeys[i]);
        if (_chosen(which, MINERS + VALIDATORS)) _claim(epoch, owner);
    }

    function _claim(uint64 epoch, address operator) private {
        uint64[] memory epochs = new uint64[](1);
        epochs[0] = epoch;
        address as_ = operator == owner ? address(0) : operator;
        IRewardEscrowTypes.Claim memory what = IRewardEscrowTypes.Claim(
            address(coordinator),
            run,
            0,
            operator,
            as_,
            epochs
        );
        uint256 before = token.balanceOf(operator);
        (bool done, bytes memory answer) = address(rewards).call(abi.encodeCall(rewards.claim, (what)));
        assertEq(done, settled[epoch], "claims are open once it is settled");
        bytes4 selector = RewardEscrowEpochNotSettled.selector;
        if (!done) assertEq(answer, abi.encodeWithSelector(selector, address(coordinator), run, epoch), "why not");
        if (!done) return;
        (, , uint256 share) = _pools(epoch);
        if (operator != owner) share = _shareOf(epoch, operator);
        uint256 amount = _claimed[epoch][operator] ? 0 : (pots[epoch] * share) / WHOLE;
        assertEq(token.balanceOf(operator) - before, amount, "paid what is its, once");
        if (amount == 0) return;
        _claimed[epoch][operator] = true;
        paid[epoch] += amount;
        claims++;
    }

    // ---- Whole stretches, so that short histories get far

    /// @notice An epoch from one end to the other, as far as those that act allow, with comings and goings on the way.
    function season(uint256 which, uint256 seed) external {
        if (_chosen(seed, 32)) _give(POT);
        _play(which, seed, 4);
        replace(_draw(seed, 33));
        members(which, _draw(seed, 34));
        _play(_draw(which, 35), _draw(seed, 35), 4);
        score(which, seed);
        _releaseAll();
        join(which, seed);
    }

    function play(uint256 which, uint256 seed) external {
        _play(which, seed, 4);
    }

    /// @dev Acts in the open phase and in those that follow. Where somebody is missing, it waits or stops there.
    function _play(uint256 which, uint256 seed, uint256 steps) private {
        for (uint256 i = 0; i < steps; i++) {
            Phase phase = coordinator.phaseOf(run);
            if (phase == Phase.Train || phase == Phase.Commit) _commit(_draw(which, i));
            else if (phase == Phase.Reveal) _reveal(_draw(which, i));
            else if (phase == Phase.Attest) _propose(_draw(seed, i));
            if (phase == Phase.Attest) _vote(_draw(seed, 8 + i));
            if (!_isDue()) {
                if (phase == Phase.Idle || phase == Phase.Ended || !_chosen(seed, 16 + i)) return;
                vm.warp(_state().deadline + 1);
            }
            advance();
        }
    }

    /// @notice Scores and settles the first epoch that is not settled, or gets as far as those that act allow.
    function score(uint256 which, uint256 seed) public {
        uint64 epoch = 1;
        while (settled[epoch]) epoch++;
        if (!_isInRing(epoch)) return;
        _commitScoresOf(epoch, which, seed);
        if (_phaseOfEpoch(epoch) == EpochPhase.Commit && _chosen(seed, 8)) _pass(epoch);
        _advanceEpoch(epoch);
        _revealScoresOf(epoch, _draw(which, 8));
        if (_phaseOfEpoch(epoch) == EpochPhase.Reveal && _chosen(seed, 9)) _pass(epoch);
        for (uint256 i = 0; i < 2; i++) if (!settled[epoch]) _settle(epoch, _draw(seed, i));
    }

    /// @dev Lets the deadline of an epoch's phase pass, unless it has.
    function _pass(uint64 epoch) private {
        uint256 deadline = coordinator.epochOf(run, epoch).deadline;
        if (block.timestamp <= deadline) vm.warp(deadline + 1);
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
                bool ready = _isStaffed() && granted >= MIN_POT;
                assertEq(coordinator.isDue(run), ready, "Idle waits for members and money only");
                if (!ready) return;
            } else {
                vm.warp(_state().deadline + 1);
            }
            advance();
            if (_round() != round) return;
        }
        assertTrue(false, "stuck");
    }

    function _settleAll() private {
        for (uint64 epoch = 1; epoch <= coordinator.currentEpochOf(run); epoch++) {
            if (!_isInRing(epoch) || settled[epoch]) continue;
            _pass(epoch);
            if (!revealing[epoch]) _advanceEpoch(epoch);
            _pass(epoch);
            _settle(epoch, 1);
            assertTrue(settled[epoch], "every closed epoch can be settled");
        }
    }

    // ---- What the model holds against the contracts, whenever it is asked

    function checkRounds() external view {
        uint64 last = _round();
        for (uint64 number = 1; number <= last; number++) {
            Round memory round = coordinator.roundOf(run, number);
            assertEq(round.committed, committedIn[number], "committed");
            assertEq(round.revealed, revealedIn[number], "revealed");
            assertLe(_count(round.led), 2, "no more leaders than the run allows");
            assertEq(round.led & ~round.validators, 0, "leaders are validators of the round");
            Votes memory given = votes[round.proposal];
            assertEq(round.attested | round.refused, voters[round.proposal], "who voted");
            assertEq(round.attested & round.refused, 0, "one vote each");
            assertEq((round.attested | round.refused) & ~round.validators, 0, "by validators of the round");
            assertEq(round.attestedWeight, given.attested, "weight that attested");
            assertEq(round.refusedWeight, given.refused, "weight that refused");
            assertEq(round.worseWeight, given.worse, "weight that says worse");
            assertLe(given.attested + given.refused, round.totalWeight, "no weight from nowhere");
            assertEq(round.included & ~round.revealed, 0, "included are revealed");
            assertEq(round.revealed & ~round.committed, 0, "revealed are committed");
            assertEq(round.committed & ~round.miners, 0, "committed are active");
            assertLe(_count(round.included), 3, "no more than the run takes");
        }
    }

    function checkEpochs() external view {
        for (uint64 number = 1; number <= coordinator.currentEpochOf(run); number++) {
            assertEq(rewards.potOf(address(coordinator), run, 0, number), pots[number], "the pot stays");
            assertLe(paid[number], (pots[number] * _totalShare(number)) / WHOLE, "no more is paid than is earned");
            if (!_isInRing(number)) continue;
            Epoch memory epoch = coordinator.epochOf(run, number);
            assertEq(uint256(epoch.phase), uint256(_phaseOfEpoch(number)), "phase");
            assertEq(epoch.firstRound, firstRoundOf[number], "first round");
            assertEq(epoch.lastRound, lastRoundOf[number], "last round");
            assertEq(epoch.finalRounds, finalsOf[number], "final rounds");
            assertEq(epoch.settledSlots, pagedTo[number], "slots that pages have dealt with");
            assertEq(epoch.revealed & ~epoch.committed, 0, "revealed scores are committed");
            assertEq(epoch.committed & ~epoch.validators, 0, "by validators of the epoch");
        }
        (, uint256 left, ) = rewards.nextEpochOf(address(coordinator), run);
        assertEq(left, granted, "grant that no epoch holds");
        assertLe(rewards.owed(token), rewards.held(token), "owed is held");
    }

    function checkSlots() external view {
        for (uint8 slot = 0; slot < MINER_SLOTS; slot++) {
            _checkSlot(Role.Miner, slot);
            assertEq(coordinator.memberOf(run, Role.Miner, slot).heir, heirs[slot], "heir");
            assertEq(coordinator.usefulnessOf(run, slot), _usefulness(slot), "usefulness");
        }
        for (uint8 slot = 0; slot < VALIDATOR_SLOTS; slot++) _checkSlot(Role.Validator, slot);
        for (uint256 i = 0; i < MINERS; i++) _checkLock(Role.Miner, minerKeys[i]);
        for (uint256 i = 0; i < VALIDATORS; i++) _checkLock(Role.Validator, validatorKeys[i]);
    }

    function _checkSlot(Role role, uint8 slot) private view {
        address operator = sitting[role][slot];
        Member memory member = coordinator.memberOf(run, role, slot);
        assertEq(member.operator, operator, "who sits there");
        if (operator == address(0)) return;
        Place memory place = places[role][operator];
        assertEq(coordinator.slotOf(run, role, operator), slot, "its only slot");
        assertEq(member.leaving, place.lastRound != STAYS, "leaving");
        assertEq(member.activeFrom, place.activeFrom, "active from");
        assertEq(member.lastEpoch, place.lastEpoch, "last epoch");
        assertEq(member.protectedUntil, place.protectedUntil, "protected until");
        assertEq(member.stake, place.stake, "stake");
        assertEq(member.weight, role == Role.Miner ? 0 : _weightOf(operator), "weight");
    }

    /// @dev Of members and heirs, and of who left nothing. No operator of these has two roles.
    function _checkLock(Role role, address operator) private view {
        uint256 lock = stakes.lockedBy(operator, address(coordinator));
        assertEq(lock, locks[operator], "lock");
        if (isCut[operator]) assertLe(lock, places[role][operator].stake, "no more than the stake of its slot");
        else assertEq(lock, places[role][operator].stake, "the stake of its slot");
    }

    function checkCounts() external view {
        Phase phase = coordinator.phaseOf(run);
        bool open = phase != Phase.Idle && phase != Phase.Ended;
        assertEq(finals + voids + (open ? 1 : 0), _round(), "every round but the open one is final or void");
        if (!open) return;
        uint64 epoch = _state().epoch;
        assertEq(epoch, coordinator.currentEpochOf(run), "the open round is of the last epoch");
        _assertEpochPhase(epoch, EpochPhase.Open, "which is open");
    }
}

/// @notice I-10 to I-20 and I-39 to I-42 of contracts/README.md, over random histories of a run.
contract RunCoordinatorInvariantTest is Base, IRunCoordinatorTypes {
    CoordinatorHandler private handler;

    function setUp() public {
        handler = new CoordinatorHandler();
        bytes4[] memory calls = new bytes4[](10);
        calls[0] = handler.play.selector;
        calls[1] = handler.score.selector;
        calls[2] = handler.act.selector;
        calls[3] = handler.judge.selector;
        calls[4] = handler.members.selector;
        calls[5] = handler.replace.selector;
        calls[6] = handler.claim.selector;
        calls[7] = handler.season.selector;
        calls[8] = handler.refute.selector;
        calls[9] = handler.punish.selector;
        _targetSelectors(address(handler), calls);
        // A good start, since a short history seldom gets this far by itself.
        handler.join(0, 0);
        handler.advance();
    }

    // A sequence takes a second. So each of the seven has 26, and in the deep run, of 80 calls each, all together 14,560 calls.

    /// @dev I-10 is held call by call, in `_act` and `advance`; this says that the histories get anywhere.
    /// hardhat-config: invariant.runs = 26
    function invariant_I10_phasesMoveAlongTheTable() public view {
        handler.checkCounts();
    }

    /// hardhat-config: invariant.runs = 26
    function invariant_I12_I13_I15_roundsAreSound() public view {
        handler.checkRounds();
    }

    /// @dev I-17 is held settlement by settlement, and claim by claim.
    /// hardhat-config: invariant.runs = 26
    function invariant_I15_I16_I17_epochsAreSound() public view {
        handler.checkEpochs();
    }

    /// hardhat-config: invariant.runs = 26
    function invariant_I18_I19_locksAreStakesInUniqueSlots() public view {
        handler.checkSlots();
    }

    /// @dev I-41 is held by `checkEpochs`, since what is settled stays in the model.
    /// hardhat-config: invariant.runs = 26
    function invariant_I39_I40_theRootIsThatOfTheLastRoundThatStands() public view {
        handler.checkLineage();
    }

    /// hardhat-config: invariant.runs = 26
    function invariant_I42_aMembershipIsPunishedOnceAtMostItsStake() public view {
        handler.checkPunishments();
    }

    /// @dev That random histories get to what the two above are about: rounds are undone while others stand, and members lose stakes.
    function test_court_someHistory_undoesAndPunishes() public {
        for (uint256 seed = 1; seed <= 10; seed++) {
            handler.season(seed, seed);
            handler.refute(seed);
            handler.punish(seed);
            handler.checkLineage();
            handler.checkPunishments();
            handler.checkSlots();
            handler.checkEpochs();
        }
        assertGt(handler.finals(), handler.undone(), "some stand");
        assertGt(handler.undone(), 0, "some are undone");
        assertGt(handler.refuted(), 1, "by more than one refutation");
        assertGt(handler.punished(), 1, "members are punished");
    }

    /// @dev Changes the chain; the runner takes that back.
    /// hardhat-config: invariant.runs = 26
    function invariant_I20_neverStuck() public {
        handler.drive();
    }
}

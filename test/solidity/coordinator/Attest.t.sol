// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {CoordinatorBase} from "./CoordinatorBase.sol";
import {IStakeVaultErrors} from "../../../contracts/interfaces/IStakeVault.sol";

/// @dev A round in Attest with three validators, and a proposal unless a test says otherwise.
abstract contract VoteBase is CoordinatorBase, IStakeVaultErrors {
    bytes32 internal constant ROOT = keccak256("root");

    function setUp() public virtual override {
        super.setUp();
        _start(2, 3);
        _toAttest();
    }

    /// @dev The n-th validator that is not the leader; validator i sits in slot i.
    function _follower(uint256 n) internal returns (address) {
        return _validator(_followerSlot(n));
    }

    function _followerSlot(uint256 n) internal view returns (uint8) {
        uint256 leader = _state().leader;
        return n == 0 ? (leader == 0 ? 1 : 0) : (leader == 2 ? 1 : 2);
    }
}

/// attest
/// ├── not the slot's actor, not active in the named round: reverts
/// ├── another round, phase, past the deadline: reverts
/// ├── nothing proposed, another proposal than the present one, voted already: reverts
/// └── else: counted, and when the run is advanced
///     ├── below two thirds of the round's weight: waits
///     ├── two thirds, a set: final, the next round opens on the new root
///     └── two thirds, no set: void
contract RunCoordinatorAttestTest is VoteBase {
    function _attestAs(uint8 slot, uint64 round, bytes32 proposal, bytes memory refusal) private {
        if (refusal.length != 0) vm.expectRevert(refusal);
        vm.prank(_validator(slot));
        coordinator.attest(run, round, slot, proposal, false);
    }

    function test_attest_unknownRun_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunNotActor.selector, 7, 0, _validator(0)));
        vm.prank(_validator(0));
        coordinator.attest(7, 1, 0, ROOT, false);
    }

    function test_attest_otherRound_reverts() public {
        _propose(3, ROOT);
        bytes32 proposal = _state().proposal;
        _attestAs(0, 3, proposal, abi.encodeWithSelector(RunWrongRound.selector, run, 1, 3));
        _attestAs(0, 0, proposal, abi.encodeWithSelector(RunNotActive.selector, run, 0, 0));
    }

    function test_attest_otherPhase_reverts() public {
        uint8 slot = _followerSlot(0);
        _propose();
        bytes32 proposal = _state().proposal;
        _attestAll();
        bytes4 selector = RunWrongPhase.selector;
        _attestAs(slot, 2, proposal, abi.encodeWithSelector(selector, run, Phase.Train, Phase.Attest));
    }

    function test_attest_pastDeadline_reverts() public {
        _propose(3, ROOT);
        uint8 slot = _followerSlot(0);
        (bytes32 proposal, uint64 deadline) = (_state().proposal, _state().deadline);
        vm.warp(deadline + 1);
        _attestAs(slot, 1, proposal, abi.encodeWithSelector(RunPastDeadline.selector, run, deadline));
        vm.warp(deadline);
        _attestAs(slot, 1, proposal, "");
        assertEq(_state().attestedWeight, 2 * STAKE, "in time");
    }

    /// @dev A vote that was under way when the attempt failed does not count for the next proposal, even one of the same set
    /// and root.
    function test_attest_earlierAttempt_reverts() public {
        _propose(3, ROOT);
        bytes32 stale = _state().proposal;
        _lapse();
        coordinator.advance(run);
        _attestAs(_followerSlot(0), 1, stale, abi.encodeWithSelector(RunProposalMismatch.selector, 0, stale));
        _propose(3, ROOT);
        bytes32 present = _state().proposal;
        assertNotEq(present, stale, "the attempt is in it");
        _attestAs(_followerSlot(0), 1, stale, abi.encodeWithSelector(RunProposalMismatch.selector, present, stale));
    }

    function test_attest_nothingProposed_reverts() public {
        _attestAs(_followerSlot(0), 1, ROOT, abi.encodeWithSelector(RunProposalMismatch.selector, 0, ROOT));
        // What is stored before a proposal, zero, cannot be attested either.
        bytes memory refusal = abi.encodeWithSelector(RunProposalMismatch.selector, 0, 0);
        _attestAs(_state().leader, 1, 0, refusal);
        _attestAs(_followerSlot(0), 1, 0, refusal);
    }

    function test_attest_notTheActor_reverts() public {
        _propose(3, ROOT);
        bytes32 proposal = _state().proposal;
        uint8 slot = _followerSlot(0);
        address other = _follower(1);
        vm.expectRevert(abi.encodeWithSelector(RunNotActor.selector, run, slot, other));
        vm.prank(other);
        coordinator.attest(run, 1, slot, proposal, false);
        vm.expectRevert(abi.encodeWithSelector(RunNotActor.selector, run, slot, _miner(0)));
        vm.prank(_miner(0));
        coordinator.attest(run, 1, slot, proposal, false);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultUnknownOperator.selector, stranger));
        vm.prank(stranger);
        coordinator.attest(run, 1, slot, proposal, false);
    }

    function test_attest_otherProposal_reverts(bytes32 named) public {
        _propose(3, ROOT);
        bytes32 proposal = _state().proposal;
        if (named == proposal) named = ROOT;
        _attestAs(_followerSlot(0), 1, named, abi.encodeWithSelector(RunProposalMismatch.selector, proposal, named));
    }

    function test_attest_votedAlready_reverts() public {
        _propose(3, ROOT);
        bytes32 proposal = _state().proposal;
        (uint8 first, uint8 second) = (_followerSlot(0), _followerSlot(1));
        _refuse(_validator(first));
        _attestAs(first, 1, proposal, abi.encodeWithSelector(RunAlreadyVoted.selector, run, 1, 1, first));
        _attest(_validator(second));
        _attestAs(second, 1, proposal, abi.encodeWithSelector(RunAlreadyVoted.selector, run, 1, 1, second));
    }

    function test_attest_twoThirds_finishesRound() public {
        _propose(3, ROOT);
        bytes32 proposal = _state().proposal;
        address follower = _follower(1);
        vm.expectEmit(address(coordinator));
        emit Attested(run, 1, follower, _followerSlot(1), proposal, false);
        _attest(follower);
        assertEq(coordinator.stateRootOf(run), _params().genesisRoot, "an action advances nothing by itself");
        vm.expectEmit(address(coordinator));
        emit RoundFinalized(run, 1, 3, ROOT);
        coordinator.advance(run);
        assertEq(coordinator.stateRootOf(run), ROOT, "root");
        assertEq(_round(), 2, "round");
        assertEq(_state().parentRoot, ROOT, "parent of the next");
        _assertPhase(Phase.Train, "phase");
        Round memory over = coordinator.roundOf(run, 1);
        assertEq(over.attestedWeight, 2 * STAKE, "weight");
        assertEq(over.proposal, proposal, "proposal");
        assertEq(over.deadline + over.attempt + over.leader, 0, "it has no phase any more");
    }

    /// @dev Whoever votes after two thirds is still heard, as long as nobody has advanced.
    function test_attest_afterTwoThirds_isCounted() public {
        _propose(3, ROOT);
        for (uint256 n = 0; n < 2; n++) _attest(_follower(n));
        assertEq(_state().attestedWeight, 3 * STAKE, "weight");
        coordinator.advance(run);
        assertEq(coordinator.roundOf(run, 1).attested, 7, "all three");
    }

    function test_attest_emptySet_voidsRound() public {
        bytes32 parent = _params().genesisRoot;
        _propose(0, parent);
        _attest(_follower(0));
        vm.expectEmit(address(coordinator));
        emit RoundVoided(run, 1, VoidReason.NothingValid);
        coordinator.advance(run);
        assertEq(coordinator.stateRootOf(run), parent, "root");
        assertEq(_state().parentRoot, parent, "parent of the next");
        assertEq(_round(), 2, "round");
        assertEq(coordinator.epochOf(run, 1).finalRounds, 0, "final rounds");
    }

    function test_attest_delegate_actsForOperator() public {
        _propose(3, ROOT);
        (uint8 slot, bytes32 proposal) = (_followerSlot(0), _state().proposal);
        vm.prank(_validator(slot));
        stakes.setDelegate(stranger);
        vm.expectEmit(address(coordinator));
        emit Attested(run, 1, _validator(slot), slot, proposal, false);
        vm.prank(stranger);
        coordinator.attest(run, 1, slot, proposal, false);
    }

    /// @dev I-13: final if and only if two thirds of the weight attest, whatever the stakes. Refusals are far away.
    function test_attest_anyWeights_finalFromTwoThirds(uint256[3] memory stakes_) public {
        run = _createRun(_params());
        _fund(POT);
        uint256 total;
        uint256[3] memory weights;
        for (uint256 i = 0; i < 3; i++) {
            stakes_[i] = bound(stakes_[i], STAKE, 4 * STAKE);
            weights[i] = stakes_[i] < 3 * STAKE ? stakes_[i] : 3 * STAKE;
            total += weights[i];
            _joinValidator(10 + i, uint128(stakes_[i]));
        }
        for (uint256 i = 0; i < 2; i++) _joinMiner(10 + i);
        coordinator.advance(run);
        _toAttest();
        assertEq(_state().totalWeight, total, "total");
        _propose(3, ROOT);
        uint256 leader = _state().leader;
        uint256 attested = weights[leader];
        for (uint256 i = 0; i < 3; i++) {
            assertEq(coordinator.isDue(run), 3 * attested >= 2 * total, "final");
            if (i == leader) continue;
            _attest(_validator(10 + i));
            attested += weights[i];
        }
        coordinator.advance(run);
        assertEq(coordinator.stateRootOf(run), ROOT, "all of them");
    }
}

/// refuse
/// ├── what attest reverts for: reverts
/// └── else: counted, and when the run is advanced
///     ├── up to a third of the round's weight: waits
///     ├── more, and leaders are left: the next one
///     └── more, and none is left: void
contract RunCoordinatorRefuseTest is VoteBase {
    function _refuseAs(uint8 slot, uint64 round, bytes32 proposal, bytes memory refusal) private {
        if (refusal.length != 0) vm.expectRevert(refusal);
        vm.prank(_validator(slot));
        coordinator.refuse(run, round, slot, proposal);
    }

    function test_refuse_unknownRun_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunNotActor.selector, 7, 0, _validator(0)));
        vm.prank(_validator(0));
        coordinator.refuse(7, 1, 0, ROOT);
    }

    function test_refuse_wrongMoment_reverts() public {
        _propose(3, ROOT);
        uint8 slot = _followerSlot(0);
        (bytes32 proposal, uint64 deadline) = (_state().proposal, _state().deadline);
        _refuseAs(slot, 2, proposal, abi.encodeWithSelector(RunWrongRound.selector, run, 1, 2));
        vm.warp(deadline + 1);
        _refuseAs(slot, 1, proposal, abi.encodeWithSelector(RunPastDeadline.selector, run, deadline));
        vm.warp(deadline);
        _attestAll();
        bytes4 selector = RunWrongPhase.selector;
        _refuseAs(slot, 2, proposal, abi.encodeWithSelector(selector, run, Phase.Train, Phase.Attest));
    }

    /// @dev Neither nothing nor the proposal of an attempt that failed can be refused.
    function test_refuse_otherProposal_reverts() public {
        uint8 slot = _followerSlot(0);
        _refuseAs(slot, 1, 0, abi.encodeWithSelector(RunProposalMismatch.selector, 0, 0));
        _propose(3, ROOT);
        bytes32 stale = _state().proposal;
        _refuseAs(slot, 1, ROOT, abi.encodeWithSelector(RunProposalMismatch.selector, stale, ROOT));
        _lapse();
        coordinator.advance(run);
        _propose(3, ROOT);
        bytes32 present = _state().proposal;
        slot = _followerSlot(0);
        _refuseAs(slot, 1, stale, abi.encodeWithSelector(RunProposalMismatch.selector, present, stale));
    }

    function test_refuse_notTheActor_reverts() public {
        _propose(3, ROOT);
        bytes32 proposal = _state().proposal;
        uint8 slot = _followerSlot(0);
        vm.expectRevert(abi.encodeWithSelector(RunNotActor.selector, run, slot, _miner(0)));
        vm.prank(_miner(0));
        coordinator.refuse(run, 1, slot, proposal);
    }

    function test_refuse_joinedSince_reverts() public {
        run = _createRun(_params());
        _fund(POT);
        for (uint256 i = 10; i < 12; i++) _joinMiner(i);
        for (uint256 i = 10; i < 12; i++) _joinValidator(i, STAKE);
        coordinator.advance(run);
        address late = _joinValidator(12, STAKE);
        _toAttest();
        _propose(3, ROOT);
        bytes32 proposal = _state().proposal;
        vm.expectRevert(abi.encodeWithSelector(RunNotActive.selector, run, 1, 2));
        vm.prank(late);
        coordinator.refuse(run, 1, 2, proposal);
    }

    function test_refuse_votedAlready_reverts() public {
        _propose(3, ROOT);
        bytes32 proposal = _state().proposal;
        (uint8 leader, uint8 slot) = (_state().leader, _followerSlot(0));
        _refuseAs(leader, 1, proposal, abi.encodeWithSelector(RunAlreadyVoted.selector, run, 1, 1, leader));
        _refuseAs(slot, 1, proposal, "");
        _refuseAs(slot, 1, proposal, abi.encodeWithSelector(RunAlreadyVoted.selector, run, 1, 1, slot));
    }

    function test_refuse_aThird_waits() public {
        _propose(3, ROOT);
        uint8 slot = _followerSlot(0);
        vm.expectEmit(address(coordinator));
        emit Refused(run, 1, _validator(slot), slot, _state().proposal);
        _refuse(_validator(slot));
        assertEq(_state().refused, 1 << slot, "refused");
        assertEq(_state().refusedWeight, STAKE, "weight");
        assertFalse(coordinator.isDue(run), "a third can be outvoted");
        _attest(_follower(1));
        coordinator.advance(run);
        assertEq(coordinator.stateRootOf(run), ROOT, "and was");
        assertEq(coordinator.roundOf(run, 1).refused, 1 << slot, "remembered");
    }

    function test_refuse_moreThanAThird_drawsNextLeader() public {
        _propose(3, ROOT);
        uint8 first = _state().leader;
        for (uint256 n = 0; n < 2; n++) _refuse(_follower(n));
        assertEq(_state().attempt, 1, "an action advances nothing by itself");
        coordinator.advance(run);
        Round memory round = _state();
        assertEq(round.attempt, 2, "attempt");
        assertNotEq(round.leader, first, "leader");
        assertEq(round.proposal, 0, "proposal");
        assertEq(round.refusedWeight, 0, "votes are cleared");
        assertEq(round.deadline, block.timestamp + 120, "a new deadline");
    }

    function test_refuse_lastLeader_voidsRound() public {
        for (uint256 attempt = 1; attempt <= 2; attempt++) {
            assertEq(_state().attempt, attempt, "attempt");
            _propose(3, ROOT);
            for (uint256 n = 0; n < 2; n++) _refuse(_follower(n));
            if (attempt == 2) {
                vm.expectEmit(address(coordinator));
                emit RoundVoided(run, 1, VoidReason.NoQuorum);
            }
            coordinator.advance(run);
        }
        assertEq(_round(), 2, "round");
        assertEq(coordinator.stateRootOf(run), _params().genesisRoot, "root");
    }
}

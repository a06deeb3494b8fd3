// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {CoordinatorBase} from "./CoordinatorBase.sol";

/// @dev A round in Attest with three validators, and a proposal unless a test says otherwise.
abstract contract VoteBase is CoordinatorBase {
    bytes32 internal constant ROOT = keccak256("root");

    function setUp() public virtual override {
        super.setUp();
        _start(2, 3);
        _toAttest();
    }

    /// @dev The n-th validator that is not the leader.
    function _follower(uint256 n) internal returns (address) {
        uint256 leader = _state().leader;
        return _validator(n == 0 ? (leader == 0 ? 1 : 0) : (leader == 2 ? 1 : 2));
    }
}

/// attest
/// ├── another round, phase or attempt, past the deadline: reverts
/// ├── nothing proposed, not active, voted already: reverts
/// ├── set or root is not the proposed one: reverts
/// └── else: counted
///     ├── below two thirds of the round's weight: waits
///     ├── two thirds, a set: final, the next round opens on the new root
///     └── two thirds, no set: void
contract RunCoordinatorAttestTest is VoteBase {
    function _attestAs(address caller, uint64 round, uint8 attempt, bytes memory refusal) private {
        if (refusal.length != 0) vm.expectRevert(refusal);
        vm.prank(caller);
        coordinator.attest(run, round, attempt, 3, ROOT);
    }

    function test_attest_unknownRun_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunUnknown.selector, 7));
        coordinator.attest(7, 1, 1, 3, ROOT);
    }

    function test_attest_otherRound_reverts() public {
        _attestAs(_follower(0), 3, 1, abi.encodeWithSelector(RunWrongRound.selector, run, 1, 3));
    }

    function test_attest_otherPhase_reverts() public {
        address follower = _follower(0);
        _propose();
        _attestAll();
        _attestAs(follower, 2, 1, abi.encodeWithSelector(RunWrongPhase.selector, run, Phase.Train, Phase.Attest));
    }

    function test_attest_pastDeadline_reverts() public {
        _propose(3, ROOT);
        address follower = _follower(0);
        uint64 deadline = _state().deadline;
        vm.warp(deadline + 1);
        _attestAs(follower, 1, 1, abi.encodeWithSelector(RunPastDeadline.selector, run, deadline));
        vm.warp(deadline);
        _attestAs(follower, 1, 1, "");
        assertEq(_round(), 2, "in time");
    }

    /// @dev A vote that was under way when the attempt failed does not count for the next proposal, even an equal one.
    function test_attest_otherAttempt_reverts() public {
        _propose(3, ROOT);
        address voter = _follower(0);
        _lapse();
        coordinator.advance(run);
        _propose(3, ROOT);
        _attestAs(voter, 1, 1, abi.encodeWithSelector(RunWrongAttempt.selector, 2, 1));
    }

    function test_attest_nothingProposed_reverts() public {
        _attestAs(_follower(0), 1, 1, abi.encodeWithSelector(RunNotProposed.selector, run, 1, 1));
        // What is stored before a proposal, zero and zero, cannot be attested either.
        address leader = _leader();
        vm.expectRevert(abi.encodeWithSelector(RunNotProposed.selector, run, 1, 1));
        vm.prank(leader);
        coordinator.attest(run, 1, 1, 0, 0);
    }

    function test_attest_notMember_reverts() public {
        _propose(3, ROOT);
        _attestAs(_miner(0), 1, 1, abi.encodeWithSelector(RunNotMember.selector, run, _miner(0)));
    }

    function test_attest_otherProposal_reverts(uint256 included, bytes32 root) public {
        vm.assume(included != 3 || root != ROOT);
        _propose(3, ROOT);
        address follower = _follower(0);
        bytes memory refusal = abi.encodeWithSelector(RunProposalMismatch.selector, 3, ROOT);
        vm.startPrank(follower);
        vm.expectRevert(refusal);
        coordinator.attest(run, 1, 1, included, root);
        vm.expectRevert(refusal);
        coordinator.attest(run, 1, 1, 1, ROOT);
        vm.expectRevert(refusal);
        coordinator.attest(run, 1, 1, 3, "root");
        vm.stopPrank();
    }

    function test_attest_votedAlready_reverts() public {
        _propose(3, ROOT);
        address follower = _follower(0);
        _refuse(follower);
        _attestAs(follower, 1, 1, abi.encodeWithSelector(RunAlreadyVoted.selector, run, 1, 1, follower));
    }

    function test_attest_twoThirds_finishesRound() public {
        _propose(3, ROOT);
        address follower = _follower(1);
        uint8 slot = coordinator.slotOf(run, Role.Validator, follower);
        vm.expectEmit(address(coordinator));
        emit Attested(run, 1, follower, slot, 1);
        vm.expectEmit(address(coordinator));
        emit RoundFinalized(run, 1, 3, ROOT);
        _attest(follower);
        assertEq(coordinator.stateRootOf(run), ROOT, "root");
        assertEq(_round(), 2, "round");
        assertEq(_state().parentRoot, ROOT, "parent of the next");
        _assertPhase(Phase.Train, "phase");
        assertEq(coordinator.roundOf(run, 1).attestedWeight, 2 * STAKE, "weight");
    }

    function test_attest_emptySet_voidsRound() public {
        bytes32 parent = _params().genesisRoot;
        _propose(0, parent);
        vm.expectEmit(address(coordinator));
        emit RoundVoided(run, 1, VoidReason.NothingValid);
        _attest(_follower(0));
        assertEq(coordinator.stateRootOf(run), parent, "root");
        assertEq(_state().parentRoot, parent, "parent of the next");
        assertEq(_round(), 2, "round");
    }

    function test_attest_delegate_actsForOperator() public {
        _propose(3, ROOT);
        address follower = _follower(0);
        vm.prank(follower);
        stakes.setDelegate(stranger);
        _attestAs(stranger, 1, 1, "");
        assertEq(_round(), 2, "counted");
    }

    /// @dev I-13: final if and only if two thirds of the weight attest, whatever the stakes. Refusals are far away.
    function test_attest_anyWeights_finalFromTwoThirds(uint256[3] memory stakes_) public {
        run = coordinator.createRun(_params());
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
            assertEq(_round() == 2, 3 * attested >= 2 * total, "final");
            if (_round() == 2) return;
            if (i == leader) continue;
            _attest(_validator(10 + i));
            attested += weights[i];
        }
        assertEq(_round(), 2, "all of them");
    }
}

/// refuse
/// ├── another round, phase or attempt, past the deadline: reverts
/// ├── nothing proposed, not active, voted already: reverts
/// └── else: counted
///     ├── up to a third of the round's weight: waits
///     ├── more, and leaders are left: the next one
///     └── more, and none is left: void
contract RunCoordinatorRefuseTest is VoteBase {
    function _refuseAs(address caller, uint64 round, uint8 attempt, bytes memory refusal) private {
        if (refusal.length != 0) vm.expectRevert(refusal);
        vm.prank(caller);
        coordinator.refuse(run, round, attempt);
    }

    function test_refuse_unknownRun_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunUnknown.selector, 7));
        coordinator.refuse(7, 1, 1);
    }

    function test_refuse_wrongMoment_reverts() public {
        _propose(3, ROOT);
        address follower = _follower(0);
        _refuseAs(follower, 2, 1, abi.encodeWithSelector(RunWrongRound.selector, run, 1, 2));
        _refuseAs(follower, 1, 2, abi.encodeWithSelector(RunWrongAttempt.selector, 1, 2));
        uint64 deadline = _state().deadline;
        vm.warp(deadline + 1);
        _refuseAs(follower, 1, 1, abi.encodeWithSelector(RunPastDeadline.selector, run, deadline));
        vm.warp(deadline);
        _attestAll();
        bytes4 selector = RunWrongPhase.selector;
        _refuseAs(follower, 2, 1, abi.encodeWithSelector(selector, run, Phase.Train, Phase.Attest));
    }

    function test_refuse_nothingProposed_reverts() public {
        _refuseAs(_follower(0), 1, 1, abi.encodeWithSelector(RunNotProposed.selector, run, 1, 1));
    }

    function test_refuse_notAVoter_reverts() public {
        _propose(3, ROOT);
        _refuseAs(_miner(0), 1, 1, abi.encodeWithSelector(RunNotMember.selector, run, _miner(0)));
    }

    function test_refuse_joinedSince_reverts() public {
        run = coordinator.createRun(_params());
        _fund(POT);
        for (uint256 i = 10; i < 12; i++) _joinMiner(i);
        for (uint256 i = 10; i < 12; i++) _joinValidator(i, STAKE);
        coordinator.advance(run);
        address late = _joinValidator(12, STAKE);
        _toAttest();
        _propose(3, ROOT);
        _refuseAs(late, 1, 1, abi.encodeWithSelector(RunNotActive.selector, run, 1, late));
    }

    function test_refuse_votedAlready_reverts() public {
        _propose(3, ROOT);
        address follower = _follower(0);
        address leader = _leader();
        _refuseAs(leader, 1, 1, abi.encodeWithSelector(RunAlreadyVoted.selector, run, 1, 1, leader));
        _refuseAs(follower, 1, 1, "");
        _refuseAs(follower, 1, 1, abi.encodeWithSelector(RunAlreadyVoted.selector, run, 1, 1, follower));
    }

    function test_refuse_aThird_waits() public {
        _propose(3, ROOT);
        address follower = _follower(0);
        uint8 slot = coordinator.slotOf(run, Role.Validator, follower);
        vm.expectEmit(address(coordinator));
        emit Refused(run, 1, follower, slot, 1);
        _refuse(follower);
        assertEq(_state().refused, 1 << slot, "refused");
        assertEq(_state().refusedWeight, STAKE, "weight");
        assertEq(_state().attempt, 1, "a third can be outvoted");
        _attest(_follower(1));
        assertEq(coordinator.stateRootOf(run), ROOT, "and was");
    }

    function test_refuse_moreThanAThird_drawsNextLeader() public {
        _propose(3, ROOT);
        uint8 first = _state().leader;
        _refuse(_follower(0));
        _refuse(_follower(1));
        Round memory round = _state();
        assertEq(round.attempt, 2, "attempt");
        assertNotEq(round.leader, first, "leader");
        assertFalse(round.proposed, "proposed");
        assertEq(round.refusedWeight, 0, "votes are cleared");
        assertEq(round.deadline, block.timestamp + 120, "a new deadline");
    }

    function test_refuse_lastLeader_voidsRound() public {
        for (uint256 attempt = 1; attempt <= 2; attempt++) {
            assertEq(_state().attempt, attempt, "attempt");
            _propose(3, ROOT);
            address second = _follower(1);
            _refuse(_follower(0));
            if (attempt == 2) {
                vm.expectEmit(address(coordinator));
                emit RoundVoided(run, 1, VoidReason.NoQuorum);
            }
            _refuse(second);
        }
        assertEq(_round(), 2, "round");
        assertEq(coordinator.stateRootOf(run), _params().genesisRoot, "root");
    }
}

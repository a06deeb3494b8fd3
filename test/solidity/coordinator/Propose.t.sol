// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {CoordinatorBase} from "./CoordinatorBase.sol";

/// propose
/// ├── another round, phase or attempt, past the deadline: reverts
/// ├── not a validator, not active in the round, not the leader: reverts
/// ├── proposed already: reverts
/// ├── set not within the revealed, or larger than the run allows: reverts
/// ├── root zero or unchanged with a set, or changed without one: reverts
/// └── else: stored, counts as the leader's vote
///     └── the leader alone has two thirds: the round is over
contract RunCoordinatorProposeTest is CoordinatorBase {
    bytes32 private constant ROOT = keccak256("root");

    function setUp() public override {
        super.setUp();
        _start(4, 3);
        for (uint256 i = 0; i < 3; i++) _commit(_miner(i));
        for (uint256 i = 0; i < 2; i++) {
            _lapse();
            coordinator.advance(run);
        }
        _revealAll();
    }

    function _proposeAs(address caller, uint64 round, uint8 attempt, bytes memory refusal) private {
        if (refusal.length != 0) vm.expectRevert(refusal);
        vm.prank(caller);
        coordinator.propose(run, round, attempt, 7, ROOT);
    }

    function _follower() private returns (address) {
        return _validator((_state().leader + 1) % 3);
    }

    function test_propose_unknownRun_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunUnknown.selector, 7));
        coordinator.propose(7, 1, 1, 7, ROOT);
    }

    function test_propose_otherRound_reverts() public {
        _proposeAs(_leader(), 2, 1, abi.encodeWithSelector(RunWrongRound.selector, run, 1, 2));
    }

    function test_propose_otherPhase_reverts() public {
        address leader = _leader();
        _propose();
        _attestAll();
        _proposeAs(leader, 2, 1, abi.encodeWithSelector(RunWrongPhase.selector, run, Phase.Train, Phase.Attest));
    }

    function test_propose_pastDeadline_reverts() public {
        address leader = _leader();
        uint64 deadline = _state().deadline;
        vm.warp(deadline + 1);
        _proposeAs(leader, 1, 1, abi.encodeWithSelector(RunPastDeadline.selector, run, deadline));
        vm.warp(deadline);
        _proposeAs(leader, 1, 1, "");
    }

    function test_propose_otherAttempt_reverts() public {
        address first = _leader();
        _proposeAs(first, 1, 2, abi.encodeWithSelector(RunWrongAttempt.selector, 1, 2));
        _lapse();
        coordinator.advance(run);
        _proposeAs(first, 1, 1, abi.encodeWithSelector(RunWrongAttempt.selector, 2, 1));
        _proposeAs(first, 1, 2, abi.encodeWithSelector(RunNotLeader.selector, run, 1, first));
    }

    function test_propose_notMember_reverts() public {
        _proposeAs(_miner(0), 1, 1, abi.encodeWithSelector(RunNotMember.selector, run, _miner(0)));
    }

    function test_propose_follower_reverts() public {
        address follower = _follower();
        _proposeAs(follower, 1, 1, abi.encodeWithSelector(RunNotLeader.selector, run, 1, follower));
    }

    function test_propose_twice_reverts() public {
        address leader = _leader();
        _proposeAs(leader, 1, 1, "");
        _proposeAs(leader, 1, 1, abi.encodeWithSelector(RunAlreadyProposed.selector, run, 1, 1));
    }

    function test_propose_set_isWithinRevealed(uint256 included) public {
        // Miner 3 did not commit. Small numbers, so that subsets come up.
        if (included % 4 != 0) included %= 16;
        if (included == 0) included = 1;
        address leader = _leader();
        if (included > 7) vm.expectRevert(abi.encodeWithSelector(RunIncludedInvalid.selector, included, 7, 3));
        vm.prank(leader);
        coordinator.propose(run, 1, 1, included, ROOT);
    }

    function test_propose_setTooLarge_reverts() public {
        RunParams memory p = _params();
        p.maxIncluded = 2;
        run = coordinator.createRun(p);
        _fund(POT);
        for (uint256 i = 0; i < 3; i++) _enrol(_miner(i), STAKE);
        for (uint256 i = 0; i < 3; i++) {
            vm.prank(_miner(i));
            coordinator.joinAsMiner(run);
        }
        for (uint256 i = 3; i < 5; i++) _joinValidator(i, STAKE);
        coordinator.advance(run);
        _toAttest();
        address leader = _leader();
        vm.expectRevert(abi.encodeWithSelector(RunIncludedInvalid.selector, 7, 7, 2));
        vm.prank(leader);
        coordinator.propose(run, 1, 1, 7, ROOT);
        vm.prank(leader);
        coordinator.propose(run, 1, 1, 6, ROOT);
    }

    function test_propose_rootDoesNotFitSet_reverts(bytes32 root) public {
        bytes32 parent = _params().genesisRoot;
        address leader = _leader();
        vm.startPrank(leader);
        vm.expectRevert(abi.encodeWithSelector(RunProposalMismatch.selector, 7, bytes32(0)));
        coordinator.propose(run, 1, 1, 7, 0);
        vm.expectRevert(abi.encodeWithSelector(RunProposalMismatch.selector, 7, parent));
        coordinator.propose(run, 1, 1, 7, parent);
        vm.assume(root != parent);
        vm.expectRevert(abi.encodeWithSelector(RunProposalMismatch.selector, 0, root));
        coordinator.propose(run, 1, 1, 0, root);
        vm.stopPrank();
    }

    function test_propose_valid_storesAndVotes() public {
        address leader = _leader();
        uint8 slot = _state().leader;
        vm.expectEmit(address(coordinator));
        emit Proposed(run, 1, leader, 1, 5, ROOT);
        vm.expectEmit(address(coordinator));
        emit Attested(run, 1, leader, slot, 1);
        vm.prank(leader);
        coordinator.propose(run, 1, 1, 5, ROOT);
        Round memory round = _state();
        assertTrue(round.proposed, "proposed");
        assertEq(round.included, 5, "included");
        assertEq(round.nextRoot, ROOT, "next root");
        assertEq(round.attested, 1 << slot, "attested");
        assertEq(round.attestedWeight, STAKE, "attested weight");
        assertEq(coordinator.stateRootOf(run), _params().genesisRoot, "a third is not final");
        vm.expectRevert(abi.encodeWithSelector(RunAlreadyVoted.selector, run, 1, 1, leader));
        vm.prank(leader);
        coordinator.attest(run, 1, 1, 5, ROOT);
    }

    function test_propose_delegate_actsForLeader() public {
        address leader = _leader();
        vm.prank(leader);
        stakes.setDelegate(stranger);
        vm.expectEmit(address(coordinator));
        emit Proposed(run, 1, leader, 1, 7, ROOT);
        _proposeAs(stranger, 1, 1, "");
    }

    function test_propose_leaderHasTwoThirds_finishes() public {
        run = coordinator.createRun(_params());
        _fund(POT);
        for (uint256 i = 10; i < 12; i++) _joinMiner(i);
        _joinValidator(10, STAKE);
        _joinValidator(11, 2 * STAKE);
        coordinator.advance(run);
        _toAttest();
        if (_state().leader == 0) {
            _lapse();
            coordinator.advance(run);
        }
        _propose(3, ROOT);
        assertEq(coordinator.stateRootOf(run), ROOT, "root");
        assertEq(_round(), 2, "next round");
    }
}

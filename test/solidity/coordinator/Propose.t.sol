// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {CoordinatorBase} from "./CoordinatorBase.sol";
import {IStakeVaultErrors} from "../../../contracts/interfaces/IStakeVault.sol";

/// propose
/// ├── does not act for the leader, not active in the named round: reverts
/// ├── another round, phase or attempt, past the deadline: reverts
/// ├── proposed already: reverts
/// ├── set not within the revealed, or larger than the run allows: reverts
/// ├── root zero or unchanged with a set, or changed without one: reverts
/// └── else: stored under a hash of its own, counts as the leader's vote
contract RunCoordinatorProposeTest is CoordinatorBase, IStakeVaultErrors {
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
        coordinator.propose(run, round, attempt, 7, ROOT, false);
    }

    function _follower() private returns (address) {
        return _validator((_state().leader + 1) % 3);
    }

    /// @dev The format said a second time, from contracts/README.md.
    function _proposalOf(uint64 round, uint8 attempt, uint256 included, bytes32 root) private view returns (bytes32) {
        return keccak256(abi.encodePacked(bytes1(0x0b), uint64(run), round, attempt, included, root));
    }

    function test_propose_unknownRun_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunNotActor.selector, 7, 0, _validator(0)));
        vm.prank(_validator(0));
        coordinator.propose(7, 1, 1, 7, ROOT, false);
    }

    function test_propose_otherRound_reverts() public {
        _proposeAs(_leader(), 2, 1, abi.encodeWithSelector(RunWrongRound.selector, run, 1, 2));
        uint8 slot = _state().leader;
        _proposeAs(_leader(), 0, 1, abi.encodeWithSelector(RunNotActive.selector, run, 0, slot));
    }

    /// @dev Outside of Attest there is no leader; slot 0 is asked for, and the phase refuses it.
    function test_propose_otherPhase_reverts() public {
        _propose();
        _attestAll();
        address first = _validator(0);
        _proposeAs(first, 2, 1, abi.encodeWithSelector(RunWrongPhase.selector, run, Phase.Train, Phase.Attest));
        _proposeAs(_validator(1), 2, 1, abi.encodeWithSelector(RunNotActor.selector, run, 0, _validator(1)));
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
        _proposeAs(_leader(), 1, 1, abi.encodeWithSelector(RunWrongAttempt.selector, 2, 1));
        _proposeAs(first, 1, 2, abi.encodeWithSelector(RunNotActor.selector, run, _state().leader, first));
    }

    function test_propose_notTheLeader_reverts() public {
        uint8 slot = _state().leader;
        address follower = _follower();
        _proposeAs(follower, 1, 1, abi.encodeWithSelector(RunNotActor.selector, run, slot, follower));
        _proposeAs(_miner(0), 1, 1, abi.encodeWithSelector(RunNotActor.selector, run, slot, _miner(0)));
        _proposeAs(stranger, 1, 1, abi.encodeWithSelector(StakeVaultUnknownOperator.selector, stranger));
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
        if (included > 7) vm.expectRevert(abi.encodeWithSelector(RunIncludedInvalid.selector, included, 3));
        vm.prank(leader);
        coordinator.propose(run, 1, 1, included, ROOT, false);
    }

    /// @dev Committed is not revealed.
    function test_propose_sealedContribution_reverts() public {
        _propose();
        _attestAll();
        for (uint256 i = 0; i < 4; i++) _commit(_miner(i));
        coordinator.advance(run);
        for (uint256 i = 0; i < 3; i++) _reveal(_miner(i));
        _lapse();
        coordinator.advance(run);
        address leader = _leader();
        vm.expectRevert(abi.encodeWithSelector(RunIncludedInvalid.selector, 9, 3));
        vm.prank(leader);
        coordinator.propose(run, 2, 1, 9, ROOT, false);
    }

    function test_propose_setTooLarge_reverts() public {
        RunParams memory p = _params();
        p.maxIncluded = 2;
        run = _createRun(p);
        _fund(POT);
        for (uint256 i = 10; i < 13; i++) _joinMiner(i);
        for (uint256 i = 10; i < 12; i++) _joinValidator(i, STAKE);
        coordinator.advance(run);
        _toAttest();
        address leader = _leader();
        vm.expectRevert(abi.encodeWithSelector(RunIncludedInvalid.selector, 7, 2));
        vm.prank(leader);
        coordinator.propose(run, 1, 1, 7, ROOT, false);
        vm.prank(leader);
        coordinator.propose(run, 1, 1, 6, ROOT, false);
    }

    function test_propose_rootDoesNotFitSet_reverts(bytes32 root) public {
        bytes32 parent = _params().genesisRoot;
        if (root == parent) root = ROOT;
        address leader = _leader();
        vm.startPrank(leader);
        vm.expectRevert(abi.encodeWithSelector(RunRootInvalid.selector, 7, bytes32(0)));
        coordinator.propose(run, 1, 1, 7, 0, false);
        vm.expectRevert(abi.encodeWithSelector(RunRootInvalid.selector, 7, parent));
        coordinator.propose(run, 1, 1, 7, parent, false);
        vm.expectRevert(abi.encodeWithSelector(RunRootInvalid.selector, 0, root));
        coordinator.propose(run, 1, 1, 0, root, false);
        vm.stopPrank();
    }

    function test_propose_valid_storesAndVotes(bool worse) public {
        address leader = _leader();
        uint8 slot = _state().leader;
        bytes32 proposal = _proposalOf(1, 1, 5, ROOT);
        vm.expectEmit(address(coordinator));
        emit Proposed(run, 1, leader, 1, 5, ROOT, proposal);
        vm.expectEmit(address(coordinator));
        emit Attested(run, 1, leader, slot, proposal, worse);
        vm.prank(leader);
        coordinator.propose(run, 1, 1, 5, ROOT, worse);
        Round memory round = _state();
        assertEq(round.proposal, proposal, "proposal");
        assertEq(round.included, 5, "included");
        assertEq(round.nextRoot, ROOT, "next root");
        assertEq(round.attested, 1 << slot, "attested");
        assertEq(round.attestedWeight, STAKE, "attested weight");
        assertEq(round.worseWeight, worse ? STAKE : 0, "worse weight");
        assertFalse(coordinator.isDue(run), "a third is not final");
        vm.expectRevert(abi.encodeWithSelector(RunAlreadyVoted.selector, run, 1, 1, slot));
        vm.prank(leader);
        coordinator.attest(run, 1, slot, proposal, worse);
    }

    function test_propose_delegate_actsForLeader() public {
        address leader = _leader();
        vm.prank(leader);
        stakes.setDelegate(stranger);
        vm.expectEmit(address(coordinator));
        emit Proposed(run, 1, leader, 1, 7, ROOT, _proposalOf(1, 1, 7, ROOT));
        _proposeAs(stranger, 1, 1, "");
    }

    function test_propose_leaderHasTwoThirds_isDueAtOnce() public {
        run = _createRun(_params());
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
        assertEq(coordinator.stateRootOf(run), _params().genesisRoot, "an action advances nothing by itself");
        coordinator.advance(run);
        assertEq(coordinator.stateRootOf(run), ROOT, "root");
        assertEq(_round(), 2, "next round");
    }
}

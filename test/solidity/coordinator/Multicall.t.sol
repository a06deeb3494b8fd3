// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {EpochSteps} from "./EpochSteps.sol";

/// multicall
/// ├── an action and advance: the action is the caller's own, and whoever acts last opens the next phase
/// └── one call reverts: nothing has happened
contract RunCoordinatorMulticallTest is EpochSteps {
    function setUp() public override {
        super.setUp();
        _start(2, 3);
    }

    /// @dev The action, then advance, as one call of `caller`.
    function _actAndAdvance(address caller, bytes memory action) private {
        bytes[] memory calls = new bytes[](2);
        calls[0] = action;
        calls[1] = abi.encodeCall(coordinator.advance, (run));
        vm.prank(caller);
        coordinator.multicall(calls);
    }

    function test_multicall_lastOfEachPhase_advances() public {
        _commit(_miner(0));
        _actAndAdvance(_miner(1), abi.encodeCall(coordinator.commit, (run, 1, 1, _commitmentOf(_miner(1)))));
        _assertPhase(Phase.Reveal, "after the last commitment");
        assertEq(_state().committed, 3, "committed");
        _reveal(_miner(0));
        _actAndAdvance(_miner(1), abi.encodeCall(coordinator.reveal, (run, 1, 1, _opening(_miner(1), 1))));
        _assertPhase(Phase.Attest, "after the last opening");
        _propose();
        Round memory round = _state();
        uint8 slot = (round.leader + 1) % 3;
        address voter = _validator(slot);
        _actAndAdvance(voter, abi.encodeCall(coordinator.attest, (run, 1, slot, round.proposal, false)));
        assertEq(_round(), 2, "after two thirds");
        assertEq(coordinator.stateRootOf(run), round.nextRoot, "root");
    }

    function test_multicall_lastScores_closesCommit() public {
        _finish();
        _finish();
        bytes memory scores = _scores(1, 2, 0, 0);
        for (uint256 i = 0; i < 2; i++) _commitScores(_validator(i), 1, scores);
        address last = _validator(2);
        bytes32 commitment = _scoreCommitment(1, last, scores, _scoreOpening(last));
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(coordinator.commitScores, (run, 1, 2, commitment));
        calls[1] = abi.encodeCall(coordinator.advanceEpoch, (run, 1));
        vm.prank(last);
        coordinator.multicall(calls);
        _assertEpochPhase(1, EpochPhase.Reveal, "phase");
        // And the same for the last opening with the settlement.
        for (uint256 i = 0; i < 2; i++) _revealScores(_validator(i), 1, scores);
        bytes[] memory vectors = new bytes[](3);
        for (uint256 i = 0; i < 3; i++) vectors[i] = scores;
        calls[0] = abi.encodeCall(coordinator.revealScores, (run, 1, 2, scores, _scoreOpening(last)));
        calls[1] = abi.encodeCall(coordinator.settle, (run, 1, vectors, scores));
        vm.prank(last);
        coordinator.multicall(calls);
        _assertEpochPhase(1, EpochPhase.Settled, "phase");
    }

    /// @dev The caller of each call is the caller of all.
    function test_multicall_othersAction_reverts() public {
        bytes memory action = abi.encodeCall(coordinator.commit, (run, 1, 1, _commitmentOf(_miner(1))));
        vm.expectRevert(abi.encodeWithSelector(RunNotActor.selector, run, 1, _miner(0)));
        _actAndAdvance(_miner(0), action);
    }

    function test_multicall_notDue_undoesTheAction() public {
        bytes memory action = abi.encodeCall(coordinator.commit, (run, 1, 1, _commitmentOf(_miner(1))));
        vm.expectRevert(abi.encodeWithSelector(RunNotDue.selector, run));
        _actAndAdvance(_miner(1), action);
        assertEq(_state().committed, 0, "committed");
    }
}

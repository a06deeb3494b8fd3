// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {CoordinatorBase} from "./CoordinatorBase.sol";

/// Views
/// ├── no such run: each reverts
/// ├── round or epoch not in its ring: reverts
/// └── slot out of range: empty
contract RunCoordinatorViewsTest is CoordinatorBase {
    function test_views_unknownRun_revert(uint256 unknown) public {
        if (unknown == run) unknown = 0;
        bytes memory refusal = abi.encodeWithSelector(RunUnknown.selector, unknown);
        vm.expectRevert(refusal);
        coordinator.ownerOf(unknown);
        vm.expectRevert(refusal);
        coordinator.paramsOf(unknown);
        vm.expectRevert(refusal);
        coordinator.phaseOf(unknown);
        vm.expectRevert(refusal);
        coordinator.stateRootOf(unknown);
        vm.expectRevert(refusal);
        coordinator.currentRoundOf(unknown);
        vm.expectRevert(refusal);
        coordinator.currentEpochOf(unknown);
        vm.expectRevert(refusal);
        coordinator.roundOf(unknown, 1);
        vm.expectRevert(refusal);
        coordinator.epochOf(unknown, 1);
        vm.expectRevert(refusal);
        coordinator.memberOf(unknown, Role.Miner, 0);
        vm.expectRevert(refusal);
        coordinator.slotOf(unknown, Role.Miner, owner);
        vm.expectRevert(refusal);
        coordinator.sealOf(unknown, 1, 0);
        vm.expectRevert(refusal);
        coordinator.depositOf(unknown);
        vm.expectRevert(refusal);
        coordinator.sourceOf(unknown);
        vm.expectRevert(refusal);
        coordinator.usefulnessOf(unknown, 0);
        vm.expectRevert(refusal);
        coordinator.shareOf(unknown, 1, owner, true);
        vm.expectRevert(refusal);
        coordinator.isDue(unknown);
        vm.expectRevert(refusal);
        coordinator.finalRoundOf(unknown, 1);
        vm.expectRevert(refusal);
        coordinator.isStanding(unknown, 1);
        vm.expectRevert(refusal);
        coordinator.chunkRulesOf(unknown);
    }

    function test_roundOf_notInRing_reverts(uint64 round) public {
        vm.expectRevert(abi.encodeWithSelector(RunWrongRound.selector, run, 0, round));
        coordinator.roundOf(run, round);
        vm.expectRevert(abi.encodeWithSelector(RunWrongRound.selector, run, 0, round));
        coordinator.sealOf(run, round, 0);
        _start(2, 2);
        if (round == 1) round = 2;
        vm.expectRevert(abi.encodeWithSelector(RunWrongRound.selector, run, 1, round));
        coordinator.roundOf(run, round);
    }

    function test_epochOf_notInRing_reverts(uint64 epoch) public {
        vm.expectRevert(abi.encodeWithSelector(EpochUnknown.selector, run, epoch));
        coordinator.epochOf(run, epoch);
        _start(2, 2);
        if (epoch == 1) epoch = 2;
        vm.expectRevert(abi.encodeWithSelector(EpochUnknown.selector, run, epoch));
        coordinator.epochOf(run, epoch);
    }

    function test_memberOf_outOfRange_isEmpty(uint8 slot) public {
        _start(2, 2);
        slot = uint8(bound(slot, 2, 255));
        bytes memory empty = abi.encode(Member(address(0), address(0), false, 0, 0, 0, 0, 0, address(0)));
        assertEq(abi.encode(coordinator.memberOf(run, Role.Miner, slot)), empty, "miner");
        assertEq(abi.encode(coordinator.memberOf(run, Role.Validator, slot)), empty, "validator");
        assertEq(coordinator.sealOf(run, 1, slot), 0, "seal");
        assertEq(coordinator.usefulnessOf(run, slot), 0, "usefulness");
    }

    /// @dev Runs share operators and vaults, and nothing else.
    function test_runs_areIndependent() public {
        uint256 first = run;
        _start(2, 2);
        uint256 second = _createRun(_params());
        vm.expectRevert(abi.encodeWithSelector(RunNotMember.selector, second, _miner(0)));
        coordinator.slotOf(second, Role.Miner, _miner(0));
        _finish();
        assertEq(coordinator.currentRoundOf(second), 0, "round of the second");
        assertEq(coordinator.stateRootOf(second), _params().genesisRoot, "root of the second");
        assertFalse(coordinator.isDue(second), "members and money are the first's");
        assertEq(coordinator.currentRoundOf(first), 2, "round of the first");
    }
}

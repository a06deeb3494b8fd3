// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {EpochSteps} from "./EpochSteps.sol";
import {IStakeVault, IStakeVaultErrors} from "../../../contracts/interfaces/IStakeVault.sol";

/// joinAsMiner
/// ├── no such run, or the run is over: reverts
/// ├── caller is a delegate, or nobody: reverts
/// ├── a member already, also while it leaves: reverts
/// ├── all slots taken: reverts
/// ├── manager not allowed, or too little free stake: the vault reverts, and nobody has joined
/// └── else: lowest free slot, active from the next round, stake locked, protected once an operator
contract RunCoordinatorJoinAsMinerTest is EpochSteps, IStakeVaultErrors {
    function test_joinAsMiner_unknownRun_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunUnknown.selector, 0));
        coordinator.joinAsMiner(0);
        vm.expectRevert(abi.encodeWithSelector(RunUnknown.selector, run + 1));
        coordinator.joinAsMiner(run + 1);
    }

    function test_joinAsMiner_runOver_reverts() public {
        RunParams memory p = _params();
        p.maxRounds = 1;
        run = _createRun(p);
        _fund(POT);
        _start(2, 2);
        _finish();
        _assertPhase(Phase.Ended, "one round was all");
        address late = _miner(2);
        _enrol(late, STAKE);
        vm.expectRevert(abi.encodeWithSelector(RunWrongPhase.selector, run, Phase.Ended, Phase.Idle));
        vm.prank(late);
        coordinator.joinAsMiner(run);
    }

    function test_joinAsMiner_delegate_reverts() public {
        address operator = _miner(0);
        address delegate = account("delegate");
        _enrol(operator, STAKE);
        vm.prank(operator);
        stakes.setDelegate(delegate);
        vm.expectRevert(abi.encodeWithSelector(RunNotOperator.selector, delegate));
        vm.prank(delegate);
        coordinator.joinAsMiner(run);
    }

    function test_joinAsMiner_nobody_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(StakeVaultUnknownOperator.selector, stranger));
        vm.prank(stranger);
        coordinator.joinAsMiner(run);
    }

    function test_joinAsMiner_twice_reverts() public {
        _start(2, 2);
        address operator = _miner(0);
        bytes memory refusal = abi.encodeWithSelector(RunAlreadyMember.selector, run, operator);
        vm.expectRevert(refusal);
        vm.prank(operator);
        coordinator.joinAsMiner(run);
        _leave(operator, Role.Miner);
        vm.expectRevert(refusal);
        vm.prank(operator);
        coordinator.joinAsMiner(run);
    }

    function test_joinAsMiner_full_reverts() public {
        for (uint256 i = 0; i < 4; i++) _joinMiner(i);
        address late = _miner(4);
        _enrol(late, STAKE);
        vm.expectRevert(abi.encodeWithSelector(RunFull.selector, run, Role.Miner));
        vm.prank(late);
        coordinator.joinAsMiner(run);
    }

    function test_joinAsMiner_notAllowed_reverts() public {
        address operator = _miner(0);
        _enrol(operator, STAKE);
        vm.prank(operator);
        stakes.allowManager(address(coordinator), false);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultManagerNotAllowed.selector, operator, address(coordinator)));
        vm.prank(operator);
        coordinator.joinAsMiner(run);
        vm.expectRevert(abi.encodeWithSelector(RunNotMember.selector, run, operator));
        coordinator.slotOf(run, Role.Miner, operator);
    }

    function test_joinAsMiner_tooPoor_reverts() public {
        address operator = _miner(0);
        _enrol(operator, STAKE - 1);
        bytes4 selector = StakeVaultInsufficientFree.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, operator, STAKE, STAKE - 1));
        vm.prank(operator);
        coordinator.joinAsMiner(run);
    }

    function test_joinAsMiner_idleRun_takesLowestSlot() public {
        _joinMiner(0);
        address operator = _miner(1);
        _enrol(operator, STAKE);
        vm.expectEmit(address(coordinator));
        emit MemberJoined(run, operator, Role.Miner, 1, 1, STAKE, 0);
        vm.expectEmit(address(coordinator));
        emit KeySet(run, Role.Miner, 1, operator);
        vm.expectCall(address(stakes), abi.encodeCall(IStakeVault.lock, (operator, STAKE)));
        vm.prank(operator);
        assertEq(coordinator.joinAsMiner(run), 1, "slot");

        Member memory member = coordinator.memberOf(run, Role.Miner, 1);
        assertEq(
            abi.encode(member),
            abi.encode(Member(operator, operator, false, 1, 0, 3, STAKE, 0, address(0))),
            "member"
        );
        assertEq(coordinator.slotOf(run, Role.Miner, operator), 1, "slot of operator");
        assertEq(stakes.lockedBy(operator, address(coordinator)), STAKE, "locked");
    }

    function test_joinAsMiner_openRound_activeFromNext() public {
        _start(2, 2);
        _joinMiner(2);
        assertEq(coordinator.memberOf(run, Role.Miner, 2).activeFrom, 2, "active from");
        assertEq(_state().miners, 3, "not in the open round");
        _finish();
        assertEq(_state().miners, 7, "in the next");
    }

    /// @dev Protection counts from the first epoch in which it can be active, and is given once.
    function test_joinAsMiner_again_isNotProtectedAnew() public {
        _start(2, 2);
        _joinMiner(2);
        assertEq(coordinator.memberOf(run, Role.Miner, 2).protectedUntil, 3, "from the open epoch on");
        _finish();
        _finish();
        _leave(_miner(2), Role.Miner);
        for (uint256 i = 0; i < 4; i++) _finish();
        for (uint64 epoch = 1; epoch < 4; epoch++) _settleUnscored(epoch);
        coordinator.release(run, Role.Miner, 2);
        vm.prank(_miner(2));
        coordinator.joinAsMiner(run);
        assertEq(coordinator.memberOf(run, Role.Miner, 2).protectedUntil, 3, "as it was");
        _joinMiner(3);
        assertEq(coordinator.memberOf(run, Role.Miner, 3).protectedUntil, 6, "of one that is new in epoch 4");
    }

    function test_joinAsMiner_idleBetweenEpochs_protectionCountsFromTheNext() public {
        _start(2, 2);
        _leave(_validator(0), Role.Validator);
        _finish();
        _assertPhase(Phase.Idle, "phase");
        _joinMiner(2);
        assertEq(coordinator.memberOf(run, Role.Miner, 2).protectedUntil, 4, "epoch 2 is its first");
    }

    function test_joinAsMiner_slotFreed_isTakenAgain() public {
        for (uint256 i = 0; i < 3; i++) _joinMiner(i);
        _leave(_miner(1), Role.Miner);
        coordinator.release(run, Role.Miner, 1);
        _joinMiner(3);
        assertEq(coordinator.slotOf(run, Role.Miner, _miner(3)), 1, "slot");
    }
}

/// joinAsValidator
/// ├── stake below the run's: reverts
/// ├── weights above 96 bits together: reverts
/// ├── all slots taken: reverts
/// └── else: as a miner; the weight is the stake up to the cap; one may be both
contract RunCoordinatorJoinAsValidatorTest is EpochSteps {
    function test_joinAsValidator_unknownRun_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunUnknown.selector, 9));
        coordinator.joinAsValidator(9, STAKE);
    }

    function test_joinAsValidator_delegate_reverts() public {
        _enrol(_validator(0), STAKE);
        vm.prank(_validator(0));
        stakes.setDelegate(stranger);
        vm.expectRevert(abi.encodeWithSelector(RunNotOperator.selector, stranger));
        vm.prank(stranger);
        coordinator.joinAsValidator(run, STAKE);
    }

    function test_joinAsValidator_stakeTooLow_reverts(uint128 stake) public {
        stake = uint128(bound(stake, 0, STAKE - 1));
        _enrol(_validator(0), STAKE);
        vm.expectRevert(abi.encodeWithSelector(RunStakeTooLow.selector, stake, STAKE));
        vm.prank(_validator(0));
        coordinator.joinAsValidator(run, stake);
    }

    function test_joinAsValidator_weightsOverflow_reverts() public {
        RunParams memory p = _params();
        p.validatorWeightCap = type(uint96).max;
        run = _createRun(p);
        _joinValidator(0, STAKE);
        // More than all supply: the vault is made to take it.
        _enrol(_validator(1), STAKE);
        uint128 stake = type(uint96).max - STAKE + 1;
        vm.mockCall(address(stakes), abi.encodeWithSelector(stakes.lock.selector, _validator(1)), "");
        vm.expectRevert(abi.encodeWithSelector(RunStakeTooHigh.selector, stake, stake - 1));
        vm.prank(_validator(1));
        coordinator.joinAsValidator(run, stake);
        vm.prank(_validator(1));
        coordinator.joinAsValidator(run, stake - 1);
        assertEq(coordinator.memberOf(run, Role.Validator, 1).weight, stake - 1, "up to the limit");
    }

    function test_joinAsValidator_full_reverts() public {
        for (uint256 i = 0; i < 3; i++) _joinValidator(i, STAKE);
        _enrol(_validator(3), STAKE);
        vm.expectRevert(abi.encodeWithSelector(RunFull.selector, run, Role.Validator));
        vm.prank(_validator(3));
        coordinator.joinAsValidator(run, STAKE);
    }

    function test_joinAsValidator_anyStake_weighsUpToCap(uint128 stake) public {
        stake = uint128(bound(stake, STAKE, 10 * STAKE));
        uint128 weight = stake < 3 * STAKE ? stake : 3 * STAKE;
        address operator = _validator(0);
        _enrol(operator, stake);
        vm.expectEmit(address(coordinator));
        emit MemberJoined(run, operator, Role.Validator, 0, 1, stake, weight);
        vm.prank(operator);
        assertEq(coordinator.joinAsValidator(run, stake), 0, "slot");
        Member memory member = coordinator.memberOf(run, Role.Validator, 0);
        assertEq(
            abi.encode(member),
            abi.encode(Member(operator, operator, false, 1, 0, 0, stake, weight, address(0))),
            "member"
        );
        assertEq(stakes.lockedBy(operator, address(coordinator)), stake, "locked, all of it");
    }

    function test_joinAsValidator_minerToo_sitsTwice() public {
        address operator = _joinMiner(0);
        _enrol(operator, STAKE);
        vm.prank(operator);
        coordinator.joinAsValidator(run, STAKE);
        assertEq(coordinator.slotOf(run, Role.Miner, operator), 0, "as a miner");
        assertEq(coordinator.slotOf(run, Role.Validator, operator), 0, "as a validator");
        assertEq(stakes.lockedBy(operator, address(coordinator)), 2 * STAKE, "locked for each");
    }

    function test_joinAsValidator_openRound_hasNoVote() public {
        _start(2, 2);
        _joinValidator(2, STAKE);
        _toAttest();
        assertEq(_state().totalWeight, 2 * STAKE, "weight of the open round");
        _propose();
        bytes32 proposal = _state().proposal;
        vm.expectRevert(abi.encodeWithSelector(RunNotActive.selector, run, 1, 2));
        vm.prank(_validator(2));
        coordinator.attest(run, 1, 2, proposal, false);
        _attestAll();
        assertEq(_state().totalWeight, 3 * STAKE, "weight of the next");
    }
}

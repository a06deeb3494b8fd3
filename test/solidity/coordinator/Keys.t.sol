// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {EpochSteps} from "./EpochSteps.sol";
import {IStakeVaultErrors} from "../../../contracts/interfaces/IStakeVault.sol";

/// Who acts in a slot
/// ├── the operator's own key, always: it takes over from whoever acted
/// ├── the delegate at the time of joining, without the stake vault being asked
/// ├── a new delegate, from its first action on: the former one is shut out by that
/// ├── the former delegate, until somebody else acts or syncs
/// └── nobody else
contract RunCoordinatorKeysTest is EpochSteps, IStakeVaultErrors {
    address private first = account("first delegate");
    address private second = account("second delegate");

    function setUp() public override {
        super.setUp();
        _enrol(_miner(0), STAKE);
        _name(_miner(0), first);
        vm.prank(_miner(0));
        coordinator.joinAsMiner(run);
        _joinMiner(1);
        for (uint256 i = 0; i < 2; i++) _joinValidator(i, STAKE);
        coordinator.advance(run);
    }

    function _name(address operator, address delegate) private {
        vm.prank(operator);
        stakes.setDelegate(delegate);
    }

    /// @dev In slot 0. Each commitment that passes is of the next round.
    function _act(address caller, bytes memory refusal) private {
        uint64 round = _round();
        if (refusal.length != 0) vm.expectRevert(refusal);
        vm.prank(caller);
        coordinator.commit(run, round, 0, "commitment");
        if (refusal.length != 0) return;
        assertEq(_state().committed, 1, "it is slot 0 that acted");
        while (_round() == round) {
            _lapse();
            coordinator.advance(run);
        }
    }

    function _key() private view returns (address) {
        return coordinator.memberOf(run, Role.Miner, 0).key;
    }

    function _unknown(address caller) private pure returns (bytes memory) {
        return abi.encodeWithSelector(StakeVaultUnknownOperator.selector, caller);
    }

    function test_key_atJoining_isTheDelegate() public {
        assertEq(_key(), first, "of a miner with a delegate");
        assertEq(coordinator.memberOf(run, Role.Miner, 1).key, _miner(1), "of one without");
        vm.expectCall(address(stakes), abi.encodeWithSelector(stakes.operatorOf.selector), 0);
        _act(first, "");
    }

    function test_operator_alwaysActs_andTakesOver() public {
        vm.expectEmit(address(coordinator));
        emit KeySet(run, Role.Miner, 0, _miner(0));
        _act(_miner(0), "");
        assertEq(_key(), _miner(0), "key");
        // The delegate is still named, so it takes over in turn.
        vm.expectEmit(address(coordinator));
        emit KeySet(run, Role.Miner, 0, first);
        _act(first, "");
        _act(_miner(0), "");
    }

    function test_rotation_firstActionOfTheNew_shutsOutTheOld() public {
        _name(_miner(0), second);
        _act(first, "");
        vm.expectEmit(address(coordinator));
        emit KeySet(run, Role.Miner, 0, second);
        _act(second, "");
        assertEq(_key(), second, "key");
        _act(first, _unknown(first));
        _act(second, "");
    }

    function test_rotation_operatorActs_shutsOutTheOld() public {
        _name(_miner(0), address(0));
        _act(first, "");
        _act(_miner(0), "");
        _act(first, _unknown(first));
    }

    function test_syncKey_anyone_shutsOutTheOld() public {
        _name(_miner(0), second);
        vm.expectEmit(address(coordinator));
        emit KeySet(run, Role.Miner, 0, second);
        vm.prank(stranger);
        coordinator.syncKey(run, Role.Miner, 0);
        _act(first, _unknown(first));
        _act(second, "");
        _name(_miner(0), address(0));
        coordinator.syncKey(run, Role.Miner, 0);
        assertEq(_key(), _miner(0), "without a delegate the operator");
        _act(second, _unknown(second));
    }

    function test_syncKey_emptySlot_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunNotMember.selector, run, address(0)));
        coordinator.syncKey(run, Role.Miner, 2);
        vm.expectRevert(abi.encodeWithSelector(RunUnknown.selector, 5));
        coordinator.syncKey(5, Role.Miner, 0);
    }

    /// @dev A former delegate that another operator takes on acts for that one, and no more for the first once it is shut out.
    function test_rotation_oldServesAnother_actsInItsSlotOnly() public {
        _name(_miner(0), second);
        _name(_miner(1), first);
        coordinator.syncKey(run, Role.Miner, 0);
        _act(first, abi.encodeWithSelector(RunNotActor.selector, run, 0, first));
        vm.prank(first);
        coordinator.commit(run, 1, 1, "commitment");
        assertEq(_state().committed, 2, "slot 1");
    }

    function test_strangers_actNowhere() public {
        _act(stranger, _unknown(stranger));
        _act(_miner(1), abi.encodeWithSelector(RunNotActor.selector, run, 0, _miner(1)));
        _act(_validator(0), abi.encodeWithSelector(RunNotActor.selector, run, 0, _validator(0)));
        // Naming a key as one's own delegate gives no say over the slot in which it acts.
        _enrol(stranger, STAKE);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultDelegateTaken.selector, first, _miner(0)));
        _name(stranger, first);
        _act(stranger, abi.encodeWithSelector(RunNotActor.selector, run, 0, stranger));
    }

    /// @dev Slots of the same number in the two roles have nothing to do with each other.
    function test_key_ofEachRole_isItsOwn() public {
        address operator = _validator(0);
        assertEq(coordinator.memberOf(run, Role.Validator, 0).key, operator, "before");
        _name(operator, second);
        assertEq(coordinator.memberOf(run, Role.Validator, 0).key, operator, "naming alone changes nothing");
        coordinator.syncKey(run, Role.Validator, 0);
        assertEq(coordinator.memberOf(run, Role.Validator, 0).key, second, "after");
        assertEq(_key(), first, "of the miner in the slot of that number");
    }

    function test_delegate_scoresForItsOperator() public {
        address operator = _validator(0);
        _name(operator, second);
        // Two void rounds are an epoch.
        for (uint256 i = 0; i < 4; i++) {
            _lapse();
            coordinator.advance(run);
        }
        bytes memory scores = _scores(1, 2, 3, 4);
        bytes32 commitment = _scoreCommitment(1, operator, scores, _scoreOpening(operator));
        vm.prank(second);
        coordinator.commitScores(run, 1, 0, commitment);
        _lapseEpoch(1);
        coordinator.advanceEpoch(run, 1);
        vm.prank(second);
        coordinator.revealScores(run, 1, 0, scores, _scoreOpening(operator));
        assertEq(coordinator.epochOf(run, 1).revealed, 1, "revealed");
    }
}

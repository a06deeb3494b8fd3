// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {EpochSteps} from "./EpochSteps.sol";
import {IRewardEscrowTypes} from "../../../contracts/interfaces/IRewardEscrow.sol";
import {IStakeVault, IStakeVaultErrors} from "../../../contracts/interfaces/IStakeVault.sol";

/// @dev A full run of four miners, whose protection ends with the opening of epoch 3.
abstract contract ReplaceBase is EpochSteps, IStakeVaultErrors {
    address internal heir;

    function setUp() public virtual override {
        super.setUp();
        heir = _miner(9);
        _enrol(heir, STAKE);
        _start(4, 2);
    }

    /// @dev Plays the open epoch and settles it with these scores.
    function _epoch(uint16 a, uint16 b, uint16 c, uint16 d) internal {
        uint64 epoch = coordinator.currentEpochOf(run);
        _finish();
        _finish();
        _settleScored(epoch, _scores(a, b, c, d));
    }

    /// @dev Into epoch 3, in which miner 2 has the least and nobody is protected.
    function _toEpoch3() internal {
        _epoch(500, 300, 100, 400);
        _epoch(500, 300, 100, 400);
    }

    function _replaceAs(address caller, uint8 slot, bytes memory refusal) internal {
        if (refusal.length != 0) vm.expectRevert(refusal);
        vm.prank(caller);
        coordinator.replaceMiner(run, slot);
    }

    function _seatOf(uint8 slot) internal view returns (Member memory) {
        return coordinator.memberOf(run, Role.Miner, slot);
    }

    function _locked(address operator) internal view returns (uint256) {
        return stakes.lockedBy(operator, address(coordinator));
    }
}

/// replaceMiner
/// ├── no such run, a delegate, nobody, a run that is over, a member or an heir already: reverts
/// ├── a slot is free: reverts
/// ├── slot protected, leaving or past the last: reverts
/// ├── another one past its protection was of less use in the last four settled epochs: reverts
/// ├── an eighth was replaced in this epoch: reverts
/// ├── too little stake: the vault reverts, and the miner stays
/// └── else: the miner leaves, the caller is its heir and its stake locked
contract RunCoordinatorReplaceMinerTest is ReplaceBase {
    function test_replaceMiner_unknownRun_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunUnknown.selector, 5));
        coordinator.replaceMiner(5, 0);
    }

    function test_replaceMiner_notAnOperator_reverts() public {
        _toEpoch3();
        vm.prank(heir);
        stakes.setDelegate(stranger);
        _replaceAs(stranger, 2, abi.encodeWithSelector(RunNotOperator.selector, stranger));
        _replaceAs(owner, 2, abi.encodeWithSelector(StakeVaultUnknownOperator.selector, owner));
    }

    function test_replaceMiner_runOver_reverts() public {
        RunParams memory p = _params();
        p.maxRounds = 1;
        run = _createRun(p);
        _fund(POT);
        for (uint256 i = 10; i < 14; i++) _joinMiner(i);
        for (uint256 i = 10; i < 12; i++) _joinValidator(i, STAKE);
        coordinator.advance(run);
        _finish();
        _replaceAs(heir, 0, abi.encodeWithSelector(RunWrongPhase.selector, run, Phase.Ended, Phase.Idle));
    }

    function test_replaceMiner_member_reverts() public {
        _toEpoch3();
        _replaceAs(_miner(0), 2, abi.encodeWithSelector(RunAlreadyMember.selector, run, _miner(0)));
        // Nor may one that leaves come back by another door.
        _leave(_miner(0), Role.Miner);
        _replaceAs(_miner(0), 2, abi.encodeWithSelector(RunAlreadyMember.selector, run, _miner(0)));
        _replaceAs(heir, 2, "");
        bytes memory refusal = abi.encodeWithSelector(RunAlreadyMember.selector, run, heir);
        _replaceAs(heir, 1, refusal);
        vm.expectRevert(refusal);
        vm.prank(heir);
        coordinator.joinAsMiner(run);
    }

    function test_replaceMiner_slotFree_reverts() public {
        _toEpoch3();
        _leave(_miner(3), Role.Miner);
        _finish();
        _finish();
        _settleScored(3, _scores(500, 300, 100, 400));
        coordinator.release(run, Role.Miner, 3);
        _replaceAs(heir, 2, abi.encodeWithSelector(RunNotFull.selector, run));
    }

    function test_replaceMiner_protected_reverts() public {
        for (uint8 slot = 0; slot < 4; slot++) {
            _replaceAs(heir, slot, abi.encodeWithSelector(RunNotReplaceable.selector, run, slot));
        }
        _epoch(500, 300, 100, 400);
        _replaceAs(heir, 2, abi.encodeWithSelector(RunNotReplaceable.selector, run, 2));
        _finish();
        _finish();
        // Epoch 3 has opened; that epoch 2 is not settled yet does not matter.
        _replaceAs(heir, 2, "");
    }

    function test_replaceMiner_leavingOrNobody_reverts() public {
        _toEpoch3();
        _leave(_miner(2), Role.Miner);
        _replaceAs(heir, 2, abi.encodeWithSelector(RunNotReplaceable.selector, run, 2));
        _replaceAs(heir, 4, abi.encodeWithSelector(RunNotReplaceable.selector, run, 4));
        _replaceAs(heir, 255, abi.encodeWithSelector(RunNotReplaceable.selector, run, 255));
        // Of those that stay, the next one.
        _replaceAs(heir, 1, "");
    }

    function test_replaceMiner_notLeastUseful_reverts() public {
        _toEpoch3();
        _replaceAs(heir, 0, abi.encodeWithSelector(RunNotLeastUseful.selector, run, 0, 1));
        _replaceAs(heir, 1, abi.encodeWithSelector(RunNotLeastUseful.selector, run, 1, 2));
        _replaceAs(heir, 3, abi.encodeWithSelector(RunNotLeastUseful.selector, run, 3, 1));
        _replaceAs(heir, 2, "");
    }

    function test_replaceMiner_equallyUseless_anyOfThem(uint8 which) public {
        _epoch(500, 100, 100, 400);
        _epoch(500, 300, 300, 400);
        _replaceAs(heir, which % 2 == 0 ? 1 : 2, "");
    }

    /// @dev Who came in meanwhile has ranks of less epochs, but is protected.
    function test_replaceMiner_newcomerWithoutRanks_isProtected() public {
        _leave(_miner(3), Role.Miner);
        _epoch(500, 300, 100, 400);
        coordinator.release(run, Role.Miner, 3);
        _joinMiner(4);
        _epoch(500, 300, 100, 0);
        assertEq(coordinator.usefulnessOf(run, 3), 0, "usefulness");
        _replaceAs(heir, 3, abi.encodeWithSelector(RunNotReplaceable.selector, run, 3));
        _replaceAs(heir, 2, "");
    }

    /// @dev To leave and join anew loses the ranks and gains no protection.
    function test_replaceMiner_joinedAnew_isReplaced() public {
        _leave(_miner(0), Role.Miner);
        _epoch(500, 300, 100, 400);
        coordinator.release(run, Role.Miner, 0);
        vm.prank(_miner(0));
        coordinator.joinAsMiner(run);
        _finish();
        _finish();
        assertEq(coordinator.usefulnessOf(run, 0), 0, "usefulness");
        _replaceAs(heir, 2, abi.encodeWithSelector(RunNotLeastUseful.selector, run, 2, 0));
        _replaceAs(heir, 0, "");
    }

    function test_replaceMiner_secondInAnEpoch_reverts() public {
        _toEpoch3();
        _replaceAs(heir, 2, "");
        address next = _miner(8);
        _enrol(next, STAKE);
        _replaceAs(next, 1, abi.encodeWithSelector(RunTooManyReplaced.selector, run, 3));
        _epoch(500, 300, 100, 400);
        _replaceAs(next, 1, "");
    }

    /// @dev An eighth, rounded up: two of nine.
    function test_replaceMiner_largerRun_anEighthInAnEpoch() public {
        RunParams memory p = _params();
        (p.maxMiners, p.protectionEpochs) = (9, 0);
        run = _createRun(p);
        _fund(4 * POT);
        for (uint256 i = 10; i < 19; i++) _joinMiner(i);
        for (uint256 i = 10; i < 12; i++) _joinValidator(i, STAKE);
        // Before the first epoch nobody has had a chance.
        _replaceAs(heir, 0, abi.encodeWithSelector(RunNotReplaceable.selector, run, 0));
        coordinator.advance(run);
        for (uint8 i = 0; i < 3; i++) {
            address next = _miner(20 + i);
            _enrol(next, STAKE);
            bytes memory refusal;
            if (i == 2) refusal = abi.encodeWithSelector(RunTooManyReplaced.selector, run, 1);
            _replaceAs(next, 8 - i, refusal);
        }
    }

    function test_replaceMiner_tooPoor_reverts() public {
        _toEpoch3();
        address poor = _miner(8);
        _enrol(poor, STAKE - 1);
        bytes4 selector = StakeVaultInsufficientFree.selector;
        _replaceAs(poor, 2, abi.encodeWithSelector(selector, poor, STAKE, STAKE - 1));
        assertFalse(_seatOf(2).leaving, "the miner stays");
        _replaceAs(heir, 2, "");
    }

    function test_replaceMiner_leastUseful_leavesAndHasHeir() public {
        _toEpoch3();
        vm.expectEmit(address(coordinator));
        emit MemberLeaving(run, _miner(2), Role.Miner, 2, 3);
        vm.expectEmit(address(coordinator));
        emit HeirNamed(run, heir, 2, STAKE);
        vm.expectCall(address(stakes), abi.encodeCall(IStakeVault.lock, (heir, STAKE)));
        _replaceAs(heir, 2, "");
        Member memory member = _seatOf(2);
        assertEq(member.operator, _miner(2), "the slot is still its");
        assertTrue(member.leaving, "leaving");
        assertEq(member.lastEpoch, 3, "last epoch");
        assertEq(member.heir, heir, "heir");
        assertEq(coordinator.slotOf(run, Role.Miner, heir), 2, "slot of the heir");
        assertEq(_locked(heir), STAKE, "locked");
        assertEq(_locked(_miner(2)), STAKE, "locked of the miner");
    }
}

/// usefulnessOf
/// ├── the sum of the miner's ranks in the last four settled epochs
/// ├── without those of former members of its slot, and those of epochs that are not settled
/// └── slot empty or past the last: zero
contract RunCoordinatorUsefulnessTest is ReplaceBase {
    /// @dev What all validators agree on, in rounds that it was in throughout, is 2^16 times the score.
    uint256 private constant SCALE = 2 ** 16;

    function test_usefulness_lastFourEpochs_areSummed() public {
        for (uint16 k = 1; k <= 4; k++) _epoch(1000 * k, 1, 2, 65_535);
        assertEq(coordinator.usefulnessOf(run, 0), 10_000 * SCALE, "four");
        assertEq(coordinator.usefulnessOf(run, 3), 4 * 65_535 * SCALE, "the most there can be");
        _epoch(7000, 1, 2, 65_535);
        assertEq(coordinator.usefulnessOf(run, 0), 16_000 * SCALE, "the first is forgotten");
    }

    /// @dev Epochs that still wait for their settlement are passed over, so older ones count instead.
    function test_usefulness_unsettled_arePassedOver() public {
        for (uint16 k = 1; k <= 4; k++) _epoch(1000 * k, 1, 2, 3);
        for (uint256 i = 0; i < 4; i++) _finish();
        assertEq(coordinator.usefulnessOf(run, 0), 10_000 * SCALE, "epochs 5 and 6 are not settled");
        _settleScored(6, _scores(500, 1, 2, 3));
        assertEq(coordinator.usefulnessOf(run, 0), 9_500 * SCALE, "epochs 2, 3, 4 and 6");
        _settleScored(5, _scores(50, 1, 2, 3));
        assertEq(coordinator.usefulnessOf(run, 0), 7_550 * SCALE, "epochs 3 to 6");
    }

    function test_usefulness_formerMember_doesNotCount() public {
        _toEpoch3();
        _replaceAs(heir, 2, "");
        assertEq(coordinator.usefulnessOf(run, 2), 200 * SCALE, "of the miner");
        _epoch(500, 300, 100, 400);
        coordinator.release(run, Role.Miner, 2);
        assertEq(coordinator.usefulnessOf(run, 2), 0, "of the heir");
        _finish();
        _finish();
        // The heir sat down in epoch 4, when its first round was open, and took part in the second.
        _settleScored(4, _scores(500, 300, 80, 400));
        assertEq(coordinator.usefulnessOf(run, 2), 40 * SCALE, "half of epoch 4");
    }

    function test_usefulness_slotFreed_isZero() public {
        _leave(_miner(2), Role.Miner);
        _epoch(500, 300, 100, 400);
        assertEq(coordinator.usefulnessOf(run, 2), 50 * SCALE, "of half an epoch, while it has the slot");
        coordinator.release(run, Role.Miner, 2);
        assertEq(coordinator.usefulnessOf(run, 2), 0, "of nobody");
    }

    function test_usefulness_nobody_isZero() public view {
        assertEq(coordinator.usefulnessOf(run, 4), 0, "past the last");
        assertEq(coordinator.usefulnessOf(run, 255), 0, "far past it");
    }
}

/// The heir, until the miner it replaces is released
/// ├── takes no part, and cannot leave: else one stake could drive out one miner after the other
/// ├── the miner acts and is paid to its end
/// └── at the release
///     ├── the run goes on: the heir sits down, active from the next round, protected as a newcomer
///     └── the run is over: its stake goes back
contract RunCoordinatorHeirTest is ReplaceBase {
    function setUp() public override {
        super.setUp();
        _toEpoch3();
        _replaceAs(heir, 2, "");
    }

    function _release() private {
        coordinator.release(run, Role.Miner, 2);
    }

    function test_heir_beforeRelease_takesNoPart() public {
        assertEq(_state().miners, 15, "the miner is in the open round");
        vm.expectRevert(abi.encodeWithSelector(RunNotActor.selector, run, 2, heir));
        vm.prank(heir);
        coordinator.commit(run, 5, 2, "commitment");
        _finish();
        assertEq(_state().miners, 11, "nobody is in slot 2");
        vm.expectRevert(abi.encodeWithSelector(RunNotReleasable.selector, run, _miner(2)));
        _release();
    }

    function test_heir_atRelease_sitsDown() public {
        _finish();
        _finish();
        _settleUnscored(3);
        vm.expectEmit(address(coordinator));
        emit MemberReleased(run, _miner(2), Role.Miner, 2);
        vm.expectEmit(address(coordinator));
        emit MemberJoined(run, heir, Role.Miner, 2, 8, STAKE, 0);
        vm.expectEmit(address(coordinator));
        emit KeySet(run, Role.Miner, 2, heir);
        vm.prank(stranger);
        coordinator.release(run, Role.Miner, 2);
        Member memory wanted = Member(heir, heir, false, 8, 0, 6, STAKE, 0, address(0));
        assertEq(abi.encode(_seatOf(2)), abi.encode(wanted), "member");
        assertEq(_locked(_miner(2)), 0, "the miner's stake is free");
        assertEq(_locked(heir), STAKE, "the heir's is locked once");
        vm.expectRevert(abi.encodeWithSelector(RunNotMember.selector, run, _miner(2)));
        coordinator.slotOf(run, Role.Miner, _miner(2));
        _finish();
        assertEq(_state().miners, 15, "in the next round");
    }

    /// @dev The key is what the stake vault says at the release, not when the heir was named.
    function test_heir_withDelegate_sitsDownWithItsKey() public {
        vm.prank(heir);
        stakes.setDelegate(stranger);
        _finish();
        _finish();
        _settleUnscored(3);
        _release();
        assertEq(_seatOf(2).key, stranger, "key");
    }

    function test_heir_leavesBefore_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunNotReleasable.selector, run, heir));
        _leave(heir, Role.Miner);
        assertEq(_locked(heir), STAKE, "locked");
        assertEq(_seatOf(2).heir, heir, "heir");
    }

    function test_heir_delegate_cannotLeave() public {
        vm.prank(heir);
        stakes.setDelegate(stranger);
        vm.expectRevert(abi.encodeWithSelector(RunNotOperator.selector, stranger));
        _leave(stranger, Role.Miner);
    }

    /// @dev Nobody replaces who leaves already, so a miner has one heir.
    function test_heir_second_reverts() public {
        _epoch(500, 300, 100, 400);
        address second = _miner(8);
        _enrol(second, STAKE);
        _replaceAs(second, 2, abi.encodeWithSelector(RunNotReplaceable.selector, run, 2));
    }

    function test_heir_replacedMiner_isPaidToItsEnd() public {
        _finish();
        _finish();
        _settleScored(3, _scores(100, 100, 400, 100));
        // It was in half of the rounds, so the ranks are as 100, 100, 200, 100.
        uint256 miners = (WHOLE * 4_100) / 10_000;
        assertEq(coordinator.shareOf(run, 3, _miner(2), false), (miners * 2) / 5, "share");
        _release();
        assertEq(coordinator.shareOf(run, 3, _miner(2), false), (miners * 2) / 5, "share after the release");
        assertEq(coordinator.shareOf(run, 3, heir, false), 0, "share of the heir");
        uint64[] memory epochs = new uint64[](3);
        for (uint64 i = 0; i < 3; i++) epochs[i] = i + 1;
        IRewardEscrowTypes.Claim memory what = IRewardEscrowTypes.Claim(
            address(coordinator),
            run,
            0,
            _miner(2),
            _miner(2),
            epochs
        );
        uint256 paid = 0;
        for (uint64 i = 1; i <= 3; i++) paid += (POT * coordinator.shareOf(run, i, _miner(2), false)) / WHOLE;
        rewards.claim(what);
        assertEq(token.balanceOf(_miner(2)), paid, "paid");
    }

    /// @dev Who was replaced may come back.
    function test_heir_replacedMiner_comesBack() public {
        _epoch(500, 300, 100, 400);
        _release();
        _leave(heir, Role.Miner);
        coordinator.release(run, Role.Miner, 2);
        vm.prank(_miner(2));
        coordinator.joinAsMiner(run);
        assertEq(_seatOf(2).protectedUntil, 3, "not protected anew");
    }

    /// @dev The heir that sits down and leaves is like any member.
    function test_heir_seated_leavesAsAMember() public {
        _epoch(500, 300, 100, 400);
        _release();
        _leave(heir, Role.Miner);
        coordinator.release(run, Role.Miner, 2);
        assertEq(_locked(heir), 0, "locked");
    }
}

/// An heir in a run that ends before it sits down
contract RunCoordinatorHeirOfEndedRunTest is ReplaceBase {
    function _params() internal view override returns (RunParams memory p) {
        p = super._params();
        p.maxRounds = 6;
    }

    function test_heir_runOver_getsStakeBackAtRelease() public {
        _toEpoch3();
        _replaceAs(heir, 2, "");
        _finish();
        _finish();
        _assertPhase(Phase.Ended, "phase");
        _settleUnscored(3);
        vm.expectEmit(address(coordinator));
        emit MemberReleased(run, _miner(2), Role.Miner, 2);
        vm.expectEmit(address(coordinator));
        emit HeirReleased(run, heir, 2);
        coordinator.release(run, Role.Miner, 2);
        assertEq(_locked(heir) + _locked(_miner(2)), 0, "both are free");
        assertEq(_seatOf(2).operator, address(0), "nobody sits down");
        vm.expectRevert(abi.encodeWithSelector(RunNotMember.selector, run, heir));
        coordinator.slotOf(run, Role.Miner, heir);
    }

    function test_heir_runOver_mayLeaveBefore() public {
        _toEpoch3();
        _replaceAs(heir, 2, "");
        _finish();
        _finish();
        _leave(heir, Role.Miner);
        assertEq(_locked(heir), 0, "locked");
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {EpochSteps} from "./EpochSteps.sol";
import {IRewardEscrowTypes} from "../../../contracts/interfaces/IRewardEscrow.sol";
import {Token} from "../../../contracts/Token.sol";

/// useSponsorship
/// ├── no such run: reverts
/// ├── the run is paid out of its grant: reverts
/// ├── unknown, in another token, with less than the least pot in the next epoch: reverts
/// ├── the one that was named still serves: reverts
/// └── else: by anyone, the next epochs need that one
///     └── it is used up or withdrawn: the run idles, until another is named or it is raised
contract RunCoordinatorSponsoredTest is EpochSteps {
    Token private other;

    /// @dev A run that wants 100 of another token an epoch, and takes what there is of its grant besides.
    function setUp() public override {
        super.setUp();
        other = new Token(address(0), holder, 1e27, 1e27);
        vm.prank(holder);
        other.approve(address(rewards), type(uint256).max);
        RunParams memory p = _params();
        (p.rewardToken, p.minPot) = (address(other), 100);
        run = _createRun(p);
        for (uint256 i = 0; i < 2; i++) _joinMiner(i);
        for (uint256 i = 0; i < 2; i++) _joinValidator(i, STAKE);
    }

    function _sponsor(Token with_, uint256 amount, uint256 perEpoch) private returns (uint64) {
        vm.prank(holder);
        return uint64(rewards.sponsor(address(coordinator), run, with_, amount, perEpoch));
    }

    function _use(uint64 source) private {
        vm.prank(stranger);
        coordinator.useSponsorship(run, source);
    }

    function _assertUnfit(uint64 source) private {
        vm.expectRevert(abi.encodeWithSelector(RunSourceUnfit.selector, run, source));
        _use(source);
    }

    function _epoch() private {
        _finish();
        _finish();
    }

    function test_useSponsorship_unknownRun_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunUnknown.selector, 9));
        coordinator.useSponsorship(9, 1);
    }

    function test_useSponsorship_none_idles() public {
        _fund(20 * POT);
        assertFalse(coordinator.isDue(run), "a grant is not what the run wants");
        _sponsor(other, 1_000, 100);
        assertFalse(coordinator.isDue(run), "nobody has named it");
        vm.expectRevert(abi.encodeWithSelector(RunNotDue.selector, run));
        coordinator.advance(run);
    }

    function test_useSponsorship_unknownSource_reverts() public {
        _assertUnfit(0);
        _assertUnfit(1);
        _sponsor(other, 1_000, 100);
        _assertUnfit(2);
        _assertUnfit(type(uint64).max);
        _assertUnfit(0);
    }

    function test_useSponsorship_unfit_reverts() public {
        _sponsor(token, 1_000, 100);
        _sponsor(other, 1_000, 99);
        _sponsor(other, 99, 100);
        for (uint64 source = 1; source <= 3; source++) _assertUnfit(source);
        _use(_sponsor(other, 100, 100));
    }

    function test_useSponsorship_fit_isNamedAndOpens() public {
        _fund(POT / 2);
        uint64 source = _sponsor(other, 1_000, 150);
        vm.expectEmit(address(coordinator));
        emit SourceNamed(run, source);
        _use(source);
        assertEq(coordinator.sourceOf(run), source, "source");
        assertTrue(coordinator.isDue(run), "due");
        coordinator.advance(run);
        assertEq(_potOf(source, 1), 150, "pot of the sponsorship");
        assertEq(_potOf(0, 1), POT / 2, "what there was of the grant");
    }

    /// @dev A run cannot be led away from money that it still has.
    function test_useSponsorship_presentServes_reverts() public {
        _use(_sponsor(other, 250, 100));
        uint64 second = _sponsor(other, 10_000, 500);
        _assertUnfit(second);
        _assertUnfit(1);
        coordinator.advance(run);
        _assertUnfit(second);
        _epoch();
        assertEq(coordinator.currentEpochOf(run), 2, "two pots were there");
        // Of what is left, 50, no epoch can be paid.
        _use(second);
        assertEq(coordinator.sourceOf(run), second, "source");
        _epoch();
        assertEq(_potOf(second, 3), 500, "pot");
    }

    function test_sponsorship_usedUp_idlesUntilAnotherIsNamed() public {
        _use(_sponsor(other, 199, 100));
        coordinator.advance(run);
        _epoch();
        _assertPhase(Phase.Idle, "99 are too little");
        assertFalse(coordinator.isDue(run), "not due");
        _assertUnfit(1);
        uint64 second = _sponsor(other, 100, 100);
        assertFalse(coordinator.isDue(run), "not named yet");
        _use(second);
        coordinator.advance(run);
        assertEq(coordinator.currentEpochOf(run), 2, "epoch");
        assertEq(_potOf(second, 2), 100, "pot");
        // The first one pays its rest by itself, though the run does not count on it.
        assertEq(_potOf(1, 2), 99, "rest");
    }

    function test_sponsorship_withdrawnAndRaised_idlesBetween() public {
        uint64 source = _sponsor(other, 1_000, 100);
        _use(source);
        coordinator.advance(run);
        vm.prank(holder);
        rewards.withdraw(address(coordinator), run, source, 900, holder);
        _epoch();
        _assertPhase(Phase.Idle, "withdrawn");
        vm.prank(holder);
        rewards.topUp(address(coordinator), run, source, 100);
        assertTrue(coordinator.isDue(run), "raised, it need not be named again");
        coordinator.advance(run);
        assertEq(_potOf(source, 2), 100, "pot");
    }

    function test_sponsorship_earned_isPaidInItsToken() public {
        _use(_sponsor(other, 1_000, 1_000));
        coordinator.advance(run);
        _epoch();
        _settleScored(1, _scores(100, 300, 0, 0));
        uint64[] memory epochs = new uint64[](1);
        epochs[0] = 1;
        rewards.claim(IRewardEscrowTypes.Claim(address(coordinator), run, 1, _miner(1), _miner(1), epochs));
        // 1 000, of which miners share 410: three quarters, rounded down.
        assertEq(other.balanceOf(_miner(1)), 307, "paid");
    }
}

/// A run that is paid out of its grant
/// ├── less than the least pot is granted: Idle
/// ├── no more than an epoch takes: all of it
/// ├── more: what an epoch takes
/// └── sponsorships, in whatever token, count for nothing
contract RunCoordinatorGrantedTest is EpochSteps {
    function setUp() public override {
        super.setUp();
        RunParams memory p = _params();
        (p.minPot, p.epochPot) = (100, 250);
        run = _createRun(p);
        for (uint256 i = 0; i < 2; i++) _joinMiner(i);
        for (uint256 i = 0; i < 2; i++) _joinValidator(i, STAKE);
    }

    function test_grant_anyAmount_opensFromTheLeastPot(uint256 amount) public {
        amount = bound(amount, 1, 600);
        _fund(amount);
        assertEq(coordinator.isDue(run), amount >= 100, "due");
        if (amount < 100) return;
        coordinator.advance(run);
        uint256 pot = amount < 250 ? amount : 250;
        assertEq(_potOf(0, 1), pot, "pot");
        assertEq(_granted(), amount - pot, "left");
        _finish();
        _finish();
        uint64 epochs = amount - pot >= 100 ? 2 : 1;
        assertEq(coordinator.currentEpochOf(run), epochs, "epochs");
        _assertPhase(epochs == 2 ? Phase.Train : Phase.Idle, "phase");
    }

    function test_grant_tooSmallWithSponsors_idles() public {
        _fund(99);
        vm.prank(holder);
        rewards.sponsor(address(coordinator), run, token, 1_000, 100);
        assertFalse(coordinator.isDue(run), "not due");
        vm.expectRevert(abi.encodeWithSelector(RunNotDue.selector, run));
        coordinator.advance(run);
    }

    /// @dev Its epochs need the grant, whatever sponsorships there are.
    function test_useSponsorship_grantedRun_reverts() public {
        vm.prank(holder);
        rewards.sponsor(address(coordinator), run, token, 1_000, 100);
        vm.expectRevert(abi.encodeWithSelector(RunSourceUnfit.selector, run, 1));
        coordinator.useSponsorship(run, 1);
        assertEq(coordinator.sourceOf(run), 0, "source");
    }
}

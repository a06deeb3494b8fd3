// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {RewardEscrowBase} from "./RewardEscrowBase.sol";
import {RewardEscrow} from "../../../contracts/RewardEscrow.sol";
import {IStakeSnapshots} from "../../../contracts/interfaces/IStakeSnapshots.sol";

/// constructor
/// ├── zero token or zero stake vault: reverts
/// └── else: keeps them
/// grant
/// ├── zero manager or zero amount: reverts
/// └── else: the run's grant grows, by anyone
contract RewardEscrowGrantTest is RewardEscrowBase {
    function test_constructor_zeroAddress_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RewardEscrowZeroAddress.selector));
        new RewardEscrow(IERC20(address(0)), stakes);
        vm.expectRevert(abi.encodeWithSelector(RewardEscrowZeroAddress.selector));
        new RewardEscrow(native, IStakeSnapshots(address(0)));
        assertEq(address(escrow.NATIVE()), address(native), "native");
        assertEq(address(escrow.STAKES()), address(stakes), "stakes");
    }

    function test_grant_zero_reverts() public {
        vm.prank(sponsor);
        vm.expectRevert(abi.encodeWithSelector(RewardEscrowZeroAddress.selector));
        escrow.grant(address(0), RUN, 1);
        vm.expectRevert(abi.encodeWithSelector(RewardEscrowZeroAmount.selector));
        _grant(0);
    }

    function test_grant_any_growsTheRun(uint256 first, uint256 second) public {
        first = bound(first, 1, MAX);
        second = bound(second, 1, MAX);
        vm.expectEmit(address(escrow));
        emit Granted(address(manager), RUN, sponsor, first);
        _grant(first);
        _grant(second);
        assertEq(_granted(), first + second, "granted");
        (, uint256 another, ) = escrow.nextEpochOf(address(manager), RUN + 1);
        assertEq(another, 0, "another run");
        assertEq(escrow.owed(native), first + second, "owed");
        assertEq(escrow.held(native), first + second, "held");
    }
}

/// sponsor
/// ├── zero manager, zero rate or zero amount: reverts
/// ├── more epochs than there are numbers: reverts
/// └── else: pays the rate from the next epoch on, the last one the rest
/// topUp
/// ├── unknown source, or the grant: reverts
/// ├── an epoch opened that got less than the rate: reverts
/// └── else: pays longer; fills up a last pot that has not opened
contract RewardEscrowSponsorTest is RewardEscrowBase {
    function test_sponsor_zero_reverts() public {
        vm.prank(sponsor);
        vm.expectRevert(abi.encodeWithSelector(RewardEscrowZeroAddress.selector));
        escrow.sponsor(address(0), RUN, other, 1, 1);
        vm.expectRevert(abi.encodeWithSelector(RewardEscrowZeroAmount.selector));
        _sponsor(other, 1, 0);
        vm.expectRevert(abi.encodeWithSelector(RewardEscrowZeroAmount.selector));
        _sponsor(other, 0, 1);
    }

    function test_sponsor_tooManyEpochs_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 64, 2 ** 64));
        _sponsor(other, 2 ** 64 - 1, 1);
        _sponsor(other, 2 ** 64 - 2, 1);
    }

    function test_sponsor_any_paysTheRateThenTheRest(uint256 amount, uint256 perEpoch, uint8 before) public {
        perEpoch = bound(perEpoch, 1, MAX);
        amount = bound(amount, 1, perEpoch < MAX / 5 ? perEpoch * 5 : MAX);
        uint256 first = bound(before, 0, 3) + 1;
        for (uint256 e = 1; e < first; e++) _open(e, 0);
        vm.expectEmit(address(escrow));
        emit Sponsored(address(manager), RUN, sponsor, 1, other, amount, perEpoch, first);
        assertEq(_sponsor(other, amount, perEpoch), 1, "source");
        assertEq(_free(1), amount, "free");
        uint256 left = amount;
        for (uint256 e = first; e < first + 7; e++) {
            assertEq(_pot(1, e), 0, "not open");
            uint256 pot = left < perEpoch ? left : perEpoch;
            left -= pot;
            assertEq(_open(e, 0), pot > 0, "whether there is a pot");
            assertEq(_pot(1, e), pot, "pot");
            assertEq(_free(1), left, "free");
        }
        assertEq(_pot(1, first - 1), 0, "before it began");
        assertEq(escrow.owed(other), amount, "owed");
    }

    function test_sponsor_several_areApart() public {
        _sponsor(other, 100, 10);
        vm.prank(sponsor);
        native.transfer(rival, 50);
        vm.startPrank(rival);
        native.approve(address(escrow), 50);
        assertEq(escrow.sponsor(address(manager), RUN, native, 50, 20), 2, "second");
        vm.stopPrank();
        assertEq(escrow.sponsorshipsOf(address(manager), RUN), 2, "number");
        assertEq(address(escrow.sponsorshipOf(address(manager), RUN, 1).token), address(other), "token");
        assertEq(escrow.sponsorshipOf(address(manager), RUN, 2).sponsor, rival, "sponsor");
        (uint256 epoch, , uint256 live) = escrow.nextEpochOf(address(manager), RUN);
        assertEq(epoch, 1, "next epoch");
        assertEq(live, 2, "both pay");
        for (uint256 e = 1; e <= 3; e++) _open(e, 0);
        assertEq(_pot(2, 3), 10, "the rest");
        (, , live) = escrow.nextEpochOf(address(manager), RUN);
        assertEq(live, 1, "one is spent");
    }

    function test_topUp_unknownSource_reverts(uint256 source) public {
        _sponsor(other, 1, 1);
        vm.assume(source != 1);
        vm.expectRevert(abi.encodeWithSelector(RewardEscrowUnknownSource.selector, address(manager), RUN, source));
        _topUp(source, 1);
    }

    function test_topUp_spent_reverts(uint256 amount) public {
        amount = bound(amount, 1, 9);
        _sponsor(other, amount, 10);
        _open(1, 0);
        vm.expectRevert(abi.encodeWithSelector(RewardEscrowSponsorshipSpent.selector, address(manager), RUN, 1));
        _topUp(1, 10);
        assertEq(_pot(1, 1), amount, "the pot stays");
    }

    function test_topUp_usedUpExactly_paysOn() public {
        _sponsor(other, 10, 10);
        _open(1, 0);
        vm.expectEmit(address(escrow));
        emit SponsorshipRaised(address(manager), RUN, 1, 15);
        _topUp(1, 15);
        assertTrue(_open(2, 0), "a pot");
        assertTrue(_open(3, 0), "a pot");
        assertFalse(_open(4, 0), "none");
        assertEq(_pot(1, 1) + _pot(1, 2) * 100 + _pot(1, 3) * 10_000, 51_010, "pots: 10, 10, 5");
    }

    function test_topUp_zero_reverts() public {
        _sponsor(other, 10, 10);
        vm.expectRevert(abi.encodeWithSelector(RewardEscrowZeroAmount.selector));
        _topUp(1, 0);
    }

    /// @dev What opened stays as it is, whatever is added or withdrawn later.
    function test_pots_ofOpenedEpochs_neverChange(uint256[8] memory steps) public {
        _sponsor(other, 35, 10);
        uint256 epoch = 0;
        uint256[9] memory pots;
        for (uint256 i = 0; i < steps.length; i++) {
            uint256 free = _free(1);
            bool spent = epoch > 0 && pots[epoch] < 10;
            if (steps[i] % 3 == 0) {
                _open(++epoch, 0);
                pots[epoch] = free < 10 ? free : 10;
            } else if (steps[i] % 3 == 1 && !spent) {
                _topUp(1, 1 + (steps[i] % 25));
            } else if (free > 0) {
                _withdraw(1, bound(steps[i] >> 8, 1, free));
            }
            uint256 held = _free(1);
            for (uint256 e = 1; e <= epoch; e++) {
                assertEq(_pot(1, e), pots[e], "pot");
                held += pots[e];
            }
            assertEq(escrow.owed(other), held, "pots and what is free are all");
        }
    }
}

/// withdraw
/// ├── unknown source, another than the sponsor, zero receiver, zero amount: reverts
/// ├── more than is free: reverts
/// └── else: sends it
/// reclaim
/// ├── unknown source, another than the sponsor, zero receiver: reverts
/// └── else: sends what settled epochs did not earn, once
///     ├── at most as many epochs as asked for
///     └── not beyond one that is not settled
contract RewardEscrowWithdrawTest is RewardEscrowBase {
    function test_withdraw_notAllowed_reverts() public {
        _sponsor(other, 100, 10);
        address m = address(manager);
        vm.startPrank(rival);
        bytes memory refusal = abi.encodeWithSelector(RewardEscrowNotSponsor.selector, rival, sponsor);
        vm.expectRevert(refusal);
        escrow.withdraw(m, RUN, 1, 1, rival);
        vm.expectRevert(refusal);
        escrow.reclaim(m, RUN, 1, 1, rival);
        vm.stopPrank();
        vm.startPrank(sponsor);
        refusal = abi.encodeWithSelector(RewardEscrowUnknownSource.selector, m, RUN, 2);
        vm.expectRevert(refusal);
        escrow.withdraw(m, RUN, 2, 1, alice);
        vm.expectRevert(refusal);
        escrow.reclaim(m, RUN, 2, 1, alice);
        refusal = abi.encodeWithSelector(RewardEscrowZeroAddress.selector);
        vm.expectRevert(refusal);
        escrow.withdraw(m, RUN, 1, 1, address(0));
        vm.expectRevert(refusal);
        escrow.reclaim(m, RUN, 1, 1, address(0));
        vm.expectRevert(abi.encodeWithSelector(RewardEscrowZeroAmount.selector));
        escrow.withdraw(m, RUN, 1, 0, alice);
        vm.stopPrank();
    }

    function test_withdraw_aboveFree_reverts(uint8 opened, uint256 amount) public {
        _sponsor(other, 35, 10);
        opened = uint8(bound(opened, 0, 6));
        for (uint256 e = 1; e <= opened; e++) _open(e, 0);
        uint256 free = opened >= 4 ? 0 : 35 - 10 * uint256(opened);
        amount = bound(amount, free + 1, type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(RewardEscrowInsufficientFree.selector, amount, free));
        _withdraw(1, amount);
    }

    function test_withdraw_free_isSent(uint256 amount) public {
        _sponsor(other, 35, 10);
        _open(1, 0);
        amount = bound(amount, 1, 25);
        vm.expectEmit(address(escrow));
        emit SponsorshipWithdrawn(address(manager), RUN, 1, alice, amount);
        _withdraw(1, amount);
        assertEq(other.balanceOf(alice), amount, "sent");
        assertEq(escrow.owed(other), 35 - amount, "owed");
        assertEq(_free(1), 25 - amount, "free");
        assertEq(_open(2, 0), amount < 25, "a pot if anything is left");
    }

    function test_reclaim_settled_returnsOnce(uint256 share) public {
        share = bound(share, 0, WHOLE);
        _sponsor(other, 1e18 + 35, 1e18);
        _open(1, 0);
        _open(2, 0);
        assertEq(_reclaim(1, 9), 0, "nothing settled");
        _settle(2, 0);
        assertEq(_reclaim(1, 9), 0, "the first is open");
        _settle(1, share);
        uint256 back = 1e18 - (1e18 * share) / WHOLE;
        vm.expectEmit(address(escrow));
        emit SponsorshipReturned(address(manager), RUN, 1, alice, 2, back);
        assertEq(_reclaim(1, 1), back, "of one");
        assertEq(_reclaim(1, 9), 35, "of the other");
        assertEq(_reclaim(1, 9), 0, "once");
        assertEq(other.balanceOf(alice), back + 35, "sent");
        assertEq(escrow.owed(other), 1e18 - back, "owed");
        assertEq(_pot(1, 1), 1e18, "the pot stays for claims");
    }

    function test_reclaim_end_stops() public {
        _sponsor(other, 10, 10);
        for (uint256 e = 1; e <= 3; e++) {
            _open(e, 0);
            _settle(e, 0);
        }
        assertEq(_reclaim(1, 1_000), 10, "one epoch");
        assertEq(escrow.sponsorshipOf(address(manager), RUN, 1).next, 2, "no further than its end");
    }
}

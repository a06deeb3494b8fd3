// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {RewardEscrowBase} from "./RewardEscrowBase.sol";

/// openEpoch
/// ├── not the next number: reverts
/// ├── another manager's grant and sponsorships: out of reach
/// └── else: escrows of the grant what is asked for, or what is left; says whether there is any pot
contract RewardEscrowOpenEpochTest is RewardEscrowBase {
    function test_openEpoch_outOfOrder_reverts(uint256 epoch) public {
        vm.assume(epoch != 3);
        _open(1, 0);
        _open(2, 0);
        vm.expectRevert(abi.encodeWithSelector(RewardEscrowEpochOutOfOrder.selector, address(manager), RUN, epoch, 3));
        _open(epoch, 0);
    }

    function test_openEpoch_grant_escrowsUpToWhatIsLeft(uint256 granted, uint256 asked) public {
        granted = bound(granted, 1, MAX);
        asked = bound(asked, 0, type(uint256).max);
        _grant(granted);
        uint256 pot = asked < granted ? asked : granted;
        vm.expectEmit(address(escrow));
        emit PotsOpened(address(manager), RUN, 1, pot, 0);
        assertEq(_open(1, asked), pot > 0, "whether anything");
        assertEq(_granted(), granted - pot, "left");
        assertEq(_pot(0, 1), pot, "pot");
        assertEq(escrow.epochOf(address(manager), RUN, 1).openedAt, BEGIN, "time");
        assertEq(escrow.owed(native), granted, "owed");
    }

    function test_openEpoch_otherManager_hasNothing() public {
        _grant(10);
        _sponsor(other, 10, 10);
        vm.prank(rival);
        assertFalse(escrow.openEpoch(RUN, 1, 10), "nothing to escrow");
        assertFalse(manager.open(escrow, RUN + 1, 1, 10), "nor in another run");
        assertEq(_granted(), 10, "untouched");
        assertEq(_free(1), 10, "untouched");
    }

    function test_openEpoch_spentSponsorships_areCountedOut() public {
        _sponsor(other, 10, 10);
        _sponsor(other, 15, 10);
        vm.expectEmit(address(escrow));
        emit PotsOpened(address(manager), RUN, 1, 0, 2);
        assertTrue(_open(1, 0), "both");
        assertTrue(_open(2, 0), "the second");
        assertFalse(_open(3, 0), "none");
    }
}

/// settleEpoch
/// ├── more than all: reverts
/// ├── never opened, settled already, or another manager's: reverts
/// └── else: keeps what is earned, the rest of the grant returns to it
contract RewardEscrowSettleEpochTest is RewardEscrowBase {
    function test_settleEpoch_shareTooHigh_reverts(uint256 share) public {
        _open(1, 0);
        share = bound(share, WHOLE + 1, type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(RewardEscrowShareTooHigh.selector, share, WHOLE));
        _settle(1, share);
    }

    function test_settleEpoch_notOpen_reverts() public {
        _open(1, 0);
        bytes4 selector = RewardEscrowEpochNotOpen.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, address(manager), RUN, 2));
        _settle(2, 0);
        vm.expectRevert(abi.encodeWithSelector(selector, rival, RUN, 1));
        vm.prank(rival);
        escrow.settleEpoch(RUN, 1, 0);
        _settle(1, 0);
        vm.expectRevert(abi.encodeWithSelector(selector, address(manager), RUN, 1));
        _settle(1, 0);
    }

    function test_settleEpoch_any_returnsWhatIsNotEarned(uint256 granted, uint256 pot, uint256 share) public {
        granted = bound(granted, 1, MAX);
        pot = bound(pot, 0, granted);
        share = bound(share, 0, WHOLE);
        _grant(granted);
        _open(1, pot);
        uint256 earned = (pot * share) / WHOLE;
        vm.expectEmit(address(escrow));
        emit PotsSettled(address(manager), RUN, 1, share, pot - earned);
        _settle(1, share);
        assertEq(_granted(), granted - earned, "returned");
        assertEq(escrow.owed(native), granted, "owed");
        Epoch memory entry = escrow.epochOf(address(manager), RUN, 1);
        assertTrue(entry.settled, "settled");
        assertEq(entry.totalShare, share, "share");
        assertEq(entry.grant, pot, "the pot stays for claims");
    }

    function test_settleEpoch_anyOrder_settles() public {
        _grant(30);
        for (uint256 e = 1; e <= 3; e++) _open(e, 10);
        _settle(3, 0);
        _settle(1, WHOLE);
        _settle(2, WHOLE / 2);
        assertEq(_granted(), 15, "returned");
        assertTrue(_open(4, 15), "and used again");
    }
}

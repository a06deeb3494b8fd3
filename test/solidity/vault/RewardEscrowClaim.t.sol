// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {RewardEscrowBase} from "./RewardEscrowBase.sol";

/// claim
/// ├── unknown source, or an epoch that is not settled: reverts
/// ├── the manager says more earned it than it settled: reverts
/// └── else: pays once, by anyone
///     ├── the operator: commission and its own shares, to its payout address
///     ├── a holder: its shares of the rest, to itself
///     ├── no shares at all: the operator gets everything
///     ├── the owner: its share whole, to its payout address
///     ├── shares and commission of the second before the epoch opened
///     └── paid already, or nothing due: passed over
contract RewardEscrowClaimTest is RewardEscrowBase {
    uint256 private constant POT = 1e18 + 7;

    address private owner = account("owner");

    /// @dev Epoch 1 of the run: POT as grant, and 1000 of the other token by a sponsor. Alice and op hold shares of op.
    function _epoch(uint256 opShares, uint256 aliceShares, uint256 commission) private {
        stakes.setShares(op, op, opShares);
        stakes.setShares(op, alice, aliceShares);
        stakes.setCommission(op, commission);
        vm.warp(BEGIN + 10);
        _grant(POT);
        _sponsor(other, 1_000, 1_000);
        _open(1, POT);
        vm.warp(BEGIN + 20);
    }

    function _earns(uint256 share) private {
        manager.setShare(RUN, 1, op, false, share);
        _settle(1, share);
    }

    function test_claim_unknownSource_reverts() public {
        _epoch(1, 1, 0);
        _earns(WHOLE);
        vm.expectRevert(abi.encodeWithSelector(RewardEscrowUnknownSource.selector, address(manager), RUN, 2));
        escrow.claim(_what(2, op, op, 1));
    }

    function test_claim_notSettled_reverts() public {
        _epoch(1, 1, 0);
        bytes4 selector = RewardEscrowEpochNotSettled.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, address(manager), RUN, 1));
        escrow.claim(_what(0, op, op, 1));
        vm.expectRevert(abi.encodeWithSelector(selector, address(manager), RUN, 2));
        escrow.claim(_what(0, op, op, 2));
        vm.expectRevert(abi.encodeWithSelector(selector, address(manager), RUN, 1));
        escrow.claimable(_what(1, op, op, 1));
    }

    function test_claim_any_splitsToTheWei(
        uint128 opShares,
        uint128 aliceShares,
        uint256 commission,
        uint256 share
    ) public {
        opShares = uint128(bound(opShares, 0, type(uint128).max));
        commission = bound(commission, 0, 10_000);
        share = bound(share, 0, WHOLE);
        _epoch(opShares, aliceShares, commission);
        _earns(share);
        for (uint256 source = 0; source < 2; source++) {
            uint256 amount = ((source == 0 ? POT : 1_000) * share) / WHOLE;
            uint256 all = uint256(opShares) + aliceShares;
            uint256 kept = all == 0 ? amount : (amount * commission) / 10_000;
            uint256 ops = kept + (all == 0 ? 0 : ((amount - kept) * opShares) / all);
            uint256 hers = all == 0 ? 0 : ((amount - kept) * aliceShares) / all;
            assertEq(escrow.claimable(_what(source, op, op, 1)), ops, "operator's, before");
            assertEq(escrow.claim(_what(source, op, op, 1)), ops, "operator's");
            assertEq(escrow.claim(_what(source, op, alice, 1)), hers, "holder's");
            assertEq(escrow.claim(_what(source, op, bob, 1)), 0, "nobody else's");
            assertLe(ops + hers, amount, "rounded down");
            assertLe(amount, ops + hers + 1, "by a wei at most");
            assertEq(escrow.paidOf(address(manager), RUN, source, 1), ops + hers, "paid");
            assertEq((source == 0 ? native : other).balanceOf(op), ops, "received by the operator");
            assertEq((source == 0 ? native : other).balanceOf(alice), hers, "received by the holder");
        }
    }

    function test_claim_twice_paysOnce() public {
        _epoch(60, 40, 0);
        _earns(WHOLE);
        vm.expectEmit(address(escrow));
        emit Claimed(address(manager), RUN, op, alice, 1, 1, 400);
        vm.prank(rival);
        assertEq(escrow.claim(_what(1, op, alice, 1)), 400, "by anyone");
        assertTrue(escrow.isClaimed(address(manager), RUN, 1, op, alice, 1), "claimed");
        assertFalse(escrow.isClaimed(address(manager), RUN, 0, op, alice, 1), "of this source");
        assertEq(escrow.claimable(_what(1, op, alice, 1)), 0, "nothing left");
        assertEq(escrow.claim(_what(1, op, alice, 1)), 0, "passed over");
        Claim memory twice = _what(1, op, op, 1);
        twice.epochs = new uint64[](2);
        (twice.epochs[0], twice.epochs[1]) = (1, 1);
        assertEq(escrow.claim(twice), 600, "named twice, paid once");
        assertEq(escrow.owed(other), 0, "all paid");
    }

    function test_claim_operator_goesToPayout() public {
        _epoch(1, 0, 0);
        _earns(WHOLE);
        stakes.setPayout(op, bob);
        stakes.setPayout(alice, rival);
        escrow.claim(_what(1, op, op, 1));
        assertEq(other.balanceOf(bob), 1_000, "payout address of this moment");
    }

    function test_claim_holder_goesToItself() public {
        _epoch(0, 1, 0);
        _earns(WHOLE);
        stakes.setPayout(alice, rival);
        escrow.claim(_what(1, op, alice, 1));
        assertEq(other.balanceOf(alice), 1_000, "whatever it named as an operator");
    }

    function test_claim_owner_isApartFromOperator() public {
        _epoch(60, 40, 5_000);
        manager.setShare(RUN, 1, op, false, WHOLE / 2);
        manager.setShare(RUN, 1, op, true, WHOLE / 4);
        manager.setShare(RUN, 1, owner, true, WHOLE / 8);
        _settle(1, WHOLE);
        stakes.setPayout(owner, bob);
        assertEq(escrow.claim(_what(1, owner, address(0), 1)), 125, "owner's share, whole");
        assertEq(other.balanceOf(bob), 125, "to its payout address");
        assertEq(escrow.claim(_what(1, op, address(0), 1)), 250, "an operator that owns");
        assertEq(escrow.claim(_what(1, op, op, 1)), 400, "earns both: 250 + 150");
        assertEq(escrow.claim(_what(1, op, alice, 1)), 100, "with its holders");
        assertEq(escrow.claim(_what(1, owner, owner, 1)), 0, "an owner is no operator");
    }

    function test_claim_sharesBoughtLater_earnNothing() public {
        stakes.setShares(op, alice, 10);
        stakes.setCommission(op, 1_000);
        vm.warp(BEGIN + 9);
        stakes.setShares(op, bob, 10);
        vm.warp(BEGIN + 10);
        _sponsor(other, 1_000, 1_000);
        _open(1, 0);
        stakes.setShares(op, rival, 80); // in the second of the opening
        stakes.setCommission(op, 10_000);
        vm.warp(BEGIN + 20);
        stakes.setShares(op, alice, 0);
        vm.warp(BEGIN + 30);
        _earns(WHOLE);
        assertEq(escrow.claim(_what(1, op, rival, 1)), 0, "too late");
        assertEq(escrow.claim(_what(1, op, alice, 1)), 450, "sold later");
        assertEq(escrow.claim(_what(1, op, bob, 1)), 450, "in time");
        assertEq(escrow.claim(_what(1, op, op, 1)), 100, "commission of then");
    }

    function test_claim_lyingManager_cannotOverdraw(uint256 told, uint256 total) public {
        _epoch(1, 0, 0);
        total = bound(total, 1, WHOLE - 1);
        told = bound(told, total + 1, type(uint256).max);
        manager.setShare(RUN, 1, op, false, told);
        _settle(1, total);
        if ((1_000 * total) / WHOLE == 0) return;
        bytes memory refusal = abi.encodeWithSelector(RewardEscrowOverdrawn.selector, address(manager), RUN, 1, 1);
        vm.expectRevert(refusal);
        escrow.claim(_what(1, op, op, 1));
    }

    function test_claim_sharesAboveTotal_lastFindsNothing() public {
        _epoch(1, 0, 0);
        manager.setShare(RUN, 1, op, false, WHOLE / 2);
        manager.setShare(RUN, 1, owner, true, WHOLE / 2);
        _settle(1, WHOLE - 2);
        assertEq(escrow.claim(_what(1, op, op, 1)), 500, "first");
        vm.expectRevert(abi.encodeWithSelector(RewardEscrowOverdrawn.selector, address(manager), RUN, 1, 1));
        escrow.claim(_what(1, owner, address(0), 1));
        assertEq(_reclaim(1, 1), 1, "what returned is not touched");
    }

    function test_claim_nothingEarned_marksNothing() public {
        _epoch(1, 1, 0);
        _settle(1, 0);
        manager.setShare(RUN, 1, op, false, WHOLE);
        assertEq(escrow.claim(_what(0, op, op, 1)), 0, "nothing");
        assertFalse(escrow.isClaimed(address(manager), RUN, 0, op, op, 1), "not marked");
    }

    /// @dev Epochs 1 to 3 of both sources, for three claimants: all at once, or one by one in an order given.
    function test_claims_anyOrderAndBatch_payTheSame(uint256 order, bool together) public {
        stakes.setShares(op, op, 3);
        stakes.setShares(op, alice, 5);
        stakes.setCommission(op, 777);
        vm.warp(BEGIN + 10);
        _grant(3 * POT);
        _sponsor(other, 2_500, 1_000);
        for (uint64 e = 1; e <= 3; e++) {
            _open(e, POT);
            manager.setShare(RUN, e, op, false, WHOLE / 3);
            manager.setShare(RUN, e, owner, true, WHOLE / 5);
            _settle(e, WHOLE / 3 + WHOLE / 5);
        }
        address[3] memory holders = [op, alice, address(0)];
        Claim[] memory whole = new Claim[](6);
        uint256[2] memory expected;
        for (uint256 k = 0; k < 6; k++) {
            whole[k] = _what(k / 3, k % 3 == 2 ? owner : op, holders[k % 3], 1);
            whole[k].epochs = new uint64[](3);
            for (uint64 e = 1; e <= 3; e++) whole[k].epochs[e - 1] = e;
            expected[k / 3] += escrow.claimable(whole[k]);
        }
        if (together) escrow.claimMany(whole);
        else {
            for (uint256 n = 0; n < 18; n++) {
                uint256 k = addmod(order, n * 5, 18); // 5 and 18 have no common divisor: each once
                escrow.claim(_what(k / 9, (k % 9) / 3 == 2 ? owner : op, holders[(k % 9) / 3], uint64((k % 3) + 1)));
            }
        }
        uint256 paid = native.balanceOf(op) + native.balanceOf(alice) + native.balanceOf(owner);
        assertEq(paid, expected[0], "of the grant");
        paid = other.balanceOf(op) + other.balanceOf(alice) + other.balanceOf(owner);
        assertEq(paid, expected[1], "of the sponsorship");
        assertEq(other.balanceOf(owner), 199 + 199 + 99, "a fifth of each pot, rounded down each");
    }
}

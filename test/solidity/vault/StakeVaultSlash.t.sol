// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {StakeVaultBase} from "./StakeVaultBase.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";

/// slash
/// ├── zero: reverts
/// ├── nothing slashable by the caller: reverts
/// ├── bounty above the capped share of what is taken: reverts
/// ├── bounty for nobody: reverts
/// ├── locked: taken first; the lock is cut
/// ├── cooling: taken next
/// ├── more than slashable: takes what is, but not the last wei of a pool
/// ├── all holders, active and unbonding: lose the same part
/// ├── never: from another manager's lock, or another operator's pool
/// └── bounty to the reporter, the rest to the sink
contract StakeVaultSlashTest is StakeVaultBase {
    function test_slash_zero_reverts() public {
        _deposit(alice, 10);
        _lock(alice, manager, 10);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultZeroAmount.selector));
        _slash(alice, manager, 0);
    }

    function test_slash_nothingSlashable_reverts(uint256 amount) public {
        amount = bound(amount, 1, type(uint256).max);
        _deposit(alice, 10);
        _lock(alice, rival, 10);
        _allow(alice, manager);
        bytes memory refusal = abi.encodeWithSelector(StakeVaultExceedsLock.selector, alice, manager, amount, 0);
        vm.expectRevert(refusal);
        _slash(alice, manager, amount);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultExceedsLock.selector, bob, manager, amount, 0));
        _slash(bob, manager, amount);
    }

    function test_slash_bountyAboveCap_reverts(uint256 locked, uint256 amount, uint256 bounty) public {
        locked = bound(locked, 1, MAX);
        amount = bound(amount, 1, type(uint256).max);
        uint256 taken = amount < locked ? amount : locked;
        uint256 limit = (taken * CAP_BPS) / 10_000;
        bounty = bound(bounty, limit + 1, type(uint256).max);
        _deposit(alice, locked + 1);
        _lock(alice, manager, locked);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultBountyTooHigh.selector, bounty, limit));
        vm.prank(manager);
        vault.slash(alice, amount, reporter, bounty);
    }

    function test_slash_bountyForNobody_reverts() public {
        _deposit(alice, 10);
        _lock(alice, manager, 10);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultZeroAddress.selector));
        vm.prank(manager);
        vault.slash(alice, 10, address(0), 1);
    }

    function test_slash_locked_paysReporterAndSink(uint256 locked, uint256 amount, uint256 bounty) public {
        locked = bound(locked, 1, MAX);
        amount = bound(amount, 1, locked);
        bounty = bound(bounty, 0, (amount * CAP_BPS) / 10_000);
        _deposit(alice, locked + 5);
        _lock(alice, manager, locked);
        vm.expectEmit(address(vault));
        emit Slashed(alice, manager, reporter, amount, bounty);
        vm.prank(manager);
        uint256 taken = vault.slash(alice, amount, reporter, bounty);
        assertEq(taken, amount, "taken");
        assertEq(token.balanceOf(reporter), bounty, "bounty");
        assertEq(token.balanceOf(sink), amount - bounty, "sink");
        assertEq(vault.bondedOf(alice), locked + 5 - amount, "bonded");
        assertEq(vault.lockedBy(alice, manager), locked - amount, "lock is cut");
        assertEq(vault.lockedOf(alice), locked - amount, "in all");
    }

    function test_slash_wholeAsBounty_sendsSinkNothing() public {
        StakeVault made = new StakeVault(token, sink, DELAY, COMMISSION, 10_000);
        vault = made;
        _deposit(alice, 11);
        _lock(alice, manager, 10);
        vm.recordLogs();
        vm.prank(manager);
        made.slash(alice, 10, reporter, 10);
        assertEq(vm.getRecordedLogs().length, 2, "the slash and one transfer");
        assertEq(token.balanceOf(reporter), 10, "bounty");
        assertEq(token.balanceOf(sink), 0, "sink");
    }

    function test_slash_aboveSlashable_takesAll(uint256 locked, uint256 amount) public {
        locked = bound(locked, 1, MAX);
        amount = bound(amount, locked, type(uint256).max);
        _deposit(alice, 2 * locked);
        _lock(alice, manager, locked);
        assertEq(_slash(alice, manager, amount), locked, "taken");
        assertEq(vault.bondedOf(alice), locked, "what was not locked stays");
    }

    function test_slash_wholePool_leavesLastWei(uint256 own, uint256 amount) public {
        own = bound(own, 2, MAX);
        amount = bound(amount, own, type(uint256).max);
        _deposit(alice, own);
        _lock(alice, manager, own);
        assertEq(vault.slashableBy(alice, manager), own - 1, "slashable");
        assertEq(_slash(alice, manager, amount), own - 1, "taken");
        assertEq(_assets(alice), 1, "assets");
        assertEq(vault.lockedBy(alice, manager), 1, "locked");
        vm.expectRevert(abi.encodeWithSelector(StakeVaultExceedsLock.selector, alice, manager, 1, 0));
        _slash(alice, manager, 1);
    }

    function test_slash_lockedAndCooling_takesLockFirst(uint256 released, uint256 amount) public {
        released = bound(released, 1, 99);
        amount = bound(amount, 1, 100);
        _deposit(alice, 101);
        _lock(alice, manager, 100);
        _unlock(alice, manager, released);
        assertEq(_slash(alice, manager, amount), amount, "taken");
        uint256 fromLock = amount < 100 - released ? amount : 100 - released;
        assertEq(vault.lockedBy(alice, manager), 100 - released - fromLock, "lock");
        assertEq(vault.coolingOf(alice), released - (amount - fromLock), "cooling");
        assertEq(vault.slashableBy(alice, manager), 100 - amount, "left");
    }

    /// @dev Also those that ran before the slash, even if their tickets are ready.
    function test_slash_allHolders_loseTheSamePart(uint256[3] memory own, uint256 asked, uint256 lost) public {
        for (uint256 i = 0; i < 3; i++) own[i] = bound(own[i], 1, MAX);
        uint256 all = own[0] + own[1] + own[2];
        lost = bound(lost, 1, all - 1);
        asked = bound(asked, 1, own[1]);
        _deposit(alice, own[0]);
        _allow(alice, manager);
        _delegate(bob, alice, own[1]);
        _delegate(carol, alice, own[2]);
        vm.prank(manager);
        vault.lock(alice, lost);
        _unbond(bob, alice, asked);
        vm.warp(block.timestamp + 3 * DELAY);
        _slash(alice, manager, lost);
        uint256 left = all - lost;
        assertEq(vault.valueOf(alice, vault.sharesOf(alice, alice)), (own[0] * left) / all, "the operator");
        assertEq(vault.valueOf(alice, vault.sharesOf(alice, carol)), (own[2] * left) / all, "who stayed");
        (uint256 shares, ) = vault.ticketOf(alice, bob, 0);
        assertEq(vault.valueOf(alice, shares), (asked * left) / all, "who ran");
        assertEq(_complete(bob, alice, 0), (asked * left) / all, "what it is paid");
    }

    function test_slash_othersLock_isNotTouched(uint256 mine, uint256 others, uint256 amount) public {
        mine = bound(mine, 1, MAX);
        others = bound(others, 1, MAX);
        amount = bound(amount, 1, type(uint256).max);
        _deposit(alice, mine + others);
        _lock(alice, rival, others);
        _lock(alice, manager, mine);
        _slash(alice, manager, amount);
        assertEq(vault.lockedBy(alice, rival), others, "the other's lock");
        assertGe(vault.bondedOf(alice), others, "is covered");
        _unlock(alice, rival, others);
    }

    function test_slash_otherOperator_isNotTouched() public {
        _deposit(alice, 10);
        _deposit(bob, 10);
        _lock(alice, manager, 10);
        _lock(bob, manager, 10);
        assertEq(_slash(alice, manager, 100), 9, "taken");
        assertEq(vault.bondedOf(bob), 10, "bob's");
        assertEq(vault.lockedBy(bob, manager), 10, "bob's lock");
    }

    function test_slash_cooled_isOutOfReach() public {
        _deposit(alice, 10);
        _lock(alice, manager, 10);
        _unlock(alice, manager, 10);
        vm.warp(block.timestamp + DELAY);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultExceedsLock.selector, alice, manager, 1, 0));
        _slash(alice, manager, 1);
    }

    /// @dev A slash lowers what is bonded by no more than the lock, so it never adds to what is missing.
    function test_slash_short_isNoShorter(uint256 asked, uint256 lost) public {
        asked = bound(asked, 1, MAX);
        lost = bound(lost, 1, MAX - 1);
        _deposit(alice, MAX);
        _lock(alice, manager, MAX);
        _unbond(alice, alice, asked);
        uint256 missing = MAX - vault.bondedOf(alice);
        _slash(alice, manager, lost);
        assertLe(vault.lockedOf(alice) - vault.bondedOf(alice), missing, "missing");
    }
}

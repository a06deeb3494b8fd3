// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {StakeVaultBase} from "./StakeVaultBase.sol";

/// lock
/// ├── zero: reverts
/// ├── operator has not allowed the caller: reverts
/// ├── more than lockable: reverts
/// ├── else: locked to the caller, no longer free
/// └── stake of others counts like the operator's own
contract StakeVaultLockTest is StakeVaultBase {
    function test_lock_zero_reverts() public {
        _deposit(alice, 1);
        _allow(alice, manager);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultZeroAmount.selector));
        vm.prank(manager);
        vault.lock(alice, 0);
    }

    function test_lock_notAllowed_reverts() public {
        _deposit(alice, 1);
        _allow(alice, rival);
        _allow(bob, manager);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultManagerNotAllowed.selector, alice, manager));
        vm.prank(manager);
        vault.lock(alice, 1);
    }

    function test_lock_aboveFree_reverts(uint256 bonded, uint256 locked, uint256 amount) public {
        bonded = bound(bonded, 1, MAX);
        locked = bound(locked, 1, bonded);
        amount = bound(amount, bonded - locked + 1, type(uint256).max);
        _deposit(alice, bonded);
        _lock(alice, rival, locked);
        _allow(alice, manager);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultInsufficientFree.selector, alice, amount, bonded - locked));
        vm.prank(manager);
        vault.lock(alice, amount);
    }

    function test_lock_free_locks(uint256 bonded, uint256 first, uint256 second) public {
        bonded = bound(bonded, 2, MAX);
        first = bound(first, 1, bonded - 1);
        second = bound(second, 1, bonded - first);
        _deposit(alice, bonded);
        _lock(alice, rival, first);
        _allow(alice, manager);
        assertEq(vault.lockableBy(alice, manager), bonded - first, "lockable");
        vm.expectEmit(address(vault));
        emit Locked(alice, manager, second);
        vm.prank(manager);
        vault.lock(alice, second);
        assertEq(vault.lockedBy(alice, manager), second, "by the manager");
        assertEq(vault.lockedBy(alice, rival), first, "by the other");
        assertEq(vault.lockedOf(alice), first + second, "in all");
        assertEq(vault.bondedOf(alice), bonded, "bonded");
        assertEq(vault.slashableBy(alice, manager), second, "slashable");
    }

    function test_lock_othersStake_locks(uint256 own, uint256 others) public {
        own = bound(own, 1, MAX);
        others = bound(others, 1, MAX);
        _deposit(alice, own);
        _allow(alice, manager);
        _delegate(bob, alice, others);
        vm.prank(manager);
        vault.lock(alice, own + others);
        assertEq(vault.lockedBy(alice, manager), own + others, "all of it");
        assertEq(vault.slashableBy(alice, manager), own + others - 1, "slashable but for the last wei");
    }
}

/// unlock
/// ├── zero: reverts
/// ├── more than the caller locked: reverts
/// └── else: no longer locked, but cooling
contract StakeVaultUnlockTest is StakeVaultBase {
    function test_unlock_zero_reverts() public {
        _deposit(alice, 1);
        _lock(alice, manager, 1);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultZeroAmount.selector));
        vm.prank(manager);
        vault.unlock(alice, 0);
    }

    function test_unlock_aboveOwnLock_reverts(uint256 mine, uint256 others, uint256 amount) public {
        mine = bound(mine, 1, MAX);
        others = bound(others, 1, MAX);
        amount = bound(amount, mine + 1, type(uint256).max);
        _deposit(alice, mine + others);
        _lock(alice, manager, mine);
        _lock(alice, rival, others);
        vm.expectRevert(abi.encodeWithSelector(StakeVaultExceedsLock.selector, alice, manager, amount, mine));
        vm.prank(manager);
        vault.unlock(alice, amount);
    }

    function test_unlock_own_cools(uint256 locked, uint256 amount) public {
        locked = bound(locked, 1, MAX);
        amount = bound(amount, 1, locked);
        _deposit(alice, locked + 1);
        _lock(alice, manager, locked);
        vm.expectEmit(address(vault));
        emit Unlocked(alice, manager, amount);
        _unlock(alice, manager, amount);
        assertEq(vault.lockedBy(alice, manager), locked - amount, "by the manager");
        assertEq(vault.lockedOf(alice), locked - amount, "in all");
        assertEq(vault.coolingOf(alice), amount, "cooling");
        assertEq(vault.slashableBy(alice, manager), locked, "slashable");
        _unbond(alice, alice, amount);
        assertFalse(vault.isShort(alice), "who asks for what cools makes nobody short");
    }
}

/// cooling of released stake
/// ├── ends between half the delay and the delay
/// ├── same manager: may lock all of it again, which counts once
/// ├── another manager: may not lock it, until it has ended and is thawed
/// │   └── unless other stake was deposited
/// ├── short: nobody may lock, not even what cools for the same manager
/// ├── slashed: cools no more
/// └── two managers: each has its own
contract StakeVaultCoolingTest is StakeVaultBase {
    function setUp() public override {
        super.setUp();
        _deposit(alice, 100);
        _allow(alice, rival);
        _lock(alice, manager, 60);
    }

    function test_cooling_time_halfToWholeDelay(uint256 before, uint256 wait) public {
        before = bound(before, 0, DELAY);
        wait = bound(wait, 0, 2 * DELAY);
        _unlock(alice, manager, 20);
        vm.warp(block.timestamp + before);
        _unlock(alice, manager, 40);
        vm.warp(block.timestamp + wait);
        uint256 slashable = vault.slashableBy(alice, manager);
        if (wait <= DELAY / 2) assertGe(slashable, 40, "at least half the delay");
        if (wait >= DELAY) assertEq(slashable, 0, "at most the delay");
    }

    function test_cooling_sameManager_locksAgain(uint256 wait) public {
        _unlock(alice, manager, 60);
        vm.warp(block.timestamp + bound(wait, 0, 2 * DELAY));
        assertEq(vault.lockableBy(alice, manager), 100, "lockable");
        vm.prank(manager);
        vault.lock(alice, 100);
        assertEq(vault.slashableBy(alice, manager), 99, "no more than the lock");
        assertEq(vault.coolingOf(alice), 0, "taken over");
    }

    function test_cooling_anotherManager_isRefused(uint256 wait) public {
        wait = bound(wait, 0, DELAY - 1);
        _unlock(alice, manager, 60);
        uint256 end = block.timestamp + DELAY;
        vm.warp(block.timestamp + wait);
        vault.thaw(alice, manager);
        assertEq(vault.lockableBy(alice, rival), 40, "while it cools");
        vm.expectRevert(abi.encodeWithSelector(StakeVaultInsufficientFree.selector, alice, 41, 40));
        vm.prank(rival);
        vault.lock(alice, 41);
        vm.warp(end);
        assertEq(vault.lockableBy(alice, rival), 40, "until it is thawed");
        vault.thaw(alice, manager);
        vm.prank(rival);
        vault.lock(alice, 100);
        assertEq(vault.lockedBy(alice, rival), 100, "once ended");
    }

    function test_cooling_moreDeposited_otherMayLock() public {
        _unlock(alice, manager, 60);
        _deposit(alice, 25);
        assertEq(vault.lockableBy(alice, rival), 65, "old free and new");
    }

    function test_cooling_short_nobodyMayLock(uint256 asked) public {
        asked = bound(asked, 41, 100);
        _unlock(alice, manager, 60);
        _unbond(alice, alice, asked);
        assertEq(vault.lockableBy(alice, manager), 0, "the same manager");
        assertEq(vault.lockableBy(alice, rival), 0, "another");
        vm.expectRevert(abi.encodeWithSelector(StakeVaultInsufficientFree.selector, alice, 1, 0));
        vm.prank(manager);
        vault.lock(alice, 1);
    }

    function test_cooling_lockedAgain_countsOnce() public {
        _unlock(alice, manager, 60);
        vm.prank(manager);
        vault.lock(alice, 60);
        _unlock(alice, manager, 60);
        assertEq(vault.lockableBy(alice, rival), 40, "what does not cool");
    }

    function test_cooling_slashed_coolsNoMore() public {
        _unlock(alice, manager, 60);
        _slash(alice, manager, 50);
        assertEq(vault.bondedOf(alice), 50, "left");
        assertEq(vault.coolingOf(alice), 10, "cooling");
        assertEq(vault.lockableBy(alice, rival), 40, "all but what still cools");
    }

    function test_cooling_twoManagers_eachHasItsOwn() public {
        vm.prank(rival);
        vault.lock(alice, 40);
        _unlock(alice, manager, 60);
        _unlock(alice, rival, 40);
        assertEq(vault.lockableBy(alice, manager), 60, "manager's own");
        assertEq(vault.lockableBy(alice, rival), 40, "rival's own");
        assertEq(_slash(alice, rival, 100), 40, "rival takes its part");
        assertEq(_slash(alice, manager, 100), 59, "manager takes its part");
        assertEq(vault.bondedOf(alice), 1, "the last wei");
    }
}

/// thaw
/// ├── nothing has ended: no change, no event
/// ├── a batch has ended: only that one is dropped
/// └── lock, unlock and slash: thaw the caller's own first
contract StakeVaultThawTest is StakeVaultBase {
    function setUp() public override {
        super.setUp();
        _deposit(alice, 100);
        _lock(alice, manager, 60);
    }

    function test_thaw_nothingEnded_changesNothing(uint256 wait) public {
        vault.thaw(alice, manager);
        _unlock(alice, manager, 60);
        vm.warp(block.timestamp + bound(wait, 0, DELAY - 1));
        vm.recordLogs();
        vault.thaw(alice, manager);
        assertEq(vm.getRecordedLogs().length, 0, "events");
        assertEq(vault.coolingOf(alice), 60, "cooling");
    }

    function test_thaw_ended_dropsOnlyThat(uint256 gap) public {
        gap = bound(gap, DELAY / 2 + 1, DELAY - 1);
        uint256 start = block.timestamp;
        _unlock(alice, manager, 20);
        vm.warp(start + gap);
        _unlock(alice, manager, 30);
        vm.warp(start + DELAY);
        vm.expectEmit(address(vault));
        emit Thawed(alice, manager, 20);
        vm.prank(stranger);
        vault.thaw(alice, manager);
        assertEq(vault.coolingOf(alice), 30, "the other batch");
        vm.warp(start + gap + DELAY);
        vault.thaw(alice, manager);
        assertEq(vault.coolingOf(alice), 0, "in the end");
        assertEq(vault.lockedOf(alice), 10, "locks stay");
    }

    function test_thaw_byLockUnlockSlash_comesFirst(uint8 act) public {
        _unlock(alice, manager, 50);
        vm.warp(block.timestamp + DELAY);
        vm.expectEmit(address(vault));
        emit Thawed(alice, manager, 50);
        vm.prank(manager);
        if (act % 3 == 0) vault.lock(alice, 90);
        else if (act % 3 == 1) vault.unlock(alice, 10);
        else assertEq(vault.slash(alice, 100, address(0), 0), 10, "no more than locked");
        assertEq(vault.coolingOf(alice), act % 3 == 1 ? 10 : 0, "cooling");
    }
}

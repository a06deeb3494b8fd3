// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {StakeVaultBase} from "./StakeVaultBase.sol";

/// lock
/// ├── zero: reverts
/// ├── operator has not allowed the caller: reverts
/// ├── more than lockable: reverts
/// └── else: locked to the caller, no longer free
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
}

/// unlock
/// ├── zero: reverts
/// ├── more than the caller locked: reverts
/// └── else: free again, but liable to the caller
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

    function test_unlock_own_freesButKeepsLiable(uint256 locked, uint256 amount) public {
        locked = bound(locked, 1, MAX);
        amount = bound(amount, 1, locked);
        _deposit(alice, locked);
        _lock(alice, manager, locked);
        vm.expectEmit(address(vault));
        emit Unlocked(alice, manager, amount);
        _unlock(alice, manager, amount);
        assertEq(vault.lockedBy(alice, manager), locked - amount, "by the manager");
        assertEq(vault.lockedOf(alice), locked - amount, "in all");
        assertEq(vault.slashableBy(alice, manager), locked, "slashable");
        _unbond(alice, amount);
        assertEq(_unbonding(alice), amount, "may unbond");
    }
}

/// liability of released stake
/// ├── ends between half the delay and the delay
/// ├── same manager: may lock all of it again
/// ├── another manager: may not lock it
/// │   ├── until it has ended
/// │   ├── unless other stake covers it: bonded later, or unbonding and not ready before it ends
/// │   └── unbonding that is ready before it ends: does not cover
/// ├── locked again or slashed: counts once, or no more
/// └── the aggregate may count ended liabilities of single managers, never too little
contract StakeVaultLiabilityTest is StakeVaultBase {
    function setUp() public override {
        super.setUp();
        _deposit(alice, 100);
        _allow(alice, rival);
        _lock(alice, manager, 60);
    }

    function test_liability_time_halfToWholeDelay(uint256 before, uint256 wait) public {
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

    function test_liability_sameManager_locksAgain(uint256 wait) public {
        _unlock(alice, manager, 60);
        vm.warp(block.timestamp + bound(wait, 0, 2 * DELAY));
        assertEq(vault.lockableBy(alice, manager), 100, "lockable");
        vm.prank(manager);
        vault.lock(alice, 100);
        assertEq(vault.slashableBy(alice, manager), 100, "no more than the lock");
    }

    function test_liability_anotherManager_isRefused(uint256 wait) public {
        wait = bound(wait, 0, DELAY - 1);
        _unlock(alice, manager, 60);
        uint256 end = block.timestamp + DELAY;
        vm.warp(block.timestamp + wait);
        assertEq(vault.lockableBy(alice, rival), 40, "while liable");
        vm.expectRevert(abi.encodeWithSelector(StakeVaultInsufficientFree.selector, alice, 41, 40));
        vm.prank(rival);
        vault.lock(alice, 41);
        vm.warp(end);
        vm.prank(rival);
        vault.lock(alice, 100);
        assertEq(vault.lockedBy(alice, rival), 100, "once ended");
    }

    function test_liability_coveredByDeposit_otherMayLock() public {
        _unlock(alice, manager, 60);
        _deposit(alice, 25);
        assertEq(vault.lockableBy(alice, rival), 65, "old free and new");
    }

    function test_liability_coveredByUnbonding_otherMayLock() public {
        _unlock(alice, manager, 60);
        _unbond(alice, 70);
        assertEq(vault.lockableBy(alice, rival), 30, "all that is free");
        vm.prank(rival);
        vault.lock(alice, 30);
        assertEq(_slash(alice, manager, 60), 60, "still slashed in full");
        assertEq(_unbonding(alice), 10, "from unbonding");
        assertEq(vault.lockedBy(alice, rival), 30, "not from the other's lock");
    }

    function test_liability_unbondingReadyTooSoon_doesNotCover(uint256 wait) public {
        _unbond(alice, 40);
        vm.warp(block.timestamp + bound(wait, 1, DELAY - 1));
        _unlock(alice, manager, 60);
        assertEq(vault.lockableBy(alice, rival), 0, "unbonding leaves before the liability ends");
    }

    function test_liability_beyondAllCover_nobodyMayLock(uint256 wait) public {
        vm.prank(rival);
        vault.lock(alice, 40);
        _unlock(alice, manager, 60);
        _unbond(alice, 60);
        vm.warp(block.timestamp + bound(wait, 1, DELAY - 1));
        _unlock(alice, rival, 40);
        assertEq(vault.lockableBy(alice, manager), 0, "the stake would cover the rival's liability no more");
        assertEq(vault.lockableBy(alice, rival), 0, "errs toward less");
        vm.warp(block.timestamp + DELAY);
        assertEq(vault.lockableBy(alice, manager), 40, "once ended");
    }

    function test_liability_lockedAgain_countsOnce() public {
        _unlock(alice, manager, 60);
        vm.prank(manager);
        vault.lock(alice, 60);
        _unlock(alice, manager, 60);
        assertEq(vault.lockableBy(alice, rival), 40, "what is not liable");
    }

    function test_liability_slashed_countsNoMore() public {
        _unlock(alice, manager, 60);
        _slash(alice, manager, 50);
        assertEq(vault.bondedOf(alice), 50, "left");
        assertEq(vault.lockableBy(alice, rival), 40, "all but what is still liable");
    }

    function test_liability_twoManagers_eachKeepsItsCover() public {
        vm.prank(rival);
        vault.lock(alice, 40);
        _unlock(alice, manager, 60);
        _unlock(alice, rival, 40);
        assertEq(vault.lockableBy(alice, manager), 60, "manager's own");
        assertEq(vault.lockableBy(alice, rival), 40, "rival's own");
        assertEq(_slash(alice, rival, 100), 40, "rival takes its part");
        assertEq(_slash(alice, manager, 100), 60, "manager takes its part");
        assertEq(vault.bondedOf(alice), 0, "nothing left");
    }

    function test_liability_aggregate_errsTowardLess() public {
        _unlock(alice, manager, 30);
        vm.warp(block.timestamp + (DELAY * 3) / 4);
        _unlock(alice, manager, 30);
        vm.warp(block.timestamp + DELAY / 2);
        assertEq(vault.slashableBy(alice, manager), 30, "the first release has ended");
        assertEq(vault.lockableBy(alice, rival), 40, "but still counts here");
        assertEq(vault.lockableBy(alice, manager), 70, "and here");
        vm.warp(block.timestamp + DELAY / 2);
        assertEq(vault.lockableBy(alice, rival), 100, "until the last one has ended");
    }
}

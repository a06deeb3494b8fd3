// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Base} from "../Base.sol";
import {StakeVaultBase} from "./StakeVaultBase.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {IStakeVault} from "../../../contracts/interfaces/IStakeVault.sol";

// The handler lives here, not in a file of its own: the runner knows only contracts of the files it is given.

/// @notice Makes any call on the stake vault, in any order and time, by three operators and two managers, and keeps a model of
/// what must come of it. Each call says before whether it succeeds, and if not with what error; amounts reach one past each edge.
/// @dev Amounts are small so that edges meet. The model keeps no liability: PledgeLib's test does that against a plain list.
contract StakeVaultHandler is StakeVaultBase {
    address[3] public operators = [account("op0"), account("op1"), account("op2")];
    address[2] public managers = [account("m0"), account("m1")];

    mapping(address operator => uint256) public bonded;
    mapping(address operator => uint256) public unbonding;
    mapping(address operator => uint256) public readyAt;
    mapping(address operator => mapping(address manager => uint256)) public locked;
    /// @notice The most that was locked at once since nothing was slashable.
    mapping(address operator => mapping(address manager => uint256)) public peak;
    uint256 public deposited;
    uint256 public withdrawn;
    uint256 public slashed;
    uint256 public bounties;

    constructor() {
        setUp();
    }

    function theVault() external view returns (StakeVault) {
        return vault;
    }

    /// @dev Calls the vault as `sender`. `refusal` is the expected error, empty if the call must succeed.
    function _call(address sender, bytes memory data, bytes memory refusal) private returns (bool done) {
        vm.prank(sender);
        bytes memory answer;
        (done, answer) = address(vault).call(data);
        assertEq(done, refusal.length == 0, "the model knows whether it succeeds");
        if (!done) assertEq(answer, refusal, "the model knows why not");
    }

    function _free(address operator) private view returns (uint256 free) {
        free = bonded[operator];
        for (uint256 i = 0; i < managers.length; i++) free -= locked[operator][managers[i]];
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, DELAY / 2));
    }

    function deposit(uint256 who, uint256 from, uint256 amount) external {
        address operator = operators[who % 3];
        address giver = operators[from % 3];
        amount = bound(amount, 0, 1_000);
        _give(giver, amount);
        bytes memory refusal;
        if (amount == 0) refusal = abi.encodeWithSelector(StakeVaultZeroAmount.selector);
        if (_call(giver, abi.encodeCall(IStakeVault.deposit, (operator, amount)), refusal)) {
            bonded[operator] += amount;
            deposited += amount;
        }
    }

    function requestUnbond(uint256 who, uint256 amount) external {
        address operator = operators[who % 3];
        uint256 free = _free(operator);
        amount = bound(amount, 0, free + 1);
        bytes memory refusal;
        if (amount == 0) refusal = abi.encodeWithSelector(StakeVaultZeroAmount.selector);
        if (amount > free) {
            refusal = abi.encodeWithSelector(StakeVaultInsufficientFree.selector, operator, amount, free);
        }
        if (_call(operator, abi.encodeCall(IStakeVault.requestUnbond, (amount)), refusal)) {
            bonded[operator] -= amount;
            unbonding[operator] += amount;
            readyAt[operator] = block.timestamp + DELAY;
        }
    }

    function completeUnbond(uint256 who) external {
        address operator = operators[who % 3];
        bytes memory refusal;
        if (unbonding[operator] == 0) {
            refusal = abi.encodeWithSelector(StakeVaultNothingUnbonding.selector, operator);
        } else if (block.timestamp < readyAt[operator]) {
            refusal = abi.encodeWithSelector(StakeVaultStillUnbonding.selector, operator, readyAt[operator]);
        }
        if (_call(operator, abi.encodeCall(IStakeVault.completeUnbond, (holder)), refusal)) {
            withdrawn += unbonding[operator];
            unbonding[operator] = 0;
        }
    }

    function allowManager(uint256 who, uint256 which, bool allowed) external {
        address manager_ = managers[which % 2];
        _call(operators[who % 3], abi.encodeCall(IStakeVault.allowManager, (manager_, allowed)), "");
    }

    function lock(uint256 who, uint256 which, uint256 amount) external {
        address operator = operators[who % 3];
        address manager_ = managers[which % 2];
        uint256 lockable = vault.lockableBy(operator, manager_);
        assertLe(lockable, _free(operator), "lockable is free");
        amount = bound(amount, 1, lockable + 1);
        bytes memory refusal;
        if (!vault.isManagerAllowed(operator, manager_)) {
            refusal = abi.encodeWithSelector(StakeVaultManagerNotAllowed.selector, operator, manager_);
        } else if (amount > lockable) {
            refusal = abi.encodeWithSelector(StakeVaultInsufficientFree.selector, operator, amount, lockable);
        }
        if (vault.slashableBy(operator, manager_) == 0) peak[operator][manager_] = 0;
        if (_call(manager_, abi.encodeCall(IStakeVault.lock, (operator, amount)), refusal)) {
            uint256 now_ = locked[operator][manager_] += amount;
            if (now_ > peak[operator][manager_]) peak[operator][manager_] = now_;
        }
    }

    function unlock(uint256 who, uint256 which, uint256 amount) external {
        address operator = operators[who % 3];
        address manager_ = managers[which % 2];
        uint256 most = locked[operator][manager_];
        amount = bound(amount, 1, most + 1);
        bytes memory refusal;
        if (amount > most) {
            refusal = abi.encodeWithSelector(StakeVaultExceedsLock.selector, operator, manager_, amount, most);
        }
        uint256 slashable = vault.slashableBy(operator, manager_);
        if (_call(manager_, abi.encodeCall(IStakeVault.unlock, (operator, amount)), refusal)) {
            locked[operator][manager_] -= amount;
            assertEq(vault.slashableBy(operator, manager_), slashable, "unlocking ends no liability");
        }
    }

    function slash(uint256 who, uint256 which, uint256 amount, uint256 bounty) external {
        address operator = operators[who % 3];
        address manager_ = managers[which % 2];
        uint256 slashable = vault.slashableBy(operator, manager_);
        amount = bound(amount, 1, slashable + slashable / 8 + 1);
        uint256 taken = amount < slashable ? amount : slashable;
        uint256 limit = (taken * CAP_BPS) / 10_000;
        bounty = bound(bounty, 0, limit + 1);
        bytes memory refusal;
        if (taken == 0) {
            refusal = abi.encodeWithSelector(StakeVaultExceedsLock.selector, operator, manager_, amount, 0);
        } else if (bounty > limit) {
            refusal = abi.encodeWithSelector(StakeVaultBountyTooHigh.selector, bounty, limit);
        }
        bytes memory data = abi.encodeCall(IStakeVault.slash, (operator, amount, reporter, bounty));
        if (_call(manager_, data, refusal)) _slashed(operator, manager_, taken, bounty);
    }

    /// @dev From the lock, then unbonding, then free: in full, always.
    function _slashed(address operator, address manager_, uint256 taken, uint256 bounty) private {
        uint256 fromLock = taken < locked[operator][manager_] ? taken : locked[operator][manager_];
        uint256 rest = taken - fromLock;
        uint256 fromUnbonding = rest < unbonding[operator] ? rest : unbonding[operator];
        locked[operator][manager_] -= fromLock;
        unbonding[operator] -= fromUnbonding;
        bonded[operator] -= taken - fromUnbonding;
        slashed += taken;
        bounties += bounty;
    }
}

/// @notice I-04 to I-08 of contracts/README.md, over random histories.
contract StakeVaultInvariantTest is Base {
    StakeVaultHandler private handler;
    StakeVault private vault;
    IERC20 private token;

    function setUp() public {
        handler = new StakeVaultHandler();
        vault = handler.theVault();
        token = vault.TOKEN();
        bytes4[] memory calls = new bytes4[](8);
        calls[0] = StakeVaultHandler.wait.selector;
        calls[1] = StakeVaultHandler.deposit.selector;
        calls[2] = StakeVaultHandler.requestUnbond.selector;
        calls[3] = StakeVaultHandler.completeUnbond.selector;
        calls[4] = StakeVaultHandler.allowManager.selector;
        calls[5] = StakeVaultHandler.lock.selector;
        calls[6] = StakeVaultHandler.unlock.selector;
        calls[7] = StakeVaultHandler.slash.selector;
        _targetSelectors(address(handler), calls);
        // A good start, since a short history seldom gets this far by itself.
        for (uint256 i = 0; i < 3; i++) {
            handler.deposit(i, i, 1_000);
            handler.allowManager(i, 0, true);
            handler.allowManager(i, 1, true);
        }
    }

    function invariant_I04_vaultHoldsWhatItPromises() public view {
        uint256 promised = 0;
        for (uint256 i = 0; i < 3; i++) {
            (uint256 unbonding, ) = vault.unbondingOf(handler.operators(i));
            promised += vault.bondedOf(handler.operators(i)) + unbonding;
        }
        assertEq(token.balanceOf(address(vault)), promised, "held");
    }

    function invariant_I05_locksAreBonded() public view {
        for (uint256 i = 0; i < 3; i++) {
            address operator = handler.operators(i);
            uint256 sum = 0;
            for (uint256 j = 0; j < 2; j++) {
                address manager = handler.managers(j);
                assertEq(vault.lockedBy(operator, manager), handler.locked(operator, manager), "model of locks");
                sum += vault.lockedBy(operator, manager);
            }
            assertEq(vault.lockedOf(operator), sum, "sum of locks");
            assertLe(sum, vault.bondedOf(operator), "locks are bonded");
        }
    }

    function invariant_I06_slashableIsCovered() public view {
        for (uint256 i = 0; i < 3; i++) {
            address operator = handler.operators(i);
            (uint256 unbonding, uint256 readyAt) = vault.unbondingOf(operator);
            uint256 slashable = 0;
            for (uint256 j = 0; j < 2; j++) slashable += vault.slashableBy(operator, handler.managers(j));
            // Also without what the operator could withdraw now.
            if (block.timestamp >= readyAt) unbonding = 0;
            assertLe(slashable, vault.bondedOf(operator) + unbonding, "covered");
        }
    }

    function invariant_I07_noManagerTakesMoreThanItHadLocked() public view {
        for (uint256 i = 0; i < 3; i++) {
            for (uint256 j = 0; j < 2; j++) {
                address operator = handler.operators(i);
                address manager = handler.managers(j);
                assertLe(vault.slashableBy(operator, manager), handler.peak(operator, manager), "peak");
            }
        }
    }

    function invariant_I08_stakeMovesOnlyAsModelled() public view {
        for (uint256 i = 0; i < 3; i++) {
            address operator = handler.operators(i);
            (uint256 unbonding, uint256 readyAt) = vault.unbondingOf(operator);
            assertEq(vault.bondedOf(operator), handler.bonded(operator), "bonded");
            assertEq(unbonding, handler.unbonding(operator), "unbonding");
            assertEq(readyAt, handler.readyAt(operator), "ready at");
        }
        uint256 left = handler.deposited() - handler.withdrawn() - handler.slashed();
        assertEq(token.balanceOf(address(vault)), left, "in by deposit, out by withdrawal or slash");
        assertEq(token.balanceOf(vault.SINK()), handler.slashed() - handler.bounties(), "sink");
    }
}

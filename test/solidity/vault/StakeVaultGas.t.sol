// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {Token} from "../../../contracts/Token.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";

/// @notice What the stake vault's calls cost, recorded in snapshots/.
/// @dev Gas of the call alone, without the 21 000 and calldata of a transaction. setUp is a transaction of its own, so what a
/// test touches first is cold; "again" calls find warm slots and are a lower bound.
contract StakeVaultGasTest is Base {
    uint256 private constant BEGIN = 1_000_000; // unix seconds
    uint64 private constant DELAY = 7 days;

    Token private token;
    StakeVault private stakes;
    address private alice = account("alice");
    address private bob = account("bob");
    address private manager = account("manager");

    /// @dev bob is in the middle of everything, alice has done nothing yet but hold tokens.
    function setUp() public {
        vm.warp(BEGIN);
        token = new Token(address(0), alice, 1e27, 1e27);
        stakes = new StakeVault(token, account("sink"), DELAY, DELAY, 1_000);
        vm.startPrank(alice);
        token.approve(address(stakes), type(uint256).max);
        token.transfer(bob, 900);
        vm.stopPrank();
        vm.startPrank(bob);
        token.approve(address(stakes), type(uint256).max);
        stakes.deposit(bob, 900);
        stakes.allowManager(manager, true);
        stakes.setCommission(500);
        stakes.requestUnbond(bob, 100);
        vm.warp(BEGIN + 1);
        vm.stopPrank();
        vm.startPrank(manager);
        stakes.lock(bob, 500);
        vm.stopPrank();
    }

    function _stake(string memory name) private {
        vm.snapshotGasLastCall("StakeVault", name);
    }

    function test_gas_deposit() public {
        vm.startPrank(alice);
        stakes.deposit(bob, 10);
        _stake("deposit, first of a holder");
        vm.warp(BEGIN + 2);
        stakes.deposit(bob, 10);
        _stake("deposit, again");
        vm.stopPrank();
    }

    function test_gas_requestUnbond() public {
        vm.prank(bob);
        stakes.requestUnbond(bob, 10);
        _stake("requestUnbond");
    }

    function test_gas_cancelUnbond() public {
        vm.prank(bob);
        stakes.cancelUnbond(bob, 0);
        _stake("cancelUnbond");
    }

    function test_gas_completeUnbond() public {
        vm.warp(BEGIN + DELAY);
        vm.prank(bob);
        stakes.completeUnbond(bob, 0, bob);
        _stake("completeUnbond");
    }

    function test_gas_setCommission() public {
        vm.warp(BEGIN + DELAY);
        vm.prank(bob);
        stakes.setCommission(700);
        _stake("setCommission, again");
    }

    /// @dev After a history of 32 changes: a lookup costs more with the logarithm of their number.
    function test_gas_stakeAt() public {
        vm.prank(alice);
        token.transfer(bob, 32);
        vm.startPrank(bob);
        for (uint256 i = 0; i < 32; i++) {
            vm.warp(BEGIN + 10 + i);
            stakes.deposit(bob, 1);
        }
        vm.stopPrank();
        stakes.stakeAt(bob, bob, BEGIN + 15);
        _stake("stakeAt, 32 changes, warm");
        stakes.totalBondedAt(BEGIN + 15);
        _stake("totalBondedAt, 32 changes, warm");
    }

    function test_gas_setDelegate() public {
        vm.prank(bob);
        stakes.setDelegate(account("hot"));
        _stake("setDelegate, first");
    }

    function test_gas_setEndpoint() public {
        vm.prank(bob);
        stakes.setEndpoint("https://miner.example.org:8443");
        _stake("setEndpoint, 30 bytes");
    }

    function test_gas_allowManager() public {
        vm.prank(alice);
        stakes.allowManager(manager, true);
        _stake("allowManager, first");
    }

    function test_gas_lock() public {
        vm.startPrank(manager);
        stakes.lock(bob, 10);
        _stake("lock, again");
        vm.stopPrank();
    }

    function test_gas_unlock() public {
        vm.startPrank(manager);
        stakes.unlock(bob, 10);
        _stake("unlock, first");
        stakes.unlock(bob, 10);
        _stake("unlock, again");
        vm.stopPrank();
        vm.warp(BEGIN + 2 * DELAY);
        stakes.thaw(bob, manager);
        _stake("thaw");
    }

    function test_gas_slash() public {
        vm.prank(manager);
        stakes.slash(bob, 100, alice, 10);
        _stake("slash, with bounty");
    }
}

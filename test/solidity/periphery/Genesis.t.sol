// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {GenesisBase} from "./GenesisBase.sol";
import {Emission} from "../../../contracts/Emission.sol";
import {RewardEscrow} from "../../../contracts/RewardEscrow.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {Token} from "../../../contracts/Token.sol";
import {IEmissionErrors} from "../../../contracts/interfaces/IEmission.sol";
import {IStakeVaultErrors} from "../../../contracts/interfaces/IStakeVault.sol";
import {Genesis} from "../../../contracts/periphery/Genesis.sol";

/// constructor
/// ├── numbers that one of the four refuses: reverts, and none is made
/// └── else
///     ├── the four know each other, and the holder has the supply
///     ├── the emission starts after the delay
///     └── what votes give a run is minted and granted, as the first mint shows
contract GenesisTest is GenesisBase, IEmissionErrors {
    function test_constructor_theFour_knowEachOther() public {
        Genesis genesis = new Genesis(_supply(), _stakes(), _schedule());
        (Token token, StakeVault vault) = (genesis.TOKEN(), genesis.STAKE_VAULT());
        (RewardEscrow escrow, Emission emission) = (genesis.REWARD_ESCROW(), genesis.EMISSION());
        assertEq(token.MINTER(), address(emission), "minter");
        assertEq(token.balanceOf(holder), SUPPLY, "holder's");
        assertEq(token.totalSupply(), SUPPLY, "supply");
        assertEq(token.cap(), CAP, "cap");
        assertEq(address(vault.TOKEN()), address(token), "stake token");
        assertEq(vault.SINK(), sink, "sink");
        assertEq(vault.UNBONDING_SECONDS(), 7 days, "unbonding");
        assertEq(vault.COMMISSION_DELAY(), 14 days, "commission delay");
        assertEq(vault.BOUNTY_CAP_BPS(), 1_000, "bounty cap");
        assertEq(address(escrow.NATIVE()), address(token), "native");
        assertEq(address(escrow.STAKES()), address(vault), "escrow's stakes");
        assertEq(address(emission.TOKEN()), address(token), "emission's token");
        assertEq(address(emission.STAKES()), address(vault), "emission's stakes");
        assertEq(address(emission.REWARDS()), address(escrow), "rewards");
    }

    function test_constructor_anyDelay_startsAfterIt(uint64 delay) public {
        Schedule memory schedule = _schedule();
        schedule.start = uint64(bound(delay, 0, type(uint64).max - NOW));
        Emission emission = new Genesis(_supply(), _stakes(), schedule).EMISSION();
        assertEq(emission.START(), NOW + schedule.start, "start");
        assertEq(emission.PERIOD_SECONDS(), PERIOD, "period");
        assertEq(emission.PERIODS_PER_HALVING(), 100_000, "periods per halving");
        assertEq(emission.INITIAL(), INITIAL, "initial");
        assertEq(emission.QUORUM_BPS(), 2_000, "quorum");
        assertEq(emission.MIN_VOTE_BPS(), 100, "least vote");
    }

    function test_constructor_whatAnyOfTheFourRefuses_reverts() public {
        Genesis.Supply memory wrong = _supply();
        wrong.cap = SUPPLY;
        vm.expectRevert(abi.encodeWithSelector(EmissionAboveCap.selector, SUPPLY + 2e26, SUPPLY));
        new Genesis(wrong, _stakes(), _schedule());
        Genesis.Stakes memory stakes = _stakes();
        stakes.sink = address(0);
        vm.expectRevert(IStakeVaultErrors.StakeVaultZeroAddress.selector);
        new Genesis(_supply(), stakes, _schedule());
        Schedule memory schedule = _schedule();
        schedule.periodSeconds = 0;
        vm.expectRevert(EmissionZeroSchedule.selector);
        new Genesis(_supply(), _stakes(), schedule);
    }

    function test_theFour_votedFor_mintForTheRun() public {
        Genesis genesis = new Genesis(_supply(), _stakes(), _schedule());
        (Emission emission, StakeVault vault) = (genesis.EMISSION(), genesis.STAKE_VAULT());
        address manager = account("manager");
        Choice[] memory choices = new Choice[](1);
        choices[0] = Choice(manager, 10_000, 7);
        address[] memory operators = new address[](1);
        operators[0] = holder;
        vm.startPrank(holder);
        genesis.TOKEN().approve(address(vault), SUPPLY);
        vault.deposit(holder, SUPPLY);
        emission.vote(choices);
        vm.warp(NOW + DELAY);
        emission.count(holder, operators);
        vm.warp(NOW + DELAY + PERIOD);
        assertEq(emission.pay(0, manager, 7), INITIAL, "minted");
        vm.stopPrank();
        (, uint256 granted, ) = genesis.REWARD_ESCROW().nextEpochOf(manager, 7);
        assertEq(granted, INITIAL, "granted");
        assertEq(genesis.TOKEN().totalSupply(), SUPPLY + INITIAL, "supply");
    }
}

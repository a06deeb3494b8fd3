// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {EmissionBase, EmissionDeployer} from "./EmissionBase.sol";

/// emissionOf
/// └── halves, rounded down, every `periodsPerHalving` periods; zero in the end
contract EmissionScheduleTest is EmissionBase {
    /// @dev Odd, so that halving rounds.
    uint128 private constant ODD = 2 ** 12 * 5 ** 20 + 2 ** 11 - 1;

    function test_emissionOf_tenHalvings_toTheWei() public {
        Schedule memory s = _schedule();
        s.initial = ODD;
        EmissionDeployer deployer = new EmissionDeployer();
        deployer.deploy(stakes, alice, 0, 2 * uint256(ODD) * HALVING, s);
        emission = deployer.emission();
        uint256[11] memory expected = [
            uint256(390_625_000_000_002_047),
            195_312_500_000_001_023,
            97_656_250_000_000_511,
            48_828_125_000_000_255,
            24_414_062_500_000_127,
            12_207_031_250_000_063,
            6_103_515_625_000_031,
            3_051_757_812_500_015,
            1_525_878_906_250_007,
            762_939_453_125_003,
            381_469_726_562_501
        ];
        uint256 sum = 0;
        for (uint256 p = 0; p < 11 * HALVING; p++) {
            assertEq(emission.emissionOf(p), expected[p / HALVING], "emission");
            sum += emission.emissionOf(p);
        }
        for (uint256 p = 11 * HALVING; p < 130 * HALVING; p++) sum += emission.emissionOf(p);
        assertEq(emission.emissionOf(128 * HALVING), 0, "the end");
        assertEq(emission.emissionOf(type(uint256).max), 0, "far beyond");
        assertLt(sum, 2 * uint256(ODD) * HALVING, "the cap has room for all");
    }

    /// @dev The same by minting: one holder with all stake, votes once and is counted and paid in each period.
    function test_pay_tenHalvings_mintsTheSchedule() public {
        stakes.stake(op1, alice, 1e21);
        _vote(alice, _all(RUN));
        uint256 supply = GENESIS;
        for (uint256 p = 0; p < 10 * HALVING; p++) {
            _at(p);
            _count(alice, op1);
            _at(p + 1);
            supply += uint256(INITIAL) / 2 ** (p / HALVING);
            emission.pay(p, manager, RUN);
            assertEq(token.totalSupply(), supply, "supply");
        }
        // 1e24 = 2^24 5^24, so ten halvings leave no remainder.
        assertEq(supply, GENESIS + uint256(HALVING) * (2 * uint256(INITIAL) - INITIAL / 2 ** 9), "closed form");
        assertEq(_granted(RUN), supply - GENESIS, "all of it is the run's");
    }

    function test_currentPeriod_beforeStart_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(EmissionNotStarted.selector, START));
        emission.currentPeriod();
    }

    function test_currentPeriod_any_isBetweenItsStarts(uint64 after_) public {
        vm.warp(START + uint256(after_));
        uint256 period = emission.currentPeriod();
        assertLe(emission.startOf(period), block.timestamp, "begun");
        assertGt(emission.startOf(period + 1), block.timestamp, "not over");
    }
}

/// pay
/// ├── period not over: reverts
/// ├── no votes, too few of all votes, or paid already: reverts
/// └── else: mints floor(E votes / max(total, quorum)) as a grant to the run
///     ├── few votes: the quorum divides
///     └── at any later time: the same
contract EmissionPayTest is EmissionBase {
    function _counted(uint256 aliceStake, uint256 bobStake, uint256 idle) private {
        stakes.stake(op1, alice, aliceStake);
        stakes.stake(op1, bob, bobStake);
        if (idle > 0) stakes.stake(op2, op2, idle);
        _vote(alice, _all(RUN));
        _vote(bob, _all(RUN + 1));
        _at(0);
        _count(alice, op1);
        _count(bob, op1);
    }

    function test_pay_periodOpen_reverts() public {
        _counted(1e18, 1e18, 0);
        vm.warp(START + PERIOD - 1);
        vm.expectRevert(abi.encodeWithSelector(EmissionPeriodOpen.selector, 0));
        emission.pay(0, manager, RUN);
        _at(1);
        emission.pay(0, manager, RUN);
    }

    function test_pay_noVotes_reverts() public {
        _counted(1e18, 1e18, 0);
        _at(2);
        vm.expectRevert(abi.encodeWithSelector(EmissionNothingToPay.selector, 0, manager, RUN + 2));
        emission.pay(0, manager, RUN + 2);
        vm.expectRevert(abi.encodeWithSelector(EmissionNothingToPay.selector, 1, manager, RUN));
        emission.pay(1, manager, RUN);
    }

    function test_pay_twice_reverts() public {
        _counted(1e18, 1e18, 0);
        _at(1);
        emission.pay(0, manager, RUN);
        assertTrue(emission.tallyOf(0, manager, RUN).paid, "paid");
        assertEq(emission.payableOf(0, manager, RUN), 0, "nothing left");
        vm.expectRevert(abi.encodeWithSelector(EmissionNothingToPay.selector, 0, manager, RUN));
        emission.pay(0, manager, RUN);
    }

    /// @dev The least vote is 1 %.
    function test_pay_tooFewVotes_mintsNothing(uint256 total) public {
        total = bound(total, 10_000, 1e26);
        uint256 few = (total - 1) / 100; // the most that is below 1 % of the total
        _counted(few, total - few, 0);
        _at(1);
        vm.expectRevert(abi.encodeWithSelector(EmissionNothingToPay.selector, 0, manager, RUN));
        emission.pay(0, manager, RUN);
        emission.pay(0, manager, RUN + 1);
        assertEq(token.totalSupply(), GENESIS + (uint256(INITIAL) * (total - few)) / total, "the others get no more");
    }

    function test_pay_justEnoughVotes_mints() public {
        _counted(100, 9_900, 0);
        _at(1);
        assertEq(emission.pay(0, manager, RUN), INITIAL / 100, "1 %");
    }

    function test_pay_anyVotes_mintsTheirPart(uint96 aliceStake, uint96 bobStake, uint96 idle, uint32 later) public {
        aliceStake = uint96(bound(aliceStake, 1, type(uint96).max));
        bobStake = uint96(bound(bobStake, 1, type(uint96).max));
        _counted(aliceStake, bobStake, idle);
        uint256 total = uint256(aliceStake) + bobStake;
        uint256 bonded = total + idle;
        uint256 quorum = (bonded * QUORUM_BPS + 9_999) / 10_000;
        uint256 divisor = total > quorum ? total : quorum;
        uint256 expected = uint256(aliceStake) * 100 < total ? 0 : (uint256(INITIAL) * aliceStake) / divisor;
        assertEq(emission.payableOf(0, manager, RUN), expected, "payable as far as counted");
        vm.warp(START + PERIOD + uint256(later));
        if (expected == 0) return;
        vm.expectEmit(address(emission));
        emit Paid(0, manager, RUN, aliceStake, expected);
        assertEq(emission.pay(0, manager, RUN), expected, "answer");
        assertEq(_granted(RUN), expected, "granted");
        assertEq(token.totalSupply(), GENESIS + expected, "supply");
        assertEq(token.balanceOf(address(escrow)), expected, "in the escrow");
    }

    /// @dev Who mints less if stake that never voted grows: everyone. The quorum keeps few votes from taking all.
    function test_pay_belowQuorum_paysInProportion() public {
        _counted(100, 100, 1_800); // 10 % of the stake votes; the quorum is 20 %
        _at(1);
        assertEq(emission.pay(0, manager, RUN), INITIAL / 4, "100 of 400");
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {EmissionBase, EmissionDeployer} from "./EmissionBase.sol";
import {StakeHistory} from "../mocks/StakeHistory.sol";
import {Emission} from "../../../contracts/Emission.sol";
import {RewardEscrow} from "../../../contracts/RewardEscrow.sol";
import {Token} from "../../../contracts/Token.sol";
import {IStakeSnapshots} from "../../../contracts/interfaces/IStakeSnapshots.sol";

contract WrongDeployer is EmissionDeployer {
    function _escrow(StakeHistory stakes) internal override returns (RewardEscrow) {
        return new RewardEscrow(new Token(address(0), msg.sender, 1, 1), stakes);
    }
}

/// constructor
/// ├── no stake vault, a zero in the schedule, a start in the past, bps above 10 000: reverts
/// ├── token of another minter, rewards in another token: reverts
/// ├── schedule above the cap: reverts, up to the wei
/// └── else: keeps its parameters; the token's only minter
contract EmissionConstructorTest is EmissionBase {
    function _deploy(Schedule memory schedule, uint256 cap) private {
        EmissionDeployer deployer = new EmissionDeployer();
        deployer.deploy(stakes, alice, GENESIS, cap, schedule);
    }

    function test_constructor_keepsItsParameters() public view {
        assertEq(token.MINTER(), address(emission), "minter");
        assertEq(address(emission.TOKEN()), address(token), "token");
        assertEq(address(emission.STAKES()), address(stakes), "stakes");
        assertEq(address(emission.REWARDS()), address(escrow), "rewards");
        assertEq(emission.START(), START, "start");
        assertEq(emission.PERIOD_SECONDS(), PERIOD, "period");
        assertEq(emission.PERIODS_PER_HALVING(), HALVING, "halving");
        assertEq(emission.INITIAL(), INITIAL, "initial");
        assertEq(emission.QUORUM_BPS(), QUORUM_BPS, "quorum");
        assertEq(emission.MIN_VOTE_BPS(), MIN_VOTE_BPS, "least vote");
        assertEq(token.totalSupply(), GENESIS, "supply");
    }

    function test_constructor_noStakes_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(EmissionZeroAddress.selector));
        new Emission(token, IStakeSnapshots(address(0)), escrow, _schedule());
    }

    function test_constructor_zeroSchedule_reverts(uint256 which) public {
        Schedule memory s = _schedule();
        which = bound(which, 0, 2);
        if (which == 0) s.periodSeconds = 0;
        else if (which == 1) s.periodsPerHalving = 0;
        else s.initial = 0;
        EmissionDeployer deployer = new EmissionDeployer();
        vm.expectRevert(abi.encodeWithSelector(EmissionZeroSchedule.selector));
        deployer.deploy(stakes, alice, GENESIS, CAP, s);
    }

    function test_constructor_startPast_reverts() public {
        vm.warp(START);
        _deploy(_schedule(), CAP);
        vm.warp(START + 1);
        EmissionDeployer deployer = new EmissionDeployer();
        vm.expectRevert(abi.encodeWithSelector(EmissionStartPast.selector, START, START + 1));
        deployer.deploy(stakes, alice, GENESIS, CAP, _schedule());
    }

    function test_constructor_bpsTooHigh_reverts(bool quorum) public {
        Schedule memory s = _schedule();
        if (quorum) s.quorumBps = 10_001;
        else s.minVoteBps = 10_001;
        EmissionDeployer deployer = new EmissionDeployer();
        vm.expectRevert(abi.encodeWithSelector(EmissionBpsTooHigh.selector, 10_001, 10_000));
        deployer.deploy(stakes, alice, GENESIS, CAP, s);
    }

    function test_constructor_anothersToken_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(EmissionWrongToken.selector));
        new Emission(token, stakes, escrow, _schedule());
    }

    function test_constructor_rewardsInAnotherToken_reverts() public {
        EmissionDeployer deployer = new WrongDeployer();
        vm.expectRevert(abi.encodeWithSelector(EmissionWrongToken.selector));
        deployer.deploy(stakes, alice, GENESIS, CAP, _schedule());
    }

    function test_constructor_scheduleAboveCap_reverts() public {
        uint256 needed = GENESIS + 2 * uint256(INITIAL) * HALVING;
        _deploy(_schedule(), needed);
        EmissionDeployer deployer = new EmissionDeployer();
        vm.expectRevert(abi.encodeWithSelector(EmissionAboveCap.selector, needed, needed - 1));
        deployer.deploy(stakes, alice, GENESIS, needed - 1, _schedule());
    }
}

/// vote
/// ├── more than 8 choices, more than 10 000 bps, zero manager: reverts
/// └── else: in effect from the next period on, until the next vote
///     ├── before the start: from the first period on
///     ├── again in the same period: replaces
///     └── empty: takes it back
contract EmissionVoteTest is EmissionBase {
    function test_vote_tooManyChoices_reverts() public {
        Choice[] memory choices = new Choice[](9);
        vm.expectRevert(abi.encodeWithSelector(EmissionTooManyChoices.selector, 9, 8));
        _vote(alice, choices);
    }

    function test_vote_aboveWhole_reverts(uint16 first, uint16 second) public {
        first = uint16(bound(first, 1, type(uint16).max));
        second = uint16(bound(second, first > 10_000 ? 0 : 10_001 - first, type(uint16).max));
        Choice[] memory choices = _pair(RUN, first, RUN + 1, second);
        vm.expectRevert(abi.encodeWithSelector(EmissionBpsTooHigh.selector, uint256(first) + second, 10_000));
        _vote(alice, choices);
    }

    function test_vote_zeroManager_reverts() public {
        Choice[] memory choices = new Choice[](1);
        vm.expectRevert(abi.encodeWithSelector(EmissionZeroAddress.selector));
        _vote(alice, choices);
    }

    function test_vote_any_isInEffectFromTheNextPeriod(uint256 period, uint256 into) public {
        period = bound(period, 0, 1_000);
        vm.warp(START + period * PERIOD + bound(into, 0, PERIOD - 1));
        Choice[] memory choices = _pair(RUN, 6_000, RUN + 1, 4_000);
        vm.expectEmit(address(emission));
        emit Voted(alice, period + 1, choices);
        _vote(alice, choices);
        assertEq(emission.ballotOf(alice, period).length, 0, "not yet");
        _holds(period + 1, RUN);
        _holds(period + 50, RUN);
    }

    function test_vote_beforeStart_isInEffectFromTheFirst() public {
        vm.expectEmit(address(emission));
        emit Voted(alice, 0, _all(RUN));
        _vote(alice, _all(RUN));
        _holds(0, RUN);
        _vote(alice, _all(RUN + 1));
        _holds(0, RUN + 1);
        _at(0);
        _vote(alice, _all(RUN + 2));
        _holds(0, RUN + 1);
        _holds(1, RUN + 2);
    }

    /// @dev Any number of votes at any times, against a plain list of them.
    function test_vote_history_latestBegunCounts(uint8[12] memory gaps) public {
        uint256[] memory since = new uint256[](gaps.length);
        uint256 period = 0;
        for (uint256 i = 0; i < gaps.length; i++) {
            period += gaps[i] % 3; // 0: again in the same period
            _at(period);
            _vote(alice, _all(i + 1));
            since[i] = period + 1;
            uint256 expected = 0;
            for (uint256 j = 0; j <= i; j++) if (since[j] <= period) expected = j + 1;
            if (expected == 0) assertEq(emission.ballotOf(alice, period).length, 0, "none yet");
            else _holds(period, expected);
            _holds(period + 1, i + 1);
        }
    }

    function test_vote_empty_takesItBack() public {
        _vote(alice, _all(RUN));
        _at(3);
        _vote(alice, new Choice[](0));
        _holds(3, RUN);
        assertEq(emission.ballotOf(alice, 4).length, 0, "taken back");
        _at(4);
        vm.expectRevert(abi.encodeWithSelector(EmissionNoBallot.selector, alice, 4));
        _count(alice, op1);
    }

    function _holds(uint256 period, uint256 run) private view {
        Choice[] memory choices = emission.ballotOf(alice, period);
        assertGt(choices.length, 0, "a ballot");
        assertEq(choices[0].run, run, "for the run");
        assertEq(choices[0].manager, manager, "of the manager");
    }
}

/// count
/// ├── before the start, or no vote in effect: reverts
/// └── else: adds the stake of the second before the period began, by bps
///     ├── a position counted already, or empty: adds nothing
///     ├── stake moved within the period: counts where it was
///     └── together, apart or in another order: the same votes
contract EmissionCountTest is EmissionBase {
    function test_count_beforeStart_reverts() public {
        vm.warp(START - 1);
        vm.expectRevert(abi.encodeWithSelector(EmissionNotStarted.selector, START));
        _count(alice, op1);
    }

    function test_count_noBallot_reverts() public {
        stakes.stake(op1, alice, 100);
        _at(0);
        vm.expectRevert(abi.encodeWithSelector(EmissionNoBallot.selector, alice, 0));
        _count(alice, op1);
        _vote(alice, _all(RUN));
        vm.expectRevert(abi.encodeWithSelector(EmissionNoBallot.selector, alice, 0));
        _count(alice, op1);
    }

    function test_count_position_addsOnce(uint256 amount, uint256 into) public {
        amount = bound(amount, 1, 1e27);
        stakes.stake(op1, alice, amount);
        _vote(alice, _pair(RUN, 3_333, RUN + 1, 6_000));
        vm.warp(START + bound(into, 0, PERIOD - 1));
        vm.expectEmit(address(emission));
        emit Counted(0, alice, op1, amount);
        assertEq(_count(alice, op1), amount, "weight");
        assertTrue(emission.isCounted(0, alice, op1), "counted");
        assertEq(_count(alice, op1), 0, "not again");
        (uint256 a, uint256 b) = ((amount * 3_333) / 10_000, (amount * 6_000) / 10_000);
        assertEq(emission.tallyOf(0, manager, RUN).votes, a, "first run");
        assertEq(emission.tallyOf(0, manager, RUN + 1).votes, b, "second run");
        assertEq(emission.totalOf(0), a + b, "total");
        _at(1);
        assertFalse(emission.isCounted(1, alice, op1), "a new period");
        assertEq(_count(alice, op1), amount, "counts again");
        assertEq(emission.tallyOf(1, manager, RUN).votes, a, "of its own");
    }

    function test_count_stakeOfThatSecond_isTooLate() public {
        _vote(alice, _all(RUN));
        vm.warp(START - 1);
        stakes.stake(op1, alice, 100);
        vm.warp(START);
        stakes.stake(op1, alice, 1_000);
        assertEq(_count(alice, op1), 100, "the second before the period");
    }

    function test_count_emptyPosition_canStillCountLater() public {
        _vote(alice, _all(RUN));
        _at(0);
        assertEq(_count(alice, op1), 0, "nothing there");
        assertFalse(emission.isCounted(0, alice, op1), "not marked");
    }

    function test_count_movedStake_countsOnce() public {
        stakes.stake(op1, alice, 100);
        _vote(alice, _all(RUN));
        _vote(bob, _all(RUN));
        _at(0);
        _count(alice, op1);
        stakes.setShares(op1, alice, 0);
        stakes.stake(op2, alice, 100);
        stakes.stake(op2, bob, 100);
        vm.warp(block.timestamp + 1);
        assertEq(_count(alice, op2) + _count(bob, op2), 0, "moved stake");
        assertEq(emission.totalOf(0), 100, "total");
    }

    function test_count_anyBatch_addsTheSame(uint96[3] memory amounts, uint16 bps, bool together) public {
        address[3] memory operators = [op1, op2, bob];
        bps = uint16(bound(bps, 0, 10_000));
        uint256 expected = 0;
        for (uint256 i = 0; i < 3; i++) {
            if (amounts[i] > 0) stakes.stake(operators[i], alice, amounts[i]);
            expected += (uint256(amounts[i]) * bps) / 10_000;
        }
        Choice[] memory choices = new Choice[](1);
        choices[0] = Choice(manager, bps, RUN);
        _vote(alice, choices);
        _at(0);
        address[] memory list = new address[](6);
        for (uint256 i = 0; i < 6; i++) list[i] = operators[(5 - i) % 3]; // each twice
        if (together) emission.count(alice, list);
        else for (uint256 i = 0; i < 3; i++) _count(alice, operators[i]);
        assertEq(emission.tallyOf(0, manager, RUN).votes, expected, "votes");
        assertEq(emission.totalOf(0), expected, "total");
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Token} from "./Token.sol";
import {IEmission} from "./interfaces/IEmission.sol";
import {IGrants} from "./interfaces/IGrants.sol";
import {IStakeSnapshots} from "./interfaces/IStakeSnapshots.sol";
import {Ballot, BallotLib} from "./libraries/BallotLib.sol";

/// @title The token's only minter: a halving schedule, divided by votes. No owner, nothing to set.
/// @dev Why no period mints more than its emission E, and all together no more than the cap:
/// - a position is counted once a period, so the votes v_r of the runs sum to the total V (votes are rounded down each, and V
///   is their sum);
/// - a run is paid once a period, floor(E v_r / max(V, quorum)) at most, and these sum to E at most;
/// - the emissions of h periods each, halved and rounded down, sum to less than 2 h E(0), which the constructor has room for.
contract Emission is IEmission {
    using BallotLib for Ballot[2];
    using SafeCast for uint256;

    uint256 public constant MAX_CHOICES = 8;
    uint256 private constant BPS = 10_000;

    Token public immutable TOKEN;
    IStakeSnapshots public immutable STAKES;
    IGrants public immutable REWARDS;
    uint256 public immutable START;
    uint256 public immutable PERIOD_SECONDS;
    uint256 public immutable PERIODS_PER_HALVING;
    uint256 public immutable INITIAL;
    uint256 public immutable QUORUM_BPS;
    uint256 public immutable MIN_VOTE_BPS;

    mapping(address holder => Ballot[2] ballots) private _ballots;
    /// @dev One more than the last period in which the position was counted.
    mapping(address holder => mapping(address operator => uint256 periodPlusOne)) private _counted;
    mapping(uint256 period => uint256 votes) private _totals;
    mapping(uint256 period => mapping(address manager => mapping(uint256 run => Tally tally))) private _tallies;

    /// @param token Made for this contract, whose address its deployer knew before: it must be the token's minter.
    constructor(Token token, IStakeSnapshots stakes, IGrants rewards, Schedule memory schedule) {
        if (address(stakes) == address(0)) revert EmissionZeroAddress();
        if (schedule.periodSeconds == 0 || schedule.periodsPerHalving == 0 || schedule.initial == 0) {
            revert EmissionZeroSchedule();
        }
        if (schedule.start < block.timestamp) revert EmissionStartPast(schedule.start, block.timestamp);
        if (schedule.quorumBps > BPS) revert EmissionBpsTooHigh(schedule.quorumBps, BPS);
        if (schedule.minVoteBps > BPS) revert EmissionBpsTooHigh(schedule.minVoteBps, BPS);
        if (token.MINTER() != address(this) || address(rewards.NATIVE()) != address(token)) revert EmissionWrongToken();
        uint256 needed = token.totalSupply() + 2 * uint256(schedule.initial) * schedule.periodsPerHalving;
        if (needed > token.cap()) revert EmissionAboveCap(needed, token.cap());
        TOKEN = token;
        STAKES = stakes;
        REWARDS = rewards;
        START = schedule.start;
        PERIOD_SECONDS = schedule.periodSeconds;
        PERIODS_PER_HALVING = schedule.periodsPerHalving;
        INITIAL = schedule.initial;
        QUORUM_BPS = schedule.quorumBps;
        MIN_VOTE_BPS = schedule.minVoteBps;
        // SAFETY: the contract holds tokens only in the middle of `pay`.
        token.approve(address(rewards), type(uint256).max);
    }

    /// @inheritdoc IEmission
    function vote(Choice[] calldata choices) external {
        if (choices.length > MAX_CHOICES) revert EmissionTooManyChoices(choices.length, MAX_CHOICES);
        uint256 sum = 0;
        for (uint256 i = 0; i < choices.length; i++) {
            if (choices[i].manager == address(0)) revert EmissionZeroAddress();
            sum += choices[i].bps;
        }
        // INVARIANT: a position has no more votes than stake.
        if (sum > BPS) revert EmissionBpsTooHigh(sum, BPS);
        // INVARIANT: a vote cannot change in the period in which it is counted.
        uint256 next = block.timestamp < START ? 0 : currentPeriod() + 1;
        _ballots[msg.sender].cast(choices, next);
        emit Voted(msg.sender, next, choices);
    }

    /// @inheritdoc IEmission
    /// @dev The loops are as long as the caller's list times the 8 choices.
    function count(address holder, address[] calldata operators) external returns (uint256 weight) {
        uint256 period = currentPeriod();
        Choice[] memory choices = _ballots[holder].at(period);
        if (choices.length == 0) revert EmissionNoBallot(holder, period);
        uint256[] memory votes = new uint256[](choices.length);
        for (uint256 i = 0; i < operators.length; i++) {
            uint256 stake = _countPosition(period, holder, operators[i]);
            weight += stake;
            // Rounded for each position by itself, so that it does not matter which ones are counted together.
            for (uint256 j = 0; j < votes.length; j++) votes[j] += (stake * choices[j].bps) / BPS;
        }
        uint256 sum = 0;
        for (uint256 j = 0; j < votes.length; j++) {
            Tally storage tally = _tallies[period][choices[j].manager][choices[j].run];
            tally.votes = (tally.votes + votes[j]).toUint248();
            sum += votes[j];
        }
        _totals[period] += sum;
    }

    /// @inheritdoc IEmission
    function pay(uint256 period, address manager, uint256 run) external returns (uint256 amount) {
        // INVARIANT: what a run is paid does not depend on when, since nothing is counted any more.
        if (block.timestamp < startOf(period + 1)) revert EmissionPeriodOpen(period);
        amount = payableOf(period, manager, run);
        if (amount == 0) revert EmissionNothingToPay(period, manager, run);
        Tally storage tally = _tallies[period][manager][run];
        // INVARIANT: a run is paid once a period.
        tally.paid = true;
        emit Paid(period, manager, run, tally.votes, amount);
        TOKEN.mint(address(this), amount);
        REWARDS.grant(manager, run, amount);
    }

    /// @inheritdoc IEmission
    function emissionOf(uint256 period) public view returns (uint256) {
        return INITIAL >> (period / PERIODS_PER_HALVING);
    }

    /// @inheritdoc IEmission
    function currentPeriod() public view returns (uint256) {
        if (block.timestamp < START) revert EmissionNotStarted(START);
        return (block.timestamp - START) / PERIOD_SECONDS;
    }

    /// @inheritdoc IEmission
    function startOf(uint256 period) public view returns (uint256) {
        return START + period * PERIOD_SECONDS;
    }

    /// @inheritdoc IEmission
    function ballotOf(address holder, uint256 period) external view returns (Choice[] memory) {
        return _ballots[holder].at(period);
    }

    /// @inheritdoc IEmission
    /// @dev Of the present period; an earlier one is forgotten when the position is counted again.
    function isCounted(uint256 period, address holder, address operator) public view returns (bool) {
        return _counted[holder][operator] == period + 1;
    }

    /// @inheritdoc IEmission
    function tallyOf(uint256 period, address manager, uint256 run) external view returns (Tally memory) {
        return _tallies[period][manager][run];
    }

    /// @inheritdoc IEmission
    function totalOf(uint256 period) external view returns (uint256) {
        return _totals[period];
    }

    /// @inheritdoc IEmission
    function payableOf(uint256 period, address manager, uint256 run) public view returns (uint256) {
        Tally storage tally = _tallies[period][manager][run];
        (uint256 votes, uint256 total) = (tally.votes, _totals[period]);
        if (tally.paid || votes == 0 || votes * BPS < total * MIN_VOTE_BPS) return 0;
        // Rounded up: a larger divisor mints less.
        uint256 bonded = STAKES.totalBondedAt(startOf(period) - 1);
        uint256 quorum = Math.ceilDiv(bonded * QUORUM_BPS, BPS);
        return Math.mulDiv(emissionOf(period), votes, Math.max(total, quorum));
    }

    /// @return stake What the position adds; zero if it is counted already.
    function _countPosition(uint256 period, address holder, address operator) private returns (uint256 stake) {
        // INVARIANT: each position counts once a period.
        if (isCounted(period, holder, operator)) return 0;
        stake = STAKES.stakeAt(operator, holder, startOf(period) - 1);
        if (stake == 0) return 0;
        _counted[holder][operator] = period + 1;
        emit Counted(period, holder, operator, stake);
    }
}

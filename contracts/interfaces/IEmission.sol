// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

interface IEmissionTypes {
    /// @notice When how much is emitted. Nobody can change it.
    struct Schedule {
        uint64 start; // unix seconds; not past at deployment
        uint64 periodSeconds;
        uint64 periodsPerHalving;
        uint128 initial; // wei of each period before the first halving
        uint16 quorumBps; // of all bonded stake: the least that an emission is divided by
        uint16 minVoteBps; // of all votes counted: what a run needs to be paid at all
    }

    /// @notice A part of a holder's vote for one run.
    struct Choice {
        address manager;
        uint16 bps;
        uint256 run;
    }

    /// @notice The votes for one run in one period, in wei of stake.
    struct Tally {
        uint248 votes;
        bool paid;
    }
}

interface IEmissionErrors {
    error EmissionZeroAddress();
    error EmissionZeroSchedule();
    error EmissionStartPast(uint256 start, uint256 time);
    error EmissionBpsTooHigh(uint256 bps, uint256 limit);
    /// @notice The token has another minter than this contract, or the rewards are in another token.
    error EmissionWrongToken();
    /// @notice The schedule could mint more than the token's cap allows.
    error EmissionAboveCap(uint256 needed, uint256 cap);
    error EmissionTooManyChoices(uint256 choices, uint256 limit);
    error EmissionNotStarted(uint256 start);
    /// @notice No vote of the holder is in effect in this period.
    error EmissionNoBallot(address holder, uint256 period);
    /// @notice The period has not ended, so it may still be counted.
    error EmissionPeriodOpen(uint256 period);
    /// @notice The run is paid already, has no votes or too few of them.
    error EmissionNothingToPay(uint256 period, address manager, uint256 run);
}

interface IEmissionEvents is IEmissionTypes {
    /// @param period The first in which the vote is in effect.
    event Voted(address indexed holder, uint256 indexed period, Choice[] choices);
    /// @param weight In wei of stake: what the holder had with the operator just before the period began.
    event Counted(uint256 indexed period, address indexed holder, address indexed operator, uint256 weight);
    event Paid(uint256 indexed period, address indexed manager, uint256 indexed run, uint256 votes, uint256 amount);
}

/// @title New tokens for runs, by a halving schedule and by the votes of those who stake.
/// @notice Period p emits `initial >> (p / periodsPerHalving)`, divided among runs by votes. A vote cast in one period is in
/// effect from the next one on, until the holder votes again. In each period anyone may have a holder's positions counted; after
/// it anyone may have a run paid. What is not counted or not paid is not minted, ever: there is no other way to mint.
/// @dev Nobody has a privilege. A voter's weight is its stake just before the period began, so it cannot be moved and counted
/// again; stake that unbonds has no weight.
interface IEmission is IEmissionErrors, IEmissionEvents {
    /// @notice Sets the caller's vote for the periods after this one; an empty list takes it back. At most 8 choices, of 10 000
    /// bps together; what is left of these counts for nobody.
    /// @dev A run named twice gets both parts. Danger: whether the manager and the run exist is not checked, and what is granted
    /// to a run that does not exist is lost.
    function vote(Choice[] calldata choices) external;

    /// @notice Counts the holder's stake with each of the operators for its vote of the present period. What is counted already
    /// is passed over.
    /// @return weight What was added, in wei of stake.
    function count(address holder, address[] calldata operators) external returns (uint256 weight);

    /// @notice Mints what the votes of a past period gave to a run, and grants it to the run in the reward escrow. Once.
    function pay(uint256 period, address manager, uint256 run) external returns (uint256 amount);

    /// @return The wei that a period emits at most.
    function emissionOf(uint256 period) external view returns (uint256);

    /// @return The present period. Reverts before the first.
    function currentPeriod() external view returns (uint256);

    /// @return In unix seconds.
    function startOf(uint256 period) external view returns (uint256);

    /// @return The holder's vote that is in effect in a period; for periods before the present one it may be forgotten.
    function ballotOf(address holder, uint256 period) external view returns (Choice[] memory);

    function isCounted(uint256 period, address holder, address operator) external view returns (bool);
    function tallyOf(uint256 period, address manager, uint256 run) external view returns (Tally memory);

    /// @return The votes for all runs together, in wei of stake.
    function totalOf(uint256 period) external view returns (uint256);

    /// @return What `pay` would mint, as far as it is counted: final when the period has ended, zero once paid.
    function payableOf(uint256 period, address manager, uint256 run) external view returns (uint256);
}

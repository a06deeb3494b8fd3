// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

interface IRewardVaultErrors {
    error RewardVaultZeroAddress();
    error RewardVaultZeroAmount();
    error RewardVaultInsufficientFunds(address manager, uint256 run, uint256 requested, uint256 available);
    error RewardVaultPotExceeded(address manager, uint256 run, uint256 epoch, uint256 requested, uint256 pot);
    /// @notice An epoch number of a run is used once.
    error RewardVaultEpochKnown(address manager, uint256 run, uint256 epoch);
    /// @notice The epoch was never opened, or is settled already.
    error RewardVaultEpochNotOpen(address manager, uint256 run, uint256 epoch);
    error RewardVaultNothingToClaim(address operator);
    error RewardVaultLengthMismatch(uint256 operators, uint256 amounts);
}

interface IRewardVaultEvents {
    event Funded(address indexed manager, uint256 indexed run, address indexed from, uint256 amount);
    event PotEscrowed(address indexed manager, uint256 indexed run, uint256 indexed epoch, uint256 pot);
    event Credited(
        address indexed manager,
        uint256 indexed run,
        uint256 indexed epoch,
        address operator,
        uint256 amount
    );
    /// @notice What an epoch did not earn went back to the run's funds.
    event PotReturned(address indexed manager, uint256 indexed run, uint256 indexed epoch, uint256 amount);
    event Claimed(address indexed operator, address indexed to, uint256 amount);
}

/// @title Reward tokens: funds of runs, pots of epochs, credits of operators.
/// @notice A pot is set aside in full before its epoch opens, credited when the epoch is settled, and claimed by pull.
/// INVARIANT I-01: owed() <= held(), at every moment.
/// @dev Books are kept per manager (run coordinator): a manager can move only funds that were given to its own runs, so the
/// vault needs no owner and no wiring. The token is one fixed, well-behaved ERC-20 (no fee on transfer, no rebasing).
interface IRewardVault is IRewardVaultErrors, IRewardVaultEvents {
    /// @notice Gives `amount` to a run of `manager`, taken from the caller by `transferFrom`. Anyone may fund any run. What
    /// arrived counts.
    /// @dev Danger: a gift without return. Whether the manager and the run exist is not checked.
    function fund(address manager, uint256 run, uint256 amount) external;

    /// @notice Sets `pot`, which may be zero, aside for an epoch of the calling manager's run.
    function openEpoch(uint256 run, uint256 epoch, uint256 pot) external;

    /// @notice Pays an epoch's pot out to operators as credits and returns the rest to the run's funds. Once per epoch.
    /// @dev The sum of `amounts` may not exceed the pot. Zero amounts are skipped, and an operator may occur more than once.
    function settleEpoch(uint256 run, uint256 epoch, address[] calldata operators, uint256[] calldata amounts) external;

    /// @notice Sends an operator's whole credit, of all runs and managers, to its payout address of this moment. Anyone may call
    /// it for anyone.
    function claim(address operator) external returns (uint256 amount);

    function fundsOf(address manager, uint256 run) external view returns (uint256);
    function potOf(address manager, uint256 run, uint256 epoch) external view returns (uint256);
    function creditOf(address operator) external view returns (uint256);

    /// @return All that is promised: funds of runs, pots of open epochs and credits not yet claimed.
    function owed() external view returns (uint256);

    /// @return The vault's balance of the reward token.
    function held() external view returns (uint256);
}

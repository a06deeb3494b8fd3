// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

interface IStakeVaultErrors {
    error StakeVaultZeroAddress();
    error StakeVaultZeroAmount();
    /// @notice The operator asked for more than it has free (bonded and not locked).
    error StakeVaultInsufficientFree(address operator, uint256 requested, uint256 free);
    error StakeVaultNothingUnbonding(address operator);
    error StakeVaultStillUnbonding(address operator, uint256 readyAt);
    /// @notice The operator has not allowed this manager to lock its stake.
    error StakeVaultManagerNotAllowed(address operator, address manager);
    /// @notice A manager may slash or unlock no more than what it locked.
    error StakeVaultExceedsLock(address operator, address manager, uint256 requested, uint256 locked);
    error StakeVaultDelegateTaken(address delegate, address operator);
    error StakeVaultEndpointTooLong(uint256 length, uint256 limit);
    error StakeVaultUnknownOperator(address caller);
    error StakeVaultBountyTooHigh(uint256 bounty, uint256 limit);
}

interface IStakeVaultEvents {
    event Deposited(address indexed operator, address indexed from, uint256 amount);
    event UnbondRequested(address indexed operator, uint256 amount, uint256 unbonding, uint256 readyAt);
    event UnbondCompleted(address indexed operator, address indexed to, uint256 amount);
    event DelegateSet(address indexed operator, address indexed delegate);
    event PayoutSet(address indexed operator, address indexed payout);
    event EndpointSet(address indexed operator, string endpoint);
    event ManagerAllowed(address indexed operator, address indexed manager, bool allowed);
    event Locked(address indexed operator, address indexed manager, uint256 amount);
    event Unlocked(address indexed operator, address indexed manager, uint256 amount);
    event Slashed(
        address indexed operator, address indexed manager, address indexed reporter, uint256 amount, uint256 bounty
    );
}

/// @title Bonded stake of operators.
/// @notice An operator is a staked account (cold key). It names one delegate (hot key) that acts for it in runs, an address
/// that is paid, and the endpoint where its blobs are served. Managers (run coordinators) lock stake with the operator's
/// consent. The vault knows no runs and has no owner: a manager has power only over stake that its operator locked to it.
/// @dev Stake of an operator is `bonded` (of which part may be locked) plus `unbonding`. Unbonding funds remain slashable
/// until they leave. One unbonding entry per operator: a further request adds to it and restarts its clock.
interface IStakeVault is IStakeVaultErrors, IStakeVaultEvents {
    /// @notice Adds to `operator`'s bonded stake, taken from the caller by `transferFrom`.
    function deposit(address operator, uint256 amount) external;

    /// @notice Starts to unbond `amount` of the caller's free stake. Restarts the clock of what already unbonds.
    function requestUnbond(uint256 amount) external;

    /// @notice Pays out the caller's unbonded stake to `to` once the delay has passed.
    function completeUnbond(address to) external;

    /// @notice Names the hot key that acts for the caller; the zero address names none. A delegate serves one operator only.
    function setDelegate(address delegate) external;

    /// @notice Names the address that the caller's rewards are paid to; the zero address means the operator itself.
    function setPayout(address payout) external;

    /// @notice Publishes the base URL at which the operator serves its blobs. By the operator or its delegate.
    /// @dev Danger: readers must treat the text as hostile (length, scheme, private addresses).
    function setEndpoint(string calldata endpoint) external;

    /// @notice Lets `manager` lock the caller's stake, or ends that. Locks that exist stay until the manager releases them.
    /// @dev Danger: an allowed manager can slash what it locks. Allow audited coordinators only.
    function allowManager(address manager, bool allowed) external;

    /// @notice Locks `amount` of the operator's free stake to the calling manager, which the operator must have allowed.
    function lock(address operator, uint256 amount) external;

    /// @notice Releases `amount` that the calling manager had locked.
    function unlock(address operator, uint256 amount) external;

    /// @notice Takes up to `amount` from the operator: at most what the caller has locked of it, and, when the locked stake
    /// was cut meanwhile, what is left of bonded and then unbonding funds. `bounty` of it goes to the reporter, the rest to the sink.
    /// @return taken What was taken in fact.
    function slash(address operator, uint256 amount, address reporter, uint256 bounty) external returns (uint256 taken);

    /// @notice The operator that `account` may act for: its own if it is an operator key, else the one that named it delegate.
    /// Reverts with `StakeVaultUnknownOperator` if there is none.
    function operatorOf(address account) external view returns (address);

    function payoutOf(address operator) external view returns (address);
    function delegateOf(address operator) external view returns (address);
    function endpointOf(address operator) external view returns (string memory);
    function bondedOf(address operator) external view returns (uint256);
    function lockedOf(address operator) external view returns (uint256);
    function lockedBy(address operator, address manager) external view returns (uint256);
    function unbondingOf(address operator) external view returns (uint256 amount, uint256 readyAt);
    function isManagerAllowed(address operator, address manager) external view returns (bool);
}

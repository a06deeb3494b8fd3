// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

interface IStakeVaultErrors {
    error StakeVaultZeroAddress();
    error StakeVaultZeroAmount();
    /// @notice More was asked for than is free: to unbond, what is bonded and not locked; to lock, `lockableBy`.
    error StakeVaultInsufficientFree(address operator, uint256 requested, uint256 free);
    error StakeVaultNothingUnbonding(address operator);
    error StakeVaultStillUnbonding(address operator, uint256 readyAt);
    /// @notice The operator has not allowed this manager to lock its stake.
    error StakeVaultManagerNotAllowed(address operator, address manager);
    /// @notice A manager may unlock no more than what it locked, and slash only where something is slashable by it.
    error StakeVaultExceedsLock(address operator, address manager, uint256 requested, uint256 locked);
    /// @notice `operator` is the one that named it, or the account itself, if it is an operator's own key.
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
        address indexed operator,
        address indexed manager,
        address indexed reporter,
        uint256 amount,
        uint256 bounty
    );
}

/// @title Bonded stake of operators.
/// @notice An operator is a staked account (cold key). It names one delegate (hot key) that acts for it in runs, an address
/// that is paid, and the endpoint where its blobs are served. Managers (run coordinators) lock stake with the operator's
/// consent. The vault knows no runs and has no owner: a manager has power only over stake that its operator let it lock.
/// @dev Stake of an operator is `bonded` (of which part may be locked) plus `unbonding`. One unbonding entry per operator: a
/// further request adds to it and restarts its clock.
/// A fault may be proved after the lock was released, so released stake stays liable: the same manager can still slash as much,
/// from unbonding funds and then from free ones, for at least half the unbonding delay and at most the whole of it. Managers
/// must have their fault windows end within that half. Liable stake can be unbonded, since the delay outlasts the liability,
/// and locked again by the same manager, but not by another one.
/// The token is one fixed, well-behaved ERC-20 (no fee on transfer, no rebasing).
interface IStakeVault is IStakeVaultErrors, IStakeVaultEvents {
    /// @notice Adds to `operator`'s bonded stake, taken from the caller by `transferFrom`. What arrived counts.
    /// @dev Danger: a deposit for another account is a gift, the operator alone can withdraw it.
    function deposit(address operator, uint256 amount) external;

    /// @notice Starts to unbond `amount` of the caller's free stake. Restarts the clock of what already unbonds.
    /// @dev Unbonding funds remain slashable until they leave.
    function requestUnbond(uint256 amount) external;

    /// @notice Pays out the caller's unbonded stake to `to` once the delay has passed.
    function completeUnbond(address to) external;

    /// @notice Names the hot key that acts for the caller; the zero address names none. A delegate serves one operator only.
    /// @dev The key is not asked. Should a stranger have named it first, take another.
    function setDelegate(address delegate) external;

    /// @notice Names the address that the caller's rewards are paid to; the zero address means the operator itself.
    function setPayout(address payout) external;

    /// @notice Publishes the base URL at which the operator serves its blobs. By the operator or its delegate.
    /// @dev Danger: readers must treat the text as hostile (length, scheme, private addresses).
    function setEndpoint(string calldata endpoint) external;

    /// @notice Lets `manager` lock the caller's stake, or ends that. Locks that exist stay until the manager releases them.
    /// @dev Danger: an allowed manager can lock all free stake, keep it locked, and slash it. Allow audited coordinators only.
    function allowManager(address manager, bool allowed) external;

    /// @notice Locks `amount` of the operator's stake to the calling manager, which the operator must have allowed. No more
    /// than `lockableBy`.
    function lock(address operator, uint256 amount) external;

    /// @notice Releases `amount` that the calling manager had locked. It stays slashable by it for a while (see above).
    /// @dev A slash may have cut the lock meanwhile: ask `lockedBy` for what is left.
    function unlock(address operator, uint256 amount) external;

    /// @notice Takes `amount` from the operator, or all that is slashable by the caller if that is less: what the caller has
    /// locked first, then what it released lately. `bounty` of it goes to the reporter, the rest to the sink.
    /// @dev The bounty may not exceed the vault's share of what is *taken*: ask `slashableBy` first. A manager that holds locks
    /// of an operator for several purposes must expect any of them to be cut.
    /// @return taken What was taken in fact; never out of another manager's lock.
    function slash(address operator, uint256 amount, address reporter, uint256 bounty) external returns (uint256 taken);

    /// @notice The operator that `account` may act for: its own if it is an operator key, else the one that named it delegate.
    /// Reverts with `StakeVaultUnknownOperator` if there is none.
    /// @dev An account is an operator key once it has itself deposited for itself, set a delegate or payout address, or allowed
    /// a manager. What strangers do to it (a deposit, naming it as their delegate) neither makes it one nor stops it being one.
    function operatorOf(address account) external view returns (address);

    function payoutOf(address operator) external view returns (address);
    function delegateOf(address operator) external view returns (address);
    function endpointOf(address operator) external view returns (string memory);
    function bondedOf(address operator) external view returns (uint256);
    function lockedOf(address operator) external view returns (uint256);
    function lockedBy(address operator, address manager) external view returns (uint256);
    /// @notice What the manager could lock now, if allowed: free stake less what is liable to other managers.
    function lockableBy(address operator, address manager) external view returns (uint256);
    /// @notice What the manager could slash now: what it has locked plus what it released and is still liable.
    function slashableBy(address operator, address manager) external view returns (uint256);
    function unbondingOf(address operator) external view returns (uint256 amount, uint256 readyAt);
    function isManagerAllowed(address operator, address manager) external view returns (bool);
}

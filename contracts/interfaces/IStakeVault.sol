// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {IStakeSnapshots} from "./IStakeSnapshots.sol";

interface IStakeVaultErrors {
    error StakeVaultZeroAddress();
    error StakeVaultZeroAmount();
    /// @notice The commission's delay must be at least the unbonding delay.
    error StakeVaultDelayTooShort(uint256 delay, uint256 least);
    /// @notice More was asked for than is free, in wei: to lock, `lockableBy`; to withdraw, what managers may not slash.
    error StakeVaultInsufficientFree(address operator, uint256 requested, uint256 free);
    error StakeVaultInsufficientShares(address operator, address holder, uint256 requested, uint256 held);
    /// @notice The pool has lost so much of its stake by slashing that it takes no more.
    error StakeVaultPoolRuined(address operator);
    /// @notice There is no such ticket, or it was completed or cancelled.
    error StakeVaultUnknownTicket(address operator, address holder, uint256 ticket);
    error StakeVaultStillUnbonding(uint256 ticket, uint256 readyAt);
    /// @notice The operator has not allowed this manager to lock its stake, or the delay of that has not passed yet.
    error StakeVaultManagerNotAllowed(address operator, address manager);
    /// @notice A manager may unlock no more than what it locked, and slash only where something is slashable by it.
    error StakeVaultExceedsLock(address operator, address manager, uint256 requested, uint256 locked);
    /// @notice `operator` is the one that named it, or the account itself, if it is an operator's own key.
    error StakeVaultDelegateTaken(address delegate, address operator);
    error StakeVaultEndpointTooLong(uint256 length, uint256 limit);
    error StakeVaultUnknownOperator(address caller);
    error StakeVaultBountyTooHigh(uint256 bounty, uint256 limit);
    error StakeVaultCommissionTooHigh(uint256 bps, uint256 limit);
    /// @notice The state of a moment is final only after it.
    error StakeVaultFutureLookup(uint256 time, uint256 present);
}

interface IStakeVaultEvents {
    event Deposited(address indexed operator, address indexed holder, uint256 amount, uint256 shares);
    event UnbondRequested(
        address indexed operator,
        address indexed holder,
        uint256 ticket,
        uint256 shares,
        uint256 readyAt
    );
    event UnbondCancelled(address indexed operator, address indexed holder, uint256 ticket, uint256 shares);
    event UnbondCompleted(
        address indexed operator,
        address indexed holder,
        address indexed to,
        uint256 ticket,
        uint256 shares,
        uint256 amount
    );
    event DelegateSet(address indexed operator, address indexed delegate);
    event PayoutSet(address indexed operator, address indexed payout);
    event EndpointSet(address indexed operator, string endpoint);
    /// @param from Unix seconds from which on the manager may lock; 0 when it may not.
    event ManagerAllowed(address indexed operator, address indexed manager, bool allowed, uint256 from);
    event CommissionSet(address indexed operator, uint256 bps, uint256 from);
    event Locked(address indexed operator, address indexed manager, uint256 amount);
    event Unlocked(address indexed operator, address indexed manager, uint256 amount);
    event Thawed(address indexed operator, address indexed manager, uint256 amount);
    event Slashed(
        address indexed operator,
        address indexed manager,
        address indexed reporter,
        uint256 amount,
        uint256 bounty
    );
}

/// @title Bonded stake of operators, their own and what holders delegate to them.
/// @notice An operator is an account (cold key) with a pool of stake. It names one delegate (hot key) that acts for it in runs, an
/// address that is paid, the endpoint where its blobs are served, and its commission. Holders, the operator among them, deposit
/// into its pool for shares. Managers (run coordinators) lock stake of the pool with the operator's consent. The vault knows no
/// runs and has no owner: a manager has power only over stake whose operator let it lock.
/// @dev All stake of a pool has one price per share, which falls by slashing alone: rewards never enter it. Who unbonds gives up
/// nothing but votes and rewards: until it is paid, its ticket's shares stay in the pool and are slashed like all others. So it
/// is no use to run from a slash, and whoever stays does not pay for those who ran.
/// A fault may be proved after the lock was released, so released stake *cools*: the same manager can still slash it, for at
/// least half the unbonding delay and at most the whole of it. Managers must have their fault windows end within that half.
/// What is locked or cools is never withdrawn: a slash always finds all that it may take.
/// Times are unix seconds, amounts wei. The token is one fixed, well-behaved ERC-20 (no fee on transfer, no rebasing).
interface IStakeVault is IStakeSnapshots, IStakeVaultErrors, IStakeVaultEvents {
    // ---- By holders

    /// @notice Adds to `operator`'s pool, taken from the caller by `transferFrom`, for shares of the caller. What arrived counts.
    /// @dev Danger: whoever holds shares bears the operator's slashes, and those by any manager that it allows. Before you
    /// deposit, look at its managers (`ManagerAllowed`), its commission, and its own part of the pool.
    function deposit(address operator, uint256 amount) external;

    /// @notice Starts to unbond so many of the caller's active shares of the pool. Always possible, also if managers hold locks
    /// that the rest does not cover: then the operator is short, and locks no more until it is covered again.
    /// @return ticket Number of the entry in the caller's queue with this operator.
    function requestUnbond(address operator, uint256 shares) external returns (uint256 ticket);

    /// @notice Makes the shares of a ticket active again, at any time before it is completed.
    function cancelUnbond(address operator, uint256 ticket) external;

    /// @notice Pays what the ticket's shares are worth to `to`, once its delay has passed, unless managers could slash it.
    /// @dev If it is refused with `StakeVaultInsufficientFree`, `thaw` each manager whose releases have cooled, and where
    /// `isShort` see to it that the operator leaves its runs.
    function completeUnbond(address operator, uint256 ticket, address to) external;

    // ---- By operators

    /// @notice Names the hot key that acts for the caller; the zero address names none. A delegate serves one operator only.
    /// @dev The key is not asked. Should a stranger have named it first, take another.
    function setDelegate(address delegate) external;

    /// @notice Names the address that the caller's rewards are paid to; the zero address means the operator itself.
    function setPayout(address payout) external;

    /// @notice Publishes the base URL at which the operator serves its blobs. By the operator or its delegate.
    /// @dev Danger: readers must treat the text as hostile (length, scheme, private addresses).
    function setEndpoint(string calldata endpoint) external;

    /// @notice Lets `manager` lock the stake of the caller's pool, or ends that. Locks that exist stay until the manager
    /// releases them. Counts at once while others than the caller hold at most a tenth of the pool, else after
    /// `COMMISSION_DELAY`, so that they can leave first.
    /// @dev Danger: an allowed manager can lock all free stake, keep it locked, and slash it. Allow audited coordinators only.
    function allowManager(address manager, bool allowed) external;

    /// @notice Sets the part of the caller's rewards, in 1/10 000, that it keeps before the rest is divided among the shares.
    /// Counts after `COMMISSION_DELAY`; replaces a change that does not count yet.
    function setCommission(uint16 bps) external;

    // ---- By managers

    /// @notice Locks `amount` of the operator's stake to the calling manager, which the operator must have allowed. No more
    /// than `lockableBy`. What cools for the same manager is locked again first.
    function lock(address operator, uint256 amount) external;

    /// @notice Releases `amount` that the calling manager had locked. It cools before it is free (see above).
    /// @dev A slash may have cut the lock meanwhile: ask `lockedBy` for what is left.
    function unlock(address operator, uint256 amount) external;

    /// @notice Takes `amount` from the operator's pool, or `slashableBy` the caller if that is less: out of what the caller has
    /// locked first, then of what cools. All shares lose the same part. `bounty` goes to the reporter, the rest to the sink.
    /// @dev The bounty may not exceed the vault's share of what is *taken*: ask `slashableBy` first. A manager that holds locks
    /// of an operator for several purposes must expect any of them to be cut. The last wei of a pool is never taken.
    /// @return taken What was taken in fact; never out of another manager's lock.
    function slash(address operator, uint256 amount, address reporter, uint256 bounty) external returns (uint256 taken);

    // ---- By anyone

    /// @notice Frees what has cooled since `manager` released it. Does nothing if there is none.
    function thaw(address operator, address manager) external;

    // ---- Views: operators

    /// @return What a reporter may get of what is slashed, in 1/10 000.
    function BOUNTY_CAP_BPS() external view returns (uint16);

    /// @notice The operator that `account` may act for: its own if it is an operator key, else the one that named it delegate.
    /// Reverts with `StakeVaultUnknownOperator` if there is none.
    /// @dev An account is an operator key once it has itself deposited for itself, set a delegate, payout address or commission,
    /// or allowed a manager. What strangers do to it (a deposit, naming it as their delegate) neither makes it one nor stops it
    /// being one.
    function operatorOf(address account) external view returns (address);

    function delegateOf(address operator) external view returns (address);
    function endpointOf(address operator) external view returns (string memory);
    function isManagerAllowed(address operator, address manager) external view returns (bool);

    /// @notice The last commission that was set, and since when it counts or from when on it will. Zeros if none ever was.
    function lastCommissionOf(address operator) external view returns (uint256 bps, uint256 from);

    // ---- Views: stake

    /// @notice All stake of the pool in wei, unbonding stake included; all shares; those of them that unbond.
    function poolOf(address operator) external view returns (uint256 assets, uint256 shares, uint256 unbonding);

    /// @notice What the active shares of the pool are worth, in wei.
    function bondedOf(address operator) external view returns (uint256);

    /// @notice What so many shares of the pool are worth now, in wei.
    function valueOf(address operator, uint256 shares) external view returns (uint256);

    /// @notice The holder's active shares.
    function sharesOf(address operator, address holder) external view returns (uint256);

    /// @notice How many tickets the holder was ever given; they are numbered from 0.
    function ticketCountOf(address operator, address holder) external view returns (uint256);

    /// @notice A ticket of the holder; reverts with `StakeVaultUnknownTicket` if it was completed or cancelled.
    function ticketOf(
        address operator,
        address holder,
        uint256 ticket
    ) external view returns (uint256 shares, uint256 readyAt);

    /// @notice The locks of all managers together, in wei.
    function lockedOf(address operator) external view returns (uint256);

    /// @notice What all managers have released and nobody has thawed yet, in wei.
    function coolingOf(address operator) external view returns (uint256);

    function lockedBy(address operator, address manager) external view returns (uint256);

    /// @notice What the manager could lock now, if allowed: what is bonded and neither locked nor cooling, and what cools for
    /// the manager itself. Nothing while locks and cooling stake exceed what is bonded.
    function lockableBy(address operator, address manager) external view returns (uint256);

    /// @notice What the manager could slash now: what it has locked and what cools for it, except the pool's last wei.
    function slashableBy(address operator, address manager) external view returns (uint256);

    /// @notice Whether holders have withdrawn stake that managers have locked: locked > bonded.
    /// @dev Coordinators should let anyone make such an operator leave. Then its locks are released, cool and are thawed, and
    /// its holders are paid.
    function isShort(address operator) external view returns (bool);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IStakeSnapshots} from "./interfaces/IStakeSnapshots.sol";
import {IStakeVault} from "./interfaces/IStakeVault.sol";
import {Commission} from "./libraries/CommissionLib.sol";
import {Pledge} from "./libraries/PledgeLib.sol";
import {Pool} from "./libraries/PoolLib.sol";

/// @title Stake of operators in one pool each, with its history. No yield, no owner, no knowledge of runs.
/// @dev What shares are worth is in PoolLib, how released stake cools in PledgeLib; here are holders, tickets, times, consent and
/// tokens. For each operator the pool's `locked` is the sum of the pledges' locks, and `cooling` that of their batches.
/// Why no holder is trapped. Say one asks to unbond at t, D is the unbonding delay, and B, L, C are the pool's bonded, locked and
/// cooling stake. What cools at t has ended at t + D. While the operator is not short, L <= B, what was locked at t is all that
/// can still be locked or cooling at t + D, unless more was locked since; and that needs L + C <= B. So at t + D, after
/// thawing, L + C <= B as it was at t or at that lock, and the ticket can be paid, with all that were there before it (PoolLib).
/// Once it is short nothing more can be locked: a coordinator lets anyone make it leave, and what it releases cools for D at most.
/// No function loops over what others can grow.
contract StakeVault is IStakeVault, ReentrancyGuard {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;
    using Checkpoints for Checkpoints.Trace208;

    struct Account {
        bool ownKey; // this account has acted as an operator itself
        address delegate;
        address payout;
        string endpoint;
        Commission commission;
    }

    struct Ticket {
        uint128 shares;
        uint48 readyAt; // unix seconds
    }

    /// @dev Keys are unix seconds.
    struct History {
        Checkpoints.Trace208 bonded; // wei
        Checkpoints.Trace208 active; // shares
    }

    uint256 public constant MAX_ENDPOINT_BYTES = 256;
    uint256 private constant BPS = 10_000;
    /// @dev A pool is its operator's own while others hold no more than 1 share in so many.
    uint256 private constant OTHERS = 10;

    IERC20 public immutable TOKEN;
    /// @notice Receives what is slashed, less bounties.
    address public immutable SINK;
    uint32 public immutable UNBONDING_SECONDS;
    /// @notice Seconds until a commission counts, and a manager that was allowed while others had stake in the pool.
    uint32 public immutable COMMISSION_DELAY;
    uint16 public immutable BOUNTY_CAP_BPS;

    mapping(address operator => Account account) private _accounts;
    mapping(address delegate => address operator) private _operatorByDelegate;
    mapping(address operator => mapping(address manager => uint256 from)) private _allowedFrom; // unix seconds; 0: not allowed

    mapping(address operator => Pool pool) private _pools;
    mapping(address operator => mapping(address manager => Pledge pledge)) private _pledges;
    mapping(address operator => mapping(address holder => Checkpoints.Trace208 active)) private _shares;
    mapping(address operator => mapping(address holder => Ticket[] tickets)) private _tickets;

    mapping(address operator => History history) private _histories;
    Checkpoints.Trace208 private _totalBonded; // wei

    /// @param sink Receives what is slashed. Not an account that gains by slashing.
    /// @param unbondingSeconds Below 2^32.
    /// @param commissionDelay Seconds, below 2^32; at least `unbondingSeconds`, better more: whoever dislikes a change has the
    /// difference to notice it.
    /// @param bountyCapBps The largest part of a slash, in 1/10 000, that may go to the reporter. Small: whoever slashes itself
    /// through an accomplice keeps as much.
    constructor(IERC20 token, address sink, uint64 unbondingSeconds, uint64 commissionDelay, uint16 bountyCapBps) {
        if (address(token) == address(0) || sink == address(0)) revert StakeVaultZeroAddress();
        if (unbondingSeconds == 0) revert StakeVaultZeroAmount();
        if (commissionDelay < unbondingSeconds) revert StakeVaultDelayTooShort(commissionDelay, unbondingSeconds);
        if (bountyCapBps > BPS) revert StakeVaultBountyTooHigh(bountyCapBps, BPS);
        TOKEN = token;
        SINK = sink;
        UNBONDING_SECONDS = uint256(unbondingSeconds).toUint32();
        COMMISSION_DELAY = uint256(commissionDelay).toUint32();
        BOUNTY_CAP_BPS = bountyCapBps;
    }

    // ---- By holders

    /// @inheritdoc IStakeVault
    function deposit(address operator, uint256 amount) external nonReentrant {
        if (operator == address(0)) revert StakeVaultZeroAddress();
        if (amount == 0) revert StakeVaultZeroAmount();
        Pool storage pool = _pools[operator];
        if (pool.isRuined()) revert StakeVaultPoolRuined(operator);
        // SAFETY: interaction before effect, since what arrives is known only then. A call from within the token finds the pool
        // poorer than it is, never richer, and cannot enter what moves tokens, so the price stays.
        uint256 before = TOKEN.balanceOf(address(this));
        TOKEN.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = TOKEN.balanceOf(address(this)) - before;
        if (received == 0) revert StakeVaultZeroAmount();
        uint256 shares = pool.deposit(received);
        _write(_shares[operator][msg.sender], sharesOf(operator, msg.sender) + shares);
        _writePool(operator, pool);
        if (operator == msg.sender) _accounts[operator].ownKey = true;
        emit Deposited(operator, msg.sender, received, shares);
    }

    /// @inheritdoc IStakeVault
    function requestUnbond(address operator, uint256 shares) external returns (uint256 ticket) {
        if (shares == 0) revert StakeVaultZeroAmount();
        uint256 held = sharesOf(operator, msg.sender);
        if (shares > held) revert StakeVaultInsufficientShares(operator, msg.sender, shares, held);
        Pool storage pool = _pools[operator];
        // SAFETY: may make locked > bonded. The stake is still there to be slashed: it leaves by `completeUnbond`, which asks.
        pool.unbond(shares);
        Ticket[] storage tickets = _tickets[operator][msg.sender];
        ticket = tickets.length;
        uint48 readyAt = uint48(block.timestamp + UNBONDING_SECONDS);
        tickets.push(Ticket(uint128(shares), readyAt));
        _write(_shares[operator][msg.sender], held - shares);
        _writePool(operator, pool);
        emit UnbondRequested(operator, msg.sender, ticket, shares, readyAt);
    }

    /// @inheritdoc IStakeVault
    function cancelUnbond(address operator, uint256 ticket) external {
        (uint256 shares, ) = ticketOf(operator, msg.sender, ticket);
        delete _tickets[operator][msg.sender][ticket];
        Pool storage pool = _pools[operator];
        pool.rebond(shares);
        _write(_shares[operator][msg.sender], sharesOf(operator, msg.sender) + shares);
        _writePool(operator, pool);
        emit UnbondCancelled(operator, msg.sender, ticket, shares);
    }

    /// @inheritdoc IStakeVault
    function completeUnbond(address operator, uint256 ticket, address to) external nonReentrant {
        if (to == address(0)) revert StakeVaultZeroAddress();
        (uint256 shares, uint256 readyAt) = ticketOf(operator, msg.sender, ticket);
        if (block.timestamp < readyAt) revert StakeVaultStillUnbonding(ticket, readyAt);
        Pool storage pool = _pools[operator];
        uint256 amount = pool.valueOf(shares);
        // INVARIANT I-05: locked + cooling <= assets, so that a slash finds what it may take.
        if (amount > pool.free()) revert StakeVaultInsufficientFree(operator, amount, pool.free());
        delete _tickets[operator][msg.sender][ticket];
        pool.burn(shares, amount);
        _writePool(operator, pool);
        emit UnbondCompleted(operator, msg.sender, to, ticket, shares, amount);
        if (amount > 0) TOKEN.safeTransfer(to, amount);
    }

    // ---- By operators

    /// @inheritdoc IStakeVault
    function setDelegate(address delegate) external {
        Account storage account = _accounts[msg.sender];
        account.ownKey = true;
        if (delegate != address(0)) {
            // INVARIANT: a key acts for one operator. An operator's own key, the caller's included, acts for itself.
            if (_accounts[delegate].ownKey) revert StakeVaultDelegateTaken(delegate, delegate);
            address taken = _operatorByDelegate[delegate];
            if (taken != address(0) && taken != msg.sender) revert StakeVaultDelegateTaken(delegate, taken);
        }
        delete _operatorByDelegate[account.delegate];
        account.delegate = delegate;
        if (delegate != address(0)) _operatorByDelegate[delegate] = msg.sender;
        emit DelegateSet(msg.sender, delegate);
    }

    /// @inheritdoc IStakeVault
    function setPayout(address payout) external {
        Account storage account = _accounts[msg.sender];
        account.ownKey = true;
        account.payout = payout;
        emit PayoutSet(msg.sender, payout);
    }

    /// @inheritdoc IStakeVault
    function setEndpoint(string calldata endpoint) external {
        uint256 length = bytes(endpoint).length;
        if (length > MAX_ENDPOINT_BYTES) revert StakeVaultEndpointTooLong(length, MAX_ENDPOINT_BYTES);
        address operator = operatorOf(msg.sender);
        _accounts[operator].endpoint = endpoint;
        emit EndpointSet(operator, endpoint);
    }

    /// @inheritdoc IStakeVault
    function allowManager(address manager, bool allowed) external {
        if (manager == address(0)) revert StakeVaultZeroAddress();
        _accounts[msg.sender].ownKey = true;
        uint256 from = 0;
        if (allowed) {
            // SAFETY: a manager of the operator's own could slash the stake of others at once, for the bounty.
            from = block.timestamp + (_isOwnPool(msg.sender) ? 0 : COMMISSION_DELAY);
            uint256 already = _allowedFrom[msg.sender][manager];
            if (already != 0) from = Math.min(from, already);
        }
        _allowedFrom[msg.sender][manager] = from;
        emit ManagerAllowed(msg.sender, manager, allowed, from);
    }

    /// @inheritdoc IStakeVault
    function setCommission(uint16 bps) external {
        if (bps > BPS) revert StakeVaultCommissionTooHigh(bps, BPS);
        Account storage account = _accounts[msg.sender];
        account.ownKey = true;
        emit CommissionSet(msg.sender, bps, account.commission.set(bps, COMMISSION_DELAY));
    }

    // ---- By managers

    /// @inheritdoc IStakeVault
    function lock(address operator, uint256 amount) external {
        if (amount == 0) revert StakeVaultZeroAmount();
        if (!isManagerAllowed(operator, msg.sender)) revert StakeVaultManagerNotAllowed(operator, msg.sender);
        thaw(operator, msg.sender);
        uint256 lockable = lockableBy(operator, msg.sender);
        // INVARIANT: after a lock, locked + cooling <= bonded.
        if (amount > lockable) revert StakeVaultInsufficientFree(operator, amount, lockable);
        uint256 reused = _pledges[operator][msg.sender].lock(uint128(amount));
        _pools[operator].lock(amount, reused);
        emit Locked(operator, msg.sender, amount);
    }

    /// @inheritdoc IStakeVault
    function unlock(address operator, uint256 amount) external {
        if (amount == 0) revert StakeVaultZeroAmount();
        thaw(operator, msg.sender);
        Pledge storage pledge = _pledges[operator][msg.sender];
        // INVARIANT: a manager moves only what it locked.
        if (amount > pledge.locked) revert StakeVaultExceedsLock(operator, msg.sender, amount, pledge.locked);
        pledge.unlock(uint128(amount), UNBONDING_SECONDS);
        _pools[operator].unlock(amount);
        emit Unlocked(operator, msg.sender, amount);
    }

    /// @inheritdoc IStakeVault
    function slash(
        address operator,
        uint256 amount,
        address reporter,
        uint256 bounty
    ) external nonReentrant returns (uint256 taken) {
        if (amount == 0) revert StakeVaultZeroAmount();
        thaw(operator, msg.sender);
        taken = Math.min(amount, slashableBy(operator, msg.sender));
        // INVARIANT: a manager takes only what it locked or has released lately.
        if (taken == 0) revert StakeVaultExceedsLock(operator, msg.sender, amount, 0);
        // INVARIANT: no reporter gains more than the capped share. Rounded down.
        uint256 limit = (taken * BOUNTY_CAP_BPS) / BPS;
        if (bounty > limit) revert StakeVaultBountyTooHigh(bounty, limit);
        if (bounty > 0 && reporter == address(0)) revert StakeVaultZeroAddress();
        Pool storage pool = _pools[operator];
        (uint256 fromLocked, uint256 fromCooling) = _pledges[operator][msg.sender].slash(taken);
        pool.slash(fromLocked, fromCooling);
        _writePool(operator, pool);
        emit Slashed(operator, msg.sender, reporter, taken, bounty);
        if (bounty > 0) TOKEN.safeTransfer(reporter, bounty);
        if (taken > bounty) TOKEN.safeTransfer(SINK, taken - bounty);
    }

    // ---- By anyone

    /// @inheritdoc IStakeVault
    function thaw(address operator, address manager) public {
        uint256 amount = _pledges[operator][manager].thaw();
        if (amount == 0) return;
        _pools[operator].thaw(amount);
        emit Thawed(operator, manager, amount);
    }

    // ---- Views: operators

    /// @inheritdoc IStakeVault
    function operatorOf(address account) public view returns (address operator) {
        // SAFETY: the own key comes first, so that nobody can take an operator over by naming it as a delegate.
        if (_accounts[account].ownKey) return account;
        operator = _operatorByDelegate[account];
        if (operator == address(0)) revert StakeVaultUnknownOperator(account);
    }

    /// @inheritdoc IStakeSnapshots
    function payoutOf(address operator) external view returns (address) {
        address payout = _accounts[operator].payout;
        return payout == address(0) ? operator : payout;
    }

    /// @inheritdoc IStakeVault
    function delegateOf(address operator) external view returns (address) {
        return _accounts[operator].delegate;
    }

    /// @inheritdoc IStakeVault
    function endpointOf(address operator) external view returns (string memory) {
        return _accounts[operator].endpoint;
    }

    /// @inheritdoc IStakeVault
    function isManagerAllowed(address operator, address manager) public view returns (bool) {
        uint256 from = _allowedFrom[operator][manager];
        return from != 0 && from <= block.timestamp;
    }

    /// @inheritdoc IStakeSnapshots
    function commissionAt(address operator, uint256 time) external view returns (uint256 bps) {
        if (time > block.timestamp) revert StakeVaultFutureLookup(time, block.timestamp);
        return _accounts[operator].commission.at(time);
    }

    /// @inheritdoc IStakeVault
    function lastCommissionOf(address operator) external view returns (uint256 bps, uint256 from) {
        (bps, from) = (_accounts[operator].commission.bps, _accounts[operator].commission.from);
    }

    // ---- Views: stake

    /// @inheritdoc IStakeVault
    function poolOf(address operator) external view returns (uint256 assets, uint256 shares, uint256 unbonding) {
        Pool storage pool = _pools[operator];
        return (pool.assets, pool.shares, pool.unbonding);
    }

    /// @inheritdoc IStakeVault
    function bondedOf(address operator) external view returns (uint256) {
        return _pools[operator].bonded();
    }

    /// @inheritdoc IStakeVault
    function valueOf(address operator, uint256 shares) external view returns (uint256) {
        return _pools[operator].valueOf(shares);
    }

    /// @inheritdoc IStakeVault
    function sharesOf(address operator, address holder) public view returns (uint256) {
        return _shares[operator][holder].latest();
    }

    /// @inheritdoc IStakeVault
    function ticketCountOf(address operator, address holder) external view returns (uint256) {
        return _tickets[operator][holder].length;
    }

    /// @inheritdoc IStakeVault
    function ticketOf(
        address operator,
        address holder,
        uint256 ticket
    ) public view returns (uint256 shares, uint256 readyAt) {
        Ticket[] storage tickets = _tickets[operator][holder];
        if (ticket < tickets.length) (shares, readyAt) = (tickets[ticket].shares, tickets[ticket].readyAt);
        if (shares == 0) revert StakeVaultUnknownTicket(operator, holder, ticket);
    }

    /// @inheritdoc IStakeVault
    function lockedOf(address operator) external view returns (uint256) {
        return _pools[operator].locked;
    }

    /// @inheritdoc IStakeVault
    function coolingOf(address operator) external view returns (uint256) {
        return _pools[operator].cooling;
    }

    /// @inheritdoc IStakeVault
    function lockedBy(address operator, address manager) external view returns (uint256) {
        return _pledges[operator][manager].locked;
    }

    /// @inheritdoc IStakeVault
    /// @dev As if the manager's own releases were thawed, which `lock` does first. Those of others count until somebody thaws them.
    function lockableBy(address operator, address manager) public view returns (uint256) {
        Pool storage pool = _pools[operator];
        Pledge storage pledge = _pledges[operator][manager];
        uint256 bonded = pool.bonded();
        uint256 held = pool.locked + pool.cooling - pledge.thawed();
        // SAFETY: what cools may not be locked again while holders wait for it.
        return held > bonded ? 0 : bonded - held + pledge.cooling();
    }

    /// @inheritdoc IStakeVault
    function slashableBy(address operator, address manager) public view returns (uint256) {
        Pledge storage pledge = _pledges[operator][manager];
        uint256 held = pledge.locked + pledge.cooling();
        return held == 0 ? 0 : Math.min(held, _pools[operator].assets - 1);
    }

    /// @inheritdoc IStakeVault
    /// @dev Cooling stake is left out: no ticket waits for what cooled when it was requested.
    function isShort(address operator) external view returns (bool) {
        Pool storage pool = _pools[operator];
        return pool.locked > pool.bonded();
    }

    // ---- Views: the past

    /// @inheritdoc IStakeSnapshots
    function sharesAt(address operator, address holder, uint256 time) public view returns (uint256) {
        return _shares[operator][holder].upperLookupRecent(_past(time));
    }

    /// @inheritdoc IStakeSnapshots
    function poolAt(address operator, uint256 time) public view returns (uint256 bonded, uint256 activeShares) {
        History storage history = _histories[operator];
        return (history.bonded.upperLookupRecent(_past(time)), history.active.upperLookupRecent(uint48(time)));
    }

    /// @inheritdoc IStakeSnapshots
    function stakeAt(address operator, address holder, uint256 time) external view returns (uint256) {
        uint256 shares = sharesAt(operator, holder, time);
        if (shares == 0) return 0;
        (uint256 bonded, uint256 activeShares) = poolAt(operator, time);
        return (bonded * shares) / activeShares;
    }

    /// @inheritdoc IStakeSnapshots
    function totalBondedAt(uint256 time) external view returns (uint256) {
        return _totalBonded.upperLookupRecent(_past(time));
    }

    // ---- Internal

    function _isOwnPool(address operator) private view returns (bool) {
        uint256 shares = _pools[operator].shares;
        return (shares - sharesOf(operator, operator)) * OTHERS <= shares;
    }

    function _past(uint256 time) private view returns (uint48) {
        if (time >= block.timestamp) revert StakeVaultFutureLookup(time, block.timestamp);
        return uint48(time);
    }

    function _writePool(address operator, Pool storage pool) private {
        History storage history = _histories[operator];
        uint256 bonded = pool.bonded();
        uint256 before = _write(history.bonded, bonded);
        _write(history.active, pool.active());
        _write(_totalBonded, _totalBonded.latest() - before + bonded);
    }

    /// @dev Values fit: shares and stakes of a pool are below 2^128, and not 2^80 pools have so much.
    function _write(Checkpoints.Trace208 storage trace, uint256 value) private returns (uint256 before) {
        before = trace.latest();
        if (value != before) trace.push(uint48(block.timestamp), uint208(value));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IStakeVault} from "./interfaces/IStakeVault.sol";
import {Pledge} from "./libraries/PledgeLib.sol";

/// @title Bonded stake of operators. Not a pool: no shares, no yield, no owner, no knowledge of runs.
/// @dev Why a slash always finds what it may take. Let F = bonded - locked be the free stake, U the unbonding funds, which
/// leave at `readyAt` at the earliest, and L(s) the released stake that is liable at time s to any manager (PledgeLib). Then:
///
///   (*)  L(s) <= F + (U if readyAt > s, else 0)    at every moment, for each operator and every s >= now
///
/// - deposit adds to F. unlock adds the same to F and, for a while, to L.
/// - requestUnbond moves F to U and sets readyAt = now + delay; no liability lasts longer.
/// - completeUnbond takes a U that counts no more.
/// - slash takes locked stake from neither side. Liable stake y that would end at e comes from U first, then from F. For
///   s < e both sides lose y. For s >= e: just before e, the rest of L was at most F - y, and F + U - y if U counted then.
/// - lock takes F, so it is the one that has to ask: `lockableBy`.
contract StakeVault is IStakeVault, ReentrancyGuard {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;

    struct Account {
        uint128 bonded; // wei
        uint128 locked; // wei; sum of the locks of all managers
        uint128 unbonding; // wei
        uint48 readyAt; // unix seconds
        uint48 liableUntil; // unix seconds; no liability lasts longer
        bool ownKey; // this account has acted as an operator itself
        uint128 liable; // wei; at least the released stake still liable to any manager, while now < liableUntil
        address delegate;
        address payout;
        string endpoint;
    }

    uint256 public constant MAX_ENDPOINT_BYTES = 256;
    uint256 private constant BPS = 10_000;

    IERC20 public immutable TOKEN;
    /// @notice Receives what is slashed, less bounties.
    address public immutable SINK;
    uint32 public immutable UNBONDING_SECONDS;
    uint16 public immutable BOUNTY_CAP_BPS;

    mapping(address operator => Account account) private _accounts;
    mapping(address operator => mapping(address manager => Pledge pledge)) private _pledges;
    mapping(address operator => mapping(address manager => bool allowed)) private _allowed;
    mapping(address delegate => address operator) private _operatorByDelegate;

    /// @param sink Receives what is slashed. Not an account that gains by slashing.
    /// @param unbondingSeconds Below 2^32.
    /// @param bountyCapBps The largest part of a slash, in 1/10 000, that may go to the reporter. Small: whoever slashes itself
    /// through an accomplice keeps as much.
    constructor(IERC20 token, address sink, uint64 unbondingSeconds, uint16 bountyCapBps) {
        if (address(token) == address(0) || sink == address(0)) revert StakeVaultZeroAddress();
        if (unbondingSeconds == 0) revert StakeVaultZeroAmount();
        if (bountyCapBps > BPS) revert StakeVaultBountyTooHigh(bountyCapBps, BPS);
        TOKEN = token;
        SINK = sink;
        UNBONDING_SECONDS = uint256(unbondingSeconds).toUint32();
        BOUNTY_CAP_BPS = bountyCapBps;
    }

    // ---- Stake

    /// @inheritdoc IStakeVault
    function deposit(address operator, uint256 amount) external nonReentrant {
        if (operator == address(0)) revert StakeVaultZeroAddress();
        if (amount == 0) revert StakeVaultZeroAmount();
        // SAFETY: interaction before effect, since what arrives is known only then. A call from within the token finds the
        // operator poorer than it is, never richer, and cannot enter what moves tokens.
        uint256 before = TOKEN.balanceOf(address(this));
        TOKEN.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = TOKEN.balanceOf(address(this)) - before;
        if (received == 0) revert StakeVaultZeroAmount();
        Account storage account = _accounts[operator];
        account.bonded = (account.bonded + received).toUint128();
        if (operator == msg.sender) account.ownKey = true;
        emit Deposited(operator, msg.sender, received);
    }

    /// @inheritdoc IStakeVault
    function requestUnbond(uint256 amount) external {
        Account storage account = _accounts[msg.sender];
        if (amount == 0) revert StakeVaultZeroAmount();
        uint256 free = _freeOf(account);
        // INVARIANT: locked <= bonded.
        if (amount > free) revert StakeVaultInsufficientFree(msg.sender, amount, free);
        // SAFETY: liable stake may unbond. It is ready no sooner than the liability ends.
        account.bonded -= uint128(amount);
        account.unbonding += uint128(amount);
        account.readyAt = uint48(block.timestamp + UNBONDING_SECONDS);
        emit UnbondRequested(msg.sender, amount, account.unbonding, account.readyAt);
    }

    /// @inheritdoc IStakeVault
    function completeUnbond(address to) external nonReentrant {
        Account storage account = _accounts[msg.sender];
        if (to == address(0)) revert StakeVaultZeroAddress();
        uint256 amount = account.unbonding;
        if (amount == 0) revert StakeVaultNothingUnbonding(msg.sender);
        if (block.timestamp < account.readyAt) revert StakeVaultStillUnbonding(msg.sender, account.readyAt);
        account.unbonding = 0;
        emit UnbondCompleted(msg.sender, to, amount);
        TOKEN.safeTransfer(to, amount);
    }

    // ---- What an operator says about itself

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
        _allowed[msg.sender][manager] = allowed;
        emit ManagerAllowed(msg.sender, manager, allowed);
    }

    // ---- What a manager does

    /// @inheritdoc IStakeVault
    function lock(address operator, uint256 amount) external {
        if (amount == 0) revert StakeVaultZeroAmount();
        if (!_allowed[operator][msg.sender]) revert StakeVaultManagerNotAllowed(operator, msg.sender);
        uint256 lockable = lockableBy(operator, msg.sender);
        // INVARIANT: locked <= bonded, and no liability of another manager loses its cover.
        if (amount > lockable) revert StakeVaultInsufficientFree(operator, amount, lockable);
        Account storage account = _accounts[operator];
        uint256 reused = _pledges[operator][msg.sender].lock(uint128(amount));
        account.locked += uint128(amount);
        account.liable -= uint128(reused);
        emit Locked(operator, msg.sender, amount);
    }

    /// @inheritdoc IStakeVault
    function unlock(address operator, uint256 amount) external {
        if (amount == 0) revert StakeVaultZeroAmount();
        Pledge storage pledge = _pledges[operator][msg.sender];
        // INVARIANT: a manager moves only what it locked.
        if (amount > pledge.locked) revert StakeVaultExceedsLock(operator, msg.sender, amount, pledge.locked);
        Account storage account = _accounts[operator];
        pledge.unlock(uint128(amount), UNBONDING_SECONDS);
        account.locked -= uint128(amount);
        account.liable = (_liableOf(account) + amount).toUint128();
        account.liableUntil = uint48(block.timestamp + UNBONDING_SECONDS);
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
        taken = Math.min(amount, slashableBy(operator, msg.sender));
        // INVARIANT: a manager takes only what it locked or has released lately.
        if (taken == 0) revert StakeVaultExceedsLock(operator, msg.sender, amount, 0);
        // INVARIANT: no reporter gains more than the capped share. Rounded down.
        uint256 limit = (taken * BOUNTY_CAP_BPS) / BPS;
        if (bounty > limit) revert StakeVaultBountyTooHigh(bounty, limit);
        if (bounty > 0 && reporter == address(0)) revert StakeVaultZeroAddress();
        _take(operator, taken);
        emit Slashed(operator, msg.sender, reporter, taken, bounty);
        if (bounty > 0) TOKEN.safeTransfer(reporter, bounty);
        if (taken > bounty) TOKEN.safeTransfer(SINK, taken - bounty);
    }

    // ---- Views

    /// @inheritdoc IStakeVault
    function operatorOf(address account) public view returns (address operator) {
        // SAFETY: the own key comes first, so that nobody can take an operator over by naming it as a delegate.
        if (_accounts[account].ownKey) return account;
        operator = _operatorByDelegate[account];
        if (operator == address(0)) revert StakeVaultUnknownOperator(account);
    }

    /// @inheritdoc IStakeVault
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
    function bondedOf(address operator) external view returns (uint256) {
        return _accounts[operator].bonded;
    }

    /// @inheritdoc IStakeVault
    function lockedOf(address operator) external view returns (uint256) {
        return _accounts[operator].locked;
    }

    /// @inheritdoc IStakeVault
    function lockedBy(address operator, address manager) external view returns (uint256) {
        return _pledges[operator][manager].locked;
    }

    /// @inheritdoc IStakeVault
    /// @dev Locking `a` leaves F - a free and L - min(a, own) liable. (*) needs L - min(a, own) <= F - a + cover, with the
    /// unbonding funds as cover if they outlast every liability. For a <= own this is surplus >= 0, beyond it a <= surplus + own.
    function lockableBy(address operator, address manager) public view returns (uint256) {
        Account storage account = _accounts[operator];
        uint256 free = _freeOf(account);
        uint256 cover = account.readyAt >= account.liableUntil ? account.unbonding : 0;
        uint256 liable = _liableOf(account);
        if (liable > free + cover) return 0;
        return Math.min(free, free + cover - liable + _pledges[operator][manager].released());
    }

    /// @inheritdoc IStakeVault
    function slashableBy(address operator, address manager) public view returns (uint256) {
        Pledge storage pledge = _pledges[operator][manager];
        return pledge.locked + pledge.released();
    }

    /// @inheritdoc IStakeVault
    function unbondingOf(address operator) external view returns (uint256 amount, uint256 readyAt) {
        Account storage account = _accounts[operator];
        return (account.unbonding, account.readyAt);
    }

    /// @inheritdoc IStakeVault
    function isManagerAllowed(address operator, address manager) external view returns (bool) {
        return _allowed[operator][manager];
    }

    // ---- Internal

    /// @dev Needs amount <= slashableBy the caller. By (*) none of the subtractions can underflow.
    function _take(address operator, uint256 amount) private {
        Account storage account = _accounts[operator];
        (uint256 fromLocked, uint256 fromReleased) = _pledges[operator][msg.sender].slash(amount);
        uint256 fromUnbonding = Math.min(fromReleased, account.unbonding);
        account.locked -= uint128(fromLocked);
        account.liable -= uint128(fromReleased);
        account.unbonding -= uint128(fromUnbonding);
        account.bonded -= uint128(amount - fromUnbonding);
    }

    function _freeOf(Account storage account) private view returns (uint256) {
        return account.bonded - account.locked;
    }

    /// @dev May count liabilities of single managers that have ended: it errs toward less to lock, never toward less cover.
    function _liableOf(Account storage account) private view returns (uint256) {
        return block.timestamp < account.liableUntil ? account.liable : 0;
    }
}

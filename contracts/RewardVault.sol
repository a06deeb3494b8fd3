// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IRewardVault} from "./interfaces/IRewardVault.sol";
import {IStakeVault} from "./interfaces/IStakeVault.sol";

/// @title Reward tokens: funds of runs, pots of epochs, credits of operators. Decides nothing: who earns is the manager's word.
/// @dev Tokens pass through three books, funds -> pot -> credit, and back from pot to funds. Only `fund` adds to their sum, by
/// what arrived, and only `claim` takes from it, by what is sent. So I-01 (owed <= held) holds as long as the token moves
/// nothing by itself.
contract RewardVault is IRewardVault, ReentrancyGuard {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;

    struct Epoch {
        uint240 pot; // wei; zero once settled
        bool known; // was opened
        bool open; // is not settled yet
    }

    IERC20 public immutable TOKEN;
    /// @notice Knows each operator's payout address.
    IStakeVault public immutable STAKES;

    mapping(address manager => mapping(uint256 run => uint256 amount)) private _funds;
    mapping(address manager => mapping(uint256 run => mapping(uint256 epoch => Epoch entry))) private _epochs;
    mapping(address operator => uint256 amount) private _credits;
    uint256 private _owed;

    constructor(IERC20 token, IStakeVault stakes) {
        if (address(token) == address(0) || address(stakes) == address(0)) revert RewardVaultZeroAddress();
        TOKEN = token;
        STAKES = stakes;
    }

    /// @inheritdoc IRewardVault
    function fund(address manager, uint256 run, uint256 amount) external nonReentrant {
        if (manager == address(0)) revert RewardVaultZeroAddress();
        if (amount == 0) revert RewardVaultZeroAmount();
        // SAFETY: interaction before effect, since what arrives is known only then. Until the books follow, the vault holds more
        // than it owes, and nothing that moves tokens can be entered.
        uint256 before = TOKEN.balanceOf(address(this));
        TOKEN.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = TOKEN.balanceOf(address(this)) - before;
        if (received == 0) revert RewardVaultZeroAmount();
        _funds[manager][run] += received;
        _owed += received;
        emit Funded(manager, run, msg.sender, received);
    }

    /// @inheritdoc IRewardVault
    function openEpoch(uint256 run, uint256 epoch, uint256 pot) external {
        Epoch storage entry = _epochs[msg.sender][run][epoch];
        // INVARIANT: an epoch's pot is set once.
        if (entry.known) revert RewardVaultEpochKnown(msg.sender, run, epoch);
        uint256 available = _funds[msg.sender][run];
        // INVARIANT: a pot is covered in full before its epoch opens.
        if (pot > available) revert RewardVaultInsufficientFunds(msg.sender, run, pot, available);
        _funds[msg.sender][run] = available - pot;
        (entry.pot, entry.known, entry.open) = (pot.toUint240(), true, true);
        emit PotEscrowed(msg.sender, run, epoch, pot);
    }

    /// @inheritdoc IRewardVault
    /// @dev The loop is as long as the manager's list; the coordinator's has at most 64 + 16 + 1 entries.
    function settleEpoch(
        uint256 run,
        uint256 epoch,
        address[] calldata operators,
        uint256[] calldata amounts
    ) external {
        if (operators.length != amounts.length) {
            revert RewardVaultLengthMismatch(operators.length, amounts.length);
        }
        Epoch storage entry = _epochs[msg.sender][run][epoch];
        // INVARIANT: an epoch is paid once.
        if (!entry.open) revert RewardVaultEpochNotOpen(msg.sender, run, epoch);
        uint256 pot = entry.pot;
        (entry.pot, entry.open) = (0, false);

        uint256 paid = 0;
        for (uint256 i = 0; i < operators.length; i++) {
            if (amounts[i] == 0) continue;
            if (operators[i] == address(0)) revert RewardVaultZeroAddress();
            paid = Math.saturatingAdd(paid, amounts[i]);
            // INVARIANT: no epoch pays more than its pot.
            if (paid > pot) revert RewardVaultPotExceeded(msg.sender, run, epoch, paid, pot);
            _credits[operators[i]] += amounts[i];
            emit Credited(msg.sender, run, epoch, operators[i], amounts[i]);
        }
        if (paid == pot) return;
        _funds[msg.sender][run] += pot - paid;
        emit PotReturned(msg.sender, run, epoch, pot - paid);
    }

    /// @inheritdoc IRewardVault
    function claim(address operator) external nonReentrant returns (uint256 amount) {
        amount = _credits[operator];
        if (amount == 0) revert RewardVaultNothingToClaim(operator);
        _credits[operator] = 0;
        _owed -= amount;
        address to = STAKES.payoutOf(operator);
        emit Claimed(operator, to, amount);
        TOKEN.safeTransfer(to, amount);
    }

    /// @inheritdoc IRewardVault
    function fundsOf(address manager, uint256 run) external view returns (uint256) {
        return _funds[manager][run];
    }

    /// @inheritdoc IRewardVault
    function potOf(address manager, uint256 run, uint256 epoch) external view returns (uint256) {
        return _epochs[manager][run][epoch].pot;
    }

    /// @inheritdoc IRewardVault
    function creditOf(address operator) external view returns (uint256) {
        return _credits[operator];
    }

    /// @inheritdoc IRewardVault
    function owed() external view returns (uint256) {
        return _owed;
    }

    /// @inheritdoc IRewardVault
    function held() external view returns (uint256) {
        return TOKEN.balanceOf(address(this));
    }
}

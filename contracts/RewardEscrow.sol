// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {IGrants} from "./interfaces/IGrants.sol";
import {IRewardEscrow} from "./interfaces/IRewardEscrow.sol";
import {IShares} from "./interfaces/IShares.sol";
import {IStakeSnapshots} from "./interfaces/IStakeSnapshots.sol";
import {SplitLib, WHOLE} from "./libraries/SplitLib.sol";
import {SponsorshipLib} from "./libraries/SponsorshipLib.sol";

/// @title Rewards of runs, in any tokens. Decides nothing: who earns is the manager's word, who holds is the stake vault's.
/// @dev Books of a token, of which `_owed` is the sum: what is left of grants (native token only), budgets of sponsorships, and
/// of each settled pot what returned or was claimed is taken off. Only `grant`, `sponsor` and `topUp` add to `_owed`, by what
/// arrived; only `withdraw`, `reclaim` and `claim` take from it, by what is sent. Why these never take more of a source than it
/// was given: pots of opened epochs are fixed (SponsorshipLib) and apart from what `withdraw` can reach; of a settled pot P with
/// total t, claims take floor(P t / 2^64) at most (`paid`), and the rest returns once (`next`, `settled`).
contract RewardEscrow is IRewardEscrow, ReentrancyGuardTransient {
    using BitMaps for BitMaps.BitMap;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;
    using SponsorshipLib for Sponsorship;

    /// @dev What has been claimed of one source.
    struct Ledger {
        mapping(uint256 epoch => uint256 amount) paid;
        mapping(address operator => mapping(address holder => BitMaps.BitMap epochs)) claimed;
    }

    struct Run {
        uint128 granted; // wei of NATIVE that no epoch holds
        uint64 last; // the last epoch that opened
        uint64 sponsorships; // that have a pot in it
        uint256 sources; // the last number given
        mapping(uint256 epoch => Epoch entry) epochs;
        mapping(uint256 epoch => uint256 number) ending; // sponsorships that have no pot any more from this epoch on
        mapping(uint256 source => Sponsorship entry) entries;
        mapping(uint256 source => Ledger ledger) ledgers;
    }

    /// @inheritdoc IGrants
    IERC20 public immutable NATIVE;
    IStakeSnapshots public immutable STAKES;

    mapping(address manager => mapping(uint256 id => Run run)) private _runs;
    mapping(IERC20 token => uint256 amount) private _owed;

    constructor(IERC20 native, IStakeSnapshots stakes) {
        if (address(native) == address(0) || address(stakes) == address(0)) revert RewardEscrowZeroAddress();
        NATIVE = native;
        STAKES = stakes;
    }

    // ---- Grants and sponsors

    /// @inheritdoc IGrants
    function grant(address manager, uint256 run, uint256 amount) external nonReentrant {
        if (manager == address(0)) revert RewardEscrowZeroAddress();
        uint256 received = _take(NATIVE, amount);
        Run storage self = _runs[manager][run];
        self.granted = (self.granted + received).toUint128();
        emit Granted(manager, run, msg.sender, received);
    }

    /// @inheritdoc IRewardEscrow
    function sponsor(
        address manager,
        uint256 run,
        IERC20 token,
        uint256 amount,
        uint256 perEpoch
    ) external nonReentrant returns (uint256 source) {
        if (manager == address(0)) revert RewardEscrowZeroAddress();
        if (perEpoch == 0) revert RewardEscrowZeroAmount();
        uint256 received = _take(token, amount);
        Run storage self = _runs[manager][run];
        source = ++self.sources;
        uint64 first = self.last + 1;
        Sponsorship storage entry = self.entries[source];
        (entry.token, entry.first, entry.sponsor, entry.next) = (token, first, msg.sender, first);
        (entry.perEpoch, entry.budget) = (perEpoch.toUint128(), received.toUint128());
        self.sponsorships++;
        self.ending[entry.end().toUint64()]++;
        emit Sponsored(manager, run, msg.sender, source, token, received, perEpoch, first);
    }

    /// @inheritdoc IRewardEscrow
    function topUp(address manager, uint256 run, uint256 source, uint256 amount) external nonReentrant {
        Run storage self = _runs[manager][run];
        Sponsorship storage entry = _entry(self, manager, run, source);
        uint256 received = _take(entry.token, amount);
        // INVARIANT: the pots of opened epochs never change. Asked after the transfer, within which an epoch may open.
        if (entry.isSpent(self.last)) revert RewardEscrowSponsorshipSpent(manager, run, source);
        _setBudget(self, entry, entry.budget + received);
        emit SponsorshipRaised(manager, run, source, received);
    }

    /// @inheritdoc IRewardEscrow
    function withdraw(address manager, uint256 run, uint256 source, uint256 amount, address to) external nonReentrant {
        Run storage self = _runs[manager][run];
        Sponsorship storage entry = _sponsors(self, manager, run, source, to);
        if (amount == 0) revert RewardEscrowZeroAmount();
        uint256 free = entry.free(self.last);
        // INVARIANT: what an opened epoch holds stays.
        if (amount > free) revert RewardEscrowInsufficientFree(amount, free);
        _setBudget(self, entry, entry.budget - amount);
        emit SponsorshipWithdrawn(manager, run, source, to, amount);
        _give(entry.token, to, amount);
    }

    /// @inheritdoc IRewardEscrow
    function reclaim(
        address manager,
        uint256 run,
        uint256 source,
        uint256 most,
        address to
    ) external nonReentrant returns (uint256 amount) {
        Run storage self = _runs[manager][run];
        Sponsorship storage entry = _sponsors(self, manager, run, source, to);
        (uint256 next, uint256 end) = (entry.next, entry.end());
        for (; most > 0 && next < end && self.epochs[next].settled; most--) {
            uint256 pot = entry.potAt(next);
            amount += pot - SplitLib.partOf(pot, self.epochs[next].totalShare);
            next++;
        }
        // INVARIANT: the unearned part of a pot goes back once.
        entry.next = uint64(next);
        emit SponsorshipReturned(manager, run, source, to, next, amount);
        if (amount > 0) _give(entry.token, to, amount);
    }

    // ---- Managers

    /// @inheritdoc IRewardEscrow
    function openEpoch(uint256 run, uint256 epoch, uint256 grantPot) external returns (bool escrowed) {
        Run storage self = _runs[msg.sender][run];
        uint64 expected = self.last + 1;
        // INVARIANT: an epoch opens once. In order, since sponsorships count epochs.
        if (epoch != expected) revert RewardEscrowEpochOutOfOrder(msg.sender, run, epoch, expected);
        uint128 granted = self.granted;
        uint128 pot = grantPot < granted ? uint128(grantPot) : granted;
        uint64 sponsorships = self.sponsorships - uint64(self.ending[epoch]);
        (self.granted, self.last, self.sponsorships) = (granted - pot, expected, sponsorships);
        self.epochs[epoch] = Epoch(pot, uint48(block.timestamp), false, 0);
        emit PotsOpened(msg.sender, run, epoch, pot, sponsorships);
        return pot > 0 || sponsorships > 0;
    }

    /// @inheritdoc IRewardEscrow
    function settleEpoch(uint256 run, uint256 epoch, uint256 totalShare) external {
        if (totalShare > WHOLE) revert RewardEscrowShareTooHigh(totalShare, WHOLE);
        Run storage self = _runs[msg.sender][run];
        Epoch storage entry = self.epochs[epoch];
        // INVARIANT: an epoch is settled once.
        if (entry.openedAt == 0 || entry.settled) revert RewardEscrowEpochNotOpen(msg.sender, run, epoch);
        uint256 returned = entry.grant - SplitLib.partOf(entry.grant, totalShare);
        (entry.settled, entry.totalShare) = (true, uint72(totalShare));
        self.granted = (self.granted + returned).toUint128();
        emit PotsSettled(msg.sender, run, epoch, totalShare, returned);
    }

    // ---- Earners

    /// @inheritdoc IRewardEscrow
    function claim(Claim calldata what) external nonReentrant returns (uint256 amount) {
        return _claim(what);
    }

    /// @inheritdoc IRewardEscrow
    function claimMany(Claim[] calldata what) external nonReentrant {
        for (uint256 i = 0; i < what.length; i++) _claim(what[i]);
    }

    // ---- Views

    /// @inheritdoc IRewardEscrow
    function claimable(Claim calldata what) external view returns (uint256 amount) {
        Run storage self = _runs[what.manager][what.run];
        BitMaps.BitMap storage claimed = self.ledgers[what.source].claimed[what.operator][what.holder];
        for (uint256 i = 0; i < what.epochs.length; i++) {
            uint64 epoch = what.epochs[i];
            if (claimed.get(epoch)) continue;
            (uint256 due, ) = _due(self, what, epoch);
            amount += due;
        }
    }

    /// @inheritdoc IRewardEscrow
    function isClaimed(
        address manager,
        uint256 run,
        uint256 source,
        address operator,
        address holder,
        uint256 epoch
    ) external view returns (bool) {
        return _runs[manager][run].ledgers[source].claimed[operator][holder].get(epoch);
    }

    /// @inheritdoc IRewardEscrow
    function nextEpochOf(
        address manager,
        uint256 run
    ) external view returns (uint256 epoch, uint256 granted, uint256 sponsorships) {
        Run storage self = _runs[manager][run];
        epoch = self.last + 1;
        return (epoch, self.granted, self.sponsorships - self.ending[epoch]);
    }

    /// @inheritdoc IRewardEscrow
    function epochOf(address manager, uint256 run, uint256 epoch) external view returns (Epoch memory) {
        return _runs[manager][run].epochs[epoch];
    }

    /// @inheritdoc IRewardEscrow
    function sponsorshipsOf(address manager, uint256 run) external view returns (uint256) {
        return _runs[manager][run].sources;
    }

    /// @inheritdoc IRewardEscrow
    function sponsorshipOf(address manager, uint256 run, uint256 source) external view returns (Sponsorship memory) {
        return _entry(_runs[manager][run], manager, run, source);
    }

    /// @inheritdoc IRewardEscrow
    function freeOf(address manager, uint256 run, uint256 source) external view returns (uint256) {
        Run storage self = _runs[manager][run];
        return _entry(self, manager, run, source).free(self.last);
    }

    /// @inheritdoc IRewardEscrow
    function potOf(address manager, uint256 run, uint256 source, uint256 epoch) external view returns (uint256) {
        Run storage self = _runs[manager][run];
        if (source == 0 || epoch > self.last) return self.epochs[epoch].grant;
        return self.entries[source].potAt(epoch);
    }

    /// @inheritdoc IRewardEscrow
    function paidOf(address manager, uint256 run, uint256 source, uint256 epoch) external view returns (uint256) {
        return _runs[manager][run].ledgers[source].paid[epoch];
    }

    /// @inheritdoc IRewardEscrow
    function owed(IERC20 token) external view returns (uint256) {
        return _owed[token];
    }

    /// @inheritdoc IRewardEscrow
    function held(IERC20 token) external view returns (uint256) {
        return token.balanceOf(address(this));
    }

    // ---- Internal

    /// @return received What arrived, which is owed from now on.
    function _take(IERC20 token, uint256 amount) private returns (uint256 received) {
        // SAFETY: interaction before effect, since what arrives is known only then. Until the books follow, the escrow holds more
        // than it owes, and nothing that moves tokens can be entered.
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        received = token.balanceOf(address(this)) - before;
        if (received == 0) revert RewardEscrowZeroAmount();
        _owed[token] += received;
    }

    /// @dev The last thing that a call does with a token's books.
    function _give(IERC20 token, address to, uint256 amount) private {
        _owed[token] -= amount;
        token.safeTransfer(to, amount);
    }

    /// @dev Keeps `ending` in step: a sponsorship is counted there at its present end. Needs an end after the last epoch, before
    /// and after.
    function _setBudget(Run storage self, Sponsorship storage entry, uint256 budget) private {
        self.ending[entry.end()]--;
        entry.budget = budget.toUint128();
        self.ending[entry.end().toUint64()]++;
    }

    function _claim(Claim calldata what) private returns (uint256 amount) {
        Run storage self = _runs[what.manager][what.run];
        IERC20 token = what.source == 0 ? NATIVE : _entry(self, what.manager, what.run, what.source).token;
        for (uint256 i = 0; i < what.epochs.length; i++) amount += _claimEpoch(self, what, what.epochs[i]);
        if (amount == 0) return 0;
        bool direct = what.holder != address(0) && what.holder != what.operator;
        _give(token, direct ? what.holder : STAKES.payoutOf(what.operator), amount);
    }

    /// @dev SAFETY: the manager and the stake vault are asked by static calls only, so nothing changes meanwhile.
    function _claimEpoch(Run storage self, Claim calldata what, uint64 epoch) private returns (uint256 amount) {
        Ledger storage ledger = self.ledgers[what.source];
        BitMaps.BitMap storage claimed = ledger.claimed[what.operator][what.holder];
        // INVARIANT: nobody is paid twice.
        if (claimed.get(epoch)) return 0;
        uint256 earned;
        (amount, earned) = _due(self, what, epoch);
        if (amount == 0) return 0;
        uint256 paid = ledger.paid[epoch] + amount;
        // INVARIANT: no pot pays more than was settled, whatever the manager says.
        if (paid > earned) revert RewardEscrowOverdrawn(what.manager, what.run, what.source, epoch);
        ledger.paid[epoch] = paid;
        claimed.set(epoch);
        emit Claimed(what.manager, what.run, what.operator, what.holder, what.source, epoch, amount);
    }

    /// @return amount The claimant's part. @return earned All that is earned of the pot.
    function _due(
        Run storage self,
        Claim calldata what,
        uint64 epoch
    ) private view returns (uint256 amount, uint256 earned) {
        Epoch memory entry = self.epochs[epoch];
        if (!entry.settled) revert RewardEscrowEpochNotSettled(what.manager, what.run, epoch);
        uint256 pot = what.source == 0 ? entry.grant : self.entries[what.source].potAt(epoch);
        earned = SplitLib.partOf(pot, entry.totalShare);
        if (earned == 0) return (0, 0);
        bool asOwner = what.holder == address(0);
        uint256 share = IShares(what.manager).shareOf(what.run, epoch, what.operator, asOwner);
        if (share > entry.totalShare) revert RewardEscrowOverdrawn(what.manager, what.run, what.source, epoch);
        amount = SplitLib.partOf(pot, share);
        if (asOwner) return (amount, earned);
        amount = SplitLib.holderPart(STAKES, amount, what.operator, what.holder, entry.openedAt - 1);
    }

    function _entry(
        Run storage self,
        address manager,
        uint256 run,
        uint256 source
    ) private view returns (Sponsorship storage entry) {
        entry = self.entries[source];
        if (entry.sponsor == address(0)) revert RewardEscrowUnknownSource(manager, run, source);
    }

    /// @dev The sponsorship, for its sponsor only.
    function _sponsors(
        Run storage self,
        address manager,
        uint256 run,
        uint256 source,
        address to
    ) private view returns (Sponsorship storage entry) {
        entry = _entry(self, manager, run, source);
        if (msg.sender != entry.sponsor) revert RewardEscrowNotSponsor(msg.sender, entry.sponsor);
        if (to == address(0)) revert RewardEscrowZeroAddress();
    }
}

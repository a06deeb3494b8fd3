// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IGrants} from "./IGrants.sol";

interface IRewardEscrowTypes {
    /// @notice One sponsor's money for one run: `perEpoch` for each epoch that opens, until the budget is used up.
    struct Sponsorship {
        IERC20 token;
        uint64 first; // the first epoch that it pays
        address sponsor;
        uint64 next; // the first epoch whose unearned part has not gone back to the sponsor yet
        uint128 perEpoch; // in the token's own units, as the budget
        uint128 budget; // all that it was given, less what was withdrawn; what epochs have used up is still in it
    }

    /// @notice What the escrow knows of an epoch.
    struct Epoch {
        uint128 grant; // wei of `NATIVE`
        uint48 openedAt; // unix seconds; 0: never
        bool settled;
        uint72 totalShare; // in 2^-64 of each pot, at most 2^64: what is earned of it
    }

    /// @notice What is claimed of one source of a run: 0 is the grant, sponsorships follow from 1.
    struct Claim {
        address manager;
        uint256 run;
        uint256 source;
        address operator;
        address holder; // of shares of the operator's pool, the operator itself included; 0: `operator` claims as the run's owner
        uint64[] epochs;
    }
}

interface IRewardEscrowErrors {
    error RewardEscrowZeroAddress();
    error RewardEscrowZeroAmount();
    error RewardEscrowUnknownSource(address manager, uint256 run, uint256 source);
    error RewardEscrowNotSponsor(address caller, address sponsor);
    /// @notice An epoch that has opened did not get all of `perEpoch`. Sponsor anew.
    error RewardEscrowSponsorshipSpent(address manager, uint256 run, uint256 source);
    /// @notice More was asked for than epochs that have opened leave.
    error RewardEscrowInsufficientFree(uint256 requested, uint256 free);
    /// @notice Epochs of a run open in order, from 1.
    error RewardEscrowEpochOutOfOrder(address manager, uint256 run, uint256 epoch, uint256 expected);
    /// @notice The epoch was never opened, or is settled already.
    error RewardEscrowEpochNotOpen(address manager, uint256 run, uint256 epoch);
    error RewardEscrowEpochNotSettled(address manager, uint256 run, uint256 epoch);
    error RewardEscrowShareTooHigh(uint256 share, uint256 limit);
    /// @notice The manager says more earned the epoch than it settled.
    error RewardEscrowOverdrawn(address manager, uint256 run, uint256 source, uint256 epoch);
}

interface IRewardEscrowEvents {
    event Granted(address indexed manager, uint256 indexed run, address indexed from, uint256 amount);
    event Sponsored(
        address indexed manager,
        uint256 indexed run,
        address indexed sponsor,
        uint256 source,
        IERC20 token,
        uint256 amount,
        uint256 perEpoch,
        uint256 firstEpoch
    );
    event SponsorshipRaised(address indexed manager, uint256 indexed run, uint256 indexed source, uint256 amount);
    event SponsorshipWithdrawn(
        address indexed manager,
        uint256 indexed run,
        uint256 indexed source,
        address to,
        uint256 amount
    );
    /// @notice What epochs did not earn went back to the sponsor.
    event SponsorshipReturned(
        address indexed manager,
        uint256 indexed run,
        uint256 indexed source,
        address to,
        uint256 nextEpoch,
        uint256 amount
    );
    /// @param sponsorships How many have a pot in it.
    event PotsOpened(
        address indexed manager,
        uint256 indexed run,
        uint256 indexed epoch,
        uint256 grant,
        uint256 sponsorships
    );
    /// @param returned What went back to the run's grant.
    event PotsSettled(
        address indexed manager,
        uint256 indexed run,
        uint256 indexed epoch,
        uint256 totalShare,
        uint256 returned
    );
    /// @param holder 0: the operator as the run's owner.
    event Claimed(
        address indexed manager,
        uint256 indexed run,
        address indexed operator,
        address holder,
        uint256 source,
        uint256 epoch,
        uint256 amount
    );
}

/// @title Rewards of runs, in any tokens: given before an epoch opens, claimed when it is settled.
/// @notice A run has sources of pay. Source 0 is its grant, in `NATIVE`, which anybody may add to and nobody can take back; each
/// further one is a sponsorship, in any ERC-20, which pays a fixed amount for each epoch that opens until its budget is used up.
/// A source's part of an epoch is its *pot* there. When an epoch is settled its manager says what part of each pot is earned, and
/// answers from then on who earned how much of that (IShares). The rest returns to the grant, or to the sponsor on its call.
///
/// INVARIANT I-29: owed(token) <= held(token) at every moment, for each token that moves nothing by itself.
/// @dev No owner, no wiring. A manager (run coordinator) has power only over what was given to its own runs. A token that
/// misbehaves harms only those who are owed that token: what arrives is what counts, and every call moves one token.
///
/// Why a run may have any number of sponsorships: no function loops over them. An epoch that opens stores nothing for them: which
/// pot a sponsorship has in it follows from the numbers of the sponsorship. So worthless ones cost the run nothing and crowd nobody
/// out; whoever claims names the sources that it wants.
interface IRewardEscrow is IGrants, IRewardEscrowTypes, IRewardEscrowErrors, IRewardEscrowEvents {
    // ---- Sponsors

    /// @notice Sponsors a run with `amount` of `token`, taken from the caller by `transferFrom`: `perEpoch` for each epoch from
    /// the next that opens; the last one gets the rest. What arrived counts.
    /// @dev Danger: a manager that lies about shares, or never settles, can waste or keep what its epochs hold. Whether it and
    /// the run exist is not checked; until an epoch opens, all can be withdrawn.
    /// @return source Its number among the sources of the run.
    function sponsor(
        address manager,
        uint256 run,
        IERC20 token,
        uint256 amount,
        uint256 perEpoch
    ) external returns (uint256 source);

    /// @notice Adds to a sponsorship's budget; anyone may. Not once an epoch has opened that it could not pay in full.
    function topUp(address manager, uint256 run, uint256 source, uint256 amount) external;

    /// @notice Takes back what no epoch that has opened holds. By the sponsor.
    function withdraw(address manager, uint256 run, uint256 source, uint256 amount, address to) external;

    /// @notice Takes back what epochs did not earn: of the next `most` epochs of the sponsorship, up to the first that is not
    /// settled yet. By the sponsor.
    /// @return amount Which may be zero.
    function reclaim(
        address manager,
        uint256 run,
        uint256 source,
        uint256 most,
        address to
    ) external returns (uint256 amount);

    // ---- Managers

    /// @notice Opens the next epoch of the calling manager's run, with `grantPot` of its grant or all that is left of it if that
    /// is less. Sponsorships pay by themselves.
    /// @return escrowed Whether the epoch has any pot.
    function openEpoch(uint256 run, uint256 epoch, uint256 grantPot) external returns (bool escrowed);

    /// @notice Says what part of each pot an epoch of the calling manager's run earned, once. Open epochs are settled in any
    /// order.
    /// @param totalShare In 2^-64: at least the sum of all shares that the manager will ever report for the epoch, at most 2^64.
    function settleEpoch(uint256 run, uint256 epoch, uint256 totalShare) external;

    // ---- Earners

    /// @notice Pays what one source owes for the epochs: to the operator's payout address if the operator itself is the holder,
    /// or is asked for as the run's owner; to the holder else. Anyone may call it for anyone.
    /// @dev What is paid already is passed over. An epoch that is not settled reverts.
    ///
    /// Of share s of a pot P an operator's pool gets A = floor(P s / 2^64); of that the operator keeps a commission of
    /// C = floor(A bps / 10 000), and each holder of shares, the operator included, gets floor((A - C) shares / all active shares).
    /// Shares and commission are those of the second before the epoch opened. If there were no shares the operator gets A.
    function claim(Claim calldata what) external returns (uint256 amount);

    /// @notice Several claims at once. All revert if one does.
    function claimMany(Claim[] calldata what) external;

    // ---- Views

    /// @return What `claim` would pay now, if no epoch is named twice.
    function claimable(Claim calldata what) external view returns (uint256);

    function isClaimed(
        address manager,
        uint256 run,
        uint256 source,
        address operator,
        address holder,
        uint256 epoch
    ) external view returns (bool);

    /// @return epoch The number of the next epoch of a run. @return granted What is left of its grant. @return sponsorships How
    /// many would have a pot in that epoch.
    function nextEpochOf(
        address manager,
        uint256 run
    ) external view returns (uint256 epoch, uint256 granted, uint256 sponsorships);

    function epochOf(address manager, uint256 run, uint256 epoch) external view returns (Epoch memory);

    /// @return How many sponsorships a run ever had: the number of its last source.
    function sponsorshipsOf(address manager, uint256 run) external view returns (uint256);

    function sponsorshipOf(address manager, uint256 run, uint256 source) external view returns (Sponsorship memory);

    /// @return What the sponsor could withdraw now.
    function freeOf(address manager, uint256 run, uint256 source) external view returns (uint256);

    /// @return The source's part of an epoch that has opened; zero for others.
    function potOf(address manager, uint256 run, uint256 source, uint256 epoch) external view returns (uint256);

    /// @return What has been claimed of that pot.
    function paidOf(address manager, uint256 run, uint256 source, uint256 epoch) external view returns (uint256);

    /// @return All that is promised in a token: grants, budgets and pots less what was claimed or has gone back.
    function owed(IERC20 token) external view returns (uint256);

    /// @return The escrow's balance of a token.
    function held(IERC20 token) external view returns (uint256);
}

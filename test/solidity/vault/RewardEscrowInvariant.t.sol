// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Base} from "../Base.sol";
import {RewardEscrowBase} from "./RewardEscrowBase.sol";
import {RebasingToken} from "../mocks/OddTokens.sol";
import {ShareBook} from "../mocks/ShareBook.sol";
import {RewardEscrow} from "../../../contracts/RewardEscrow.sol";
import {IGrants} from "../../../contracts/interfaces/IGrants.sol";
import {IRewardEscrow} from "../../../contracts/interfaces/IRewardEscrow.sol";

// The handler lives here, not in a file of its own: the runner knows only contracts of the files it is given.

/// @notice Makes any call on the escrow, in any order, by two managers, for three tokens of which one moves balances by itself, and
/// keeps a model of what must come of it. Each call says before whether it succeeds, and if not with what error.
/// @dev Amounts are small so that edges and roundings meet. The model remembers each pot when its epoch opens, by emptying a purse;
/// the contract keeps no pots of sponsorships. Everything is of run RUN; the two managers have it apart.
contract RewardEscrowHandler is RewardEscrowBase {
    uint256 public constant SOURCES = 5; // at most, the grant included

    struct Source {
        IERC20 token;
        uint256 first;
        uint256 rate;
        uint256 free; // what no opened epoch holds
        uint256 next; // to reclaim
        uint256 given;
        uint256 withdrawn;
        uint256 returned;
        uint256 paid;
        bool spent; // an epoch opened that got less than the rate
    }

    /// @dev What was so in the second before the epoch opened.
    struct Snapshot {
        uint256[3] shares; // of op0's pool, by holder
        uint256 commission;
    }

    ShareBook[2] public managers;
    IERC20[3] public tokens;
    address[3] public holders = [account("op0"), alice, bob]; // of op0's pool; op0 is the operator
    address public owner = account("owner");

    uint256[2] public sources; // number of sponsorships
    uint256[2] public last; // epoch
    mapping(uint256 m => mapping(uint256 source => Source)) private _sources;
    mapping(uint256 m => mapping(uint256 source => mapping(uint256 epoch => uint256))) public pots;
    mapping(uint256 m => mapping(uint256 source => mapping(uint256 epoch => uint256))) public paid;
    mapping(uint256 m => mapping(uint256 epoch => uint256)) public totals;
    mapping(uint256 m => mapping(uint256 epoch => bool)) public settled;
    mapping(uint256 m => mapping(uint256 epoch => uint256[2])) private _told; // op0's share, the owner's
    mapping(uint256 m => mapping(uint256 epoch => Snapshot)) private _snapshots;
    mapping(bytes32 claim => bool) public claimed;
    mapping(IERC20 token => mapping(address to => uint256)) public received;
    uint256[3] private _shares;
    uint256 private _commission;
    uint256 private _pick; // drives choices in `claim`

    constructor() {
        setUp();
        managers = [manager, new ShareBook()];
        RebasingToken odd = new RebasingToken();
        odd.mint(sponsor, 1e30);
        vm.prank(sponsor);
        odd.approve(address(escrow), type(uint256).max);
        tokens = [IERC20(native), IERC20(other), IERC20(odd)];
        for (uint256 m = 0; m < 2; m++) _sources[m][0].token = native;
    }

    function theEscrow() external view returns (RewardEscrow) {
        return escrow;
    }

    function source(uint256 m, uint256 number) external view returns (Source memory) {
        return _sources[m][number];
    }

    /// @notice What the model says of one source, by epoch from 1 to one more than the last: the pot, what is paid and what is earned.
    function booksOf(
        uint256 m,
        uint256 number
    ) external view returns (uint256[] memory pots_, uint256[] memory paid_, uint256[] memory earned) {
        pots_ = new uint256[](last[m] + 2);
        paid_ = new uint256[](last[m] + 2);
        earned = new uint256[](last[m] + 2);
        for (uint256 e = 1; e <= last[m] + 1; e++) {
            (pots_[e], paid_[e], earned[e]) = (pots[m][number][e], paid[m][number][e], earnedOf(m, number, e));
        }
    }

    /// @dev Calls the escrow as `sender`. `refusal` is the expected error, empty if the call must succeed.
    function _call(address sender, bytes memory data, bytes memory refusal) private returns (bool done) {
        vm.prank(sender);
        bytes memory answer;
        (done, answer) = address(escrow).call(data);
        assertEq(done, refusal.length == 0, "the model knows whether it succeeds");
        if (!done) assertEq(answer, refusal, "the model knows why not");
    }

    function _at(uint256 m) private view returns (address) {
        return address(managers[m]);
    }

    function grant(uint256 m, uint256 amount) external {
        m %= 2;
        amount = bound(amount, 0, 300);
        bytes memory refusal;
        if (amount == 0) refusal = abi.encodeWithSelector(RewardEscrowZeroAmount.selector);
        if (!_call(sponsor, abi.encodeCall(IGrants.grant, (_at(m), RUN, amount)), refusal)) return;
        _sources[m][0].given += amount;
        _sources[m][0].free += amount;
    }

    function addSponsorship(uint256 m, uint256 which, uint256 amount, uint256 rate) external {
        m %= 2;
        if (sources[m] + 1 == SOURCES) return;
        amount = bound(amount, 0, 300);
        rate = bound(rate, 0, 90);
        IERC20 token = tokens[which % 3];
        bytes memory refusal;
        if (amount == 0 || rate == 0) refusal = abi.encodeWithSelector(RewardEscrowZeroAmount.selector);
        bytes memory data = abi.encodeCall(IRewardEscrow.sponsor, (_at(m), RUN, token, amount, rate));
        if (!_call(sponsor, data, refusal)) return;
        uint256 first = last[m] + 1;
        _sources[m][++sources[m]] = Source(token, first, rate, amount, first, amount, 0, 0, 0, false);
    }

    function topUp(uint256 m, uint256 number, uint256 amount) external {
        m %= 2;
        number = bound(number, 0, sources[m] + 1);
        amount = bound(amount, 1, 100);
        Source storage s = _sources[m][number];
        bytes memory refusal = _unknown(m, number);
        if (refusal.length == 0 && s.spent) {
            refusal = abi.encodeWithSelector(RewardEscrowSponsorshipSpent.selector, _at(m), RUN, number);
        }
        if (!_call(sponsor, abi.encodeCall(IRewardEscrow.topUp, (_at(m), RUN, number, amount)), refusal)) return;
        s.given += amount;
        s.free += amount;
    }

    function withdraw(uint256 m, uint256 number, uint256 amount, bool stranger) external {
        m %= 2;
        number = bound(number, 0, sources[m] + 1);
        Source storage s = _sources[m][number];
        amount = bound(amount, 1, s.free + 1);
        address sender = stranger ? alice : sponsor;
        bytes memory refusal = _unknown(m, number);
        if (refusal.length == 0 && stranger) {
            refusal = abi.encodeWithSelector(RewardEscrowNotSponsor.selector, alice, sponsor);
        } else if (refusal.length == 0 && amount > s.free) {
            refusal = abi.encodeWithSelector(RewardEscrowInsufficientFree.selector, amount, s.free);
        } else if (refusal.length == 0) refusal = _short(s.token, amount);
        bytes memory data = abi.encodeCall(IRewardEscrow.withdraw, (_at(m), RUN, number, amount, rival));
        if (!_call(sender, data, refusal)) return;
        s.withdrawn += amount;
        s.free -= amount;
        received[s.token][rival] += amount;
    }

    function reclaim(uint256 m, uint256 number, uint256 most) external {
        m %= 2;
        number = bound(number, 0, sources[m] + 1);
        most = bound(most, 0, 4);
        Source storage s = _sources[m][number];
        uint256 amount = 0;
        uint256 next = s.next;
        for (uint256 i = 0; i < most && settled[m][next] && pots[m][number][next] > 0; i++) {
            amount += pots[m][number][next] - earnedOf(m, number, next);
            next++;
        }
        bytes memory refusal = _unknown(m, number);
        if (refusal.length == 0) refusal = _short(s.token, amount);
        bytes memory data = abi.encodeCall(IRewardEscrow.reclaim, (_at(m), RUN, number, most, rival));
        if (!_call(sponsor, data, refusal)) return;
        s.next = next;
        s.returned += amount;
        received[s.token][rival] += amount;
    }

    function openEpoch(uint256 m, uint256 epoch, uint256 grantPot) external {
        m %= 2;
        // Mostly the next one.
        epoch = epoch % 8 == 0 ? epoch % 97 : last[m] + 1;
        grantPot = bound(grantPot, 0, 150);
        bytes memory refusal;
        if (epoch != last[m] + 1) {
            bytes4 selector = RewardEscrowEpochOutOfOrder.selector;
            refusal = abi.encodeWithSelector(selector, _at(m), RUN, epoch, last[m] + 1);
        }
        if (!_call(_at(m), abi.encodeCall(IRewardEscrow.openEpoch, (RUN, epoch, grantPot)), refusal)) return;
        last[m] = epoch;
        for (uint256 n = 0; n <= sources[m]; n++) {
            Source storage s = _sources[m][n];
            uint256 rate = n == 0 ? grantPot : s.rate;
            uint256 pot = s.free < rate ? s.free : rate;
            if (n > 0 && pot < rate) s.spent = true;
            s.free -= pot;
            pots[m][n][epoch] = pot;
        }
        _snapshots[m][epoch] = Snapshot(_shares, _commission);
        // What was asked for at the same second as the opening is not past yet.
        vm.warp(block.timestamp + 1);
    }

    function settleEpoch(uint256 m, uint256 epoch, uint256 total, uint256 first) external {
        m %= 2;
        epoch = bound(epoch, 1, last[m] + 1);
        total = bound(total, 0, WHOLE + WHOLE / 16);
        bytes memory refusal;
        if (total > WHOLE) {
            refusal = abi.encodeWithSelector(RewardEscrowShareTooHigh.selector, total, WHOLE);
        } else if (epoch > last[m] || settled[m][epoch]) {
            refusal = abi.encodeWithSelector(RewardEscrowEpochNotOpen.selector, _at(m), RUN, epoch);
        }
        if (!_call(_at(m), abi.encodeCall(IRewardEscrow.settleEpoch, (RUN, epoch, total)), refusal)) return;
        (settled[m][epoch], totals[m][epoch]) = (true, total);
        _sources[m][0].free += pots[m][0][epoch] - earnedOf(m, 0, epoch);
        first = bound(first, 0, total);
        _told[m][epoch] = [first, total - first];
        managers[m].setShare(RUN, epoch, holders[0], false, first);
        managers[m].setShare(RUN, epoch, owner, true, total - first);
    }

    /// @dev By one of four: op0, alice and bob as holders of op0's shares, or the owner. Up to three epochs, any of them twice.
    function claim(uint256 m, uint256 number, uint256 who, uint256[3] memory picks) external {
        m %= 2;
        number = bound(number, 0, sources[m] + 1);
        who %= 4;
        uint64[] memory epochs = new uint64[](1 + (picks[0] % 3));
        bytes memory refusal = number == 0 ? bytes("") : _unknown(m, number);
        uint256 amount = 0;
        for (uint256 i = 0; i < epochs.length; i++) {
            epochs[i] = uint64(bound(picks[i], 1, last[m] + (picks[i] % 16 == 0 ? 1 : 0) + (last[m] == 0 ? 1 : 0)));
            if (refusal.length > 0) continue;
            bytes32 key = keccak256(abi.encode(m, number, who, epochs[i]));
            if (claimed[key]) continue;
            if (!settled[m][epochs[i]]) {
                bytes4 selector = RewardEscrowEpochNotSettled.selector;
                refusal = abi.encodeWithSelector(selector, _at(m), RUN, epochs[i]);
                continue;
            }
            uint256 due = dueOf(m, number, who, epochs[i]);
            bool again = false;
            for (uint256 j = 0; j < i; j++) if (epochs[j] == epochs[i]) again = true;
            if (!again) amount += due;
        }
        address to = who == 3 ? owner : holders[who];
        IERC20 token = _sources[m][number].token;
        if (refusal.length == 0) refusal = _short(token, amount);
        Claim memory what = Claim(
            _at(m),
            RUN,
            number,
            who == 3 ? owner : holders[0],
            who == 3 ? address(0) : to,
            epochs
        );
        if (!_call(to, abi.encodeCall(IRewardEscrow.claim, (what)), refusal)) return;
        for (uint256 i = 0; i < epochs.length; i++) _claimed(m, number, who, epochs[i]);
        received[token][to] += amount;
    }

    function _claimed(uint256 m, uint256 number, uint256 who, uint256 epoch) private {
        bytes32 key = keccak256(abi.encode(m, number, who, epoch));
        uint256 due = dueOf(m, number, who, epoch);
        if (claimed[key] || due == 0) return;
        claimed[key] = true;
        paid[m][number][epoch] += due;
        _sources[m][number].paid += due;
    }

    /// @notice Shares and commission change at any time, and never those of epochs that opened.
    function restake(uint256 who, uint256 shares, uint256 commission) external {
        who %= 3;
        _shares[who] = bound(shares, 0, 9);
        _commission = bound(commission, 0, 10_000);
        stakes.setShares(holders[0], holders[who], _shares[who]);
        stakes.setCommission(holders[0], _commission);
        vm.warp(block.timestamp + 1);
    }

    /// @notice The third token sets the escrow's balance by itself.
    function rebase(uint256 balance) external {
        RebasingToken(address(tokens[2])).rebase(address(escrow), bound(balance, 0, 1_000));
    }

    function earnedOf(uint256 m, uint256 number, uint256 epoch) public view returns (uint256) {
        return (pots[m][number][epoch] * totals[m][epoch]) / WHOLE;
    }

    /// @notice By the words of the interface, with plain arithmetic.
    function dueOf(uint256 m, uint256 number, uint256 who, uint256 epoch) public view returns (uint256) {
        uint256 pot = pots[m][number][epoch];
        if (who == 3) return (pot * _told[m][epoch][1]) / WHOLE;
        uint256 amount = (pot * _told[m][epoch][0]) / WHOLE;
        Snapshot memory then = _snapshots[m][epoch];
        uint256 all = then.shares[0] + then.shares[1] + then.shares[2];
        if (all == 0) return who == 0 ? amount : 0;
        uint256 kept = (amount * then.commission) / 10_000;
        return ((amount - kept) * then.shares[who]) / all + (who == 0 ? kept : 0);
    }

    function _unknown(uint256 m, uint256 number) private view returns (bytes memory) {
        if (number > 0 && number <= sources[m]) return "";
        return abi.encodeWithSelector(RewardEscrowUnknownSource.selector, _at(m), RUN, number);
    }

    /// @dev Only the token that moves balances by itself can be short.
    function _short(IERC20 token, uint256 amount) private view returns (bytes memory) {
        if (address(token) != address(tokens[2])) return "";
        uint256 balance = token.balanceOf(address(escrow));
        if (amount <= balance) return "";
        return abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, address(escrow), balance, amount);
    }
}

/// @notice The escrow's invariants of contracts/README.md, over random histories.
contract RewardEscrowInvariantTest is Base {
    RewardEscrowHandler private handler;
    RewardEscrow private escrow;

    function setUp() public {
        handler = new RewardEscrowHandler();
        escrow = handler.theEscrow();
        bytes4[] memory calls = new bytes4[](10);
        calls[0] = RewardEscrowHandler.grant.selector;
        calls[1] = RewardEscrowHandler.addSponsorship.selector;
        calls[2] = RewardEscrowHandler.topUp.selector;
        calls[3] = RewardEscrowHandler.withdraw.selector;
        calls[4] = RewardEscrowHandler.reclaim.selector;
        calls[5] = RewardEscrowHandler.openEpoch.selector;
        calls[6] = RewardEscrowHandler.settleEpoch.selector;
        calls[7] = RewardEscrowHandler.claim.selector;
        calls[8] = RewardEscrowHandler.restake.selector;
        calls[9] = RewardEscrowHandler.rebase.selector;
        _targetSelectors(address(handler), calls);
        // A good start, since a short history seldom gets this far by itself.
        handler.restake(0, 5, 1_111);
        handler.restake(1, 3, 1_111);
        for (uint256 m = 0; m < 2; m++) {
            handler.grant(m, 300);
            handler.addSponsorship(m, 1, 250, 70);
            handler.addSponsorship(m, 2, 250, 90);
            handler.openEpoch(m, 1, 100);
            handler.openEpoch(m, 1, 77);
        }
        handler.settleEpoch(0, 1, 2 ** 63, 2 ** 62);
    }

    /// @dev The token that sets its own balances is owed more than is held at times; its books are as if it did not.
    function invariant_I29_owedIsHeldOfEachHonestToken() public view {
        for (uint256 t = 0; t < 2; t++) {
            IERC20 token = handler.tokens(t);
            assertEq(escrow.owed(token), escrow.held(token), "owed is held, when nothing is donated");
        }
    }

    function invariant_I30_owedIsTheSumOfTheBooks() public view {
        address[3] memory tokens;
        for (uint256 t = 0; t < 3; t++) tokens[t] = address(handler.tokens(t));
        uint256[3] memory sums;
        for (uint256 m = 0; m < 2; m++) {
            RewardEscrow.Epoch[] memory epochs = _epochs(m);
            for (uint256 n = 0; n <= handler.sources(m); n++) {
                address token = address(handler.source(m, n).token);
                uint256 left = _left(m, n, epochs);
                for (uint256 t = 0; t < 3; t++) if (token == tokens[t]) sums[t] += left;
            }
        }
        for (uint256 t = 0; t < 3; t++) assertEq(escrow.owed(IERC20(tokens[t])), sums[t], "owed");
    }

    function invariant_I31_whatWasGivenIsAccountedFor() public view {
        for (uint256 m = 0; m < 2; m++) {
            RewardEscrow.Epoch[] memory epochs = _epochs(m);
            for (uint256 n = 0; n <= handler.sources(m); n++) {
                RewardEscrowHandler.Source memory s = handler.source(m, n);
                assertEq(_left(m, n, epochs) + s.withdrawn + s.returned + s.paid, s.given, "given");
                assertEq(_free(m, n), s.free, "free");
            }
        }
    }

    /// @dev By number, from 1. Asked for once for all sources: the calls of these invariants are what their time goes to.
    function _epochs(uint256 m) private view returns (RewardEscrow.Epoch[] memory epochs) {
        address manager = address(handler.managers(m));
        epochs = new RewardEscrow.Epoch[](handler.last(m) + 1);
        for (uint256 e = 1; e < epochs.length; e++) epochs[e] = escrow.epochOf(manager, 7, e);
    }

    /// @dev The books of the contract: what is free, and of each pot what has neither been paid nor gone back.
    function _left(uint256 m, uint256 n, RewardEscrow.Epoch[] memory epochs) private view returns (uint256 left) {
        address manager = address(handler.managers(m));
        left = _free(m, n);
        uint256 next = n == 0 ? type(uint256).max : escrow.sponsorshipOf(manager, 7, n).next;
        for (uint256 e = 1; e < epochs.length; e++) {
            uint256 pot = escrow.potOf(manager, 7, n, e);
            uint256 unearned = epochs[e].settled && e < next ? pot - (pot * epochs[e].totalShare) / 2 ** 64 : 0;
            left += pot - unearned - escrow.paidOf(manager, 7, n, e);
        }
    }

    function _free(uint256 m, uint256 n) private view returns (uint256 free) {
        address manager = address(handler.managers(m));
        if (n > 0) return escrow.freeOf(manager, 7, n);
        (, free, ) = escrow.nextEpochOf(manager, 7);
    }

    function invariant_I32_potsStayAsTheyOpened() public view {
        for (uint256 m = 0; m < 2; m++) {
            address manager = address(handler.managers(m));
            for (uint256 n = 0; n <= handler.sources(m); n++) {
                (uint256[] memory pots, , ) = handler.booksOf(m, n);
                for (uint256 e = 1; e < pots.length; e++) assertEq(escrow.potOf(manager, 7, n, e), pots[e], "pot");
            }
            (uint256 epoch, , uint256 live) = escrow.nextEpochOf(manager, 7);
            assertEq(epoch, handler.last(m) + 1, "next epoch");
            uint256 expected = 0;
            for (uint256 n = 1; n <= handler.sources(m); n++) if (handler.source(m, n).free > 0) expected++;
            assertEq(live, expected, "sponsorships that would pay");
        }
    }

    function invariant_I33_claimsStayWithinWhatIsEarned() public view {
        for (uint256 m = 0; m < 2; m++) {
            address manager = address(handler.managers(m));
            for (uint256 n = 0; n <= handler.sources(m); n++) {
                (, uint256[] memory paid, uint256[] memory earned) = handler.booksOf(m, n);
                for (uint256 e = 1; e < paid.length; e++) {
                    assertEq(escrow.paidOf(manager, 7, n, e), paid[e], "paid");
                    assertLe(paid[e], earned[e], "within what is earned");
                }
            }
        }
    }

    /// @dev The model pays each claim once, in full, whatever else was claimed before or with it.
    function invariant_I34_everyoneIsPaidOnce() public view {
        for (uint256 t = 0; t < 3; t++) {
            IERC20 token = handler.tokens(t);
            for (uint256 i = 0; i < 4; i++) {
                address who = i == 3 ? handler.owner() : handler.holders(i);
                assertEq(token.balanceOf(who), handler.received(token, who), "received");
            }
        }
    }
}

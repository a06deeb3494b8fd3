// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Base} from "../Base.sol";
import {StakeVaultModel} from "./StakeVaultModel.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {IStakeVault} from "../../../contracts/interfaces/IStakeVault.sol";

// The handler lives here, not in a file of its own: the runner knows only contracts of the files it is given.

/// @notice Makes any call on the stake vault, in any order and time, by three operators, four more holders and two managers.
/// Each call says before whether it succeeds, and if not with what error; amounts reach one past each edge.
/// @dev Amounts are small so that edges meet and roundings weigh.
contract StakeVaultHandler is StakeVaultModel {
    /// @notice The most that was locked at once since nothing was slashable.
    mapping(uint256 o => mapping(uint256 m => uint256)) public peak;
    /// @notice What roundings of others may have given a person, in wei.
    uint256[PEOPLE] public dust;
    uint256 public deposited;
    uint256 public withdrawn;
    uint256 public slashed;
    uint256 public bounties;

    constructor() {
        setUp();
        start = block.timestamp;
        for (uint256 p = 0; p < PEOPLE; p++) _give(person(p), WALLET);
        _remember();
    }

    function theVault() external view returns (StakeVault) {
        return vault;
    }

    function numbers() external pure returns (uint256 operators, uint256 people, uint256 managers, uint256 wallet) {
        return (OPERATORS, PEOPLE, MANAGERS, WALLET);
    }

    /// @dev Calls the vault as `sender`. `refusal` is the expected error, empty if the call must succeed.
    function _call(address sender, bytes memory data, bytes memory refusal) private returns (bool done) {
        vm.prank(sender);
        bytes memory answer;
        (done, answer) = address(vault).call(data);
        if (!done) assertEq(answer, refusal, "the model knows why not");
        assertEq(done, refusal.length == 0, "the model knows whether it succeeds");
    }

    function _wealths() private returns (uint256[PEOPLE] memory wealths) {
        for (uint256 p = 0; p < PEOPLE; p++) wealths[p] = wealthOf(p);
    }

    /// @dev I-25: who acts has no more than before, and the others one wei more at most, which the one who acted lost.
    function _nobodyGained(uint256 p, uint256[PEOPLE] memory before) private {
        for (uint256 q = 0; q < PEOPLE; q++) {
            uint256 gain = q == p ? 0 : 1;
            assertLe(wealthOf(q), before[q] + gain, "nobody gains");
            dust[q] += gain;
        }
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, DELAY / 2));
    }

    // ---- Holders

    function deposit(uint256 o, uint256 p, uint256 amount) external {
        (o, p) = (o % OPERATORS, p % PEOPLE);
        amount = bound(amount, 0, 1_000);
        bytes memory refusal;
        if (pools[o].shares > 1e9 * pools[o].assets) {
            refusal = abi.encodeWithSelector(StakeVaultPoolRuined.selector, person(o));
        }
        if (amount == 0) refusal = abi.encodeWithSelector(StakeVaultZeroAmount.selector);
        uint256[PEOPLE] memory before = _wealths();
        vm.prank(person(p));
        token.approve(address(vault), amount);
        if (!_call(person(p), abi.encodeCall(IStakeVault.deposit, (person(o), amount)), refusal)) return;
        Pool storage pool = pools[o];
        uint256 shares = pool.shares == 0 ? amount : (amount * pool.shares) / pool.assets;
        pool.assets += amount;
        pool.shares += shares;
        held[o][p] += shares;
        deposited += amount;
        _nobodyGained(p, before);
        _remember();
    }

    function requestUnbond(uint256 o, uint256 p, uint256 shares) public {
        (o, p) = (o % OPERATORS, p % PEOPLE);
        uint256 own = held[o][p];
        shares = bound(shares, 0, own + 1);
        bytes memory refusal;
        if (shares == 0) refusal = abi.encodeWithSelector(StakeVaultZeroAmount.selector);
        if (shares > own) {
            bytes4 selector = StakeVaultInsufficientShares.selector;
            refusal = abi.encodeWithSelector(selector, person(o), person(p), shares, own);
        }
        uint256[PEOPLE] memory before = _wealths();
        if (!_call(person(p), abi.encodeCall(IStakeVault.requestUnbond, (person(o), shares)), refusal)) return;
        held[o][p] -= shares;
        pools[o].unbonding += shares;
        tickets[o][p].push(Ticket(shares, block.timestamp + DELAY));
        assertEq(vault.ticketCountOf(person(o), person(p)), tickets[o][p].length, "tickets");
        _nobodyGained(p, before);
        _remember();
    }

    function cancelUnbond(uint256 o, uint256 p, uint256 i) external {
        (o, p) = (o % OPERATORS, p % PEOPLE);
        i %= tickets[o][p].length + 1;
        uint256 shares = i < tickets[o][p].length ? tickets[o][p][i].shares : 0;
        bytes memory refusal;
        if (shares == 0) refusal = abi.encodeWithSelector(StakeVaultUnknownTicket.selector, person(o), person(p), i);
        uint256[PEOPLE] memory before = _wealths();
        if (!_call(person(p), abi.encodeCall(IStakeVault.cancelUnbond, (person(o), i)), refusal)) return;
        tickets[o][p][i].shares = 0;
        held[o][p] += shares;
        pools[o].unbonding -= shares;
        _nobodyGained(p, before);
        _remember();
    }

    function completeUnbond(uint256 o, uint256 p, uint256 i) public {
        (o, p) = (o % OPERATORS, p % PEOPLE);
        i %= tickets[o][p].length + 1;
        Ticket memory ticket = i < tickets[o][p].length ? tickets[o][p][i] : Ticket(0, 0);
        uint256 amount = _worth(o, ticket.shares);
        uint256 free = pools[o].assets - heldBack(o);
        bytes memory refusal;
        if (amount > free) {
            refusal = abi.encodeWithSelector(StakeVaultInsufficientFree.selector, person(o), amount, free);
        }
        if (block.timestamp < ticket.readyAt) {
            refusal = abi.encodeWithSelector(StakeVaultStillUnbonding.selector, i, ticket.readyAt);
        }
        if (ticket.shares == 0) {
            refusal = abi.encodeWithSelector(StakeVaultUnknownTicket.selector, person(o), person(p), i);
        }
        uint256[PEOPLE] memory before = _wealths();
        bytes memory data = abi.encodeCall(IStakeVault.completeUnbond, (person(o), i, person(p)));
        if (!_call(person(p), data, refusal)) return;
        tickets[o][p][i].shares = 0;
        Pool storage pool = pools[o];
        pool.assets -= amount;
        pool.shares -= ticket.shares;
        pool.unbonding -= ticket.shares;
        withdrawn += amount;
        _nobodyGained(p, before);
        _remember();
    }

    /// @dev All of it, at the first moment that the clock allows: what managers hold must not leave with it.
    function rush(uint256 o, uint256 p) external {
        (o, p) = (o % OPERATORS, p % PEOPLE);
        if (held[o][p] == 0) return;
        requestUnbond(o, p, held[o][p]);
        vm.warp(block.timestamp + DELAY);
        completeUnbond(o, p, tickets[o][p].length - 1);
    }

    // ---- Operators

    function allowManager(uint256 o, uint256 m, bool allowed) external {
        (o, m) = (o % OPERATORS, m % MANAGERS);
        _call(person(o), abi.encodeCall(IStakeVault.allowManager, (managerAt(m), allowed)), "");
        uint256 others = pools[o].shares - held[o][o];
        uint256 from = block.timestamp + (10 * others > pools[o].shares ? COMMISSION : 0);
        uint256 already = allowedFrom[o][m];
        if (!allowed) allowedFrom[o][m] = 0;
        else if (already == 0 || from < already) allowedFrom[o][m] = from;
    }

    function setCommission(uint256 o, uint16 bps) external {
        o %= OPERATORS;
        bps = uint16(bound(bps, 0, 10_001));
        bytes memory refusal;
        if (bps > 10_000) refusal = abi.encodeWithSelector(StakeVaultCommissionTooHigh.selector, bps, 10_000);
        if (_call(person(o), abi.encodeCall(IStakeVault.setCommission, (bps)), refusal)) _setCommission(o, bps);
    }

    // ---- Managers

    function lock(uint256 o, uint256 m, uint256 amount) external {
        (o, m) = (o % OPERATORS, m % MANAGERS);
        uint256 seen = vault.lockableBy(person(o), managerAt(m));
        bool allowed = allowedFrom[o][m] != 0 && allowedFrom[o][m] <= block.timestamp;
        assertEq(vault.isManagerAllowed(person(o), managerAt(m)), allowed, "allowed");
        // The vault thaws for whoever locks, whether that succeeds or not, but takes it back if not.
        if (allowed) thaw(o, m);
        uint256 lockable = _lockable(o, m);
        if (allowed) assertEq(seen, lockable, "lockable");
        amount = bound(amount, 1, lockable + 1);
        bytes memory refusal;
        if (amount > lockable) {
            refusal = abi.encodeWithSelector(StakeVaultInsufficientFree.selector, person(o), amount, lockable);
        }
        if (!allowed) {
            refusal = abi.encodeWithSelector(StakeVaultManagerNotAllowed.selector, person(o), managerAt(m));
        }
        if (vault.slashableBy(person(o), managerAt(m)) == 0) peak[o][m] = 0;
        if (!_call(managerAt(m), abi.encodeCall(IStakeVault.lock, (person(o), amount)), refusal)) return;
        uint256 cooling = coolingOf(o, m);
        _heat(o, m, amount < cooling ? amount : cooling);
        locked[o][m] += amount;
        if (locked[o][m] > peak[o][m]) peak[o][m] = locked[o][m];
        assertLe(heldBack(o), bondedOf(o), "a lock leaves nobody short");
    }

    function unlock(uint256 o, uint256 m, uint256 amount) public {
        (o, m) = (o % OPERATORS, m % MANAGERS);
        uint256 most = locked[o][m];
        amount = bound(amount, 1, most + 1);
        bytes memory refusal;
        if (amount > most) {
            bytes4 selector = StakeVaultExceedsLock.selector;
            refusal = abi.encodeWithSelector(selector, person(o), managerAt(m), amount, most);
        }
        uint256 slashable = vault.slashableBy(person(o), managerAt(m));
        if (!_call(managerAt(m), abi.encodeCall(IStakeVault.unlock, (person(o), amount)), refusal)) return;
        _thaw(o, m);
        locked[o][m] -= amount;
        _cool(o, m, amount);
        assertEq(vault.slashableBy(person(o), managerAt(m)), slashable, "it stays slashable");
    }

    function thaw(uint256 o, uint256 m) public {
        (o, m) = (o % OPERATORS, m % MANAGERS);
        _call(stranger, abi.encodeCall(IStakeVault.thaw, (person(o), managerAt(m))), "");
        _thaw(o, m);
    }

    function slash(uint256 o, uint256 m, uint256 amount, uint256 bounty) external {
        (o, m) = (o % OPERATORS, m % MANAGERS);
        uint256 seen = vault.slashableBy(person(o), managerAt(m));
        thaw(o, m);
        uint256 slashable = _slashable(o, m);
        assertEq(seen, slashable, "slashable");
        amount = bound(amount, 1, slashable + slashable / 8 + 1);
        uint256 taken = amount < slashable ? amount : slashable;
        uint256 limit = (taken * CAP_BPS) / 10_000;
        bounty = bound(bounty, 0, limit + 1);
        bytes memory refusal;
        if (bounty > limit) refusal = abi.encodeWithSelector(StakeVaultBountyTooHigh.selector, bounty, limit);
        if (taken == 0) {
            refusal = abi.encodeWithSelector(StakeVaultExceedsLock.selector, person(o), managerAt(m), amount, 0);
        }
        bytes memory data = abi.encodeCall(IStakeVault.slash, (person(o), amount, reporter, bounty));
        uint256[2][PEOPLE] memory before = _values(o);
        if (_call(managerAt(m), data, refusal)) _slashed(o, m, taken, bounty, before);
    }

    /// @dev What the vault says that each one's active and unbonding shares are worth.
    function _values(uint256 o) private returns (uint256[2][PEOPLE] memory values) {
        for (uint256 p = 0; p < PEOPLE; p++) {
            uint256 active = vault.sharesOf(person(o), person(p));
            values[p][0] = vault.valueOf(person(o), active);
            values[p][1] = vault.valueOf(person(o), sharesOf(o, p) - active);
        }
    }

    /// @dev From the lock, then from what cools, in full always. I-24: the same part of everyone's, within a wei.
    function _slashed(uint256 o, uint256 m, uint256 taken, uint256 bounty, uint256[2][PEOPLE] memory before) private {
        uint256 assets = pools[o].assets;
        uint256 fromLock = taken < locked[o][m] ? taken : locked[o][m];
        locked[o][m] -= fromLock;
        _heat(o, m, taken - fromLock);
        pools[o].assets -= taken;
        slashed += taken;
        bounties += bounty;
        uint256[2][PEOPLE] memory values = _values(o);
        for (uint256 p = 0; p < PEOPLE; p++) {
            for (uint256 i = 0; i < 2; i++) {
                uint256 fair = (before[p][i] * (assets - taken)) / assets;
                assertGe(values[p][i], fair, "no more than its part is lost");
                assertLe(values[p][i], fair + 1, "and no less");
            }
        }
        _remember();
    }

    // ---- What the invariants ask

    /// @notice Compares what the vault says of a time with what the model remembers, for any time since the start.
    function checkPast(uint256 seed) external {
        uint256 time = bound(seed, start - 1, block.timestamp - 1);
        Moment memory moment = _momentAt(time);
        uint256 total = 0;
        for (uint256 o = 0; o < OPERATORS; o++) {
            (uint256 bonded, uint256 active) = vault.poolAt(person(o), time);
            assertEq(bonded, moment.bonded[o], "bonded then");
            assertEq(active, moment.active[o], "active shares then");
            assertEq(vault.commissionAt(person(o), time), _commissionAt(o, time), "commission then");
            total += bonded;
            uint256 sum = 0;
            for (uint256 p = 0; p < PEOPLE; p++) {
                uint256 shares = moment.held[o][p];
                assertEq(vault.sharesAt(person(o), person(p), time), shares, "shares then");
                uint256 stake = vault.stakeAt(person(o), person(p), time);
                assertEq(stake, shares == 0 ? 0 : (bonded * shares) / active, "stake then");
                sum += stake;
            }
            assertLe(sum, bonded, "the parts are no more than the whole");
        }
        assertEq(vault.totalBondedAt(time), total, "the total then");
    }

    /// @notice Managers release all, everybody leaves, and is paid.
    function everybodyLeaves() external {
        for (uint256 o = 0; o < OPERATORS; o++) {
            for (uint256 m = 0; m < MANAGERS; m++) if (locked[o][m] > 0) unlock(o, m, locked[o][m]);
            for (uint256 p = 0; p < PEOPLE; p++) {
                if (held[o][p] == 0) continue;
                tickets[o][p].push(Ticket(held[o][p], block.timestamp + DELAY));
                pools[o].unbonding += held[o][p];
                vm.prank(person(p));
                vault.requestUnbond(person(o), held[o][p]);
                held[o][p] = 0;
            }
        }
        vm.warp(block.timestamp + DELAY);
        for (uint256 o = 0; o < OPERATORS; o++) {
            for (uint256 m = 0; m < MANAGERS; m++) thaw(o, m);
            for (uint256 p = 0; p < PEOPLE; p++) {
                for (uint256 i = 0; i < tickets[o][p].length; i++) {
                    if (tickets[o][p][i].shares > 0) completeUnbond(o, p, i);
                }
                assertEq(sharesOf(o, p), 0, "all are out");
            }
        }
        assertEq(token.balanceOf(address(vault)), 0, "all is paid");
    }
}

/// @notice I-04 to I-08 and I-24 to I-28 of contracts/README.md, over random histories.
contract StakeVaultInvariantTest is Base {
    StakeVaultHandler private handler;
    StakeVault private vault;
    IERC20 private token;
    uint256 private operators;
    uint256 private people;
    uint256 private managers;
    uint256 private wallet;

    function setUp() public {
        handler = new StakeVaultHandler();
        vault = handler.theVault();
        token = vault.TOKEN();
        (operators, people, managers, wallet) = handler.numbers();
        bytes4[] memory calls = new bytes4[](12);
        calls[0] = StakeVaultHandler.wait.selector;
        calls[1] = StakeVaultHandler.deposit.selector;
        calls[2] = StakeVaultHandler.requestUnbond.selector;
        calls[3] = StakeVaultHandler.cancelUnbond.selector;
        calls[4] = StakeVaultHandler.completeUnbond.selector;
        calls[5] = StakeVaultHandler.allowManager.selector;
        calls[6] = StakeVaultHandler.setCommission.selector;
        calls[7] = StakeVaultHandler.lock.selector;
        calls[8] = StakeVaultHandler.unlock.selector;
        calls[9] = StakeVaultHandler.thaw.selector;
        calls[10] = StakeVaultHandler.slash.selector;
        calls[11] = StakeVaultHandler.rush.selector;
        _targetSelectors(address(handler), calls);
        // A good start, since a short history seldom gets this far by itself.
        for (uint256 o = 0; o < operators; o++) {
            handler.deposit(o, o, 1_000);
            for (uint256 m = 0; m < managers; m++) handler.allowManager(o, m, true);
            handler.deposit(o, operators + o, 1_000);
            handler.lock(o, 0, 1_500);
        }
    }

    function invariant_I04_vaultHoldsWhatItPromises() public {
        uint256 promised = 0;
        for (uint256 o = 0; o < operators; o++) {
            (uint256 assets, , ) = vault.poolOf(handler.person(o));
            promised += assets;
        }
        assertEq(token.balanceOf(address(vault)), promised, "held");
        uint256 left = handler.deposited() - handler.withdrawn() - handler.slashed();
        assertEq(promised, left, "in by deposit, out by withdrawal or slash");
        assertEq(token.balanceOf(vault.SINK()), handler.slashed() - handler.bounties(), "sink");
    }

    function invariant_I05_slashableIsCovered() public {
        for (uint256 o = 0; o < operators; o++) {
            address operator = handler.person(o);
            (uint256 assets, , ) = vault.poolOf(operator);
            assertLe(vault.lockedOf(operator) + vault.coolingOf(operator), assets, "covered");
            uint256 sum = 0;
            for (uint256 m = 0; m < managers; m++) {
                assertEq(vault.lockedBy(operator, handler.managerAt(m)), handler.locked(o, m), "model of locks");
                sum += handler.locked(o, m);
            }
            assertEq(vault.lockedOf(operator), sum, "sum of locks");
            assertEq(vault.coolingOf(operator), handler.heldBack(o) - sum, "sum of what cools");
            assertEq(vault.isShort(operator), sum > handler.bondedOf(o), "short");
        }
    }

    function invariant_I06_sharesAddUp() public {
        for (uint256 o = 0; o < operators; o++) {
            (uint256 assets, uint256 shares, ) = vault.poolOf(handler.person(o));
            uint256 sum = 0;
            for (uint256 p = 0; p < people; p++) sum += handler.sharesOf(o, p);
            assertEq(shares, sum, "sum of shares");
            assertLe(assets, shares, "a share is worth a wei at most");
            assertEq(assets == 0, shares == 0, "no shares of nothing, nothing without shares");
        }
    }

    function invariant_I07_noManagerTakesMoreThanItHadLocked() public {
        for (uint256 o = 0; o < operators; o++) {
            for (uint256 m = 0; m < managers; m++) {
                uint256 slashable = vault.slashableBy(handler.person(o), handler.managerAt(m));
                assertLe(slashable, handler.peak(o, m), "peak");
            }
        }
    }

    function invariant_I08_stakeMovesOnlyAsModelled() public {
        for (uint256 o = 0; o < operators; o++) {
            (uint256 assets, uint256 shares, uint256 unbonding) = vault.poolOf(handler.person(o));
            (uint256 assets_, uint256 shares_, uint256 unbonding_) = handler.pools(o);
            assertEq(assets, assets_, "assets");
            assertEq(shares, shares_, "shares");
            assertEq(unbonding, unbonding_, "unbonding");
            assertEq(vault.bondedOf(handler.person(o)), handler.bondedOf(o), "bonded");
            for (uint256 p = 0; p < people; p++) {
                assertEq(vault.sharesOf(handler.person(o), handler.person(p)), handler.held(o, p), "active");
            }
        }
    }

    /// @dev Each call is held to I-24 and I-25 by the handler; this says that many together gain nothing either.
    function invariant_I25_nobodyGains() public {
        for (uint256 p = 0; p < people; p++) {
            assertLe(handler.wealthOf(p), wallet + handler.dust(p), "what it began with, and roundings of others");
        }
    }

    function invariant_I26_thePastStays() public {
        for (uint256 i = 0; i < 3; i++) {
            handler.checkPast(uint256(keccak256(abi.encode(block.timestamp, handler.deposited(), i))));
        }
    }

    /// @dev Changes the chain; the runner takes that back.
    function invariant_I27_everybodyCanLeave() public {
        handler.everybodyLeaves();
    }
}

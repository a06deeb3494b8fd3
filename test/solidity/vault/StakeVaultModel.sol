// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {StakeVaultBase} from "./StakeVaultBase.sol";

/// @title What the stake vault should do, said a second time: who holds what, which call is refused and why, what the past was.
/// @notice Written from contracts/README.md, not from the contracts. Plain lists instead of batches and checkpoints; it asks the
/// vault nothing.
abstract contract StakeVaultModel is StakeVaultBase {
    uint256 internal constant OPERATORS = 3;
    uint256 internal constant PEOPLE = 7; // the operators and four others; each may hold shares of any pool
    uint256 internal constant MANAGERS = 2;
    uint256 internal constant WALLET = 1e6; // wei that each begins with

    struct Pool {
        uint256 assets;
        uint256 shares;
        uint256 unbonding;
    }

    struct Ticket {
        uint256 shares; // 0 once completed or cancelled
        uint256 readyAt;
    }

    /// @dev Released stake. Joined by later releases within half the delay.
    struct Batch {
        uint256 amount;
        uint256 start;
    }

    struct Change {
        uint256 bps;
        uint256 from;
    }

    struct Moment {
        uint256 time;
        uint256[OPERATORS] bonded;
        uint256[OPERATORS] active;
        uint256[PEOPLE][OPERATORS] held;
    }

    // Indices of operators, people and managers instead of addresses.
    Pool[OPERATORS] public pools;
    uint256[PEOPLE][OPERATORS] public held; // active shares
    mapping(uint256 o => mapping(uint256 p => Ticket[])) internal tickets;
    uint256[MANAGERS][OPERATORS] public locked;
    mapping(uint256 o => mapping(uint256 m => Batch[])) internal batches;
    uint256[MANAGERS][OPERATORS] internal allowedFrom; // 0: not allowed
    mapping(uint256 o => Change[]) internal commissions;
    Moment[] internal moments;
    uint256 internal start;

    function person(uint256 p) public returns (address) {
        return account(string.concat("person", vm.toString(p)));
    }

    function managerAt(uint256 m) public returns (address) {
        return account(string.concat("manager", vm.toString(m)));
    }

    // ---- Pools

    function _worth(uint256 o, uint256 shares) internal view returns (uint256) {
        return shares == 0 ? 0 : (shares * pools[o].assets) / pools[o].shares;
    }

    function bondedOf(uint256 o) public view returns (uint256) {
        return _worth(o, pools[o].shares - pools[o].unbonding);
    }

    /// @notice All shares of a person in a pool, active or not.
    function sharesOf(uint256 o, uint256 p) public view returns (uint256 shares) {
        shares = held[o][p];
        for (uint256 i = 0; i < tickets[o][p].length; i++) shares += tickets[o][p][i].shares;
    }

    /// @notice What a person could redeem, and what it has in its wallet.
    function wealthOf(uint256 p) public returns (uint256 wealth) {
        wealth = token.balanceOf(person(p));
        for (uint256 o = 0; o < OPERATORS; o++) wealth += _worth(o, sharesOf(o, p));
    }

    // ---- Locks and what cools

    /// @notice What has not been thawed yet.
    function coolingOf(uint256 o, uint256 m) public view returns (uint256 sum) {
        for (uint256 i = 0; i < batches[o][m].length; i++) sum += batches[o][m][i].amount;
    }

    function _thaw(uint256 o, uint256 m) internal returns (uint256 ended) {
        for (uint256 i = 0; i < batches[o][m].length; i++) {
            Batch storage batch = batches[o][m][i];
            if (block.timestamp < batch.start + DELAY) continue;
            ended += batch.amount;
            batch.amount = 0;
        }
    }

    function _cool(uint256 o, uint256 m, uint256 amount) internal {
        uint256 length = batches[o][m].length;
        if (length > 0 && 2 * (block.timestamp - batches[o][m][length - 1].start) < DELAY) {
            batches[o][m][length - 1].amount += amount;
        } else {
            batches[o][m].push(Batch(amount, block.timestamp));
        }
    }

    /// @dev Takes from what cools, the oldest first.
    function _heat(uint256 o, uint256 m, uint256 amount) internal {
        for (uint256 i = 0; i < batches[o][m].length; i++) {
            uint256 part = amount < batches[o][m][i].amount ? amount : batches[o][m][i].amount;
            batches[o][m][i].amount -= part;
            amount -= part;
        }
    }

    /// @notice What managers may slash of a pool, and what has ended but was not thawed.
    function heldBack(uint256 o) public view returns (uint256 sum) {
        for (uint256 m = 0; m < MANAGERS; m++) sum += locked[o][m] + coolingOf(o, m);
    }

    /// @dev After a thaw of its own.
    function _lockable(uint256 o, uint256 m) internal view returns (uint256) {
        (uint256 bonded, uint256 back) = (bondedOf(o), heldBack(o));
        return back > bonded ? 0 : bonded - back + coolingOf(o, m);
    }

    /// @dev After a thaw of its own.
    function _slashable(uint256 o, uint256 m) internal view returns (uint256) {
        uint256 sum = locked[o][m] + coolingOf(o, m);
        return sum == 0 || sum < pools[o].assets ? sum : pools[o].assets - 1;
    }

    // ---- Time

    function _commissionAt(uint256 o, uint256 time) internal view returns (uint256 bps) {
        for (uint256 i = 0; i < commissions[o].length; i++) {
            if (commissions[o][i].from <= time) bps = commissions[o][i].bps;
        }
    }

    function _setCommission(uint256 o, uint256 bps) internal {
        uint256 length = commissions[o].length;
        if (length > 0 && commissions[o][length - 1].from > block.timestamp) commissions[o].pop();
        commissions[o].push(Change(bps, block.timestamp + COMMISSION));
    }

    /// @dev To be called after each change.
    function _remember() internal {
        uint256 length = moments.length;
        if (length == 0 || moments[length - 1].time != block.timestamp) moments.push();
        Moment storage moment = moments[moments.length - 1];
        moment.time = block.timestamp;
        for (uint256 o = 0; o < OPERATORS; o++) {
            moment.bonded[o] = bondedOf(o);
            moment.active[o] = pools[o].shares - pools[o].unbonding;
            moment.held[o] = held[o];
        }
    }

    /// @dev The state at the end of that second: that of the last change up to it.
    function _momentAt(uint256 time) internal view returns (Moment memory moment) {
        for (uint256 i = 0; i < moments.length && moments[i].time <= time; i++) moment = moments[i];
    }
}

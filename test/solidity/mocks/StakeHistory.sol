// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IStakeSnapshots} from "../../../contracts/interfaces/IStakeSnapshots.sol";

/// @notice What a stake vault would remember, set by anyone: shares, bonded stake, commissions and payout addresses from the
/// present second on. Like the vault it answers for past seconds only. It holds no tokens.
contract StakeHistory is IStakeSnapshots {
    using Checkpoints for Checkpoints.Trace208;

    error StakeVaultFutureLookup(uint256 time, uint256 now_);

    mapping(address operator => mapping(address holder => Checkpoints.Trace208)) private _shares;
    mapping(address operator => Checkpoints.Trace208) private _active;
    mapping(address operator => Checkpoints.Trace208) private _bonded;
    mapping(address operator => Checkpoints.Trace208) private _commissions;
    mapping(address operator => address) private _payouts;
    Checkpoints.Trace208 private _total;

    function setShares(address operator, address holder, uint256 shares) external {
        uint256 active = _active[operator].latest() + shares - _shares[operator][holder].latest();
        _push(_shares[operator][holder], shares);
        _push(_active[operator], active);
    }

    function setBonded(address operator, uint256 bonded) external {
        uint256 total = _total.latest() + bonded - _bonded[operator].latest();
        _push(_bonded[operator], bonded);
        _push(_total, total);
    }

    /// @notice Adds as many shares as wei, as a first deposit would.
    function stake(address operator, address holder, uint256 amount) external {
        this.setShares(operator, holder, _shares[operator][holder].latest() + amount);
        this.setBonded(operator, _bonded[operator].latest() + amount);
    }

    function setCommission(address operator, uint256 bps) external {
        _push(_commissions[operator], bps);
    }

    function setPayout(address operator, address payout) external {
        _payouts[operator] = payout;
    }

    function stakeAt(address operator, address holder, uint256 time) external view returns (uint256) {
        uint256 active = _at(_active[operator], time);
        if (active == 0) return 0;
        return Math.mulDiv(_at(_bonded[operator], time), _at(_shares[operator][holder], time), active);
    }

    function totalBondedAt(uint256 time) external view returns (uint256) {
        return _at(_total, time);
    }

    function sharesAt(address operator, address holder, uint256 time) external view returns (uint256) {
        return _at(_shares[operator][holder], time);
    }

    function poolAt(address operator, uint256 time) external view returns (uint256 bonded, uint256 activeShares) {
        return (_at(_bonded[operator], time), _at(_active[operator], time));
    }

    function commissionAt(address operator, uint256 time) external view returns (uint256 bps) {
        return _at(_commissions[operator], time);
    }

    function payoutOf(address operator) external view returns (address) {
        return _payouts[operator] == address(0) ? operator : _payouts[operator];
    }

    function _push(Checkpoints.Trace208 storage trace, uint256 value) private {
        trace.push(uint48(block.timestamp), uint208(value));
    }

    function _at(Checkpoints.Trace208 storage trace, uint256 time) private view returns (uint256) {
        if (time >= block.timestamp) revert StakeVaultFutureLookup(time, block.timestamp);
        return trace.upperLookupRecent(uint48(time));
    }
}

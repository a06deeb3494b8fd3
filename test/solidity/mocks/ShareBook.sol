// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {IRewardEscrow} from "../../../contracts/interfaces/IRewardEscrow.sol";
import {IShares} from "../../../contracts/interfaces/IShares.sol";

/// @notice A manager of runs that anyone may drive, and that says what it was told: honest or not.
contract ShareBook is IShares {
    mapping(uint256 run => mapping(uint256 epoch => mapping(address account => mapping(bool asOwner => uint256))))
        private _shares;

    function setShare(uint256 run, uint256 epoch, address account, bool asOwner, uint256 share) external {
        _shares[run][epoch][account][asOwner] = share;
    }

    function shareOf(uint256 run, uint256 epoch, address account, bool asOwner) external view returns (uint256) {
        return _shares[run][epoch][account][asOwner];
    }

    function open(IRewardEscrow escrow, uint256 run, uint256 epoch, uint256 grantPot) external returns (bool) {
        return escrow.openEpoch(run, epoch, grantPot);
    }

    function settle(IRewardEscrow escrow, uint256 run, uint256 epoch, uint256 totalShare) external {
        escrow.settleEpoch(run, epoch, totalShare);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

/// @notice An operator's commission over time, in 1/10 000 and unix seconds. The only writer is `CommissionLib`.
struct Commission {
    uint16 bps; // the last one set
    uint48 from; // when it counts; 0: none was ever set
    Checkpoints.Trace208 past; // those before it, by when they began to count
}

using CommissionLib for Commission global;

/// @title A rate that changes only after a delay, with its history. At most one change is pending.
/// @dev The delay is above zero. So the rates of all times up to the present are final, the present included.
library CommissionLib {
    using Checkpoints for Checkpoints.Trace208;

    /// @notice Replaces a change that does not count yet; what counts already becomes history.
    function set(Commission storage self, uint16 bps, uint32 delay) internal returns (uint48 from) {
        uint48 last = self.from;
        if (last != 0 && last <= block.timestamp) self.past.push(last, self.bps);
        from = uint48(block.timestamp + delay);
        (self.bps, self.from) = (bps, from);
    }

    /// @dev Needs a time that is not in the future. Zero before the first change counts.
    function at(Commission storage self, uint256 time) internal view returns (uint256) {
        return self.from <= time ? self.bps : self.past.upperLookupRecent(uint48(time));
    }
}

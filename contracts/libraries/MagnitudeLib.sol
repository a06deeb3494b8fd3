// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

/// @title Magnitudes of a record: contracts/README.md section 4. A code of 10 bits for the higher one and a ratio of 6 bits for the
/// lower one, in units of 2^-24.
library MagnitudeLib {
    /// @dev The greatest code: its value, (32 + 31) 2^25, is the last one below 2^31.
    uint256 internal constant MAX_CODE = 863;
    uint256 internal constant MAX_RATIO = 63;

    /// @notice Value of a code, strictly increasing. Needs code <= MAX_CODE.
    function value(uint256 code) internal pure returns (uint256) {
        // SAFETY: from code 64 on the exponent is at least 1.
        unchecked {
            return code < 64 ? code : (32 + (code & 31)) << ((code >> 5) - 1);
        }
    }

    /// @notice The lower magnitude: ratio + 1 sixty-fourths of the higher one, but not zero. Needs ratio <= MAX_RATIO.
    function lower(uint256 hi, uint256 ratio) internal pure returns (uint256 lo) {
        // SAFETY: values are below 2^31, ratios below 64.
        unchecked {
            lo = (hi * (ratio + 1)) >> 6;
        }
        if (lo == 0) lo = 1;
    }

    /// @notice Whether the ratio is the least one that gives its lower magnitude, so that two magnitudes have one encoding.
    function isLeast(uint256 hi, uint256 ratio) internal pure returns (bool) {
        return ratio == 0 || lower(hi, ratio - 1) != lower(hi, ratio);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

/// @title Source of public randomness.
/// @notice Chains differ in what `prevrandao` gives, so a coordinator takes its randomness from a contract of this kind.
/// @dev Danger: whoever produces the block may bias the value by withholding it. The coordinator mixes in the salts that the
/// miners revealed, which were fixed before the block was known.
interface IBeacon {
    /// @return The randomness of the current block. The same for every call within one block.
    function read() external view returns (bytes32);
}

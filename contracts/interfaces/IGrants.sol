// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title Where runs are given the token of the emission.
interface IGrants {
    /// @notice Gives `amount` of `NATIVE` to a run of `manager`, taken from the caller by `transferFrom`.
    /// @dev Danger: a gift without return. Whether the manager and the run exist is not checked.
    function grant(address manager, uint256 run, uint256 amount) external;

    // The name is an immutable's.
    // solhint-disable-next-line func-name-mixedcase
    function NATIVE() external view returns (IERC20);
}

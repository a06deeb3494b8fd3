// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

/// @title Who earned what part of an epoch: asked of a manager (run coordinator) when a reward is claimed.
interface IShares {
    /// @param account An operator; with `asOwner` the owner of the run, who is asked for apart, since it may be an operator too.
    /// @return share In 2^-64 of each pot of the epoch. Once the epoch is settled it must never change, and the shares of all
    /// operators and the owner must sum to no more than what was settled: whoever claims too late finds nothing otherwise.
    function shareOf(uint256 run, uint256 epoch, address account, bool asOwner) external view returns (uint256 share);
}

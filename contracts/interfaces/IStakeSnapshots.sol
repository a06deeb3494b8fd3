// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

/// @title What was staked with whom at a past moment. The stake vault's side that emission and rewards are computed from.
/// @notice `time` is in unix seconds and must be past, since a block's own state is final only after it: else the vault reverts.
/// What is told is of the end of that second.
interface IStakeSnapshots {
    /// @return The wei that the active shares of `holder` in `operator`'s pool were worth, rounded down. Those of all holders add
    /// up to no more than the pool's.
    function stakeAt(address operator, address holder, uint256 time) external view returns (uint256);

    /// @return The bonded wei of all pools together.
    function totalBondedAt(uint256 time) external view returns (uint256);

    /// @return The holder's active shares.
    function sharesAt(address operator, address holder, uint256 time) external view returns (uint256);

    /// @return bonded In wei. @return activeShares The sum of `sharesAt` over all holders.
    function poolAt(address operator, uint256 time) external view returns (uint256 bonded, uint256 activeShares);

    /// @return bps What the operator keeps of its delegators' rewards, in 1/10 000, at most all. Of the present second too.
    function commissionAt(address operator, uint256 time) external view returns (uint256 bps);

    /// @return Where the operator's rewards go now; the operator itself unless it named another address.
    function payoutOf(address operator) external view returns (address);
}

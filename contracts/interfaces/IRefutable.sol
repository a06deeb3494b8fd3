// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {IRunCoordinatorTypes} from "./IRunCoordinatorTypes.sol";

/// @title What a court asks of a coordinator, and what it may order.
/// @notice The coordinator knows its court from its construction on and obeys no other (`RunNotCourt`). The court is there first
/// and knows no coordinator: it is told which one a case is about, so nothing has to be wired afterwards, and one court can serve
/// several coordinators. Danger: to a coordinator that does not name it a court can order nothing, and what such a one answers
/// proves nothing: ask its `COURT` first.
/// @dev For a round whose root was shown to be wrong: punish its attesters first, then refute it. The refutation opens the next
/// round at once, with the members that stay by then. The other way round is safe too, since who was punished acts no more, also in
/// the open round, but that round may then lack its two thirds and be void.
interface IRefutable is IRunCoordinatorTypes {
    // ---- Views

    /// @return The only account that may call `refute` and `punish`.
    function COURT() external view returns (address);

    /// @return hash keccak256(abi.encode(FinalRound)), kept for ever; 0 of a round that was never final.
    function finalRoundOf(uint256 run, uint64 round) external view returns (bytes32 hash);

    /// @return Whether the round is final and no refutation has undone it.
    function isStanding(uint256 run, uint64 round) external view returns (bool);

    /// @return The epoch of one of the last rounds. Reverts with `RunWrongRound` of one that the ring has forgotten.
    function epochOfRound(uint256 run, uint64 round) external view returns (uint64);

    /// @return What a chunk of the run's state is and how a round changes it: fixed at its creation.
    function chunkRulesOf(uint256 run) external view returns (ChunkRules memory);

    // ---- Orders

    /// @notice Undoes a final round and all that came after it: the root is its parent again, and an open round is void.
    /// In each epoch that is not settled the rounds that it undoes earn nothing; what is settled stays paid.
    /// Reverts with `RunRoundNotStanding` if `final_` is not what the round rests on, or if the round is undone already.
    function refute(uint256 run, uint64 round, FinalRound calldata final_) external;

    /// @notice Takes the stake of who sat in a slot in an epoch, and makes it leave if it still does. It acts in no round any more.
    /// Reverts with `RunNotMember` if somebody else sat there.
    /// @return taken Wei. 0 if that membership was punished already, then nothing has changed; or if nothing of it is left.
    function punish(uint256 run, Fault calldata fault) external returns (uint256 taken);
}

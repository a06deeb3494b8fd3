// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IDisputeCourtErrors as Errors, IDisputeCourtEvents as Events} from "../interfaces/IDisputeCourt.sol";
import {IDisputeCourtTypes as Types} from "../interfaces/IDisputeCourtTypes.sol";
import {StateLib} from "./StateLib.sol";
import {TreeLib} from "./TreeLib.sol";

/// @title A dispute over a root whose tree only its attesters know: a walk down that tree, on two clocks. Sole writer of RootCase.
/// @dev The attested root is wrong if and only if the attested tree differs from the right one in some leaf, and then in a node of
/// every level above it. So an accuser that knows the right tree can always name a node that differs, until it is a leaf, which
/// is one chunk; and whoever attested a right root can always show the next row, and need not fear the leaf.
///
/// A side that is to move spends its own time. It may move up to and including its last second; from the next on it has lost.
library RootCaseLib {
    /// @dev Levels between two rows: a row has 16 hashes at most, and the tree of 2^32 chunks 8 rows.
    uint256 internal constant ROW_LEVELS = 4;
    uint256 internal constant MOST_ROWS = 8;

    function open(
        Types.RootCase storage self,
        Types.Case calldata case_,
        uint256 chunkCount,
        uint32 clockSeconds
    ) internal {
        // SAFETY: numbers of runs and rounds count transactions, and what never happened has no final round.
        (self.coordinator, self.run, self.round) = (case_.coordinator, uint64(case_.run), uint48(case_.round));
        self.turn = Types.Turn.Defence;
        (self.level, self.index) = (uint8(TreeLib.height(chunkCount)), 0);
        (self.accuserLeft, self.defenceLeft) = (clockSeconds, clockSeconds);
        (self.accuser, self.since) = (msg.sender, uint48(block.timestamp));
        self.node = case_.final_.root;
    }

    function showRow(
        Types.RootCase storage self,
        uint256 id,
        Types.FinalRound calldata final_,
        bytes32 treeRoot,
        bytes32[] calldata row,
        uint256 chunkCount
    ) internal {
        _spend(self, id, Types.Turn.Defence);
        (uint256 level, uint256 index) = (self.level, self.index);
        bytes32 node = self.node;
        if (node == final_.root) {
            // INVARIANT: the tree that is walked down is the one whose root was attested.
            bytes32 root = StateLib.root(self.run, self.round, final_.parentRoot, treeRoot);
            if (root != node) revert Errors.CourtRootMismatch(root, node);
            node = treeRoot;
        }
        uint256 wanted = TreeLib.spread(chunkCount, level, index, depthFrom(level));
        if (row.length != wanted) revert Errors.CourtRowLength(row.length, wanted);
        // INVARIANT: a row hashes to the node that it stands below.
        bytes32 folded = TreeLib.fold(row);
        if (folded != node) revert Errors.CourtRootMismatch(folded, node);

        self.row = keccak256(abi.encodePacked(row));
        self.turn = Types.Turn.Accusation;
        emit Events.RowShown(id, msg.sender, uint8(level), uint32(index), treeRoot, row);
    }

    function nameNode(Types.RootCase storage self, uint256 id, bytes32[] calldata row, uint256 place) internal {
        _spend(self, id, Types.Turn.Accusation);
        if (msg.sender != self.accuser) revert Errors.CourtNotAccuser(id, msg.sender);
        // INVARIANT: a node is one that the defence has shown.
        if (keccak256(abi.encodePacked(row)) != self.row) revert Errors.CourtRowMismatch(id);
        if (place >= row.length) revert Errors.CourtPlace(place, row.length);

        uint256 depth = depthFrom(self.level);
        uint8 level = uint8(self.level - depth);
        // SAFETY: below the number of chunks, which fits 32 bits.
        uint32 index = uint32((uint256(self.index) << depth) + place);
        (self.level, self.index) = (level, index);
        (self.node, self.row) = (row[place], 0);
        self.turn = level == 0 ? Types.Turn.Proof : Types.Turn.Defence;
        emit Events.NodeNamed(id, level, index, row[place]);
    }

    /// @notice The accuser's last move.
    function prove(Types.RootCase storage self, uint256 id) internal {
        _spend(self, id, Types.Turn.Proof);
        self.turn = Types.Turn.Closed;
    }

    /// @notice Closes a case that has become pointless.
    function settle(Types.RootCase storage self, uint256 id) internal {
        if (self.turn == Types.Turn.None || self.turn == Types.Turn.Closed) revert Errors.CourtUnknownCase(id);
        self.turn = Types.Turn.Closed;
    }

    /// @notice Closes a case in which the time of the side that is to move is over.
    /// @return upheld Whether that is the defence.
    function expire(Types.RootCase storage self, uint256 id) internal returns (bool upheld) {
        upheld = self.turn == Types.Turn.Defence;
        // INVARIANT: nobody loses by time that it still has.
        if (block.timestamp <= uint256(self.since) + (upheld ? self.defenceLeft : self.accuserLeft)) {
            revert Errors.CourtNotDue(id);
        }
        settle(self, id);
    }

    /// @return Levels from a node down to the next row.
    function depthFrom(uint256 level) internal pure returns (uint256) {
        return level < ROW_LEVELS ? level : ROW_LEVELS;
    }

    function _spend(Types.RootCase storage self, uint256 id, Types.Turn turn) private {
        if (self.turn != turn) revert Errors.CourtWrongTurn(id, self.turn, turn);
        uint256 spent = block.timestamp - self.since;
        uint32 left = turn == Types.Turn.Defence ? self.defenceLeft : self.accuserLeft;
        if (spent > left) revert Errors.CourtOutOfTime(id);
        left -= uint32(spent);
        if (turn == Types.Turn.Defence) self.defenceLeft = left;
        else self.accuserLeft = left;
        self.since = uint48(block.timestamp);
    }
}

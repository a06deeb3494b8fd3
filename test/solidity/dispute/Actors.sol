// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {CourtBase} from "./CourtBase.sol";
import {Tree} from "./Tree.sol";
import {RootCaseLib} from "../../../contracts/libraries/RootCaseLib.sol";

/// @title One actor for both sides of a dispute: it knows a tree, and does what that tree says.
/// @notice Fed the true tree it is honest, fed another one it is not; there is no second strategy to keep. An accuser names the
/// first node that differs from its own, and the last one where nothing does: it has to name something.
abstract contract Actors is CourtBase {
    using Tree for bytes32[][];

    address internal defender = account("defender");

    function _accuse(uint64 round) internal returns (uint256 id) {
        Case memory c = _case(round);
        vm.prank(watcher);
        return disputeCourt.accuseRoot(c);
    }

    /// @notice One move of the defence.
    function _show(uint256 id, bytes32[][] memory tree) internal returns (bytes32[] memory row) {
        RootCase memory c = disputeCourt.rootCaseOf(id);
        row = tree.row(c.level, c.index, RootCaseLib.depthFrom(c.level));
        vm.prank(defender);
        disputeCourt.showRow(id, finals[c.round], tree.root(), row);
    }

    /// @notice One move of the accuser.
    function _name(uint256 id, bytes32[] memory row, bytes32[][] memory tree) internal {
        RootCase memory c = disputeCourt.rootCaseOf(id);
        bytes32[] memory own = tree.row(c.level, c.index, RootCaseLib.depthFrom(c.level));
        uint256 place = row.length - 1;
        for (uint256 i = row.length; i > 0; i--) if (row[i - 1] != own[i - 1]) place = i - 1;
        vm.prank(watcher);
        disputeCourt.nameNode(id, row, place);
    }

    /// @notice Both sides move by their trees until a leaf is named.
    function _walk(uint256 id, bytes32[][] memory defence, bytes32[][] memory accusation) internal {
        while (disputeCourt.rootCaseOf(id).turn == Turn.Defence) _name(id, _show(id, defence), accusation);
        assertTrue(disputeCourt.rootCaseOf(id).turn == Turn.Proof, "a leaf is named");
    }

    function _proveLeaf(uint256 id) internal {
        RootCase memory c = disputeCourt.rootCaseOf(id);
        disputeCourt.refuteLeaf(id, finals[c.round], _replay(c.round, c.index));
    }

    function _close(uint256 id) internal {
        uint64 round = disputeCourt.rootCaseOf(id).round;
        vm.prank(stranger);
        disputeCourt.closeRootCase(id, finals[round]);
    }

    /// @notice The tree that the rule gives a round.
    function _trueTree(uint64 round) internal view returns (bytes32[][] memory) {
        return _levels(_after(round, _stateAt(finals[round].parentRoot), finals[round].included));
    }

    function _attestedTree(uint64 round) internal view returns (bytes32[][] memory) {
        return _levels(attestedState[round]);
    }

    /// @notice Everything that follows from a conviction: all attesters punished, the run back on the parent root.
    function _carryOut(uint64 round) internal {
        (uint8[] memory slots, address[] memory operators) = _attesters(round);
        disputeCourt.punishAttesters(coordinator, run, round, slots, operators);
        disputeCourt.rollBack(_case(round));
    }
}

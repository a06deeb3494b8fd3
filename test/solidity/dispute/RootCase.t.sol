// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Actors} from "./Actors.sol";
import {Tree} from "./Tree.sol";

/// @notice Whole disputes over roots, played by one actor on both sides, with true or with false data, to the last bond.
contract RootCaseTest is Actors {
    using Tree for bytes32[][];

    uint256 private constant EACH = uint256(ROOT_BOND) / 9; // of a row shown, when the accuser loses

    function setUp() public override {
        super.setUp();
        _start(3, 3);
    }

    // ---- Honest accuser, false root

    function test_case_falseRoot_anyChunk_isRefuted() public {
        for (uint256 chunk = 0; chunk < CHUNKS; chunk += 5) {
            uint256 snapshot = vm.snapshotState();
            uint64 round = _train(1 << chunk);
            uint256 id = _accuse(round);
            _walk(id, _attestedTree(round), _trueTree(round));
            assertEq(disputeCourt.rootCaseOf(id).index, chunk, "the walk ends at the wrong chunk");
            _proveLeaf(id);
            _carryOut(round);
            _assertAccuserWon();
            vm.revertToState(snapshot);
        }
    }

    /// @dev Attesters vouch for a root of which nobody knows a tree: they can show nothing.
    function test_case_rootOfNoTree_silentDefence_isConvicted() public {
        _contribute();
        uint64 round = _round();
        _finalize(7, keccak256("no tree"));
        uint256 id = _accuse(round);
        vm.warp(block.timestamp + CLOCK + 1);
        _close(id);
        _carryOut(round);
        _assertAccuserWon();
    }

    /// @dev The wrong tree has a wrong shape below: the defence stops answering half-way.
    function test_case_falseRoot_defenceGivesUp_isConvicted() public {
        uint64 round = _train(1);
        uint256 id = _accuse(round);
        _name(id, _show(id, _attestedTree(round)), _trueTree(round));
        vm.warp(block.timestamp + CLOCK + 1);
        _close(id);
        _carryOut(round);
        _assertAccuserWon();
    }

    function _assertAccuserWon() private view {
        uint256 bounty = 3 * (TAKEN / 10);
        assertEq(disputeCourt.creditOf(watcher), uint256(ROOT_BOND) + bounty, "bond and bounty");
        assertEq(disputeCourt.creditOf(defender), 0, "nothing for the defence");
        assertEq(disputeCourt.bonds(), 0, "no bond is left");
        _assertSolvent("court");
    }

    // ---- False accuser, true root

    function test_case_trueRoot_falseAccuser_losesBond() public {
        uint64 round = _train(0);
        for (uint32 chunk = 0; chunk < CHUNKS; chunk += 4) {
            uint256 snapshot = vm.snapshotState();
            bytes[] memory lie = attestedState[round];
            lie[chunk][1] ^= 0x80;
            uint256 id = _accuse(round);
            _walk(id, _trueTree(round), _levels(lie));
            FinalRound memory f = finals[round];
            Replay memory replay = _replay(round, chunk);
            vm.expectRevert(abi.encodeWithSelector(CourtLeafRight.selector, run, round, chunk));
            disputeCourt.refuteLeaf(id, f, replay);
            vm.warp(block.timestamp + CLOCK + 1);
            _close(id);
            assertEq(disputeCourt.creditOf(watcher), 0, "the accuser lost its bond");
            assertEq(disputeCourt.creditOf(defender), 2 * EACH, "two rows were shown");
            assertEq(disputeCourt.creditOf(account("sink")), uint256(ROOT_BOND) - 2 * EACH, "the rest");
            assertEq(disputeCourt.convictionOf(coordinator, run, round).epoch, 0, "nobody is convicted");
            _assertSolvent("court");
            vm.revertToState(snapshot);
        }
    }

    function test_case_trueRoot_silentAccuser_losesBond() public {
        uint64 round = _train(0);
        uint256 id = _accuse(round);
        _show(id, _trueTree(round));
        vm.warp(block.timestamp + CLOCK + 1);
        _close(id);
        assertEq(disputeCourt.creditOf(defender), EACH, "one row was shown");
        assertEq(disputeCourt.creditOf(watcher), 0, "the accuser lost its bond");
        assertTrue(coordinator.isStanding(run, round), "the round stands");
        _assertSolvent("court");
    }

    // ---- Clocks

    function test_case_clocks_areEachSidesOwn() public {
        uint64 round = _train(1);
        uint256 id = _accuse(round);
        bytes32[][] memory attested = _attestedTree(round);
        vm.warp(block.timestamp + CLOCK);
        bytes32[] memory row = _show(id, attested);
        assertEq(disputeCourt.rootCaseOf(id).defenceLeft, 0, "the defence has used its time to the last second");
        vm.warp(block.timestamp + CLOCK);
        _name(id, row, _trueTree(round));
        assertEq(disputeCourt.rootCaseOf(id).accuserLeft, 0, "the accuser too");
        // In the same second there is still time for both.
        uint256 snapshot = vm.snapshotState();
        _name(id, _show(id, attested), _trueTree(round));
        _proveLeaf(id);
        assertTrue(disputeCourt.convictionOf(coordinator, run, round).epoch != 0, "convicted");
        vm.revertToState(snapshot);
        vm.warp(block.timestamp + 1);
        FinalRound memory f = finals[round];
        RootCase memory c = disputeCourt.rootCaseOf(id);
        row = attested.row(c.level, c.index, c.level);
        bytes32 tree = attested.root();
        vm.expectRevert(abi.encodeWithSelector(CourtOutOfTime.selector, id));
        disputeCourt.showRow(id, f, tree, row);
        _close(id);
        assertTrue(disputeCourt.convictionOf(coordinator, run, round).epoch != 0, "convicted by silence");
    }

    function test_close_whileTimeIsLeft_reverts() public {
        uint64 round = _train(1);
        uint256 id = _accuse(round);
        FinalRound memory f = finals[round];
        vm.warp(block.timestamp + CLOCK);
        vm.expectRevert(abi.encodeWithSelector(CourtNotDue.selector, id));
        disputeCourt.closeRootCase(id, f);
    }

    // ---- Several cases at once

    /// @dev Who accused a wrong root loses nothing when somebody else is faster.
    function test_close_convictedByAnother_returnsBond() public {
        uint64 round = _train(1);
        uint256 id = _accuse(round);
        disputeCourt.refuteRoot(_case(round), _replay(round, 0), _leafClaim(round, 0));
        _close(id);
        assertEq(disputeCourt.creditOf(watcher), ROOT_BOND, "the bond comes back");
        FinalRound memory f = finals[round];
        vm.expectRevert(abi.encodeWithSelector(CourtUnknownCase.selector, id));
        disputeCourt.closeRootCase(id, f);
        _assertSolvent("court");
    }

    /// @dev Ten false accusations at once: each pays for its own defence, and an honest one among them goes its way.
    function test_case_manyAccusers_doNotBlockTheHonestOne() public {
        uint64 round = _train(1);
        vm.prank(holder);
        token.transfer(stranger, 10 * uint256(ROOT_BOND));
        vm.prank(stranger);
        token.approve(address(disputeCourt), type(uint256).max);
        for (uint256 i = 0; i < 10; i++) {
            Case memory c = _case(round);
            vm.prank(stranger);
            disputeCourt.accuseRoot(c);
        }
        uint256 id = _accuse(round);
        _walk(id, _attestedTree(round), _trueTree(round));
        _proveLeaf(id);
        assertEq(
            disputeCourt.convictionOf(coordinator, run, round).reporter,
            watcher,
            "the honest one is the reporter"
        );
        _assertSolvent("court");
    }

    // ---- Moves that are none

    function test_showRow_wrongRow_reverts() public {
        uint64 round = _train(0);
        uint256 id = _accuse(round);
        bytes32[][] memory tree = _trueTree(round);
        FinalRound memory f = finals[round];
        bytes32[] memory row = tree.row(5, 0, 4);
        bytes32 root = tree.root();
        row[0] = bytes32(uint256(1));
        bytes32 folded = Tree.grow(row).root();
        vm.expectRevert(abi.encodeWithSelector(CourtRootMismatch.selector, folded, root));
        disputeCourt.showRow(id, f, root, row);

        bytes32[] memory all = tree.row(5, 0, 5);
        vm.expectRevert(abi.encodeWithSelector(CourtRowLength.selector, 21, 11));
        disputeCourt.showRow(id, f, root, all);

        row = tree.row(5, 0, 4);
        bytes32 other = _stateRoot(round, f.parentRoot, keccak256("other tree"));
        vm.expectRevert(abi.encodeWithSelector(CourtRootMismatch.selector, other, f.root));
        disputeCourt.showRow(id, f, keccak256("other tree"), row);
    }

    function test_moves_outOfTurn_revert() public {
        uint64 round = _train(1);
        uint256 id = _accuse(round);
        FinalRound memory f = finals[round];
        bytes32[][] memory tree = _attestedTree(round);
        bytes32[] memory row = tree.row(5, 0, 4);
        bytes32 root = tree.root();
        vm.prank(watcher);
        vm.expectRevert(abi.encodeWithSelector(CourtWrongTurn.selector, id, Turn.Defence, Turn.Accusation));
        disputeCourt.nameNode(id, row, 0);
        Replay memory replay = _replay(round, 0);
        vm.expectRevert(abi.encodeWithSelector(CourtWrongTurn.selector, id, Turn.Defence, Turn.Proof));
        disputeCourt.refuteLeaf(id, f, replay);
        _show(id, tree);
        vm.expectRevert(abi.encodeWithSelector(CourtWrongTurn.selector, id, Turn.Accusation, Turn.Defence));
        disputeCourt.showRow(id, f, root, row);
    }

    function test_nameNode_refusals() public {
        uint64 round = _train(1);
        uint256 id = _accuse(round);
        bytes32[] memory row = _show(id, _attestedTree(round));
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(CourtNotAccuser.selector, id, stranger));
        disputeCourt.nameNode(id, row, 0);
        vm.prank(watcher);
        vm.expectRevert(abi.encodeWithSelector(CourtPlace.selector, row.length, row.length));
        disputeCourt.nameNode(id, row, row.length);
        row[0] = 0;
        vm.prank(watcher);
        vm.expectRevert(abi.encodeWithSelector(CourtRowMismatch.selector, id));
        disputeCourt.nameNode(id, row, 0);
    }

    function test_refuteLeaf_otherChunk_reverts() public {
        uint64 round = _train(3);
        uint256 id = _accuse(round);
        _walk(id, _attestedTree(round), _trueTree(round));
        FinalRound memory f = finals[round];
        Replay memory replay = _replay(round, 1);
        vm.expectRevert(abi.encodeWithSelector(CourtPlace.selector, 1, 0));
        disputeCourt.refuteLeaf(id, f, replay);
    }

    function test_case_unknown_reverts() public {
        uint64 round = _train(0);
        FinalRound memory f = finals[round];
        vm.expectRevert(abi.encodeWithSelector(CourtUnknownCase.selector, 9));
        disputeCourt.closeRootCase(9, f);
    }

    function test_accuse_foreignCoordinator_reverts() public {
        uint64 round = _train(0);
        Case memory c = _case(round);
        vm.mockCall(address(coordinator), abi.encodeWithSelector(coordinator.COURT.selector), abi.encode(stranger));
        vm.prank(watcher);
        vm.expectRevert(abi.encodeWithSelector(CourtNotItsCourt.selector, address(coordinator)));
        disputeCourt.accuseRoot(c);
    }
}

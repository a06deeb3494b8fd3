// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Actors} from "./Actors.sol";
import {Tree} from "./Tree.sol";
import {MerkleLib} from "../../../contracts/libraries/MerkleLib.sol";

/// @notice A wrong root is shown to be wrong by one chunk of it.
contract RefuteRootTest is Actors {
    using Tree for bytes32[][];

    uint256 private constant WRONG = 5; // chunk

    function setUp() public override {
        super.setUp();
        _start(3, 3);
    }

    function _refute(uint64 round, uint32 index) private {
        Case memory c = _case(round);
        Replay memory replay = _replay(round, index);
        LeafClaim memory claim = _leafClaim(round, index);
        vm.prank(watcher);
        disputeCourt.refuteRoot(c, replay, claim);
    }

    function _isConvicted(uint64 round) private view returns (bool) {
        return disputeCourt.convictionOf(coordinator, run, round).epoch != 0;
    }

    function test_refuteRoot_eachChunk_convicts() public {
        uint64 round = _train((1 << CHUNKS) - 1);
        uint256 snapshot = vm.snapshotState();
        for (uint32 i = 0; i < CHUNKS; i++) {
            _refute(round, i);
            assertTrue(_isConvicted(round), "a wrong chunk convicts, wherever it stands");
            vm.revertToState(snapshot);
        }
    }

    function test_refuteRoot_rightChunk_reverts() public {
        uint64 round = _train(1 << WRONG);
        for (uint32 i = 0; i < CHUNKS; i++) {
            if (i == WRONG) continue;
            Case memory c = _case(round);
            Replay memory replay = _replay(round, i);
            LeafClaim memory claim = _leafClaim(round, i);
            vm.expectRevert(abi.encodeWithSelector(CourtLeafRight.selector, run, round, i));
            disputeCourt.refuteRoot(c, replay, claim);
        }
    }

    function test_refuteRoot_trueRoot_neverConvicts() public {
        uint64 round = _train(0);
        for (uint32 i = 0; i < CHUNKS; i++) {
            Case memory c = _case(round);
            Replay memory replay = _replay(round, i);
            LeafClaim memory claim = _leafClaim(round, i);
            vm.expectRevert(abi.encodeWithSelector(CourtLeafRight.selector, run, round, i));
            disputeCourt.refuteRoot(c, replay, claim);
        }
    }

    /// @dev The whole way: attesters lose all, the reporter has its bounty, the run trains on from the parent and is right.
    function test_refuteRoot_carriedOut_trainsOn() public {
        uint64 good = _train(0);
        uint64 round = _train(1 << WRONG);
        bytes32 parent = finals[round].parentRoot;
        assertEq(parent, finals[good].root, "the wrong round builds on a good one");
        _refute(round, uint32(WRONG));
        uint256 sinkBefore = token.balanceOf(account("sink"));
        _carryOut(round);

        assertEq(coordinator.stateRootOf(run), parent, "the root is the parent's");
        assertFalse(coordinator.isStanding(run, round), "the round is undone");
        uint256 bounty = 3 * (TAKEN / 10);
        assertEq(disputeCourt.creditOf(watcher), bounty, "a tenth of three stakes is the reporter's");
        assertEq(token.balanceOf(account("sink")) - sinkBefore, 3 * TAKEN - bounty, "the rest is the sink's");
        _assertSolvent("court");
        vm.prank(watcher);
        disputeCourt.withdraw(watcher);
        assertEq(token.balanceOf(watcher), 1_000e18 + bounty, "fetched");
        assertEq(token.balanceOf(address(disputeCourt)), 0, "nothing is left");
    }

    function test_refuteRoot_secondReporter_getsNothing() public {
        uint64 round = _train(3);
        _refute(round, 0);
        disputeCourt.refuteRoot(_case(round), _replay(round, 1), _leafClaim(round, 1));
        assertEq(disputeCourt.convictionOf(coordinator, run, round).reporter, watcher, "the first is the reporter");
    }

    function test_punishAttesters_inPages_eachOnce() public {
        uint64 round = _train(1);
        _refute(round, 0);
        (uint8[] memory slots, address[] memory operators) = _attesters(round);
        for (uint256 i = 0; i < slots.length; i++) {
            uint8[] memory slot = new uint8[](1);
            address[] memory operator = new address[](1);
            (slot[0], operator[0]) = (slots[i], operators[i]);
            disputeCourt.punishAttesters(coordinator, run, round, slot, operator);
            assertEq(
                stakes.lockedBy(operators[i], address(coordinator)),
                1,
                "the stake is gone, but for a pool's last wei"
            );
            vm.expectRevert(abi.encodeWithSelector(CourtNotPunishable.selector, run, round, slots[i]));
            disputeCourt.punishAttesters(coordinator, run, round, slot, operator);
        }
        assertEq(disputeCourt.convictionOf(coordinator, run, round).attesters, 0, "nobody is left");
    }

    function test_punishAttesters_whoRefused_isNotPunished() public {
        _contribute();
        uint64 round = _round();
        bytes[] memory next = _after(round, genesis, 7);
        next[0][0] ^= 0x01;
        bytes32 root = _rootOf(round, next);
        _propose(7, root);
        address honest = _validatorAt(_state().leader == 0 ? 1 : 0);
        uint8 slot = _validatorSlot(honest);
        _refuse(honest);
        for (uint8 s = 0; s < 3; s++) {
            address v = _validatorAt(s);
            if (v != honest && s != _state().leader) _attest(v);
        }
        Round memory voted = _state();
        coordinator.advance(run);
        sealsOf[round] = _sealsOf(round, 7);
        bytes32 seals = keccak256(abi.encodePacked(sealsOf[round]));
        finals[round] = FinalRound(
            1,
            uint48(block.timestamp),
            0,
            uint64(voted.attested),
            7,
            voted.parentRoot,
            root,
            seals
        );
        attestedState[round] = next;
        _refute(round, 0);
        uint8[] memory slots = new uint8[](1);
        address[] memory operators = new address[](1);
        (slots[0], operators[0]) = (slot, honest);
        vm.expectRevert(abi.encodeWithSelector(CourtNotPunishable.selector, run, round, slot));
        disputeCourt.punishAttesters(coordinator, run, round, slots, operators);
    }

    function test_punishAttesters_notConvicted_reverts() public {
        uint64 round = _train(0);
        (uint8[] memory slots, address[] memory operators) = _attesters(round);
        vm.expectRevert(abi.encodeWithSelector(CourtNotPunishable.selector, run, round, slots[0]));
        disputeCourt.punishAttesters(coordinator, run, round, slots, operators);
        Case memory c = _case(round);
        vm.expectRevert(abi.encodeWithSelector(CourtNotConvicted.selector, run, round));
        disputeCourt.rollBack(c);
    }

    // ---- Edges of the evidence

    function test_refuteRoot_lastSecondOfWindow_passes() public {
        uint64 round = _train(1);
        vm.warp(uint256(finals[round].finalizedAt) + WINDOW);
        _refute(round, 0);
        assertTrue(_isConvicted(round), "in the last second");
    }

    function test_refuteRoot_pastWindow_reverts() public {
        uint64 round = _train(1);
        uint256 end = uint256(finals[round].finalizedAt) + WINDOW;
        Case memory c = _case(round);
        Replay memory replay = _replay(round, 0);
        LeafClaim memory claim = _leafClaim(round, 0);
        vm.warp(end + 1);
        vm.expectRevert(abi.encodeWithSelector(CourtWindowOver.selector, run, round, end));
        disputeCourt.refuteRoot(c, replay, claim);
        vm.prank(watcher);
        vm.expectRevert(abi.encodeWithSelector(CourtWindowOver.selector, run, round, end));
        disputeCourt.accuseRoot(c);
    }

    /// @dev Evidence about another round, or another index, never fits.
    function test_refuteRoot_otherRoundsEvidence_reverts() public {
        uint64 first = _train(0);
        uint64 second = _train(1);
        Case memory c = _case(first);
        Replay memory replay = _replay(second, 0);
        LeafClaim memory claim = _leafClaim(second, 0);
        bytes32 claimed = _stateRoot(first, finals[first].parentRoot, _attestedTree(second).root());
        vm.expectRevert(abi.encodeWithSelector(CourtRootMismatch.selector, claimed, finals[first].root));
        disputeCourt.refuteRoot(c, replay, claim);
        claim = _leafClaim(first, 0);
        vm.expectRevert(
            abi.encodeWithSelector(CourtRootMismatch.selector, finals[second].parentRoot, finals[first].parentRoot)
        );
        disputeCourt.refuteRoot(c, replay, claim);
    }

    function test_refuteRoot_otherFinalRound_reverts() public {
        uint64 round = _train(1);
        Case memory c = _case(round);
        c.final_.attesters = 1;
        Replay memory replay = _replay(round, 0);
        LeafClaim memory claim = _leafClaim(round, 0);
        vm.expectRevert(abi.encodeWithSelector(CourtRoundMismatch.selector, run, round));
        disputeCourt.refuteRoot(c, replay, claim);
        c.final_.attesters = finals[round].attesters;
        c.round = round + 1;
        vm.expectRevert(abi.encodeWithSelector(CourtRoundMismatch.selector, run, round + 1));
        disputeCourt.refuteRoot(c, replay, claim);
    }

    function test_refuteRoot_pathTooLong_reverts() public {
        uint64 round = _train(1);
        Case memory c = _case(round);
        Replay memory replay = _replay(round, 0);
        LeafClaim memory claim = _leafClaim(round, 0);
        bytes32[] memory path = new bytes32[](claim.path.length + 1);
        for (uint256 i = 0; i < claim.path.length; i++) path[i] = claim.path[i];
        bytes memory refusal = abi.encodeWithSelector(
            MerkleLib.MerkleProofLength.selector,
            path.length,
            path.length - 1
        );
        bytes32[] memory right = claim.path;
        claim.path = path;
        vm.expectRevert(refusal);
        disputeCourt.refuteRoot(c, replay, claim);
        claim.path = right;
        replay.before.path = path;
        vm.expectRevert(refusal);
        disputeCourt.refuteRoot(c, replay, claim);
    }

    function test_refuteRoot_indexOutOfTree_reverts() public {
        uint64 round = _train(1);
        Case memory c = _case(round);
        Replay memory replay = _replay(round, 0);
        LeafClaim memory claim = _leafClaim(round, 0);
        replay.index = CHUNKS;
        vm.expectRevert(abi.encodeWithSelector(MerkleLib.MerkleIndex.selector, CHUNKS, CHUNKS));
        disputeCourt.refuteRoot(c, replay, claim);
    }

    /// @dev Nothing of what was included may be left out, added or exchanged.
    function test_refuteRoot_otherContributions_reverts() public {
        uint64 round = _train(0);
        Case memory c = _case(round);
        LeafClaim memory claim = _leafClaim(round, 0);

        Replay memory replay = _replay(round, 0);
        replay.records = new RecordProof[](2);
        vm.expectRevert(abi.encodeWithSelector(CourtExhibits.selector, 2, 3));
        disputeCourt.refuteRoot(c, replay, claim);

        replay = _replay(round, 0);
        uint256[] memory two = new uint256[](2);
        (two[0], two[1]) = (replay.seals[0], replay.seals[1]);
        replay.seals = two;
        bytes32 hash = keccak256(abi.encodePacked(two));
        vm.expectRevert(abi.encodeWithSelector(CourtSealsMismatch.selector, hash, finals[round].seals));
        disputeCourt.refuteRoot(c, replay, claim);

        replay = _replay(round, 0);
        (replay.openings[0], replay.openings[1]) = (replay.openings[1], replay.openings[0]);
        vm.expectRevert(abi.encodeWithSelector(CourtNotRevealed.selector, run, round, 0));
        disputeCourt.refuteRoot(c, replay, claim);

        replay = _replay(round, 0);
        replay.records[0] = _recordProof(round, 1, 0);
        vm.expectRevert();
        disputeCourt.refuteRoot(c, replay, claim);

        replay = _replay(round, 0);
        replay.records[0].record = bytes.concat(replay.records[0].record, hex"00");
        vm.expectRevert();
        disputeCourt.refuteRoot(c, replay, claim);
    }

    /// @dev A later round that is right stands or falls with its parent, but its attesters are not at fault.
    function test_refuteRoot_laterRounds_areUndoneAndUnpunished() public {
        uint64 wrong = _train(1);
        uint64 later = _train(0);
        _refute(wrong, 0);
        disputeCourt.rollBack(_case(wrong));
        assertFalse(coordinator.isStanding(run, later), "what was built on it is undone");
        assertFalse(_isConvicted(later), "and nobody is convicted for it");
        assertEq(coordinator.stateRootOf(run), finals[wrong].parentRoot, "parent");
    }

    /// @dev A round that is undone already can still be shown to be wrong: its attesters are punished, nothing moves.
    function test_refuteRoot_ofUndoneRound_punishesOnly() public {
        uint64 first = _train(1);
        uint64 second = _train(2);
        _refute(second, 1);
        _refute(first, 0);
        disputeCourt.rollBack(_case(first));
        bytes32 root = coordinator.stateRootOf(run);
        Case memory c = _case(second);
        vm.expectRevert(abi.encodeWithSelector(RunRoundNotStanding.selector, run, second));
        disputeCourt.rollBack(c);
        assertEq(coordinator.stateRootOf(run), root, "the root stays");
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Actors} from "./Actors.sol";

/// @notice A record is demanded: who has it shows it and is paid for that, who withholds it loses its stake.
contract DemandTest is Actors {
    uint8 private constant SLOT = 2;
    uint32 private constant INDEX = 13;

    function setUp() public override {
        super.setUp();
        _start(3, 3);
    }

    function _demand(uint64 round, uint32 index) private returns (uint256) {
        Exhibit memory exhibit = _exhibit(round, SLOT);
        vm.prank(watcher);
        return disputeCourt.demandRecord(exhibit, index);
    }

    function test_demand_produced_paysWhoProduced() public {
        _contribute();
        uint64 round = _round();
        for (uint32 i = 0; i < CHUNKS; i += 4) {
            uint256 id = _demand(round, i);
            RecordProof memory proof = _recordProof(round, SLOT, i);
            vm.prank(defender);
            disputeCourt.produceRecord(id, proof);
            assertEq(disputeCourt.creditOf(defender), (i / 4 + 1) * uint256(DEMAND_BOND), "the bond is the producer's");
        }
        assertEq(disputeCourt.creditOf(watcher), 0, "a demand that is met costs the bond");
        assertEq(stakes.lockedBy(_minerAt(SLOT), address(coordinator)), STAKE, "the miner keeps its stake");
        _assertSolvent("court");
    }

    function test_demand_unanswered_convicts() public {
        _contribute();
        uint256 id = _demand(_round(), INDEX);
        address miner = _minerAt(SLOT);
        vm.warp(block.timestamp + ANSWER + 1);
        vm.prank(stranger);
        disputeCourt.closeDemand(id, miner);
        assertEq(disputeCourt.creditOf(watcher), DEMAND_BOND + TAKEN / 10, "bond and bounty");
        assertEq(stakes.lockedBy(miner, address(coordinator)), 1, "the stake is gone");
        _assertSolvent("court");
        vm.expectRevert(abi.encodeWithSelector(CourtUnknownCase.selector, id));
        disputeCourt.closeDemand(id, miner);
    }

    /// @dev Two demands for what one miner withholds: both get their bond back, its stake goes once.
    function test_demand_twice_punishesOnce() public {
        _contribute();
        uint256 first = _demand(_round(), INDEX);
        uint256 second = _demand(_round(), INDEX + 1);
        address miner = _minerAt(SLOT);
        vm.warp(block.timestamp + ANSWER + 1);
        disputeCourt.closeDemand(first, miner);
        disputeCourt.closeDemand(second, miner);
        assertEq(disputeCourt.creditOf(watcher), 2 * uint256(DEMAND_BOND) + TAKEN / 10, "bonds and one bounty");
        _assertSolvent("court");
    }

    function test_demand_lastSecond() public {
        _contribute();
        uint64 round = _round();
        uint256 id = _demand(round, INDEX);
        address miner = _minerAt(SLOT);
        RecordProof memory proof = _recordProof(round, SLOT, INDEX);
        vm.warp(block.timestamp + ANSWER);
        vm.expectRevert(abi.encodeWithSelector(CourtNotDue.selector, id));
        disputeCourt.closeDemand(id, miner);
        uint256 snapshot = vm.snapshotState();
        disputeCourt.produceRecord(id, proof);
        vm.revertToState(snapshot);
        vm.warp(block.timestamp + 1);
        vm.expectRevert(abi.encodeWithSelector(CourtOutOfTime.selector, id));
        disputeCourt.produceRecord(id, proof);
    }

    function test_produce_otherRecord_reverts() public {
        _contribute();
        uint64 round = _round();
        uint256 id = _demand(round, INDEX);
        RecordProof memory proof = _recordProof(round, SLOT, INDEX + 1);
        vm.expectRevert();
        disputeCourt.produceRecord(id, proof);
        proof = _recordProof(round, 0, INDEX);
        vm.expectRevert();
        disputeCourt.produceRecord(id, proof);
    }

    /// @dev A header with another number of records cannot answer: the tree would be another.
    function test_produce_otherChunkCount_reverts() public {
        uint64 round = _round();
        parentOf[round] = _state().parentRoot;
        for (uint8 slot = 0; slot < 3; slot++) {
            Work memory work = _make(round, slot);
            if (slot == SLOT) work.header = _header(round, _minerAt(slot), CHUNKS + 1, 120);
            _seal(work);
            _commitWork(round, slot, work);
        }
        coordinator.advance(run);
        for (uint8 slot = 0; slot < 3; slot++) _revealWork(round, slot);
        uint256 id = _demand(round, INDEX);
        RecordProof memory proof = _recordProof(round, SLOT, INDEX);
        vm.expectRevert(abi.encodeWithSelector(CourtChunkCount.selector, CHUNKS + 1, CHUNKS));
        disputeCourt.produceRecord(id, proof);
    }

    function test_demand_refusals() public {
        _contribute();
        uint64 round = _round();
        Exhibit memory exhibit = _exhibit(round, SLOT);
        vm.prank(watcher);
        vm.expectRevert(abi.encodeWithSelector(CourtPlace.selector, CHUNKS, CHUNKS));
        disputeCourt.demandRecord(exhibit, CHUNKS);
        exhibit.slot = 1;
        vm.prank(watcher);
        vm.expectRevert(abi.encodeWithSelector(CourtNotRevealed.selector, run, round, 1));
        disputeCourt.demandRecord(exhibit, 0);
        vm.expectRevert(abi.encodeWithSelector(CourtUnknownCase.selector, 7));
        disputeCourt.closeDemand(7, stranger);
    }

    function test_demand_ofOldRound_reverts() public {
        uint64 round = _train(0);
        Exhibit memory exhibit = _exhibit(round, SLOT);
        for (uint256 i = 0; i < DEMAND_ROUNDS - 1; i++) _train(0);
        assertEq(_round(), round + DEMAND_ROUNDS, "the last round in which it may be demanded");
        vm.prank(watcher);
        disputeCourt.demandRecord(exhibit, 0);
        _train(0);
        vm.prank(watcher);
        vm.expectRevert(abi.encodeWithSelector(CourtWindowOver.selector, run, round, uint256(round) + DEMAND_ROUNDS));
        disputeCourt.demandRecord(exhibit, 0);
    }
}

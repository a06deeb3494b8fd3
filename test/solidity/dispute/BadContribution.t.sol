// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Actors} from "./Actors.sol";
import {Tree} from "./Tree.sol";
import {ContributionLib} from "../../../contracts/libraries/ContributionLib.sol";

/// @notice Contributions that no rule allows, and the same one sent twice.
contract BadContributionTest is Actors {
    using Tree for bytes32[][];

    uint8 private constant BAD = 1; // the miner in whose contribution something is wrong

    function setUp() public override {
        super.setUp();
        _start(3, 3);
    }

    /// @dev As `_contribute`, but for what the miner in slot BAD sends.
    function _contributeWith(Work memory bad) private returns (uint64 round) {
        round = _round();
        _seal(bad);
        for (uint8 slot = 0; slot < 3; slot++) _commitWork(round, slot, slot == BAD ? bad : _make(round, slot));
        coordinator.advance(run);
        for (uint8 slot = 0; slot < 3; slot++) _revealWork(round, slot);
        coordinator.advance(run);
    }

    function _open() private returns (Work memory work, uint64 round) {
        round = _round();
        parentOf[round] = _state().parentRoot;
        work = _make(round, BAD);
    }

    function _genesisChunk(uint32 index) private view returns (ChunkProof memory) {
        return _chunkProof(coordinator.paramsOf(run).genesisRoot, index);
    }

    function _recordsRoot(uint64 round, uint8 slot) private view returns (bytes32) {
        return _recordLevels(works[round][slot].records).root();
    }

    function _assertConvicted(address miner) private view {
        assertEq(stakes.lockedBy(miner, address(coordinator)), 1, "the stake is gone, but for a pool's last wei");
        assertEq(disputeCourt.creditOf(watcher), TAKEN / 10, "a tenth is the reporter's");
        assertTrue(coordinator.memberOf(run, Role.Miner, BAD).leaving, "it leaves");
        _assertSolvent("court");
    }

    // ---- Headers

    function _proveHeader(uint64 round, Source memory source) private {
        Exhibit memory exhibit = _exhibit(round, BAD);
        bytes32 recordsRoot = _recordsRoot(round, BAD);
        bytes memory header = works[round][BAD].header;
        address miner = _minerAt(BAD);
        vm.prank(watcher);
        disputeCourt.proveBadHeader(exhibit, source, miner, header, recordsRoot);
    }

    /// @dev Each field of a header that the chain knows, wrong by one bit: at these bytes.
    function test_header_eachField_convicts() public {
        uint8[11] memory places = [0, 5, 7, 15, 23, 43, 47, 51, 52, 55, 59];
        for (uint256 i = 0; i < places.length; i++) {
            uint256 snapshot = vm.snapshotState();
            (Work memory work, uint64 round) = _open();
            work.header[places[i]] ^= 0x01;
            _contributeWith(work);
            _proveHeader(round, _noSource());
            _assertConvicted(_minerAt(BAD));
            vm.revertToState(snapshot);
        }
    }

    /// @dev The base root is the miner's own affair: no rule of the chain needs it.
    function test_header_baseRoot_isNoFault() public {
        (Work memory work, uint64 round) = _open();
        work.header[91] ^= 0x01;
        _contributeWith(work);
        _expectGoodHeader(round, BAD);
    }

    function test_header_good_reverts() public {
        _contribute();
        uint64 round = _round();
        for (uint8 slot = 0; slot < 3; slot++) _expectGoodHeader(round, slot);
    }

    function _expectGoodHeader(uint64 round, uint8 slot) private {
        Exhibit memory exhibit = _exhibit(round, slot);
        bytes32 recordsRoot = _recordsRoot(round, slot);
        bytes memory header = works[round][slot].header;
        address miner = _minerAt(slot);
        vm.expectRevert(abi.encodeWithSelector(CourtNotMalformed.selector, run, round, slot));
        disputeCourt.proveBadHeader(exhibit, _noSource(), miner, header, recordsRoot);
    }

    /// @dev Whoever names another operator finds every header wrong, and gets nowhere with it.
    function test_header_otherOperator_reverts() public {
        _contribute();
        uint64 round = _round();
        Exhibit memory exhibit = _exhibit(round, BAD);
        bytes32 recordsRoot = _recordsRoot(round, BAD);
        bytes memory header = works[round][BAD].header;
        address other = _minerAt(0);
        vm.expectRevert(abi.encodeWithSelector(RunNotMember.selector, run, other));
        disputeCourt.proveBadHeader(exhibit, _noSource(), other, header, recordsRoot);
    }

    function test_header_ofOtherRoot_reverts() public {
        _contribute();
        uint64 round = _round();
        Exhibit memory exhibit = _exhibit(round, BAD);
        bytes memory header = works[round][BAD].header;
        header[0] = 0;
        address miner = _minerAt(BAD);
        bytes32 root = sha256(abi.encodePacked(uint8(5), header, bytes32(0)));
        vm.expectRevert(abi.encodeWithSelector(CourtRootMismatch.selector, root, exhibit.opening.contributionRoot));
        disputeCourt.proveBadHeader(exhibit, _noSource(), miner, header, bytes32(0));
        vm.expectRevert(abi.encodeWithSelector(ContributionLib.ContributionHeaderLength.selector, 0));
        disputeCourt.proveBadHeader(exhibit, _noSource(), miner, "", bytes32(0));
    }

    // ---- Records

    function _proveRecord(uint64 round, uint32 index, Source memory source) private {
        Exhibit memory exhibit = _exhibit(round, BAD);
        RecordProof memory proof = _recordProof(round, BAD, index);
        ChunkProof memory chunk = _genesisChunk(index);
        address miner = _minerAt(BAD);
        vm.prank(watcher);
        disputeCourt.proveBadRecord(exhibit, source, miner, index, proof, chunk);
    }

    function test_record_eachFault_convicts() public {
        bytes[4] memory faults = [bytes(hex"00"), hex"ffff00", hex"0040ffffff", hex"0000000000"];
        for (uint256 i = 0; i < faults.length; i++) {
            uint32 index = i % 2 == 0 ? 0 : CHUNKS - 1;
            uint256 snapshot = vm.snapshotState();
            (Work memory work, uint64 round) = _open();
            work.records[index] = faults[i];
            _contributeWith(work);
            _proveRecord(round, index, _noSource());
            _assertConvicted(_minerAt(BAD));
            vm.revertToState(snapshot);
        }
    }

    /// @dev A record that is right for a whole chunk is wrong for the short last one: the genesis says how long each is.
    function test_record_ofOtherLength_convicts() public {
        (Work memory work, uint64 round) = _open();
        work.records[CHUNKS - 1] = work.records[0];
        _contributeWith(work);
        _proveRecord(round, CHUNKS - 1, _noSource());
        _assertConvicted(_minerAt(BAD));
    }

    function test_record_good_reverts() public {
        _contribute();
        uint64 round = _round();
        Exhibit memory exhibit = _exhibit(round, BAD);
        address miner = _minerAt(BAD);
        for (uint32 i = 0; i < CHUNKS; i++) {
            RecordProof memory proof = _recordProof(round, BAD, i);
            ChunkProof memory chunk = _genesisChunk(i);
            vm.expectRevert(abi.encodeWithSelector(CourtNotMalformed.selector, run, round, BAD));
            disputeCourt.proveBadRecord(exhibit, _noSource(), miner, i, proof, chunk);
        }
    }

    /// @dev A chunk of another length than the genesis has there proves nothing.
    function test_record_otherChunk_reverts() public {
        _contribute();
        uint64 round = _round();
        Exhibit memory exhibit = _exhibit(round, BAD);
        address miner = _minerAt(BAD);
        RecordProof memory proof = _recordProof(round, BAD, 0);
        ChunkProof memory chunk = _genesisChunk(0);
        chunk.entries = hex"00000000";
        vm.expectRevert();
        disputeCourt.proveBadRecord(exhibit, _noSource(), miner, 0, proof, chunk);
    }

    // ---- What was included

    /// @dev Long after the coordinator's ring has forgotten the round: by the final round, and its attesters with it.
    function test_included_malformed_convictsAttesters() public {
        (Work memory work, uint64 round) = _open();
        work.records[3] = hex"ffff00";
        _contributeWith(work);
        _finalize(7, keccak256("whatever"));
        _proveRecord(round, 3, _source(round));
        _assertConvicted(_minerAt(BAD));
        assertEq(disputeCourt.convictionOf(coordinator, run, round).reporter, watcher, "the root is convicted too");
        _carryOut(round);
        assertEq(coordinator.stateRootOf(run), finals[round].parentRoot, "and rolled back");
        _assertSolvent("court");
    }

    function test_included_badHeader_convictsAttesters() public {
        (Work memory work, uint64 round) = _open();
        work.header[51] ^= 0x01;
        _contributeWith(work);
        _finalize(7, keccak256("whatever"));
        _proveHeader(round, _source(round));
        assertEq(disputeCourt.convictionOf(coordinator, run, round).reporter, watcher, "the root is convicted too");
    }

    /// @dev Attesters answer for what they included, not for what was merely revealed.
    function test_notIncluded_asIncluded_reverts() public {
        (Work memory work, uint64 round) = _open();
        work.records[3] = hex"ffff00";
        _contributeWith(work);
        _finalize(5, keccak256("whatever"));
        Exhibit memory exhibit = _exhibit(round, BAD);
        RecordProof memory proof = _recordProof(round, BAD, 3);
        ChunkProof memory chunk = _genesisChunk(3);
        address miner = _minerAt(BAD);
        Source memory source = _source(round);
        vm.expectRevert(abi.encodeWithSelector(CourtNotRevealed.selector, run, round, BAD));
        disputeCourt.proveBadRecord(exhibit, source, miner, 3, proof, chunk);
        _proveRecord(round, 3, _noSource());
        _assertConvicted(miner);
        assertEq(disputeCourt.convictionOf(coordinator, run, round).epoch, 0, "the root is not at fault");
    }

    function test_exhibit_notRevealed_reverts() public {
        (Work memory work, uint64 round) = _open();
        work.records[3] = hex"ffff00";
        _seal(work);
        _commitWork(round, BAD, work);
        Exhibit memory exhibit = _exhibit(round, BAD);
        RecordProof memory proof = _recordProof(round, BAD, 3);
        ChunkProof memory chunk = _genesisChunk(3);
        address miner = _minerAt(BAD);
        vm.expectRevert(abi.encodeWithSelector(CourtNotRevealed.selector, run, round, BAD));
        disputeCourt.proveBadRecord(exhibit, _noSource(), miner, 3, proof, chunk);
    }

    // ---- Duplicates

    /// @dev The miner in slot BAD sends the records of slot 0 under a header of its own, `blocks` later.
    function _duplicate(uint256 blocks) private returns (uint64 round) {
        round = _round();
        parentOf[round] = _state().parentRoot;
        Work memory first = _make(round, 0);
        _commitWork(round, 0, first);
        Work memory second = _make(round, BAD);
        second.records = first.records;
        _seal(second);
        vm.roll(block.number + blocks);
        _commitWork(round, BAD, second);
        _commitWork(round, 2, _make(round, 2));
        coordinator.advance(run);
        for (uint8 slot = 0; slot < 3; slot++) _revealWork(round, slot);
        coordinator.advance(run);
    }

    function _proveDuplicate(uint64 round, uint8 earlier, uint8 later, bytes memory refusal) private {
        Exhibit memory first = _exhibit(round, earlier);
        Exhibit memory second = _exhibit(round, later);
        bytes memory header = works[round][earlier].header;
        bytes memory other = works[round][later].header;
        bytes32 recordsRoot = _recordsRoot(round, later);
        address miner = _minerAt(later);
        vm.prank(watcher);
        if (refusal.length != 0) vm.expectRevert(refusal);
        disputeCourt.proveDuplicate(first, header, second, other, recordsRoot, miner);
    }

    function test_duplicate_later_isConvicted() public {
        uint64 round = _duplicate(1);
        bytes memory none = abi.encodeWithSelector(CourtNotDuplicate.selector, run, round);
        _proveDuplicate(round, BAD, 0, none);
        _proveDuplicate(round, 0, BAD, "");
        _assertConvicted(_minerAt(BAD));
        assertEq(stakes.lockedBy(_minerAt(0), address(coordinator)), STAKE, "the first keeps its stake");
    }

    function test_duplicate_sameBlock_higherSlot() public {
        uint64 round = _duplicate(0);
        bytes memory none = abi.encodeWithSelector(CourtNotDuplicate.selector, run, round);
        _proveDuplicate(round, BAD, 0, none);
        _proveDuplicate(round, 0, BAD, "");
        _assertConvicted(_minerAt(BAD));
    }

    function test_duplicate_otherRecords_reverts() public {
        uint64 round = _duplicate(1);
        bytes memory none = abi.encodeWithSelector(CourtNotDuplicate.selector, run, round);
        _proveDuplicate(round, 0, 2, none);
        _proveDuplicate(round, BAD, BAD, none);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {CodecBase} from "../codec/CodecBase.sol";
import {CoordinatorBase} from "../coordinator/CoordinatorBase.sol";
import {Tree} from "./Tree.sol";
import {DisputeCourt} from "../../../contracts/DisputeCourt.sol";
import {IDisputeCourtErrors, IDisputeCourtEvents} from "../../../contracts/interfaces/IDisputeCourt.sol";

/// @title A run that is really trained: states of chunks, contributions of records, roots over both, and the court over it.
/// @notice What a round makes of the state is computed by the codec's slow twin for encoding and by AggregateLib, called from
/// outside, for the rule (its own witness is AggregateLib.t.sol); trees are Tree's.
/// @dev 21 chunks of 16 entries, the last of 5: a tree of five levels with odd ends, and two rows to walk down.
abstract contract CourtBase is CoordinatorBase, CodecBase, IDisputeCourtErrors, IDisputeCourtEvents {
    using Tree for bytes32[][];

    /// @notice A miner's contribution to a round.
    struct Work {
        bytes header;
        bytes[] records;
        Opening opening;
    }

    uint16 internal constant K = 4;
    uint16 internal constant CHUNK = 16;
    uint32 internal constant CHUNKS = 21;
    uint16 internal constant CLIP = 512;
    uint32 internal constant RATE = 98_304;
    uint32 internal constant WINDOW = 1 days;
    uint32 internal constant CLOCK = 12 hours;
    uint32 internal constant ANSWER = 6 hours;
    uint16 internal constant DEMAND_ROUNDS = 4;
    uint128 internal constant ROOT_BOND = 90e18;
    uint128 internal constant DEMAND_BOND = 5e18;

    /// @dev Of a stake that is all of its pool: the last wei of a pool is never slashed.
    uint256 internal constant TAKEN = STAKE - 1;

    DisputeCourt internal disputeCourt;
    address internal watcher = account("watcher");
    bytes[] internal genesis;

    mapping(uint64 round => bytes[] chunks) internal trueState; // that the round leaves by the rule; 0: genesis
    mapping(uint64 round => bytes[] chunks) internal attestedState; // that its attesters vouch for
    mapping(uint64 round => bytes32 root) internal parentOf;
    mapping(uint64 round => mapping(uint8 slot => Work)) internal works;
    mapping(uint64 round => FinalRound) internal finals;
    mapping(uint64 round => uint256[] seals) internal sealsOf;

    function setUp() public virtual override {
        _seed(7);
        for (uint256 i = 0; i < CHUNKS; i++) genesis.push(_randomChunk(i));
        trueState[0] = genesis;
        attestedState[0] = genesis;
        super.setUp();
        vm.prank(holder);
        token.transfer(watcher, 1_000e18);
        vm.prank(watcher);
        token.approve(address(disputeCourt), type(uint256).max);
    }

    function _makeCourt() internal override returns (address) {
        disputeCourt = new DisputeCourt(stakes, Rules(WINDOW, CLOCK, ANSWER, DEMAND_ROUNDS, ROOT_BOND, DEMAND_BOND));
        return address(disputeCourt);
    }

    function _params() internal view virtual override returns (RunParams memory p) {
        p = super._params();
        p.genesisRoot = _stateRoot(0, 0, _levels(genesis).root());
        p.chunks = ChunkRules(K, CHUNK, CHUNKS, CLIP, RATE, 15, 8);
    }

    // ---- States

    function _randomChunk(uint256 index) internal returns (bytes memory entries) {
        entries = new bytes(4 * _valid(index));
        for (uint256 i = 0; i < entries.length; i++) entries[i] = bytes1(uint8(_next(256)));
    }

    function _valid(uint256 index) internal pure returns (uint256) {
        return index == CHUNKS - 1 ? 5 : CHUNK;
    }

    function _levels(bytes[] memory chunks) internal pure returns (bytes32[][] memory) {
        bytes32[] memory leaves = new bytes32[](chunks.length);
        for (uint32 i = 0; i < chunks.length; i++) leaves[i] = sha256(abi.encodePacked(uint8(1), i, chunks[i]));
        return Tree.grow(leaves);
    }

    function _stateRoot(uint64 round, bytes32 parent, bytes32 tree) internal view returns (bytes32) {
        uint64 id = round == 0 ? 0 : uint64(run);
        return sha256(abi.encodePacked(uint8(4), id, round, parent, tree));
    }

    function _rootOf(uint64 round, bytes[] memory chunks) internal view returns (bytes32) {
        return _stateRoot(round, parentOf[round], _levels(chunks).root());
    }

    // ---- A round, played

    /// @notice Everybody commits and reveals real contributions.
    function _contribute() internal {
        uint64 round = _round();
        parentOf[round] = _state().parentRoot;
        uint256 miners = _state().miners;
        for (uint8 slot = 0; miners >> slot != 0; slot++) _commitWork(round, slot, _make(round, slot));
        coordinator.advance(run);
        for (uint8 slot = 0; miners >> slot != 0; slot++) _revealWork(round, slot);
        coordinator.advance(run);
    }

    function _make(uint64 round, uint8 slot) internal returns (Work memory work) {
        work.records = new bytes[](CHUNKS);
        for (uint256 i = 0; i < CHUNKS; i++) work.records[i] = _encode(_random(_valid(i), K));
        work.header = _header(round, slot);
        _seal(work);
    }

    /// @dev Root, digest and salt of what is in it.
    function _seal(Work memory work) internal {
        work.opening.contributionRoot = _contributionRoot(work);
        work.opening.digest = keccak256(abi.encode(work.records));
        work.opening.size = 1_000;
        work.opening.salt = bytes32(_next(type(uint256).max));
    }

    function _header(uint64 round, uint8 slot) internal view returns (bytes memory) {
        return _header(round, _minerAt(slot), CHUNKS, 120);
    }

    function _header(uint64 round, address miner, uint32 chunks, uint32 samples) internal view returns (bytes memory) {
        bytes memory front = abi.encodePacked("TSRA", uint16(2), K, uint64(run), round, miner);
        return abi.encodePacked(front, uint32(CHUNK), chunks, uint32(15), samples, parentOf[round]);
    }

    function _recordLevels(bytes[] memory records) internal pure returns (bytes32[][] memory) {
        bytes32[] memory leaves = new bytes32[](records.length);
        for (uint32 i = 0; i < records.length; i++) leaves[i] = sha256(abi.encodePacked(uint8(0), i, records[i]));
        return Tree.grow(leaves);
    }

    function _contributionRoot(Work memory work) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(uint8(5), work.header, _recordLevels(work.records).root()));
    }

    function _commitWork(uint64 round, uint8 slot, Work memory work) internal {
        Work storage kept = works[round][slot];
        (kept.header, kept.records, kept.opening) = (work.header, work.records, work.opening);
        Opening memory o = work.opening;
        bytes memory front = abi.encodePacked(uint8(3), uint64(run), round, slot, o.contributionRoot, o.digest);
        bytes32 commitment = keccak256(abi.encodePacked(front, o.size, o.salt));
        vm.prank(_minerAt(slot));
        coordinator.commit(run, round, slot, commitment);
    }

    function _revealWork(uint64 round, uint8 slot) internal {
        vm.prank(_minerAt(slot));
        coordinator.reveal(run, round, slot, works[round][slot].opening);
    }

    /// @notice What the rule makes of `chunks`.
    function _after(uint64 round, bytes[] memory chunks, uint256 included) internal view returns (bytes[] memory) {
        bytes[] memory next = new bytes[](CHUNKS);
        for (uint256 i = 0; i < CHUNKS; i++) next[i] = _chunkAfter(round, chunks[i], included, i);
        return next;
    }

    function _chunkAfter(
        uint64 round,
        bytes memory entries,
        uint256 included,
        uint256 index
    ) internal view returns (bytes memory) {
        bytes[] memory data = new bytes[](_countOf(included));
        uint256 n;
        for (uint8 slot = 0; included >> slot != 0; slot++) {
            if ((included >> slot) & 1 == 1) data[n++] = works[round][slot].records[index];
        }
        return caller.aggregateBytes(entries, data, K, CLIP, RATE);
    }

    function _countOf(uint256 set) internal pure returns (uint256 n) {
        for (; set != 0; set >>= 1) n += set & 1;
    }

    /// @notice The round becomes final with a state that the attesters vouch for: the true one but for the chunks in `wrong`.
    function _conclude(uint256 wrong) internal returns (uint64 round) {
        round = _round();
        uint256 included = _state().revealed;
        bytes[] memory next = _after(round, _stateAt(parentOf[round]), included);
        trueState[round] = next;
        for (uint256 i = 0; i < CHUNKS; i++) {
            if ((wrong >> i) & 1 == 1) next[i][0] = bytes1(uint8(next[i][0]) ^ 1);
        }
        attestedState[round] = next;
        _finalize(included, _rootOf(round, next));
    }

    /// @notice The round becomes final with this root, whatever it is.
    function _finalize(uint256 included, bytes32 root) internal {
        uint64 round = _round();
        _propose(included, root);
        Round memory voted = _state();
        _attestAll();
        sealsOf[round] = _sealsOf(round, included);
        finals[round] = FinalRound({
            epoch: uint48(voted.epoch),
            finalizedAt: uint48(block.timestamp),
            finalBefore: _finalBefore(round, voted.epoch),
            attesters: uint64(voted.validators),
            included: included,
            parentRoot: voted.parentRoot,
            root: root,
            seals: keccak256(abi.encodePacked(sealsOf[round]))
        });
        bytes32 kept = coordinator.finalRoundOf(run, round);
        assertEq(kept, keccak256(abi.encode(finals[round])), "what the round rests on");
    }

    function _finalBefore(uint64 round, uint64 epoch) internal view returns (uint16 n) {
        for (uint64 r = 1; r < round; r++) {
            if (finals[r].epoch == epoch && coordinator.isStanding(run, r)) n++;
        }
    }

    function _sealsOf(uint64 round, uint256 included) internal view returns (uint256[] memory seals) {
        seals = new uint256[](_countOf(included));
        uint256 n;
        for (uint8 slot = 0; included >> slot != 0; slot++) {
            if ((included >> slot) & 1 == 1) seals[n++] = coordinator.sealOf(run, round, slot);
        }
    }

    /// @dev The state with this root: the one that was attested.
    function _stateAt(bytes32 root) internal view returns (bytes[] memory) {
        if (root == coordinator.paramsOf(run).genesisRoot) return genesis;
        for (uint64 r = _round(); r > 0; r--) if (finals[r].root == root) return attestedState[r];
        revert("no such state");
    }

    /// @notice A whole round; its number.
    function _train(uint256 wrong) internal returns (uint64) {
        _contribute();
        return _conclude(wrong);
    }

    // ---- Evidence

    function _case(uint64 round) internal view returns (Case memory) {
        return Case(coordinator, run, round, finals[round]);
    }

    function _recordProof(uint64 round, uint8 slot, uint32 index) internal view returns (RecordProof memory) {
        Work storage work = works[round][slot];
        return RecordProof(work.header, work.records[index], _recordLevels(work.records).path(index));
    }

    function _chunkProof(bytes32 root, uint32 index) internal view returns (ChunkProof memory proof) {
        bytes[] memory chunks = _stateAt(root);
        (proof.entries, proof.path) = (chunks[index], _levels(chunks).path(index));
        for (uint64 r = _round(); r > 0; r--) {
            if (finals[r].root != root) continue;
            (proof.run, proof.round, proof.parentRoot) = (uint64(run), r, finals[r].parentRoot);
            return proof;
        }
    }

    function _replay(uint64 round, uint32 index) internal view returns (Replay memory replay) {
        FinalRound memory f = finals[round];
        (replay.index, replay.before, replay.seals) = (index, _chunkProof(f.parentRoot, index), sealsOf[round]);
        uint256 count = replay.seals.length;
        (replay.openings, replay.records) = (new Opening[](count), new RecordProof[](count));
        uint256 n;
        for (uint8 slot = 0; f.included >> slot != 0; slot++) {
            if ((f.included >> slot) & 1 == 0) continue;
            replay.openings[n] = works[round][slot].opening;
            replay.records[n++] = _recordProof(round, slot, index);
        }
    }

    function _leafClaim(uint64 round, uint32 index) internal view returns (LeafClaim memory) {
        bytes32[][] memory levels = _levels(attestedState[round]);
        return LeafClaim(levels[0][index], levels.path(index));
    }

    function _exhibit(uint64 round, uint8 slot) internal view returns (Exhibit memory) {
        return Exhibit(coordinator, uint64(run), round, slot, works[round][slot].opening);
    }

    function _noSource() internal pure returns (Source memory source) {}

    function _source(uint64 round) internal view returns (Source memory) {
        return Source(finals[round], sealsOf[round]);
    }

    /// @dev All that attested a round: slots and who sits there.
    function _attesters(uint64 round) internal view returns (uint8[] memory slots, address[] memory operators) {
        uint256 set = finals[round].attesters;
        (slots, operators) = (new uint8[](_countOf(set)), new address[](_countOf(set)));
        uint256 n;
        for (uint8 slot = 0; set >> slot != 0; slot++) {
            if ((set >> slot) & 1 == 1) (slots[n], operators[n++]) = (slot, _validatorAt(slot));
        }
    }

    /// @dev Every wei that the court holds is somebody's.
    function _assertSolvent(string memory label) internal view {
        assertEq(token.balanceOf(address(disputeCourt)), disputeCourt.bonds() + disputeCourt.owed(), label);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {CodecBase} from "../codec/CodecBase.sol";
import {DisputeCourt} from "../../../contracts/DisputeCourt.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {Token} from "../../../contracts/Token.sol";
import {IDisputeCourtTypes} from "../../../contracts/interfaces/IDisputeCourtTypes.sol";
import {IRunCoordinator} from "../../../contracts/interfaces/IRunCoordinator.sol";
import {HashLib} from "../../../contracts/libraries/HashLib.sol";
import {SealLib} from "../../../contracts/libraries/SealLib.sol";
import {StateLib} from "../../../contracts/libraries/StateLib.sol";

/// @notice Says of one final round what it is told to: a tree of millions of chunks cannot be played here, but a path down it can.
contract PaperCoordinator is IDisputeCourtTypes {
    address public immutable COURT;
    bytes32 public finalRound;
    ChunkRules private _rules;

    constructor(address court) {
        COURT = court;
    }

    function set(ChunkRules calldata rules, FinalRound calldata final_) external {
        (_rules, finalRound) = (rules, keccak256(abi.encode(final_)));
    }

    function finalRoundOf(uint256, uint64) external view returns (bytes32) {
        return finalRound;
    }

    function chunkRulesOf(uint256) external view returns (ChunkRules memory) {
        return _rules;
    }
}

/// @notice Gas of proofs as whole transactions: execution, 21 000, and calldata at 10 a zero byte and 40 another, the floor price.
/// Recorded in snapshots/Court.json.
contract CourtGasTest is CodecBase, IDisputeCourtTypes {
    uint16 private constant K = 64;
    uint16 private constant CHUNK = 4096;
    uint64 private constant RUN = 7;
    uint64 private constant ROUND = 1_234;

    DisputeCourt private court;
    PaperCoordinator private paper;

    function setUp() public {
        Token token = new Token(address(0), address(this), 1e27, 1e27);
        StakeVault stakes = new StakeVault(token, account("sink"), 7 days, 7 days, 1_000);
        court = new DisputeCourt(stakes, Rules(1 days, 12 hours, 6 hours, 4, 90e18, 5e18));
        paper = new PaperCoordinator(address(court));
        token.approve(address(court), type(uint256).max);
        _seed(11);
        vm.warp(1_000_000);
    }

    function _siblings(uint256 index, uint256 leaves) private returns (bytes32[] memory path) {
        uint256 n;
        for ((uint256 i, uint256 last) = (index, leaves - 1); last > 0; (i, last) = (i / 2, last / 2)) {
            if (i % 2 == 1 || i != last) n++;
        }
        path = new bytes32[](n);
        for (uint256 i = 0; i < n; i++) path[i] = keccak256(abi.encode(_next(type(uint256).max)));
    }

    function _random(uint256 length) private returns (bytes memory data) {
        data = new bytes(length);
        for (uint256 i = 0; i < length; i++) data[i] = bytes1(uint8(1 + _next(255)));
    }

    function _play(
        uint256 g,
        uint32 chunks
    ) private returns (Case memory c, Replay memory replay, LeafClaim memory claim) {
        ChunkRules memory rules = ChunkRules(K, CHUNK, chunks, 256, 98_304, 30, 192);
        (c.coordinator, c.run, c.round) = (IRunCoordinator(address(paper)), RUN, ROUND);
        replay.index = chunks / 3;
        c.final_.parentRoot = _before(replay, chunks);
        (replay.seals, replay.openings, replay.records) = (new uint256[](g), new Opening[](g), new RecordProof[](g));
        for (uint8 i = 0; i < g; i++) _contribute(replay, i, chunks);
        claim.leaf = keccak256("some other leaf");
        claim.path = _siblings(replay.index, chunks);
        bytes32 tree = caller.merkleRoot(claim.leaf, replay.index, chunks, claim.path);
        c.final_.root = StateLib.root(RUN, ROUND, c.final_.parentRoot, tree);
        (c.final_.epoch, c.final_.finalizedAt) = (17, uint48(block.timestamp));
        c.final_.attesters = type(uint64).max;
        c.final_.included = g == 256 ? type(uint256).max : (1 << g) - 1;
        c.final_.seals = keccak256(abi.encodePacked(replay.seals));
        paper.set(rules, c.final_);
    }

    function _before(Replay memory replay, uint32 chunks) private returns (bytes32) {
        ChunkProof memory before = replay.before;
        before.entries = _random(4 * uint256(CHUNK));
        before.path = _siblings(replay.index, chunks);
        (before.run, before.round, before.parentRoot) = (RUN, ROUND - 1, keccak256("grandparent"));
        bytes32 leaf = StateLib.leaf(replay.index, before.entries);
        bytes32 tree = caller.merkleRoot(leaf, replay.index, chunks, before.path);
        return StateLib.root(before.run, before.round, before.parentRoot, tree);
    }

    function _contribute(Replay memory replay, uint8 slot, uint32 chunks) private {
        RecordProof memory proof = replay.records[slot];
        proof.record = _encode(_random(CHUNK, K));
        proof.path = _siblings(replay.index, chunks);
        bytes memory front = abi.encodePacked("TSRA", uint16(2), K, RUN, ROUND, address(uint160(_next(1 << 160))));
        proof.header = abi.encodePacked(front, uint32(CHUNK), chunks, uint32(30), uint32(5_760), keccak256("base"));
        bytes32 leaf = sha256(abi.encodePacked(uint8(0), replay.index, proof.record));
        bytes32 root = caller.merkleRoot(leaf, replay.index, chunks, proof.path);
        Opening memory o = replay.openings[slot];
        o.contributionRoot = sha256(abi.encodePacked(uint8(5), proof.header, root));
        (o.digest, o.size, o.salt) = (keccak256(abi.encode(root)), 1_310_000_000, keccak256(abi.encode(leaf)));
        bytes32 opened = HashLib.disclosure(HashLib.contribution(RUN, ROUND, slot, o), o.salt);
        replay.seals[slot] = SealLib.opened(SealLib.sealed_(opened, ROUND, 77), opened);
    }

    function _whole(uint256 execution, bytes memory data) private pure returns (uint256 gas) {
        gas = 21_000 + execution;
        for (uint256 i = 0; i < data.length; i++) gas += data[i] == 0 ? 10 : 40;
    }

    function _measure(uint256 g, uint32 chunks, string memory name) private returns (uint256 gas) {
        (Case memory c, Replay memory replay, LeafClaim memory claim) = _play(g, chunks);
        court.refuteRoot(c, replay, claim);
        gas = vm.snapshotGasLastCall("Court", string.concat(name, ", the call alone"));
        gas = _whole(gas, abi.encodeCall(court.refuteRoot, (c, replay, claim)));
        vm.snapshotValue("Court", name, gas);
    }

    /// @dev 72 B parameters in chunks of 4096: 17.6 million leaves, 25 levels.
    function test_gas_wrongRoot_of72B() public {
        _measure(5, 17_578_125, "wrong root, 72 B, G = 5");
    }

    function test_gas_wrongRoot_of72B_10() public {
        _measure(10, 17_578_125, "wrong root, 72 B, G = 10");
    }

    function test_gas_wrongRoot_of72B_20() public {
        uint256 gas = _measure(20, 17_578_125, "wrong root, 72 B, G = 20");
        assertLe(gas, 4_000_000, "a wrong root of twenty contributions on 72 B parameters");
    }

    function test_gas_wrongRoot_of72B_64() public {
        uint256 gas = _measure(64, 17_578_125, "wrong root, 72 B, G = 64");
        assertLe(gas, 16_777_216, "fits a transaction");
    }

    function test_gas_wrongRoot_growsWithDepth() public {
        _measure(20, 2_441, "wrong root, 10 M, G = 20");
    }

    function test_gas_wrongRoot_of1B() public {
        _measure(20, 244_141, "wrong root, 1 B, G = 20");
    }

    /// @dev A row of sixteen, and naming a node of it.
    function test_gas_moves() public {
        (Case memory c, , ) = _play(5, 17_578_125);
        bytes32[] memory row = new bytes32[](2);
        for (uint256 i = 0; i < 2; i++) row[i] = keccak256(abi.encode(i));
        bytes32[] memory all = new bytes32[](9);
        for (uint256 i = 0; i < 9; i++) all[i] = keccak256(abi.encode("row", i));
        // 17 578 125 leaves are 9 nodes four levels below the root.
        bytes32 tree = _fold(all);
        c.final_.root = StateLib.root(RUN, ROUND, c.final_.parentRoot, tree);
        paper.set(ChunkRules(K, CHUNK, 17_578_125, 256, 98_304, 30, 192), c.final_);
        uint256 id = court.accuseRoot(c);
        uint256 gas = vm.snapshotGasLastCall("Court", "accuse a root, the call alone");
        vm.snapshotValue("Court", "accuse a root", _whole(gas, abi.encodeCall(court.accuseRoot, (c))));
        court.showRow(id, c.final_, tree, all);
        gas = vm.snapshotGasLastCall("Court", "show a row of 9, the call alone");
        vm.snapshotValue(
            "Court",
            "show a row of 9",
            _whole(gas, abi.encodeCall(court.showRow, (id, c.final_, tree, all)))
        );
        court.nameNode(id, all, 3);
        gas = vm.snapshotGasLastCall("Court", "name a node, the call alone");
        vm.snapshotValue("Court", "name a node", _whole(gas, abi.encodeCall(court.nameNode, (id, all, 3))));
    }

    function _fold(bytes32[] memory row) private pure returns (bytes32) {
        while (row.length > 1) row = _up(row);
        return row[0];
    }
}

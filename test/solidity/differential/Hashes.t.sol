// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {IRunCoordinatorTypes as Types} from "../../../contracts/interfaces/IRunCoordinatorTypes.sol";
import {HashLib} from "../../../contracts/libraries/HashLib.sol";
import {SealLib} from "../../../contracts/libraries/SealLib.sol";

/// HashLib and SealLib against the golden vectors that client/protocol wrote, exactly.
/// ├── commitments to contributions, what stands for an opened one, commitments to scores
/// ├── what is voted on, what a final round rests on
/// ├── seeds, seals and the mix
/// └── the draw of a leader
contract HashesDifferentialTest is Base {
    /// @dev The cases of a vector file, read column by column.
    struct Columns {
        string json;
        uint256 count;
    }

    function _open(string memory name) private view returns (Columns memory c) {
        c.json = vm.readFile(string.concat("test/vectors/", name, ".json"));
        c.count = vm.parseJsonUint(c.json, ".count");
        assertGt(c.count, 0, "the file has cases");
    }

    function _uints(Columns memory c, string memory key) private pure returns (uint256[] memory column) {
        column = vm.parseJsonUintArray(c.json, key);
        assertEq(column.length, c.count, key);
    }

    function _words(Columns memory c, string memory key) private pure returns (bytes32[] memory column) {
        column = vm.parseJsonBytes32Array(c.json, key);
        assertEq(column.length, c.count, key);
    }

    function test_contribution_vectors_equal() public view {
        Columns memory c = _open("commitment");
        uint256[] memory runs = _uints(c, ".run");
        uint256[] memory rounds = _uints(c, ".round");
        uint256[] memory sizes = _uints(c, ".size");
        uint256[] memory slots = _uints(c, ".slot");
        bytes32[] memory roots = _words(c, ".contributionRoot");
        bytes32[] memory digests = _words(c, ".digest");
        bytes32[] memory salts = _words(c, ".salt");
        bytes32[] memory wanted = _words(c, ".commitment");
        bytes32[] memory disclosures = _words(c, ".disclosure");
        for (uint256 i = 0; i < c.count; i++) {
            Types.Opening memory o = Types.Opening(roots[i], digests[i], uint64(sizes[i]), salts[i]);
            bytes32 given = HashLib.contribution(runs[i], uint64(rounds[i]), uint8(slots[i]), o);
            assertEq(given, wanted[i], vm.toString(i));
            assertEq(HashLib.disclosure(given, salts[i]), disclosures[i], "opened");
        }
    }

    function test_proposal_vectors_equal() public view {
        Columns memory c = _open("proposal");
        uint256[] memory runs = _uints(c, ".run");
        uint256[] memory rounds = _uints(c, ".round");
        uint256[] memory attempts = _uints(c, ".attempt");
        uint256[] memory included = _uints(c, ".included");
        bytes32[] memory roots = _words(c, ".nextRoot");
        bytes32[] memory wanted = _words(c, ".proposal");
        for (uint256 i = 0; i < c.count; i++) {
            bytes32 given = HashLib.proposal(runs[i], uint64(rounds[i]), uint8(attempts[i]), included[i], roots[i]);
            assertEq(given, wanted[i], vm.toString(i));
        }
    }

    function test_scores_vectors_equal() public view {
        Columns memory c = _open("scoreCommitment");
        uint256[] memory runs = _uints(c, ".run");
        uint256[] memory epochs = _uints(c, ".epoch");
        uint256[] memory sizes = _uints(c, ".receiptsSize");
        address[] memory validators = vm.parseJsonAddressArray(c.json, ".validator");
        bytes[] memory vectors = vm.parseJsonBytesArray(c.json, ".scores");
        bytes32[] memory digests = _words(c, ".receiptsDigest");
        bytes32[] memory salts = _words(c, ".salt");
        bytes32[] memory wanted = _words(c, ".commitment");
        for (uint256 i = 0; i < c.count; i++) {
            bytes32 given = this.scores(
                runs[i],
                uint64(epochs[i]),
                validators[i],
                vectors[i],
                Types.ScoreOpening(digests[i], uint64(sizes[i]), salts[i])
            );
            assertEq(given, wanted[i], vm.toString(i));
        }
    }

    /// @notice Makes the library's calldata.
    function scores(
        uint256 run,
        uint64 epoch,
        address validator,
        bytes calldata vector,
        Types.ScoreOpening memory opening
    ) external pure returns (bytes32) {
        return HashLib.scores(run, epoch, validator, vector, opening);
    }

    /// @dev What the coordinator keeps of a final round.
    function test_finalRound_vectors_equal() public view {
        Columns memory c = _open("finalRound");
        Types.FinalRound[] memory all = new Types.FinalRound[](c.count);
        {
            uint256[] memory epochs = _uints(c, ".epoch");
            uint256[] memory times = _uints(c, ".finalizedAt");
            uint256[] memory before = _uints(c, ".finalBefore");
            uint256[] memory attesters = _uints(c, ".attesters");
            uint256[] memory included = _uints(c, ".included");
            for (uint256 i = 0; i < c.count; i++) {
                (all[i].epoch, all[i].finalizedAt) = (uint48(epochs[i]), uint48(times[i]));
                (all[i].finalBefore, all[i].attesters) = (uint16(before[i]), uint64(attesters[i]));
                all[i].included = included[i];
            }
        }
        bytes32[] memory parents = _words(c, ".parentRoot");
        bytes32[] memory roots = _words(c, ".root");
        bytes32[] memory seals = _words(c, ".seals");
        bytes32[] memory hashes = _words(c, ".hash");
        for (uint256 i = 0; i < c.count; i++) {
            (all[i].parentRoot, all[i].root, all[i].seals) = (parents[i], roots[i], seals[i]);
            assertEq(keccak256(abi.encode(all[i])), hashes[i], "hash");
        }
    }

    function test_seeds_vectors_equal() public view {
        Columns memory c = _open("seeds");
        uint256[] memory runs = _uints(c, ".run");
        uint256[] memory rounds = _uints(c, ".round");
        bytes32[] memory beacons = _words(c, ".beacon");
        bytes32[] memory mixes = _words(c, ".mix");
        bytes32[] memory train = _words(c, ".trainSeed");
        bytes32[] memory test = _words(c, ".testSeed");
        for (uint256 i = 0; i < c.count; i++) {
            uint64 round = uint64(rounds[i]);
            assertEq(HashLib.trainSeed(beacons[i], mixes[i], runs[i], round), train[i], "train seed");
            assertEq(HashLib.testSeed(beacons[i], mixes[i], runs[i], round), test[i], "test seed");
        }
        uint256[] memory attempts = _uints(c, ".attempt");
        bytes32[] memory leader = _words(c, ".leaderSeed");
        for (uint256 i = 0; i < c.count; i++) {
            assertEq(HashLib.leaderSeed(test[i], uint8(attempts[i])), leader[i], "leader seed");
        }
    }

    function test_mix_vectors_equal() public view {
        string memory json = _open("seeds").json;
        uint256 count = vm.parseJsonUint(json, ".mixCount");
        assertGt(count, 0, "cases");
        for (uint256 i = 0; i < count; i++) {
            string memory at = string.concat(".mixCase", vm.toString(i));
            uint256 round = vm.parseJsonUint(json, string.concat(at, ".round"));
            bytes32[] memory commitments = vm.parseJsonBytes32Array(json, string.concat(at, ".commitments"));
            bytes32[] memory salts = vm.parseJsonBytes32Array(json, string.concat(at, ".salts"));
            bytes32[] memory closed = vm.parseJsonBytes32Array(json, string.concat(at, ".sealed"));
            bytes32[] memory opened = vm.parseJsonBytes32Array(json, string.concat(at, ".opened"));
            uint256[] memory blocks = vm.parseJsonUintArray(json, string.concat(at, ".blocks"));
            uint256[] memory seals = new uint256[](commitments.length);
            for (uint256 k = 0; k < seals.length; k++) {
                uint256 seal = SealLib.sealed_(commitments[k], round, blocks[k]);
                assertEq(bytes32(seal), closed[k], string.concat(at, ": sealed"));
                seals[k] = SealLib.opened(seal, HashLib.disclosure(commitments[k], salts[k]));
                assertEq(bytes32(seals[k]), opened[k], string.concat(at, ": opened"));
            }
            bytes32 mix = vm.parseJsonBytes32(json, string.concat(at, ".mix"));
            assertEq(HashLib.mixIn(mix, seals), vm.parseJsonBytes32(json, string.concat(at, ".mixed")), at);
        }
    }

    function test_leader_vectors_equal() public view {
        Columns memory c = _open("leader");
        for (uint256 i = 0; i < c.count; i++) {
            string memory at = string.concat(".case", vm.toString(i));
            bytes32 seed = vm.parseJsonBytes32(c.json, string.concat(at, ".testSeed"));
            uint256 attempt = vm.parseJsonUint(c.json, string.concat(at, ".attempt"));
            uint256[] memory weights = vm.parseJsonUintArray(c.json, string.concat(at, ".weights"));
            uint256 wanted = vm.parseJsonUint(c.json, string.concat(at, ".slot"));
            assertEq(HashLib.leader(seed, uint8(attempt), weights), wanted, at);
        }
    }
}

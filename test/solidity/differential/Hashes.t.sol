// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {HashLib} from "../../../contracts/libraries/HashLib.sol";

/// HashLib against the golden vectors that client/protocol wrote, exactly.
/// ├── commitments to contributions and to scores
/// ├── seeds and the mix
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
        address[] memory miners = vm.parseJsonAddressArray(c.json, ".miner");
        bytes32[] memory roots = _words(c, ".contributionRoot");
        bytes32[] memory digests = _words(c, ".digest");
        bytes32[] memory salts = _words(c, ".salt");
        bytes32[] memory wanted = _words(c, ".commitment");
        for (uint256 i = 0; i < c.count; i++) {
            bytes32 given = HashLib.contribution(
                runs[i],
                uint64(rounds[i]),
                miners[i],
                roots[i],
                digests[i],
                uint64(sizes[i]),
                salts[i]
            );
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
                digests[i],
                uint64(sizes[i]),
                salts[i]
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
        bytes32 digest,
        uint64 size,
        bytes32 salt
    ) external pure returns (bytes32) {
        return HashLib.scores(run, epoch, validator, vector, digest, size, salt);
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
        bytes32[] memory salts = _words(c, ".salt");
        bytes32[] memory mixed = _words(c, ".mixed");
        uint256[] memory attempts = _uints(c, ".attempt");
        bytes32[] memory leader = _words(c, ".leaderSeed");
        for (uint256 i = 0; i < c.count; i++) {
            assertEq(HashLib.mixIn(mixes[i], salts[i]), mixed[i], "mix");
            assertEq(HashLib.leaderSeed(test[i], uint8(attempts[i])), leader[i], "leader seed");
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

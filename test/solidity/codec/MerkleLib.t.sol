// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {CodecBase} from "./CodecBase.sol";
import {MerkleLib} from "../../../contracts/libraries/MerkleLib.sol";

/// MerkleLib
/// ├── against the golden vectors: every leaf of every tree
/// ├── trees of any size
/// │   ├── each leaf leads to the root
/// │   └── another leaf, sibling or index does not
/// ├── a proof that is not of the length that index and number ask for is refused
/// └── an index beyond the leaves is refused
contract MerkleLibTest is CodecBase {
    function _leaves(uint256 seed, uint256 count) private returns (bytes32[] memory leaves) {
        _seed(seed);
        leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; i++) leaves[i] = bytes32(_next(type(uint256).max));
    }

    function test_root_vectors_equal() public view {
        string memory json = vm.readFile("test/vectors/merkle.json");
        uint256 count = vm.parseJsonUint(json, ".count");
        assertGt(count, 5, "trees");
        for (uint256 i = 0; i < count; i++) {
            string memory at = string.concat(".case", vm.toString(i));
            bytes32[] memory leaves = vm.parseJsonBytes32Array(json, string.concat(at, ".leaves"));
            bytes32 wanted = vm.parseJsonBytes32(json, string.concat(at, ".root"));
            for (uint256 j = 0; j < leaves.length; j++) {
                string memory key = string.concat(at, ".proof", vm.toString(j));
                if (!vm.keyExistsJson(json, key)) continue;
                bytes32[] memory proof = vm.parseJsonBytes32Array(json, key);
                assertEq(caller.merkleRoot(leaves[j], uint32(j), uint32(leaves.length), proof), wanted, key);
            }
        }
    }

    function test_root_anyTree_everyLeaf(uint256 seed, uint256 count) public {
        count = bound(count, 1, 24);
        bytes32[] memory leaves = _leaves(seed, count);
        bytes32 wanted = _treeRoot(leaves);
        for (uint256 i = 0; i < count; i++) {
            assertEq(caller.merkleRoot(leaves[i], uint32(i), uint32(count), _proof(leaves, i)), wanted, "root");
        }
    }

    function test_root_anythingElse_differs(uint256 seed, uint256 count, uint256 index) public {
        count = bound(count, 2, 24);
        index = bound(index, 0, count - 1);
        bytes32[] memory leaves = _leaves(seed, count);
        bytes32[] memory proof = _proof(leaves, index);
        bytes32 wanted = _treeRoot(leaves);
        bytes32 leaf = leaves[index];
        bytes32 other = leaf ^ bytes32(1 << _next(256));
        assertNotEq(caller.merkleRoot(other, uint32(index), uint32(count), proof), wanted, "leaf");
        for (uint256 i = 0; i < count; i++) {
            bytes32[] memory its = _proof(leaves, i);
            if (i == index || its.length != proof.length) continue;
            assertNotEq(caller.merkleRoot(leaf, uint32(i), uint32(count), proof), wanted, "index");
        }
        uint256 changed = _next(proof.length);
        proof[changed] ^= bytes32(1 << _next(256));
        assertNotEq(caller.merkleRoot(leaf, uint32(index), uint32(count), proof), wanted, "sibling");
    }

    function test_root_otherLength_reverts(uint256 seed, uint256 count, uint256 index, uint256 length) public {
        count = bound(count, 1, type(uint32).max);
        index = bound(index, 0, count - 1);
        uint256 wanted;
        uint256 at = index;
        for (uint256 width = count; width > 1; width = (width + 1) / 2) {
            if (at ^ 1 < width) wanted++;
            at /= 2;
        }
        length = bound(length, 0, 33);
        bytes32[] memory proof = _leaves(seed, length);
        if (length != wanted)
            vm.expectRevert(abi.encodeWithSelector(MerkleLib.MerkleProofLength.selector, length, wanted));
        caller.merkleRoot(0, uint32(index), uint32(count), proof);
    }

    function test_root_indexBeyondLeaves_reverts() public {
        bytes32[] memory none;
        vm.expectRevert(abi.encodeWithSelector(MerkleLib.MerkleIndex.selector, 1, 1));
        caller.merkleRoot(0, 1, 1, none);
        vm.expectRevert(abi.encodeWithSelector(MerkleLib.MerkleIndex.selector, 0, 0));
        caller.merkleRoot(0, 0, 0, none);
        assertEq(caller.merkleRoot(bytes32(uint256(7)), 0, 1, none), bytes32(uint256(7)), "a leaf alone is the root");
    }
}

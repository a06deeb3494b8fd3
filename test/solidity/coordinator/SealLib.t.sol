// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {SealLib} from "../../../contracts/libraries/SealLib.sol";

/// SealLib, over any hashes, blocks and numbers
/// ├── a sealed word is of its number, and of no other; it is not open
/// ├── an opened one is open, in its number only, and of the same block
/// ├── it holds its own hash, whether opened or not, and no hash that differs in the bits that are kept
/// ├── the two words that stand for one hash and number are never the same
/// └── of two of a round, the one of the later block is later; of one block, that of the higher slot
contract SealLibTest is Base {
    using SealLib for uint256;

    uint256 private constant NUMBERS = 2 ** 32;
    uint256 private constant BLOCKS = 2 ** 16;
    /// @dev Bits of a hash that a seal has no room for.
    uint256 private constant CUT = 49;

    function _number(uint256 seed) private pure returns (uint256) {
        return bound(seed, 1, NUMBERS - 1);
    }

    function _opened(bytes32 hash, uint256 number, uint256 blockNumber) private pure returns (uint256) {
        return SealLib.opened(SealLib.sealed_(keccak256(abi.encode(hash)), number, blockNumber), hash);
    }

    function test_sealed_any_isOfItsNumberOnly(bytes32 hash, uint256 at, uint256 seed, uint256 otherSeed) public pure {
        (uint256 number, uint256 other) = (_number(seed), _number(otherSeed));
        uint256 seal = SealLib.sealed_(hash, number, at);
        assertTrue(seal.isOf(number), "its own number");
        assertEq(seal.isOf(other), other == number, "another's");
        assertFalse(seal.isOpenOf(number), "not open");
        assertFalse(seal.isOpenOf(other), "nor in another");
    }

    function test_opened_any_isOpenOfItsNumberOnly(
        bytes32 hash,
        uint256 at,
        uint256 seed,
        uint256 otherSeed
    ) public pure {
        (uint256 number, uint256 other) = (_number(seed), _number(otherSeed));
        uint256 seal = _opened(hash, number, at);
        assertTrue(seal.isOf(number), "its own number");
        assertTrue(seal.isOpenOf(number), "open");
        assertEq(seal.isOf(other), other == number, "of another");
        assertEq(seal.isOpenOf(other), other == number, "open in another");
    }

    /// @dev What a fresh slot of the ring holds is of no round, since these count from 1.
    function test_isOf_emptyWord_isOfNoRound(uint256 seed) public pure {
        assertFalse(uint256(0).isOf(_number(seed)), "of");
        assertFalse(uint256(0).isOpenOf(_number(seed)), "open");
    }

    /// @dev Numbers of 48 bits come round, each with a word that is its own.
    function test_isOf_numberBeyond32Bits_isOfItsRemainder(bytes32 hash, uint256 at, uint48 number) public pure {
        assertTrue(SealLib.sealed_(hash, number, at).isOf(number), "sealed");
        assertTrue(_opened(hash, number, at).isOpenOf(number), "opened");
        assertEq(SealLib.sealed_(hash, number, at), SealLib.sealed_(hash, uint32(number), at), "cut");
    }

    function test_holds_otherHash_onlyIfTheKeptBitsAgree(bytes32 hash, bytes32 other, uint256 seed) public pure {
        uint256 number = _number(seed);
        assertTrue(SealLib.sealed_(hash, number, seed).holds(hash), "its own");
        assertTrue(_opened(hash, number, seed).holds(hash), "its own, opened");
        bool alike = uint256(hash) >> CUT == uint256(other) >> CUT;
        assertEq(SealLib.sealed_(hash, number, seed).holds(other), alike, "another");
    }

    /// @dev What the settlement compares: a vector's hash against what stands there.
    function test_holds_oneBitFlipped_onlyOfThoseCut(bytes32 hash, uint8 bit, uint256 seed) public pure {
        bytes32 flipped = hash ^ bytes32(uint256(1) << bit);
        assertEq(SealLib.sealed_(hash, _number(seed), seed).holds(flipped), bit < CUT, "207 bits count");
        assertEq(_opened(hash, _number(seed), seed).holds(flipped), bit < CUT, "opened too");
    }

    function test_opened_otherHashOrNumber_isAnotherWord(bytes32 hash, uint8 bit, uint256 seed) public pure {
        uint256 number = bound(seed, 1, NUMBERS - 2);
        uint256 seal = _opened(hash, number, seed);
        assertNotEq(seal, SealLib.sealed_(hash, number, seed), "sealed");
        assertNotEq(seal, _opened(hash, number + 1, seed), "another number");
        if (bit < CUT) return;
        assertNotEq(seal, _opened(hash ^ bytes32(uint256(1) << bit), number, seed), "another hash");
    }

    function test_opened_layout_isHashBitBlockNumber() public pure {
        bytes32 ones = bytes32(type(uint256).max);
        uint256 low = (uint256(0xabcd) << 32) | 5;
        assertEq(_opened(ones, 5, 0x1abcd), (type(uint256).max << CUT) | (1 << 48) | low, "207, 1, 16 and 32 bits");
        assertEq(SealLib.sealed_(ones, 5, 0x1abcd), (type(uint256).max << CUT) | low, "sealed");
    }

    /// @dev Opened or not, and whatever else the words hold.
    function test_isLater_fewerThanHalfTheBlocksApart_isThatOfTheLaterBlock(
        uint64 at,
        uint256 apart,
        uint8 slot,
        uint8 otherSlot,
        bytes32 hash
    ) public pure {
        apart = bound(apart, 1, BLOCKS / 2 - 1);
        uint256 early = SealLib.sealed_(hash, 3, at);
        uint256 late = _opened(~hash, 3, at + apart);
        assertTrue(late.isLater(slot, early, otherSlot), "the later one");
        assertFalse(early.isLater(slot, late, otherSlot), "the earlier one");
    }

    function test_isLater_sameBlock_isThatOfTheHigherSlot(
        uint64 at,
        uint8 slot,
        uint8 otherSlot,
        bytes32 hash
    ) public pure {
        uint256 one = SealLib.sealed_(hash, 3, at);
        uint256 other = _opened(~hash, 3, at);
        assertEq(one.isLater(slot, other, otherSlot), slot > otherSlot, "one");
        assertEq(other.isLater(otherSlot, one, slot), otherSlot > slot, "the other");
    }

    /// @dev Too far apart to be told: neither is.
    function test_isLater_halfTheBlocksApart_isNeither(uint64 at) public pure {
        uint256 one = SealLib.sealed_(0, 3, at);
        uint256 other = SealLib.sealed_(0, 3, uint256(at) + BLOCKS / 2);
        assertFalse(one.isLater(1, other, 0), "one");
        assertFalse(other.isLater(1, one, 0), "the other");
    }
}

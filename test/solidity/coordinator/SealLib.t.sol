// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {SealLib} from "../../../contracts/libraries/SealLib.sol";

/// SealLib, over any hashes and numbers of 48 bits
/// ├── a sealed word is of its number, and of no other; it is not open
/// ├── an opened one is open, in its number only
/// ├── it holds its own hash, whether opened or not, and no hash that differs in the bits that are kept
/// └── the two words that stand for one hash and number are never the same
contract SealLibTest is Base {
    using SealLib for uint256;

    uint256 private constant NUMBERS = 2 ** 48;
    /// @dev Bits of a hash that a seal has no room for.
    uint256 private constant CUT = 49;

    function _number(uint256 seed) private pure returns (uint256) {
        return bound(seed, 1, NUMBERS - 1);
    }

    function test_sealed_any_isOfItsNumberOnly(bytes32 hash, uint256 seed, uint256 otherSeed) public pure {
        (uint256 number, uint256 other) = (_number(seed), _number(otherSeed));
        uint256 seal = SealLib.sealed_(hash, number);
        assertTrue(seal.isOf(number), "its own number");
        assertEq(seal.isOf(other), other == number, "another's");
        assertFalse(seal.isOpenOf(number), "not open");
        assertFalse(seal.isOpenOf(other), "nor in another");
    }

    function test_opened_any_isOpenOfItsNumberOnly(bytes32 hash, uint256 seed, uint256 otherSeed) public pure {
        (uint256 number, uint256 other) = (_number(seed), _number(otherSeed));
        uint256 seal = SealLib.opened(hash, number);
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

    function test_holds_otherHash_onlyIfTheKeptBitsAgree(bytes32 hash, bytes32 other, uint256 seed) public pure {
        uint256 number = _number(seed);
        assertTrue(SealLib.sealed_(hash, number).holds(hash), "its own");
        assertTrue(SealLib.opened(hash, number).holds(hash), "its own, opened");
        bool alike = uint256(hash) >> CUT == uint256(other) >> CUT;
        assertEq(SealLib.sealed_(hash, number).holds(other), alike, "another");
    }

    function test_holds_oneBitFlipped_onlyOfThoseCut(bytes32 hash, uint8 bit, uint256 seed) public pure {
        bytes32 flipped = hash ^ bytes32(uint256(1) << bit);
        assertEq(SealLib.sealed_(hash, _number(seed)).holds(flipped), bit < CUT, "207 bits count");
    }

    /// @dev What the settlement compares: a vector's hash against what stands there, bit by bit.
    function test_opened_otherHashOrNumber_isAnotherWord(bytes32 hash, uint8 bit, uint256 seed) public pure {
        uint256 number = bound(seed, 1, NUMBERS - 2);
        uint256 seal = SealLib.opened(hash, number);
        assertNotEq(seal, SealLib.sealed_(hash, number), "sealed");
        assertNotEq(seal, SealLib.opened(hash, number + 1), "another number");
        if (bit < CUT) return;
        assertNotEq(seal, SealLib.opened(hash ^ bytes32(uint256(1) << bit), number), "another hash");
    }

    function test_opened_layout_isHashBitNumber() public pure {
        uint256 seal = SealLib.opened(bytes32(type(uint256).max), 5);
        assertEq(seal, (type(uint256).max << CUT) | (1 << 48) | 5, "207 bits, 1 bit, 48 bits");
        assertEq(SealLib.sealed_(bytes32(type(uint256).max), 5), (type(uint256).max << CUT) | 5, "sealed");
    }
}

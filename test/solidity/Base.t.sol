// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "./Base.sol";

/// @notice Holds the test base to what the other tests rely on: that a failing assertion fails, that the cheatcodes exist.
contract BaseTest is Base {
    error Sample(uint256 value);
    event Seen(address indexed who, uint256 value);

    function fail(uint256 kind) external pure {
        if (kind == 0) assertTrue(false, "label");
        if (kind == 1) assertEq(uint256(1), 2, "label");
        if (kind == 2) assertEq(address(1), address(2), "label");
        if (kind == 3) assertEq(bytes32(uint256(1)), bytes32(0), "label");
        if (kind == 4) assertEq(bytes("a"), bytes("b"), "label");
        if (kind == 5) assertEq(true, false, "label");
        if (kind == 6) assertEq(string("a"), string("b"), "label");
        if (kind == 7) assertLe(2, 1, "label");
        if (kind == 8) assertGe(1, 2, "label");
        if (kind == 9) assertLt(1, 1, "label");
        if (kind == 10) assertGt(1, 1, "label");
        if (kind == 11) assertNotEq(uint256(1), 1, "label");
        if (kind == 12) assertFalse(true, "label");
        if (kind == 13) assertEq(int256(-1), 1, "label");
        if (kind == 14) assertNotEq(bytes32(0), bytes32(0), "label");
        if (kind == 15) assertNotEq(address(0), address(0), "label");
    }

    function raise(uint256 value) external pure {
        revert Sample(value);
    }

    function emitSeen(address who, uint256 value) external {
        emit Seen(who, value);
    }

    function test_assert_whenFalse_reverts() public {
        for (uint256 kind = 0; kind < 16; kind++) {
            (bool ok, ) = address(this).call(abi.encodeCall(this.fail, (kind)));
            require(!ok, "an assertion passed that should have failed");
        }
    }

    function test_bound_staysInside(uint256 x, uint256 low, uint256 high) public pure {
        if (low > high) (low, high) = (high, low);
        uint256 y = bound(x, low, high);
        assertGe(y, low, "low");
        assertLe(y, high, "high");
    }

    function test_cheatcodes_work() public {
        vm.expectRevert(abi.encodeWithSelector(Sample.selector, 7));
        this.raise(7);
        vm.expectPartialRevert(Sample.selector);
        this.raise(8);
        vm.expectEmit(address(this));
        emit Seen(address(5), 6);
        this.emitSeen(address(5), 6);
        vm.warp(1_000);
        assertEq(block.timestamp, 1_000, "warp");
        vm.roll(50);
        assertEq(block.number, 50, "roll");
        vm.prevrandao(bytes32(uint256(9)));
        assertEq(bytes32(block.prevrandao), bytes32(uint256(9)), "prevrandao");
        vm.setBlockhash(49, bytes32(uint256(3)));
        assertEq(blockhash(49), bytes32(uint256(3)), "blockhash");
        assertEq(vm.getBlockTimestamp(), 1_000, "timestamp");
        assertNotEq(account("a"), account("b"), "accounts");
        string memory json = '{"n": 5, "list": [1, 2], "hex": "0x0102", "ints": [-3], "word": "hi", "many": ["0x01"]}';
        assertEq(vm.parseJsonUint(json, ".n"), 5, "uint");
        assertEq(vm.parseJsonUintArray(json, ".list").length, 2, "uints");
        assertEq(vm.parseJsonIntArray(json, ".ints")[0], -3, "ints");
        assertEq(vm.parseJsonBytes(json, ".hex"), hex"0102", "bytes");
        assertEq(vm.parseJsonBytesArray(json, ".many")[0], hex"01", "bytes array");
        assertEq(vm.parseJsonString(json, ".word"), "hi", "string");
        assertFalse(vm.keyExistsJson(json, ".absent"), "absent");
    }
}

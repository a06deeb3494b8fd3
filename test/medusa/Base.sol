// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Vm} from "../solidity/Vm.sol";

/// @title What `Base` of test/solidity is while Medusa runs the invariants: the same names, for another runner.
/// @notice Medusa has few cheatcodes, and none with labels. So an assertion that fails panics, which Medusa counts as a failure
/// wherever it happens, and says its label to the console, which Medusa shows in the trace.
/// @dev Only what handlers and invariants use. The compiler gets this file in place of test/solidity/Base.sol; see main.ts.
abstract contract Base {
    Vm internal constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
    address private constant CONSOLE = 0x000000000000000000636F6e736F6c652e6c6f67;

    // TARGETS: main.ts reads them from the source.

    // solhint-disable-next-line no-empty-blocks
    function _targetSelectors(address, bytes4[] memory) internal {}

    // INPUT

    /// @dev As in test/solidity.
    function bound(uint256 x, uint256 low, uint256 high) internal pure returns (uint256) {
        assertLe(low, high, "bound: empty range");
        if (x >= low && x <= high) return x;
        uint256 span = high - low;
        return low + (x % (span + 1));
    }

    function account(string memory name) internal pure returns (address) {
        return address(uint160(uint256(keccak256(bytes(name)))));
    }

    // ASSERTIONS

    function assertTrue(bool condition, string memory label_) internal pure {
        if (condition) return;
        _say(label_);
        assert(false);
    }

    function assertFalse(bool condition, string memory label_) internal pure {
        assertTrue(!condition, label_);
    }

    function assertEq(uint256 left, uint256 right, string memory label_) internal pure {
        assertTrue(left == right, label_);
    }

    function assertEq(address left, address right, string memory label_) internal pure {
        assertTrue(left == right, label_);
    }

    function assertEq(bool left, bool right, string memory label_) internal pure {
        assertTrue(left == right, label_);
    }

    function assertEq(bytes memory left, bytes memory right, string memory label_) internal pure {
        assertTrue(keccak256(left) == keccak256(right), label_);
    }

    function assertLe(uint256 left, uint256 right, string memory label_) internal pure {
        assertTrue(left <= right, label_);
    }

    function assertGe(uint256 left, uint256 right, string memory label_) internal pure {
        assertTrue(left >= right, label_);
    }

    /// @dev To a pure function nothing can be said. That this one only calls out is kept from the compiler.
    function _say(string memory text) private pure {
        function(string memory) view say = _log;
        function(string memory) pure mute;
        assembly ("memory-safe") {
            mute := say
        }
        mute(text);
    }

    function _log(string memory text) private view {
        // solhint-disable-next-line avoid-low-level-calls
        (bool heard, ) = CONSOLE.staticcall(abi.encodeWithSignature("log(string)", text));
        heard;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {GenesisBase} from "./GenesisBase.sol";
import {Genesis} from "../../../contracts/periphery/Genesis.sol";

/// @notice Whether the four fit into one transaction. Recorded in snapshots/Genesis.json.
contract GenesisGasTest is GenesisBase {
    /// @dev EIP-3860 and EIP-7825.
    uint256 private constant MOST_INIT_CODE = 49_152;
    uint256 private constant MOST_GAS = 2 ** 24;

    /// @dev Of a transaction: what it pays for itself, for calldata as code and for making a contract of it, and then runs.
    function test_gas_deployment() public {
        bytes memory code = abi.encodePacked(type(Genesis).creationCode, abi.encode(_supply(), _stakes(), _schedule()));
        uint256 intrinsic = 21_000 + 32_000 + 2 * ((code.length + 31) / 32);
        for (uint256 i = 0; i < code.length; i++) intrinsic += code[i] == 0 ? 4 : 16;
        address made;
        uint256 before = gasleft();
        assembly {
            made := create(0, add(code, 32), mload(code))
        }
        // The opcode costs as much as the transaction pays for it.
        uint256 used = intrinsic + before - gasleft() - 32_000 - 2 * ((code.length + 31) / 32);
        assertTrue(made.code.length > 0, "made");
        assertLe(code.length, MOST_INIT_CODE, "init code");
        assertLe(used, MOST_GAS, "gas");
        vm.snapshotValue("Genesis", "deployment, all of the transaction", used);
        vm.snapshotValue("Genesis", "init code with arguments, bytes", code.length);
    }
}

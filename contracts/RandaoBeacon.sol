// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {IBeacon} from "./interfaces/IBeacon.sol";

/// @title Randomness of chains whose `prevrandao` is that of Ethereum's beacon chain.
/// @dev The hash of the block before is mixed in because development chains and some rollups give a constant `prevrandao`:
/// there the value is still different in each block, though not unpredictable for whoever makes the blocks.
contract RandaoBeacon is IBeacon {
    /// @inheritdoc IBeacon
    function read() external view returns (bytes32) {
        return keccak256(abi.encodePacked(bytes32(block.prevrandao), blockhash(block.number - 1)));
    }
}

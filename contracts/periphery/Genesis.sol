// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Emission} from "../Emission.sol";
import {RewardEscrow} from "../RewardEscrow.sol";
import {StakeVault} from "../StakeVault.sol";
import {Token} from "../Token.sol";
import {IEmissionTypes} from "../interfaces/IEmission.sol";

/// @title Makes the token, the stake vault, the reward escrow and the emission in one transaction. Has no power over them.
/// @notice The token must know its minter, the emission, when it is made, and the emission is made last, since it must know the
/// other three. Whoever looks here afterwards finds four contracts that belong together, and nothing that can be called but that.
/// @dev The address of what a contract makes follows from its own address and from how many it made before, so this one knows the
/// emission's before there is one. One transaction, since else somebody could take the place of a contract between two.
contract Genesis {
    struct Supply {
        address holder;
        uint256 genesis; // wei, the holder's
        uint256 cap; // wei
    }

    /// @notice What StakeVault is constructed with.
    struct Stakes {
        address sink;
        uint64 unbondingSeconds;
        uint64 commissionDelay; // seconds
        uint16 bountyCapBps;
    }

    Token public immutable TOKEN;
    StakeVault public immutable STAKE_VAULT;
    RewardEscrow public immutable REWARD_ESCROW;
    Emission public immutable EMISSION;

    /// @param schedule Here its start is in seconds from this block, since nobody knows when the block will be.
    constructor(Supply memory supply, Stakes memory stakes, IEmissionTypes.Schedule memory schedule) {
        // A contract is born with nonce 1 (EIP-161), and the emission is the fourth that it makes. Below 0x80 a nonce is its own
        // RLP; 0x94 announces 20 bytes, and 0xd6 a list of 22. The emission reverts if it is not the minter.
        bytes32 fourth = keccak256(abi.encodePacked(hex"d694", address(this), hex"04"));
        TOKEN = new Token(address(uint160(uint256(fourth))), supply.holder, supply.genesis, supply.cap);
        STAKE_VAULT = new StakeVault(
            TOKEN,
            stakes.sink,
            stakes.unbondingSeconds,
            stakes.commissionDelay,
            stakes.bountyCapBps
        );
        REWARD_ESCROW = new RewardEscrow(TOKEN, STAKE_VAULT);
        schedule.start += uint64(block.timestamp);
        EMISSION = new Emission(TOKEN, STAKE_VAULT, REWARD_ESCROW, schedule);
    }
}

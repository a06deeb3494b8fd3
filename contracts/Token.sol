// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Capped} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Capped.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";

/// @title The token of stake and rewards: ERC-20 with permit, votes and a cap.
/// @notice What does not exist from the first block is minted by `MINTER` alone, up to the cap. 18 decimals. No fee, no rebasing,
/// no hooks, no owner, no pause, no burn: the vaults rely on it.
/// @dev Votes are counted by timestamp (ERC-6372), since block times differ between chains.
contract Token is ERC20, ERC20Capped, ERC20Permit, ERC20Votes {
    error TokenNotMinter(address caller);

    /// @notice The emission, a contract without an owner. The zero address mints nothing, so that the supply is fixed.
    address public immutable MINTER;

    /// @param genesisSupply In wei, the holder's.
    /// @param cap In wei. A cap above 2^208 - 1, the limit of ERC20Votes, is not reached.
    constructor(
        address minter,
        address holder,
        uint256 genesisSupply,
        uint256 cap
    ) ERC20("Tessera", "TSRA") ERC20Capped(cap) ERC20Permit("Tessera") {
        MINTER = minter;
        _mint(holder, genesisSupply);
    }

    function mint(address to, uint256 amount) external {
        // INVARIANT I-09: nobody else adds to the supply.
        if (msg.sender != MINTER) revert TokenNotMinter(msg.sender);
        _mint(to, amount);
    }

    function clock() public view override returns (uint48) {
        return uint48(block.timestamp); // seconds; fits for eight million years
    }

    // The name is ERC-6372's.
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public pure override returns (string memory) {
        return "mode=timestamp";
    }

    // The two overrides below only settle the inheritance of OpenZeppelin's parts.

    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Capped, ERC20Votes) {
        super._update(from, to, value);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";

/// @title The token of stake and rewards: ERC-20 with permit and votes.
/// @notice The whole supply exists from the first block; nobody can mint. 18 decimals. No fee, no rebasing, no hooks, no owner:
/// the vaults rely on it.
/// @dev Votes are counted by timestamp (ERC-6372), since block times differ between chains.
contract Token is ERC20, ERC20Permit, ERC20Votes {
    /// @param supply In wei; below 2^208, the limit of ERC20Votes.
    constructor(address holder, uint256 supply) ERC20("Tessera", "TSRA") ERC20Permit("Tessera") {
        _mint(holder, supply);
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

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
        super._update(from, to, value);
    }
}

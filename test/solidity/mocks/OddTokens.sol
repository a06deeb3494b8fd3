// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

// Tokens that misbehave, each in one way. None of them is supported as stake or reward; the tests show what the vaults make of them.

/// @notice Anyone may mint.
abstract contract OddToken is ERC20 {
    constructor() ERC20("Odd", "ODD") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @notice Burns a share of every transfer; the share may be changed at any time.
contract FeeToken is OddToken {
    uint256 public feeBps = 100;

    function setFee(uint256 bps) external {
        feeBps = bps;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from != address(0) && to != address(0)) super._update(to, address(0), (value * feeBps) / 10_000);
    }
}

/// @notice Once broken, answers false and moves nothing.
contract FalseToken is OddToken {
    bool public broken;

    function setBroken(bool to) external {
        broken = to;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        return !broken && super.transfer(to, value);
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        return !broken && super.transferFrom(from, to, value);
    }
}

/// @notice While paused, reverts on every transfer.
contract PausableToken is OddToken {
    error TokenPaused();

    bool public paused;

    function setPaused(bool to) external {
        paused = to;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (paused) revert TokenPaused();
        super._update(from, to, value);
    }
}

/// @notice Balances change by themselves: anyone may set them.
contract RebasingToken is OddToken {
    function rebase(address account, uint256 to) external {
        uint256 balance = balanceOf(account);
        if (to > balance) _mint(account, to - balance);
        else _burn(account, balance - to);
    }
}

/// @notice Calls the armed contract in the middle of each transfer, as ERC-777 does.
contract HookToken is OddToken {
    Reenterer public hook;

    function arm(Reenterer to) external {
        hook = to;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (address(hook) != address(0)) hook.strike();
    }
}

/// @notice Makes one prepared call when struck, and keeps what came of it.
contract Reenterer {
    address public target;
    bytes public data;
    bool public struck;
    bool public succeeded;
    bytes public answer;

    function prepare(address target_, bytes calldata data_) external {
        (target, data, struck) = (target_, data_, false);
    }

    function strike() external {
        if (struck) return;
        struck = true;
        (succeeded, answer) = target.call(data);
    }

    /// @notice Makes any call, so that this contract can be an operator or a manager itself.
    function act(address target_, bytes calldata data_) external {
        (bool ok, bytes memory reason) = target_.call(data_);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(reason, 32), mload(reason))
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ERC20Capped} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Capped.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {Base} from "../Base.sol";
import {Token} from "../../../contracts/Token.sol";

/// constructor
/// ├── zero holder: reverts
/// ├── zero cap, supply above the cap or above the limit of votes: reverts
/// └── else: the genesis supply is the holder's
/// mint
/// ├── by another than the minter: reverts
/// ├── above the cap: reverts
/// └── else: adds to the receiver's balance and to the supply
/// permit
/// ├── expired, or signed by another: reverts
/// └── signed: allowance, once per nonce
/// votes
/// └── follow balances once delegated, kept by timestamp
contract TokenTest is Base {
    bytes32 private constant PERMIT = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );
    uint256 private constant KEY = 0xA11CE;
    uint256 private constant SUPPLY = 1e27;
    uint256 private constant CAP = 3e27;

    address private owner = vm.addr(KEY);
    address private spender = account("spender");
    address private minter = account("minter");
    Token private token;

    function setUp() public {
        vm.warp(1_000_000);
        token = new Token(minter, owner, SUPPLY, CAP);
    }

    function test_constructor_zeroHolder_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        new Token(minter, address(0), SUPPLY, CAP);
    }

    function test_constructor_supplyAboveVotes_reverts(uint256 supply) public {
        uint256 most = type(uint208).max;
        supply = bound(supply, most + 1, type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(ERC20Votes.ERC20ExceededSafeSupply.selector, supply, most));
        new Token(minter, owner, supply, supply);
    }

    function test_constructor_zeroCap_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(ERC20Capped.ERC20InvalidCap.selector, 0));
        new Token(minter, owner, 0, 0);
    }

    function test_constructor_supplyAboveCap_reverts(uint256 supply, uint256 most) public {
        supply = bound(supply, 2, type(uint208).max);
        most = bound(most, 1, supply - 1);
        vm.expectRevert(abi.encodeWithSelector(ERC20Capped.ERC20ExceededCap.selector, supply, most));
        new Token(minter, owner, supply, most);
    }

    function test_constructor_any_givesAllToHolder(address holder, uint256 supply) public {
        vm.assume(holder != address(0));
        supply = bound(supply, 0, type(uint208).max);
        uint256 most = supply + 1;
        Token made = new Token(minter, holder, supply, most);
        assertEq(made.totalSupply(), supply, "supply");
        assertEq(made.cap(), most, "cap");
        assertEq(made.MINTER(), minter, "minter");
        assertEq(made.balanceOf(holder), supply, "holder's");
        assertEq(made.name(), "Tessera", "name");
        assertEq(made.symbol(), "TSRA", "symbol");
        assertEq(made.decimals(), 18, "decimals");
    }

    function test_mint_byAnother_reverts(address caller, uint256 amount) public {
        vm.assume(caller != minter);
        vm.expectRevert(abi.encodeWithSelector(Token.TokenNotMinter.selector, caller));
        vm.prank(caller);
        token.mint(caller, amount);
    }

    function test_mint_aboveCap_reverts(uint256 amount) public {
        amount = bound(amount, CAP - SUPPLY + 1, type(uint208).max - SUPPLY);
        vm.expectRevert(abi.encodeWithSelector(ERC20Capped.ERC20ExceededCap.selector, SUPPLY + amount, CAP));
        vm.prank(minter);
        token.mint(spender, amount);
    }

    function test_mint_upToCap_adds(uint256 first) public {
        first = bound(first, 0, CAP - SUPPLY);
        vm.startPrank(minter);
        token.mint(spender, first);
        assertEq(token.balanceOf(spender), first, "balance");
        assertEq(token.totalSupply(), SUPPLY + first, "supply");
        token.mint(spender, CAP - SUPPLY - first);
        vm.stopPrank();
        assertEq(token.totalSupply(), CAP, "all of it");
    }

    function test_permit_signed_allowsOnce(uint256 value, uint256 wait) public {
        uint256 deadline = block.timestamp + bound(wait, 0, 1 days);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, _digest(value, 0, deadline));
        token.permit(owner, spender, value, deadline, v, r, s);
        assertEq(token.allowance(owner, spender), value, "allowance");
        assertEq(token.nonces(owner), 1, "nonce");
        vm.expectPartialRevert(ERC20Permit.ERC2612InvalidSigner.selector);
        token.permit(owner, spender, value, deadline, v, r, s);
    }

    function test_permit_expired_reverts() public {
        uint256 deadline = block.timestamp - 1;
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, _digest(1, 0, deadline));
        vm.expectRevert(abi.encodeWithSelector(ERC20Permit.ERC2612ExpiredSignature.selector, deadline));
        token.permit(owner, spender, 1, deadline, v, r, s);
    }

    function test_permit_signedByAnother_reverts() public {
        uint256 deadline = block.timestamp;
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY + 1, _digest(1, 0, deadline));
        vm.expectRevert(abi.encodeWithSelector(ERC20Permit.ERC2612InvalidSigner.selector, vm.addr(KEY + 1), owner));
        token.permit(owner, spender, 1, deadline, v, r, s);
    }

    function test_votes_delegated_followBalances(uint256 amount) public {
        amount = bound(amount, 0, SUPPLY);
        assertEq(token.getVotes(owner), 0, "none before delegation");
        vm.prank(owner);
        token.delegate(owner);
        vm.warp(block.timestamp + 10);
        vm.prank(owner);
        token.transfer(spender, amount);
        vm.warp(block.timestamp + 1);
        assertEq(token.getVotes(owner), SUPPLY - amount, "now");
        assertEq(token.getPastVotes(owner, 1_000_009), SUPPLY, "the second before the transfer");
        assertEq(token.getPastVotes(owner, 1_000_010), SUPPLY - amount, "the second of the transfer");
        assertEq(token.getPastTotalSupply(1_000_000), SUPPLY, "supply");
    }

    function test_clock_isTheTimestamp(uint40 time) public {
        vm.warp(time);
        assertEq(token.clock(), time, "clock");
        assertEq(token.CLOCK_MODE(), "mode=timestamp", "mode");
    }

    function _digest(uint256 value, uint256 nonce, uint256 deadline) private view returns (bytes32) {
        bytes32 what = keccak256(abi.encode(PERMIT, owner, spender, value, nonce, deadline));
        return keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), what));
    }
}

/// @notice I-09 of contracts/README.md. The runner calls every function in the token's own interface, so one that minted or
/// burned would be among them; so is `mint`, by strangers only.
contract TokenInvariantTest is Base {
    uint256 private constant SUPPLY = 1e27;

    Token private token;

    function setUp() public {
        address holder = account("holder");
        token = new Token(account("minter"), holder, SUPPLY, 2 * SUPPLY);
        _targetContract(address(token));
        _targetSender(holder);
        _targetSender(account("someone"));
    }

    /// @dev Reverts say nothing here: nobody knows what a stranger's random call should do, but to leave the supply.
    /// hardhat-config: invariant.failOnRevert = false
    function invariant_I09_supplyIsFixed() public view {
        assertEq(token.totalSupply(), SUPPLY, "supply");
    }
}

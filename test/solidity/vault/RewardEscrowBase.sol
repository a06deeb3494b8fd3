// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Base} from "../Base.sol";
import {ShareBook} from "../mocks/ShareBook.sol";
import {StakeHistory} from "../mocks/StakeHistory.sol";
import {RewardEscrow} from "../../../contracts/RewardEscrow.sol";
import {Token} from "../../../contracts/Token.sol";
import {
    IRewardEscrowErrors,
    IRewardEscrowEvents,
    IRewardEscrowTypes
} from "../../../contracts/interfaces/IRewardEscrow.sol";

/// @notice An escrow over a settable stake history, a manager that says what it is told, and the steps to a state under test.
abstract contract RewardEscrowBase is Base, IRewardEscrowTypes, IRewardEscrowErrors, IRewardEscrowEvents {
    uint256 internal constant BEGIN = 1_000_000; // unix seconds
    uint256 internal constant MAX = 1e27; // what a fuzzed amount may be at most
    uint256 internal constant RUN = 7;
    uint256 internal constant WHOLE = 2 ** 64;

    Token internal native;
    Token internal other;
    StakeHistory internal stakes;
    RewardEscrow internal escrow;
    ShareBook internal manager;
    address internal sponsor = account("sponsor");
    address internal rival = account("rival");
    address internal op = account("op");
    address internal alice = account("alice");
    address internal bob = account("bob");

    function setUp() public virtual {
        vm.warp(BEGIN);
        native = new Token(address(0), sponsor, 1e30, 1e30);
        other = new Token(address(0), sponsor, 1e30, 1e30);
        stakes = new StakeHistory();
        escrow = new RewardEscrow(native, stakes);
        manager = new ShareBook();
        vm.startPrank(sponsor);
        native.approve(address(escrow), type(uint256).max);
        other.approve(address(escrow), type(uint256).max);
        vm.stopPrank();
    }

    function _grant(uint256 amount) internal {
        vm.prank(sponsor);
        escrow.grant(address(manager), RUN, amount);
    }

    function _sponsor(IERC20 token, uint256 amount, uint256 perEpoch) internal returns (uint256) {
        vm.prank(sponsor);
        return escrow.sponsor(address(manager), RUN, token, amount, perEpoch);
    }

    function _topUp(uint256 source, uint256 amount) internal {
        vm.prank(sponsor);
        escrow.topUp(address(manager), RUN, source, amount);
    }

    function _withdraw(uint256 source, uint256 amount) internal {
        vm.prank(sponsor);
        escrow.withdraw(address(manager), RUN, source, amount, alice);
    }

    function _reclaim(uint256 source, uint256 most) internal returns (uint256) {
        vm.prank(sponsor);
        return escrow.reclaim(address(manager), RUN, source, most, alice);
    }

    function _open(uint256 epoch, uint256 grantPot) internal returns (bool) {
        return manager.open(escrow, RUN, epoch, grantPot);
    }

    function _settle(uint256 epoch, uint256 totalShare) internal {
        manager.settle(escrow, RUN, epoch, totalShare);
    }

    function _pot(uint256 source, uint256 epoch) internal view returns (uint256) {
        return escrow.potOf(address(manager), RUN, source, epoch);
    }

    function _free(uint256 source) internal view returns (uint256) {
        return escrow.freeOf(address(manager), RUN, source);
    }

    function _granted() internal view returns (uint256 granted) {
        (, granted, ) = escrow.nextEpochOf(address(manager), RUN);
    }

    function _what(
        uint256 source,
        address operator,
        address holder,
        uint64 epoch
    ) internal view returns (Claim memory) {
        uint64[] memory epochs = new uint64[](1);
        epochs[0] = epoch;
        return Claim(address(manager), RUN, source, operator, holder, epochs);
    }
}

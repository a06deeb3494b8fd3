// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Actors} from "./Actors.sol";
import {DisputeCourt} from "../../../contracts/DisputeCourt.sol";

/// @notice What the court is made with, and how its money leaves.
contract CourtTest is Actors {
    function _rules() private pure returns (Rules memory) {
        return Rules(WINDOW, CLOCK, ANSWER, DEMAND_ROUNDS, ROOT_BOND, DEMAND_BOND);
    }

    function test_rules_areWhatItWasMadeWith() public {
        assertEq(abi.encode(disputeCourt.rules()), abi.encode(_rules()), "rules");
        assertEq(address(disputeCourt.TOKEN()), address(token), "token");
        assertEq(disputeCourt.SINK(), account("sink"), "sink");
    }

    /// @dev Stake has to be slashable until the last dispute is over: half of the unbonding delay.
    function test_constructor_windowUpToHalfTheUnbondingDelay() public {
        Rules memory r = _rules();
        uint256 half = stakes.UNBONDING_SECONDS() / 2;
        r.windowSeconds = uint32(half - 2 * uint256(CLOCK));
        new DisputeCourt(stakes, r);
        r.windowSeconds++;
        vm.expectRevert(abi.encodeWithSelector(CourtWindowTooLong.selector, half + 1, half));
        new DisputeCourt(stakes, r);
        r = _rules();
        r.answerSeconds = uint32(half + 1);
        vm.expectRevert(abi.encodeWithSelector(CourtWindowTooLong.selector, half + 1, half));
        new DisputeCourt(stakes, r);
    }

    function test_constructor_zeroRules_revert() public {
        for (uint256 i = 0; i < 6; i++) {
            Rules memory r = _rules();
            if (i == 0) r.windowSeconds = 0;
            if (i == 1) r.clockSeconds = 0;
            if (i == 2) r.answerSeconds = 0;
            if (i == 3) r.demandRounds = 0;
            if (i == 4) r.rootBond = 0;
            if (i == 5) r.demandBond = 0;
            vm.expectRevert(CourtZeroRule.selector);
            new DisputeCourt(stakes, r);
        }
    }

    function test_withdraw_once_toWhereItIsSent() public {
        _start(3, 3);
        _contribute();
        Exhibit memory exhibit = _exhibit(_round(), 0);
        vm.prank(watcher);
        uint256 id = disputeCourt.demandRecord(exhibit, 0);
        disputeCourt.produceRecord(id, _recordProof(exhibit.round, 0, 0));
        uint256 before = token.balanceOf(stranger);
        disputeCourt.withdraw(stranger);
        assertEq(token.balanceOf(stranger) - before, DEMAND_BOND, "the bond");
        vm.expectRevert(abi.encodeWithSelector(CourtNothingOwed.selector, address(this)));
        disputeCourt.withdraw(stranger);
        vm.expectRevert(CourtZeroAddress.selector);
        disputeCourt.withdraw(address(0));
        assertEq(token.balanceOf(address(disputeCourt)), 0, "nothing is left");
    }
}

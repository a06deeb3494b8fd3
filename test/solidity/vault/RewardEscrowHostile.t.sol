// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {RewardEscrowBase} from "./RewardEscrowBase.sol";
import {
    FalseToken,
    FeeToken,
    HookToken,
    OddToken,
    PausableToken,
    RebasingToken,
    Reenterer
} from "../mocks/OddTokens.sol";
import {RewardEscrow} from "../../../contracts/RewardEscrow.sol";
import {IGrants} from "../../../contracts/interfaces/IGrants.sol";
import {IRewardEscrow} from "../../../contracts/interfaces/IRewardEscrow.sol";

/// Sponsorships in tokens that misbehave, beside a grant and a sponsorship that do not
/// ├── fee on transfer: what arrived is owed; all of it as fee: reverts
/// ├── answers false, or reverts: nothing is owed, nothing claimed is lost, other tokens go on
/// ├── balance shrinks: the first claims are paid, the last wait; balance grows: nobody's
/// └── one that is no contract: reverts
contract RewardEscrowOddTokensTest is RewardEscrowBase {
    function _odd(OddToken odd, uint256 amount) private returns (uint256 source) {
        odd.mint(sponsor, amount);
        vm.prank(sponsor);
        odd.approve(address(escrow), type(uint256).max);
        return _sponsor(IERC20(address(odd)), amount, amount);
    }

    /// @dev Epoch 1, all earned by op, whose shares are half alice's. A well-behaved sponsorship has the number 1.
    function _run(OddToken odd, uint256 amount) private returns (uint256 source) {
        stakes.setShares(op, op, 50);
        stakes.setShares(op, alice, 50);
        vm.warp(BEGIN + 10);
        _grant(100);
        _sponsor(other, 100, 100);
        source = _odd(odd, amount);
        _open(1, 100);
        manager.setShare(RUN, 1, op, false, WHOLE);
        _settle(1, WHOLE);
    }

    /// @dev The others' books are whole, and pay.
    function _othersPay() private {
        assertEq(escrow.held(native), escrow.owed(native), "native is held");
        assertEq(escrow.held(other), escrow.owed(other), "the other is held");
        for (uint256 source = 0; source < 2; source++) {
            assertEq(escrow.claim(_what(source, op, op, 1)), 50, "operator");
            assertEq(escrow.claim(_what(source, op, alice, 1)), 50, "holder");
        }
    }

    function test_feeToken_owesWhatArrived(uint256 amount, uint256 bps) public {
        amount = bound(amount, 4, MAX);
        bps = bound(bps, 1, 5_000);
        FeeToken odd = new FeeToken();
        odd.setFee(bps);
        uint256 arrived = amount - (amount * bps) / 10_000;
        uint256 source = _run(odd, amount);
        assertEq(escrow.sponsorshipOf(address(manager), RUN, source).budget, arrived, "budget");
        assertEq(escrow.owed(odd), arrived, "owed");
        assertEq(escrow.held(odd), arrived, "held");
        escrow.claim(_what(source, op, op, 1));
        escrow.claim(_what(source, op, alice, 1));
        assertEq(escrow.owed(odd), arrived % 2, "all but the rounding is paid");
        _othersPay();
    }

    function test_feeToken_nothingArrives_reverts() public {
        FeeToken odd = new FeeToken();
        odd.setFee(10_000);
        odd.mint(sponsor, 5);
        vm.startPrank(sponsor);
        odd.approve(address(escrow), 5);
        vm.expectRevert(abi.encodeWithSelector(RewardEscrowZeroAmount.selector));
        escrow.sponsor(address(manager), RUN, odd, 5, 5);
        vm.stopPrank();
    }

    function test_falseToken_revertsWithoutLoss() public {
        FalseToken odd = new FalseToken();
        uint256 source = _run(odd, 100);
        odd.setBroken(true);
        bytes memory failed = abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(odd));
        vm.expectRevert(failed);
        escrow.claim(_what(source, op, op, 1));
        assertFalse(escrow.isClaimed(address(manager), RUN, source, op, op, 1), "not claimed");
        _othersPay();
        odd.setBroken(false);
        assertEq(escrow.claim(_what(source, op, op, 1)), 50, "paid in the end");
    }

    function test_pausedToken_stopsOnlyItself() public {
        PausableToken odd = new PausableToken();
        uint256 source = _run(odd, 100);
        odd.setPaused(true);
        bytes memory paused = abi.encodeWithSelector(PausableToken.TokenPaused.selector);
        vm.expectRevert(paused);
        escrow.claim(_what(source, op, op, 1));
        vm.expectRevert(paused);
        _topUp(source, 1);
        Claim[] memory both = new Claim[](2);
        (both[0], both[1]) = (_what(1, op, op, 1), _what(source, op, op, 1));
        vm.expectRevert(paused);
        escrow.claimMany(both);
        assertTrue(_open(2, 0) == false, "epochs go on");
        _settle(2, 0);
        _othersPay();
    }

    function test_rebasingToken_lossStaysItsOwn(uint256 left) public {
        RebasingToken odd = new RebasingToken();
        uint256 source = _run(odd, 100);
        left = bound(left, 0, 99);
        odd.rebase(address(escrow), left);
        bytes memory short;
        uint256 paid = 0;
        for (uint256 i = 0; i < 2; i++) {
            address holder = i == 0 ? op : alice;
            if (left - paid < 50) {
                short = abi.encodeWithSelector(
                    IERC20Errors.ERC20InsufficientBalance.selector,
                    address(escrow),
                    left - paid,
                    50
                );
                vm.expectRevert(short);
            } else paid += 50;
            escrow.claim(_what(source, op, holder, 1));
        }
        assertEq(escrow.owed(odd), 100 - paid, "still owed");
        odd.rebase(address(escrow), 1_000);
        for (uint256 i = 0; i < 2; i++) escrow.claim(_what(source, op, i == 0 ? op : alice, 1));
        assertEq(odd.balanceOf(op) + odd.balanceOf(alice), 100, "what was promised, no more");
        assertEq(escrow.owed(odd), 0, "nothing owed");
        _othersPay();
    }

    function test_noContract_reverts() public {
        vm.expectRevert();
        _sponsor(IERC20(rival), 1, 1);
    }
}

/// Tokens that call back in the middle of a transfer
/// ├── whatever moves tokens cannot be entered again
/// ├── an epoch that opens while a sponsorship arrives has no pot of it
/// └── an epoch that opens while a sponsorship is raised, and gets too little: reverts
contract RewardEscrowReentrancyTest is RewardEscrowBase {
    HookToken private odd;
    Reenterer private attacker;
    address private me;

    /// @dev The attacker is sponsor, manager, operator and holder, and the hooked token is the native one as well.
    function setUp() public override {
        super.setUp();
        odd = new HookToken();
        attacker = new Reenterer();
        me = address(attacker);
        escrow = new RewardEscrow(odd, stakes);
        odd.mint(me, 1_000);
        _act(address(odd), abi.encodeCall(IERC20.approve, (address(escrow), 1_000)));
        _act(address(escrow), abi.encodeCall(IRewardEscrow.sponsor, (me, RUN, odd, 300, 100)));
        _act(address(escrow), abi.encodeCall(IRewardEscrow.openEpoch, (RUN, 1, 0)));
        _act(address(escrow), abi.encodeCall(IRewardEscrow.settleEpoch, (RUN, 1, WHOLE / 2)));
        vm.mockCall(
            me,
            abi.encodeWithSignature("shareOf(uint256,uint256,address,bool)", RUN, 1, me, false),
            abi.encode(WHOLE / 2)
        );
        vm.warp(BEGIN + 1);
        odd.arm(attacker);
    }

    function _act(address target, bytes memory data) private {
        attacker.act(target, data);
    }

    function _calls() private view returns (bytes[7] memory calls) {
        uint64[] memory epochs = new uint64[](1);
        epochs[0] = 1;
        Claim memory what = Claim(me, RUN, 1, me, me, epochs);
        Claim[] memory many = new Claim[](1);
        many[0] = what;
        calls[0] = abi.encodeCall(IGrants.grant, (me, RUN, 10));
        calls[1] = abi.encodeCall(IRewardEscrow.sponsor, (me, RUN, odd, 10, 10));
        calls[2] = abi.encodeCall(IRewardEscrow.topUp, (me, RUN, 1, 10));
        calls[3] = abi.encodeCall(IRewardEscrow.withdraw, (me, RUN, 1, 10, me));
        calls[4] = abi.encodeCall(IRewardEscrow.reclaim, (me, RUN, 1, 10, me));
        calls[5] = abi.encodeCall(IRewardEscrow.claim, (what));
        calls[6] = abi.encodeCall(IRewardEscrow.claimMany, (many));
    }

    function test_reentered_anyInAny_isRefused(uint256 outer, uint256 inner) public {
        bytes[7] memory calls = _calls();
        attacker.prepare(address(escrow), calls[inner % 7]);
        _act(address(escrow), calls[outer % 7]);
        assertTrue(attacker.struck(), "the hook ran");
        assertFalse(attacker.succeeded(), "the inner call");
        bytes4 reason = ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector;
        assertEq(attacker.answer(), abi.encodeWithSelector(reason), "because of the guard");
        assertEq(escrow.owed(odd), escrow.held(odd), "owed is held");
    }

    function test_sponsor_epochOpensMeanwhile_beginsAfterIt() public {
        attacker.prepare(address(escrow), abi.encodeCall(IRewardEscrow.openEpoch, (RUN, 2, 0)));
        _act(address(escrow), abi.encodeCall(IRewardEscrow.sponsor, (me, RUN, odd, 10, 10)));
        assertTrue(attacker.succeeded(), "opened");
        assertEq(escrow.sponsorshipOf(me, RUN, 2).first, 3, "first");
        assertEq(escrow.potOf(me, RUN, 2, 2), 0, "no pot in what opened");
    }

    function test_topUp_epochOpensMeanwhile_isNotFilledUp() public {
        _act(address(escrow), abi.encodeCall(IRewardEscrow.withdraw, (me, RUN, 1, 150, me)));
        attacker.prepare(address(escrow), abi.encodeCall(IRewardEscrow.openEpoch, (RUN, 2, 0)));
        vm.expectRevert(abi.encodeWithSelector(RewardEscrowSponsorshipSpent.selector, me, RUN, 1));
        _act(address(escrow), abi.encodeCall(IRewardEscrow.topUp, (me, RUN, 1, 50)));
    }

    function test_withdraw_epochOpensMeanwhile_findsWhatIsLeft() public {
        attacker.prepare(address(escrow), abi.encodeCall(IRewardEscrow.openEpoch, (RUN, 2, 0)));
        _act(address(escrow), abi.encodeCall(IRewardEscrow.withdraw, (me, RUN, 1, 150, me)));
        assertTrue(attacker.succeeded(), "opened");
        assertEq(escrow.potOf(me, RUN, 1, 2), 50, "pot of what is left");
        assertEq(escrow.owed(odd), escrow.held(odd), "owed is held");
    }
}

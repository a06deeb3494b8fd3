// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {RewardVaultBase} from "./RewardVaultBase.sol";
import {RewardVault} from "../../../contracts/RewardVault.sol";
import {IRewardVault} from "../../../contracts/interfaces/IRewardVault.sol";

// The handler lives here, not in a file of its own: the runner knows only contracts of the files it is given.

/// @notice Makes any call on the reward vault by two managers with two runs each and three operators, and keeps a model of the
/// books. Each call says before whether it succeeds, and if not with what error; amounts reach one past each edge.
contract RewardVaultHandler is RewardVaultBase {
    address[3] public operators = [account("op0"), account("op1"), account("op2")];
    address[2] public managers = [account("m0"), account("m1")];
    uint256 public constant RUNS = 2;
    uint256 public constant EPOCHS = 6;

    mapping(address manager => mapping(uint256 run => uint256)) public funds;
    mapping(address manager => mapping(uint256 run => mapping(uint256 epoch => uint256))) public pots;
    /// @notice 0: not opened, 1: open, 2: settled.
    mapping(address manager => mapping(uint256 run => mapping(uint256 epoch => uint256))) public states;
    mapping(address operator => uint256) public credits;
    mapping(address operator => uint256) public claimed;
    mapping(address operator => address) public payouts;
    mapping(address payout => uint256) public received;

    constructor() {
        setUp();
    }

    function theVault() external view returns (RewardVault) {
        return vault;
    }

    /// @dev Calls the vault as `sender`. `refusal` is the expected error, empty if the call must succeed.
    function _call(address sender, bytes memory data, bytes memory refusal) private returns (bool done) {
        vm.prank(sender);
        bytes memory answer;
        (done, answer) = address(vault).call(data);
        assertEq(done, refusal.length == 0, "the model knows whether it succeeds");
        if (!done) assertEq(answer, refusal, "the model knows why not");
    }

    function fund(uint256 which, uint256 run, uint256 amount) external {
        address manager_ = managers[which % 2];
        run = run % RUNS;
        amount = bound(amount, 0, 1_000);
        bytes memory refusal;
        if (amount == 0) refusal = abi.encodeWithSelector(RewardVaultZeroAmount.selector);
        if (_call(sponsor, abi.encodeCall(IRewardVault.fund, (manager_, run, amount)), refusal)) {
            funds[manager_][run] += amount;
        }
    }

    function openEpoch(uint256 which, uint256 run, uint256 epoch, uint256 pot) external {
        address manager_ = managers[which % 2];
        (run, epoch) = (run % RUNS, epoch % EPOCHS);
        uint256 available = funds[manager_][run];
        pot = bound(pot, 0, available + 1);
        bytes memory refusal;
        if (states[manager_][run][epoch] != 0) {
            refusal = abi.encodeWithSelector(RewardVaultEpochKnown.selector, manager_, run, epoch);
        } else if (pot > available) {
            bytes4 selector = RewardVaultInsufficientFunds.selector;
            refusal = abi.encodeWithSelector(selector, manager_, run, pot, available);
        }
        if (_call(manager_, abi.encodeCall(IRewardVault.openEpoch, (run, epoch, pot)), refusal)) {
            funds[manager_][run] -= pot;
            pots[manager_][run][epoch] = pot;
            states[manager_][run][epoch] = 1;
        }
    }

    function settleEpoch(uint256 which, uint256 run, uint256 epoch, uint256[3] memory shares) external {
        address manager_ = managers[which % 2];
        (run, epoch) = (run % RUNS, epoch % EPOCHS);
        uint256 pot = pots[manager_][run][epoch];
        address[] memory to = new address[](3);
        uint256[] memory amounts = new uint256[](3);
        uint256 sum = 0;
        for (uint256 i = 0; i < 3; i++) {
            // The last one may go one past what is left of the pot.
            amounts[i] = bound(shares[i], 0, pot - sum + (i == 2 ? 1 : 0));
            (to[i], sum) = (operators[shares[i] % 3], sum + amounts[i]);
        }
        bytes memory refusal;
        if (states[manager_][run][epoch] != 1) {
            refusal = abi.encodeWithSelector(RewardVaultEpochNotOpen.selector, manager_, run, epoch);
        } else if (sum > pot) {
            refusal = abi.encodeWithSelector(RewardVaultPotExceeded.selector, manager_, run, epoch, sum, pot);
        }
        bytes memory data = abi.encodeCall(IRewardVault.settleEpoch, (run, epoch, to, amounts));
        if (!_call(manager_, data, refusal)) return;
        for (uint256 i = 0; i < 3; i++) credits[to[i]] += amounts[i];
        funds[manager_][run] += pot - sum;
        pots[manager_][run][epoch] = 0;
        states[manager_][run][epoch] = 2;
    }

    function claim(uint256 caller, uint256 who) external {
        address operator = operators[who % 3];
        bytes memory refusal;
        if (credits[operator] == 0) refusal = abi.encodeWithSelector(RewardVaultNothingToClaim.selector, operator);
        if (_call(operators[caller % 3], abi.encodeCall(IRewardVault.claim, (operator)), refusal)) {
            address to = payouts[operator] == address(0) ? operator : payouts[operator];
            received[to] += credits[operator];
            claimed[operator] += credits[operator];
            credits[operator] = 0;
        }
    }

    function setPayout(uint256 who, uint256 to) external {
        address operator = operators[who % 3];
        payouts[operator] = to % 4 == 3 ? address(0) : operators[to % 4];
        vm.prank(operator);
        stakes.setPayout(payouts[operator]);
    }
}

/// @notice I-01 to I-03 of contracts/README.md, over random histories.
contract RewardVaultInvariantTest is Base {
    RewardVaultHandler private handler;
    RewardVault private vault;

    function setUp() public {
        handler = new RewardVaultHandler();
        vault = handler.theVault();
        bytes4[] memory calls = new bytes4[](5);
        calls[0] = RewardVaultHandler.fund.selector;
        calls[1] = RewardVaultHandler.openEpoch.selector;
        calls[2] = RewardVaultHandler.settleEpoch.selector;
        calls[3] = RewardVaultHandler.claim.selector;
        calls[4] = RewardVaultHandler.setPayout.selector;
        _targetSelectors(address(handler), calls);
        // A good start, since a short history seldom gets this far by itself.
        for (uint256 i = 0; i < 4; i++) {
            handler.fund(i, i / 2, 1_000);
            handler.openEpoch(i, i / 2, 0, 500);
        }
    }

    function invariant_I01_owedIsHeld() public view {
        assertLe(vault.owed(), vault.held(), "owed");
    }

    function invariant_I02_owedIsTheSumOfTheBooks() public view {
        uint256 sum = 0;
        for (uint256 i = 0; i < 3; i++) sum += vault.creditOf(handler.operators(i));
        for (uint256 i = 0; i < 2; i++) {
            for (uint256 run = 0; run < handler.RUNS(); run++) {
                sum += vault.fundsOf(handler.managers(i), run);
                for (uint256 epoch = 0; epoch < handler.EPOCHS(); epoch++) {
                    sum += vault.potOf(handler.managers(i), run, epoch);
                }
            }
        }
        assertEq(vault.owed(), sum, "owed");
    }

    /// @dev The model changes a manager's books only by gifts to it and by its own calls.
    function invariant_I03_booksMoveOnlyByTheirManager() public view {
        for (uint256 i = 0; i < 2; i++) {
            address manager = handler.managers(i);
            for (uint256 run = 0; run < handler.RUNS(); run++) {
                assertEq(vault.fundsOf(manager, run), handler.funds(manager, run), "funds");
                for (uint256 epoch = 0; epoch < handler.EPOCHS(); epoch++) {
                    assertEq(vault.potOf(manager, run, epoch), handler.pots(manager, run, epoch), "pot");
                }
            }
        }
        for (uint256 i = 0; i < 3; i++) {
            address operator = handler.operators(i);
            assertEq(vault.creditOf(operator), handler.credits(operator), "credit");
            assertEq(vault.TOKEN().balanceOf(operator), handler.received(operator), "received");
        }
    }
}

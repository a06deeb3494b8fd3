// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {CoordinatorBase} from "./CoordinatorBase.sol";
import {RunCoordinator} from "../../../contracts/RunCoordinator.sol";
import {IRewardVault} from "../../../contracts/interfaces/IRewardVault.sol";
import {IStakeVault} from "../../../contracts/interfaces/IStakeVault.sol";

/// @notice Both vaults in one, which calls the coordinator back from within each call that may change something. It is an
/// operator itself, so that it can join. Only the functions that the coordinator calls exist.
contract CallingBack {
    bytes private attack;
    bytes public answer;
    bool public succeeded;

    function arm(bytes calldata attack_) external {
        (attack, answer, succeeded) = (attack_, "", false);
    }

    function act(address coordinator, bytes calldata data) external {
        (bool done, bytes memory reason) = coordinator.call(data);
        require(done, string(reason));
    }

    function operatorOf(address account) external pure returns (address) {
        return account;
    }

    function fundsOf(address, uint256) external pure returns (uint256) {
        return type(uint256).max;
    }

    function lock(address, uint256) external {
        _strike();
    }

    function unlock(address, uint256) external {
        _strike();
    }

    function openEpoch(uint256, uint256, uint256) external {
        _strike();
    }

    function settleEpoch(uint256, uint256, address[] calldata, uint256[] calldata) external {
        _strike();
    }

    function _strike() private {
        if (attack.length == 0) return;
        (succeeded, answer) = msg.sender.call(attack);
    }
}

/// Calls from within calls: whoever comes back finds everything done
/// ├── from lock: the caller is a member already
/// ├── from unlock: the slot is empty already
/// ├── from openEpoch: the round is open already
/// └── from settleEpoch: the epoch is settled already
contract RunCoordinatorReentrancyTest is CoordinatorBase {
    CallingBack private vaults = new CallingBack();

    function setUp() public override {
        super.setUp();
        coordinator = new RunCoordinator(IStakeVault(address(vaults)), IRewardVault(address(vaults)), beacon);
        run = coordinator.createRun(_params());
        for (uint256 i = 0; i < 2; i++) {
            vm.prank(_miner(i));
            coordinator.joinAsMiner(run);
            vm.prank(_validator(i));
            coordinator.joinAsValidator(run, STAKE);
        }
    }

    function _assertRefused(bytes memory wanted) private view {
        assertFalse(vaults.succeeded(), "did the call from within succeed");
        assertEq(vaults.answer(), wanted, "why not");
    }

    function test_reentry_fromLock_findsMember() public {
        bytes memory join = abi.encodeCall(coordinator.joinAsMiner, (run));
        vaults.arm(join);
        vaults.act(address(coordinator), join);
        _assertRefused(abi.encodeWithSelector(RunAlreadyMember.selector, run, address(vaults)));
    }

    function test_reentry_fromUnlock_findsEmptySlot() public {
        _leave(_miner(0), Role.Miner);
        vaults.arm(abi.encodeCall(coordinator.release, (run, Role.Miner, 0)));
        coordinator.release(run, Role.Miner, 0);
        _assertRefused(abi.encodeWithSelector(RunNotMember.selector, run, address(0)));
    }

    function test_reentry_fromOpenEpoch_findsRoundOpen() public {
        vaults.arm(abi.encodeCall(coordinator.advance, (run)));
        coordinator.advance(run);
        _assertRefused(abi.encodeWithSelector(RunNotDue.selector, run));
        assertEq(_round(), 1, "one round");
        assertEq(_state().validators, 3, "with its validators");
    }

    function test_reentry_fromSettle_findsSettled() public {
        coordinator.advance(run);
        _finish();
        _finish();
        _lapseEpoch(1);
        coordinator.advanceEpoch(run, 1);
        bytes memory settle = abi.encodeCall(coordinator.settle, (run, 1, new bytes[](0), ""));
        vaults.arm(settle);
        coordinator.settle(run, 1, new bytes[](0), "");
        bytes4 selector = EpochWrongPhase.selector;
        _assertRefused(abi.encodeWithSelector(selector, run, 1, EpochPhase.Settled, EpochPhase.Reveal));
    }
}

/// Vaults that revert
/// ├── stake vault: nobody acts, but time goes on and the run with it
/// └── reward vault: a round of an open epoch does not ask it
contract RunCoordinatorDeadVaultTest is CoordinatorBase {
    function test_deadStakeVault_anyoneStillAdvances() public {
        _start(2, 2);
        _commitAll();
        _reveal(_miner(0));
        vm.etch(address(stakes), hex"fe");
        for (uint256 i = 0; i < 3; i++) {
            _lapse();
            coordinator.advance(run);
        }
        assertEq(_round(), 2, "the round is void, the next one open");
    }

    function test_deadRewardVault_roundsOfOpenEpochGoOn() public {
        _start(2, 2);
        vm.etch(address(rewards), hex"fe");
        _finish();
        assertEq(_round(), 2, "round");
        assertEq(coordinator.stateRootOf(run), keccak256(abi.encode("state", uint64(1))), "root");
    }
}

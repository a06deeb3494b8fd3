// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {EpochSteps} from "./EpochSteps.sol";
import {RunCoordinator} from "../../../contracts/RunCoordinator.sol";
import {IRewardEscrow} from "../../../contracts/interfaces/IRewardEscrow.sol";
import {IStakeVault} from "../../../contracts/interfaces/IStakeVault.sol";

/// @notice Stake vault, escrow and token in one, which calls the coordinator back from within each call that may change
/// something. It is an operator itself, so that it can join. Only the functions that the coordinator calls exist.
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

    // ---- Stake vault

    function operatorOf(address account) external pure returns (address) {
        return account;
    }

    function delegateOf(address) external pure returns (address) {
        return address(0);
    }

    function isShort(address) external pure returns (bool) {
        return true;
    }

    function lockedBy(address, address) external pure returns (uint256) {
        return type(uint128).max;
    }

    function slashableBy(address, address) external pure returns (uint256) {
        return type(uint128).max;
    }

    function BOUNTY_CAP_BPS() external pure returns (uint16) {
        return 1_000;
    }

    function slash(address, uint256, address, uint256) external returns (uint256) {
        _strike();
        return 0;
    }

    function lock(address, uint256) external {
        _strike();
    }

    function unlock(address, uint256) external {
        _strike();
    }

    // ---- Escrow

    function NATIVE() external view returns (IERC20) {
        return IERC20(address(this));
    }

    function nextEpochOf(address, uint256) external pure returns (uint256, uint256, uint256) {
        return (0, type(uint128).max, 0);
    }

    function openEpoch(uint256, uint256, uint256) external returns (bool) {
        _strike();
        return true;
    }

    function settleEpoch(uint256, uint256, uint256) external {
        _strike();
    }

    // ---- Token

    function transferFrom(address, address, uint256) external returns (bool) {
        _strike();
        return true;
    }

    function transfer(address, uint256) external returns (bool) {
        _strike();
        return true;
    }

    function _strike() private {
        if (attack.length == 0) return;
        (succeeded, answer) = msg.sender.call(attack);
    }
}

/// Calls from within calls: whoever comes back finds everything done
/// ├── from lock: the caller is a member, or an heir, already
/// ├── from unlock: the slot is empty already
/// ├── from openEpoch: the round is open already, or the other one is undone already
/// ├── from slash: the member is punished already
/// ├── from settleEpoch: the epoch is settled already
/// └── from the token: the run exists already, or its deposit is gone already
contract RunCoordinatorReentrancyTest is EpochSteps {
    CallingBack private vaults = new CallingBack();

    function setUp() public override {
        super.setUp();
        coordinator = new RunCoordinator(
            IStakeVault(address(vaults)),
            IRewardEscrow(address(vaults)),
            beacon,
            court,
            DEPOSIT
        );
        _staff(_small());
    }

    function _staff(RunParams memory p) private {
        run = coordinator.createRun(p);
        for (uint256 i = 0; i < 2; i++) {
            vm.prank(_miner(i));
            coordinator.joinAsMiner(run);
            vm.prank(_validator(i));
            coordinator.joinAsValidator(run, STAKE);
        }
    }

    /// @dev Two miners are all, and nobody is protected.
    function _small() private view returns (RunParams memory p) {
        p = _params();
        (p.maxMiners, p.maxIncluded, p.protectionEpochs, p.rewardToken) = (2, 2, 0, address(vaults));
    }

    function _assertRefused(bytes memory wanted) private view {
        assertFalse(vaults.succeeded(), "did the call from within succeed");
        assertEq(vaults.answer(), wanted, "why not");
    }

    function test_reentry_fromLock_findsMember() public {
        _leave(_miner(0), Role.Miner);
        coordinator.release(run, Role.Miner, 0);
        bytes memory join = abi.encodeCall(coordinator.joinAsMiner, (run));
        vaults.arm(join);
        vaults.act(address(coordinator), join);
        _assertRefused(abi.encodeWithSelector(RunAlreadyMember.selector, run, address(vaults)));
    }

    function test_reentry_fromLock_findsHeir() public {
        coordinator.advance(run);
        bytes memory replace = abi.encodeCall(coordinator.replaceMiner, (run, 1));
        vaults.arm(replace);
        vaults.act(address(coordinator), replace);
        _assertRefused(abi.encodeWithSelector(RunAlreadyMember.selector, run, address(vaults)));
        assertEq(coordinator.memberOf(run, Role.Miner, 1).heir, address(vaults), "heir");
    }

    function test_reentry_fromUnlock_findsEmptySlot() public {
        _leave(_miner(0), Role.Miner);
        vaults.arm(abi.encodeCall(coordinator.release, (run, Role.Miner, 0)));
        coordinator.release(run, Role.Miner, 0);
        _assertRefused(abi.encodeWithSelector(RunNotMember.selector, run, address(0)));
    }

    function test_reentry_fromUnlockOfHeir_findsNone() public {
        RunParams memory p = _small();
        p.maxRounds = 1;
        _staff(p);
        coordinator.advance(run);
        vaults.act(address(coordinator), abi.encodeCall(coordinator.replaceMiner, (run, 1)));
        _finish();
        _assertPhase(Phase.Ended, "an heir may leave");
        bytes memory leave = abi.encodeCall(coordinator.leave, (run, Role.Miner));
        vaults.arm(leave);
        vaults.act(address(coordinator), leave);
        _assertRefused(abi.encodeWithSelector(RunNotMember.selector, run, address(vaults)));
    }

    function test_reentry_fromOpenEpoch_findsRoundOpen() public {
        vaults.arm(abi.encodeCall(coordinator.advance, (run)));
        coordinator.advance(run);
        _assertRefused(abi.encodeWithSelector(RunNotDue.selector, run));
        assertEq(_round(), 1, "one round");
        assertEq(_state().validators, 3, "with its validators");
        assertEq(coordinator.epochOf(run, 1).miners, 3, "and its miners");
    }

    /// @dev Also if the court is in league with the escrow.
    function test_reentry_fromOpenEpochOfRefute_findsUndone() public {
        _reconstruct();
        coordinator.advance(run);
        FinalRound memory final_ = FinalRound(0, 0, 0, 0, 0, 0, 0, 0);
        _toAttest();
        _vote();
        Round memory round = _state();
        bytes32 seals = keccak256(abi.encodePacked(coordinator.sealOf(run, 1, 0), coordinator.sealOf(run, 1, 1)));
        final_ = FinalRound({
            epoch: 1,
            finalizedAt: uint48(block.timestamp),
            finalBefore: 0,
            attesters: uint64(round.attested),
            included: round.included,
            parentRoot: round.parentRoot,
            root: round.nextRoot,
            seals: seals
        });
        coordinator.advance(run);
        bytes memory refute = abi.encodeCall(coordinator.refute, (run, 1, final_));
        vaults.arm(refute);
        vaults.act(address(coordinator), refute);
        _assertRefused(abi.encodeWithSelector(RunRoundNotStanding.selector, run, 1));
        assertEq(_round(), 3, "one more round");
    }

    function test_reentry_fromSlash_findsPunished() public {
        _reconstruct();
        coordinator.advance(run);
        Fault memory fault = Fault(Role.Miner, 0, 1, _miner(0), stranger, 100);
        bytes memory punish = abi.encodeCall(coordinator.punish, (run, fault));
        vaults.arm(punish);
        vaults.act(address(coordinator), punish);
        assertTrue(vaults.succeeded(), "asked");
        assertEq(vaults.answer(), abi.encode(uint256(0)), "nothing more is taken");
        assertEq(coordinator.memberOf(run, Role.Miner, 0).stake, 0, "stake");
    }

    /// @dev The vaults are the court too.
    function _reconstruct() private {
        coordinator = new RunCoordinator(
            IStakeVault(address(vaults)),
            IRewardEscrow(address(vaults)),
            beacon,
            address(vaults),
            DEPOSIT
        );
        _staff(_small());
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

    function test_reentry_fromTransferFrom_findsRun() public {
        vaults.arm(abi.encodeCall(coordinator.closeRun, (run + 1)));
        vm.prank(owner);
        uint256 made = coordinator.createRun(_small());
        _assertRefused(abi.encodeWithSelector(RunNotOwner.selector, made, address(vaults)));
        assertEq(coordinator.depositOf(made), DEPOSIT, "deposit");
    }

    function test_reentry_fromTransfer_findsDepositGone() public {
        vm.prank(owner);
        uint256 made = coordinator.createRun(_small());
        vaults.arm(abi.encodeCall(coordinator.depositOf, (made)));
        vm.prank(owner);
        coordinator.closeRun(made);
        assertTrue(vaults.succeeded(), "asked");
        assertEq(vaults.answer(), abi.encode(uint256(0)), "deposit within the transfer");
    }
}

/// Vaults that revert
/// ├── stake vault: who has acted acts, time goes on and the run with it
/// └── escrow: a round of an open epoch does not ask it
contract RunCoordinatorDeadVaultTest is EpochSteps {
    function test_deadStakeVault_keysStillActAndAnyoneAdvances() public {
        _start(2, 2);
        vm.etch(address(stakes), hex"fe");
        _finish();
        assertEq(coordinator.stateRootOf(run), keccak256(abi.encode("state", uint64(1))), "root");
        for (uint256 i = 0; i < 2; i++) {
            _lapse();
            coordinator.advance(run);
        }
        assertEq(_round(), 3, "the round is void, the next one open");
    }

    function test_deadEscrow_roundsOfOpenEpochGoOn() public {
        _start(2, 2);
        vm.etch(address(rewards), hex"fe");
        _finish();
        assertEq(_round(), 2, "round");
        assertEq(coordinator.stateRootOf(run), keccak256(abi.encode("state", uint64(1))), "root");
    }
}

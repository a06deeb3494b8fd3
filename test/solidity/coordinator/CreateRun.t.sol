// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ContributionLib} from "../../../contracts/libraries/ContributionLib.sol";
import {CoordinatorBase} from "./CoordinatorBase.sol";
import {RunCoordinator} from "../../../contracts/RunCoordinator.sol";

/// createRun
/// ├── a field out of its range: reverts and names it
/// ├── a field at the edge of its range: passes
/// ├── the caller cannot pay the deposit: the token reverts
/// └── else: stored, numbered from 1, the caller owns it, Idle at genesis, the deposit is the coordinator's
contract RunCoordinatorCreateRunTest is CoordinatorBase {
    function setUp() public override {
        super.setUp();
        vm.prank(holder);
        token.approve(address(coordinator), type(uint256).max);
    }

    function _create(RunParams memory p, bytes32 field) private {
        if (field != 0) vm.expectRevert(abi.encodeWithSelector(RunParamInvalid.selector, field));
        vm.prank(holder);
        coordinator.createRun(p);
    }

    function test_createRun_blobFieldZero_revertsWithItsName() public {
        RunParams memory p = _params();
        p.manifestDigest = 0;
        _create(p, "manifestDigest");
        p = _params();
        p.manifestSize = 0;
        _create(p, "manifestSize");
        p = _params();
        p.genesisRoot = 0;
        _create(p, "genesisRoot");
        p = _params();
        p.maxBlobBytes = 0;
        _create(p, "maxBlobBytes");
    }

    /// @dev What a court computes a chunk with has to be what its libraries take.
    function test_createRun_chunkRuleZero_revertsWithItsName() public {
        RunParams memory p = _params();
        p.chunks.k = 0;
        _create(p, "chunks.k");
        p = _params();
        p.chunks.chunkSize = 0;
        _create(p, "chunks.k");
        p = _params();
        p.chunks.chunkCount = 0;
        _create(p, "chunks.chunkCount");
        p = _params();
        p.chunks.clipQ8 = 0;
        _create(p, "chunks.clipQ8");
        p = _params();
        p.chunks.rateQ16 = 0;
        _create(p, "chunks.rateQ16");
        p = _params();
        p.chunks.maxInnerSteps = 0;
        _create(p, "chunks.maxInnerSteps");
        p = _params();
        p.chunks.batch = 0;
        _create(p, "chunks.batch");
    }

    function test_createRun_chunkRuleAtLimit_passesAndBeyondReverts() public {
        RunParams memory p = _params();
        (p.chunks.chunkSize, p.chunks.k, p.chunks.rateQ16, p.chunks.clipQ8) = (4_096, 512, 131_072, 65_535);
        (p.chunks.chunkCount, p.chunks.maxInnerSteps, p.chunks.batch) = (1, 1, 1);
        _create(p, 0);
        p.chunks.chunkSize = 4_097;
        _create(p, "chunks.chunkSize");
        (p.chunks.chunkSize, p.chunks.k) = (4_096, 513);
        _create(p, "chunks.k");
        // A quarter of a chunk at most.
        (p.chunks.chunkSize, p.chunks.k) = (400, 100);
        _create(p, 0);
        p.chunks.k = 101;
        _create(p, "chunks.k");
        (p.chunks.chunkSize, p.chunks.k) = (4, 1);
        _create(p, 0);
        p.chunks.rateQ16 = 131_073;
        _create(p, "chunks.rateQ16");
    }

    /// @dev Each of its bounds is the one that the codec holds to.
    function test_createRun_anyCodec_isTheCodecsChoice(uint16 k, uint16 chunkSize) public {
        RunParams memory p = _params();
        (p.chunks.k, p.chunks.chunkSize) = (k % 600, chunkSize % 5_000);
        bool fits = true;
        try this.checkCodec(p.chunks.k, p.chunks.chunkSize) {} catch {
            fits = false;
        }
        if (!fits) vm.expectPartialRevert(RunParamInvalid.selector);
        vm.prank(holder);
        coordinator.createRun(p);
    }

    function checkCodec(uint256 k, uint256 chunkSize) external pure {
        ContributionLib.checkCodec(k, chunkSize);
    }

    function test_createRun_durationZero_revertsWithItsName() public {
        RunParams memory p = _params();
        p.trainSeconds = 0;
        _create(p, "trainSeconds");
        p = _params();
        p.commitSeconds = 0;
        _create(p, "commitSeconds");
        p = _params();
        p.revealSeconds = 0;
        _create(p, "revealSeconds");
        p = _params();
        p.attestSeconds = 0;
        _create(p, "attestSeconds");
        p = _params();
        p.scoreCommitSeconds = 0;
        _create(p, "scoreCommitSeconds");
        p = _params();
        p.scoreRevealSeconds = 0;
        _create(p, "scoreRevealSeconds");
    }

    function test_createRun_countZero_revertsWithItsName() public {
        RunParams memory p = _params();
        p.maxLeaders = 0;
        _create(p, "maxLeaders");
        p = _params();
        p.roundsPerEpoch = 0;
        _create(p, "roundsPerEpoch");
        p = _params();
        p.maxIncluded = 0;
        _create(p, "maxIncluded");
        p = _params();
        p.minMiners = 0;
        _create(p, "minMiners");
        p = _params();
        p.minValidators = 0;
        _create(p, "minValidators");
    }

    function test_createRun_moneyZero_revertsWithItsName() public {
        RunParams memory p = _params();
        p.minerStake = 0;
        _create(p, "minerStake");
        p = _params();
        p.validatorStake = 0;
        _create(p, "validatorStake");
        p = _params();
        p.validatorWeightCap = 0;
        _create(p, "validatorWeightCap");
        p = _params();
        p.minPot = 0;
        _create(p, "minPot");
        p = _params();
        p.rewardToken = address(0);
        _create(p, "rewardToken");
    }

    /// @dev A native pot comes out of what an epoch takes of the grant; another token has nothing to do with that.
    function test_createRun_nativePotAboveEpochPot_revertsWithName() public {
        RunParams memory p = _params();
        p.epochPot = p.minPot;
        _create(p, 0);
        p.epochPot--;
        _create(p, "epochPot");
        p.rewardToken = stranger;
        _create(p, 0);
        p.epochPot = 0;
        _create(p, 0);
    }

    function test_createRun_limitOfMembersExceeded_revertsWithItsName() public {
        RunParams memory p = _params();
        p.maxMiners = 256;
        p.maxValidators = 64;
        _create(p, 0);
        p.maxMiners = 257;
        _create(p, "maxMiners");
        p.maxMiners = 256;
        p.maxValidators = 65;
        _create(p, "maxValidators");
        p.maxValidators = 64;
        p.maxIncluded = 64;
        _create(p, 0);
        p.maxIncluded = 65;
        _create(p, "maxIncluded");
    }

    function test_createRun_rangeOfMembersEmpty_revertsWithItsName() public {
        RunParams memory p = _params();
        p.minMiners = p.maxMiners;
        p.minValidators = p.maxValidators;
        p.maxIncluded = p.maxMiners;
        _create(p, 0);
        p.minMiners++;
        _create(p, "minMiners");
        p.minMiners--;
        p.minValidators++;
        _create(p, "minValidators");
        p.minValidators--;
        p.maxIncluded++;
        _create(p, "maxIncluded");
    }

    function test_createRun_sharesAboveWhole_revertsWithName(uint16 minerBps, uint16 validatorBps) public {
        RunParams memory p = _params();
        p.minerShareBps = minerBps;
        p.validatorShareBps = validatorBps;
        bytes32 field;
        if (minerBps > 10_000) field = "minerShareBps";
        else if (uint256(minerBps) + validatorBps > 10_000) field = "validatorShareBps";
        _create(p, field);
    }

    function test_createRun_sharesAreTheWhole_passes() public {
        RunParams memory p = _params();
        (p.minerShareBps, p.validatorShareBps) = (10_000, 0);
        _create(p, 0);
        (p.minerShareBps, p.validatorShareBps) = (0, 10_000);
        _create(p, 0);
    }

    function test_createRun_withoutDeposit_reverts() public {
        vm.prank(holder);
        token.transfer(stranger, DEPOSIT - 1);
        vm.startPrank(stranger);
        token.approve(address(coordinator), DEPOSIT);
        bytes4 selector = IERC20Errors.ERC20InsufficientBalance.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, stranger, DEPOSIT - 1, DEPOSIT));
        coordinator.createRun(_params());
        vm.stopPrank();
        assertEq(coordinator.runCount(), 1, "count");
    }

    function test_createRun_inRange_storesAndEmits() public {
        RunParams memory p = _params();
        p.maxRounds = 9;
        uint256 held = token.balanceOf(address(coordinator));
        vm.expectEmit(address(coordinator));
        emit RunCreated(run + 1, holder, p, DEPOSIT);
        vm.prank(holder);
        assertEq(coordinator.createRun(p), run + 1, "number");
        assertEq(coordinator.runCount(), run + 1, "count");
        assertEq(coordinator.ownerOf(run + 1), holder, "owner");
        assertEq(coordinator.depositOf(run + 1), DEPOSIT, "deposit");
        assertEq(token.balanceOf(address(coordinator)), held + DEPOSIT, "held");
        assertEq(coordinator.sourceOf(run + 1), 0, "source");
        assertEq(coordinator.stateRootOf(run + 1), p.genesisRoot, "root");
        assertEq(coordinator.currentRoundOf(run + 1), 0, "round");
        assertEq(coordinator.currentEpochOf(run + 1), 0, "epoch");
        assertEq(uint256(coordinator.phaseOf(run + 1)), uint256(Phase.Idle), "phase");
        assertEq(abi.encode(coordinator.paramsOf(run + 1)), abi.encode(p), "params");
        assertEq(abi.encode(coordinator.chunkRulesOf(run + 1)), abi.encode(p.chunks), "rules of chunks");
        assertEq(abi.encode(coordinator.paramsOf(run)), abi.encode(_params()), "params of the other run");
    }

    function test_createRun_depositOfZero_takesNothing() public {
        coordinator = new RunCoordinator(stakes, rewards, beacon, court, 0);
        vm.prank(stranger);
        uint256 free = coordinator.createRun(_params());
        assertEq(coordinator.depositOf(free), 0, "deposit");
        vm.expectEmit(address(coordinator));
        emit DepositReturned(free, stranger, 0);
        vm.prank(stranger);
        coordinator.closeRun(free);
        assertEq(uint256(coordinator.phaseOf(free)), uint256(Phase.Ended), "phase");
    }

    function test_constructor_partners_areKept() public view {
        assertEq(address(coordinator.STAKE_VAULT()), address(stakes), "stake vault");
        assertEq(address(coordinator.REWARDS()), address(rewards), "reward escrow");
        assertEq(address(coordinator.BEACON()), address(beacon), "beacon");
        assertEq(address(coordinator.TOKEN()), address(token), "token");
        assertEq(coordinator.COURT(), court, "court");
        assertEq(coordinator.RUN_DEPOSIT(), DEPOSIT, "deposit");
        assertEq(run, 1, "runs count from 1");
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {CoordinatorBase} from "./CoordinatorBase.sol";
import {IStakeVaultErrors} from "../../../contracts/interfaces/IStakeVault.sol";
import {HashLib} from "../../../contracts/libraries/HashLib.sol";

/// commit
/// ├── no such run, another round, another phase, past the deadline: reverts
/// ├── caller acts for no operator, for no member, or for one that is not active in the round: reverts
/// ├── committed already, or zero: reverts
/// └── else: stored, in Train as in Commit, by the operator or its delegate
///     └── it was the last: Reveal opens
contract RunCoordinatorCommitTest is CoordinatorBase, IStakeVaultErrors {
    bytes32 private constant COMMITMENT = keccak256("commitment");

    function setUp() public override {
        super.setUp();
        _start(2, 2);
    }

    function _commitAs(address caller, uint64 round, bytes32 commitment, bytes memory refusal) private {
        if (refusal.length != 0) vm.expectRevert(refusal);
        vm.prank(caller);
        coordinator.commit(run, round, commitment);
    }

    function test_commit_unknownRun_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunUnknown.selector, 7));
        coordinator.commit(7, 1, COMMITMENT);
    }

    function test_commit_otherRound_reverts(uint64 round) public {
        if (round == 1) round = 2;
        _commitAs(_miner(0), round, COMMITMENT, abi.encodeWithSelector(RunWrongRound.selector, run, 1, round));
    }

    function test_commit_beforeFirstRound_reverts() public {
        run = coordinator.createRun(_params());
        address miner = _joinMiner(0);
        bytes4 selector = RunWrongPhase.selector;
        _commitAs(miner, 0, COMMITMENT, abi.encodeWithSelector(selector, run, Phase.Idle, Phase.Commit));
    }

    function test_commit_inRevealOrAttest_reverts() public {
        bytes4 selector = RunWrongPhase.selector;
        _commitAll();
        _commitAs(_miner(0), 1, COMMITMENT, abi.encodeWithSelector(selector, run, Phase.Reveal, Phase.Commit));
        _revealAll();
        _commitAs(_miner(0), 1, COMMITMENT, abi.encodeWithSelector(selector, run, Phase.Attest, Phase.Commit));
    }

    function test_commit_pastDeadline_reverts() public {
        uint64 deadline = _state().deadline;
        vm.warp(deadline + 1);
        _commitAs(_miner(0), 1, COMMITMENT, abi.encodeWithSelector(RunPastDeadline.selector, run, deadline));
        coordinator.advance(run);
        deadline = _state().deadline;
        vm.warp(deadline + 1);
        _commitAs(_miner(0), 1, COMMITMENT, abi.encodeWithSelector(RunPastDeadline.selector, run, deadline));
    }

    function test_commit_atDeadline_passes() public {
        vm.warp(_state().deadline);
        _commitAs(_miner(0), 1, COMMITMENT, "");
        vm.warp(block.timestamp + 1);
        coordinator.advance(run);
        vm.warp(_state().deadline);
        _commitAs(_miner(1), 1, COMMITMENT, "");
        _assertPhase(Phase.Reveal, "both in time");
    }

    function test_commit_notAnOperator_reverts() public {
        _commitAs(stranger, 1, COMMITMENT, abi.encodeWithSelector(StakeVaultUnknownOperator.selector, stranger));
    }

    function test_commit_notAMiner_reverts() public {
        address validator = _validator(0);
        _commitAs(validator, 1, COMMITMENT, abi.encodeWithSelector(RunNotMember.selector, run, validator));
    }

    function test_commit_joinedSince_reverts() public {
        address late = _joinMiner(2);
        _commitAs(late, 1, COMMITMENT, abi.encodeWithSelector(RunNotActive.selector, run, 1, late));
    }

    function test_commit_twice_reverts() public {
        _commitAs(_miner(0), 1, COMMITMENT, "");
        bytes memory refusal = abi.encodeWithSelector(RunAlreadyCommitted.selector, run, 1, _miner(0));
        _commitAs(_miner(0), 1, COMMITMENT, refusal);
    }

    function test_commit_zero_reverts() public {
        _commitAs(_miner(0), 1, 0, abi.encodeWithSelector(RunZeroCommitment.selector));
    }

    function test_commit_inTrain_storesAndEmits(bytes32 commitment) public {
        vm.assume(commitment != 0);
        vm.expectEmit(address(coordinator));
        emit Committed(run, 1, _miner(1), 1, commitment);
        _commitAs(_miner(1), 1, commitment, "");
        assertEq(coordinator.commitmentOf(run, 1, 1), commitment, "stored");
        assertEq(coordinator.commitmentOf(run, 1, 0), 0, "of the other");
        assertEq(_state().committed, 2, "committed");
        _assertPhase(Phase.Train, "one is not all");
    }

    function test_commit_delegate_actsForOperator() public {
        vm.prank(_miner(1));
        stakes.setDelegate(stranger);
        vm.expectEmit(address(coordinator));
        emit Committed(run, 1, _miner(1), 1, COMMITMENT);
        _commitAs(stranger, 1, COMMITMENT, "");
    }

    function test_commit_lastInTrain_opensReveal() public {
        _commit(_miner(0));
        bytes32 commitment = _commitmentOf(_miner(1));
        uint64 deadline = uint64(block.timestamp) + 90;
        bytes32 seed = HashLib.testSeed(beacon.read(), 0, run, 1);
        vm.expectEmit(address(coordinator));
        emit Committed(run, 1, _miner(1), 1, commitment);
        vm.expectEmit(address(coordinator));
        emit RevealOpened(run, 1, seed, deadline);
        _commitAs(_miner(1), 1, commitment, "");
        _assertPhase(Phase.Reveal, "phase");
        assertEq(_state().testSeed, seed, "test seed");
    }

    /// @dev The ring gives the slot of round 1 to round 33; what round 1 left there is not round 33's.
    function test_commit_ringComesRound_startsEmpty() public {
        for (uint64 epoch = 1; epoch <= 16; epoch++) {
            _finish();
            _finish();
            _lapseEpoch(epoch);
            coordinator.advanceEpoch(run, epoch);
            coordinator.settle(run, epoch, new bytes[](0), "");
        }
        assertEq(_round(), 33, "round");
        assertEq(coordinator.commitmentOf(run, 33, 0), 0, "commitment");
        assertNotEq(coordinator.commitmentOf(run, 2, 0), 0, "of the oldest round in the ring");
        vm.expectRevert(abi.encodeWithSelector(RunWrongRound.selector, run, 33, 1));
        coordinator.commitmentOf(run, 1, 0);
        Round memory round = _state();
        assertEq(round.committed | round.revealed | round.led | round.attested | round.included, 0, "sets");
        assertEq(round.attempt, 0, "attempt");
        assertFalse(round.proposed, "proposed");
        assertEq(round.attestedWeight, 0, "weight");
    }
}

/// reveal
/// ├── another round, another phase, past the deadline, not active: reverts
/// ├── nothing committed, revealed already: reverts
/// ├── size zero or above the run's limit: reverts
/// ├── any part differs from what was committed, or it is another's: reverts
/// └── else: the contribution root takes the commitment's place, the salt goes into the mix
///     └── it was the last: a leader is drawn
contract RunCoordinatorRevealTest is CoordinatorBase {
    function setUp() public override {
        super.setUp();
        _start(3, 2);
        _commit(_miner(0));
        _commit(_miner(1));
    }

    function _toReveal() private {
        for (uint256 i = 0; i < 2; i++) {
            _lapse();
            coordinator.advance(run);
        }
    }

    function _revealAs(address caller, bytes32 root, bytes32 digest, uint64 size, bytes32 salt) private {
        vm.prank(caller);
        coordinator.reveal(run, 1, root, digest, size, salt);
    }

    function test_reveal_unknownRun_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunUnknown.selector, 7));
        coordinator.reveal(7, 1, 0, 0, 1, 0);
    }

    function test_reveal_otherRound_reverts() public {
        _toReveal();
        vm.expectRevert(abi.encodeWithSelector(RunWrongRound.selector, run, 1, 2));
        vm.prank(_miner(0));
        coordinator.reveal(run, 2, 0, 0, 1, 0);
    }

    function test_reveal_inTrain_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunWrongPhase.selector, run, Phase.Train, Phase.Reveal));
        _revealAs(_miner(0), 0, 0, 1, 0);
    }

    function test_reveal_pastDeadline_reverts() public {
        _toReveal();
        uint64 deadline = _state().deadline;
        (bytes32 root, bytes32 digest, uint64 size, bytes32 salt) = _opening(_miner(0), 1);
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(RunPastDeadline.selector, run, deadline));
        _revealAs(_miner(0), root, digest, size, salt);
        vm.warp(deadline);
        _revealAs(_miner(0), root, digest, size, salt);
    }

    function test_reveal_notActive_reverts() public {
        address late = _joinMiner(3);
        _toReveal();
        vm.expectRevert(abi.encodeWithSelector(RunNotActive.selector, run, 1, late));
        _revealAs(late, 0, 0, 1, 0);
    }

    function test_reveal_notCommitted_reverts() public {
        _toReveal();
        vm.expectRevert(abi.encodeWithSelector(RunNotCommitted.selector, run, 1, _miner(2)));
        _revealAs(_miner(2), 0, 0, 1, 0);
    }

    function test_reveal_twice_reverts() public {
        _toReveal();
        _reveal(_miner(0));
        (bytes32 root, bytes32 digest, uint64 size, bytes32 salt) = _opening(_miner(0), 1);
        vm.expectRevert(abi.encodeWithSelector(RunAlreadyRevealed.selector, run, 1, _miner(0)));
        _revealAs(_miner(0), root, digest, size, salt);
    }

    function test_reveal_size_isChecked(uint64 size) public {
        _commitSized(_miner(2), size);
        bool fits = size != 0 && size <= 1_000_000;
        if (!fits) vm.expectRevert(abi.encodeWithSelector(RunBlobSize.selector, size, 1_000_000));
        _revealAs(_miner(2), "root", "digest", size, "salt");
    }

    function test_reveal_sizeAtEdges_isChecked() public {
        _commitSized(_miner(2), 1_000_000);
        _revealAs(_miner(2), "root", "digest", 1_000_000, "salt");
        vm.expectRevert(abi.encodeWithSelector(RunBlobSize.selector, 1_000_001, 1_000_000));
        _revealAs(_miner(0), "root", "digest", 1_000_001, "salt");
        vm.expectRevert(abi.encodeWithSelector(RunBlobSize.selector, 0, 1_000_000));
        _revealAs(_miner(0), "root", "digest", 0, "salt");
    }

    function _commitSized(address miner, uint64 size) private {
        bytes32 commitment = HashLib.contribution(run, 1, miner, "root", "digest", size, "salt");
        vm.prank(miner);
        coordinator.commit(run, 1, commitment);
    }

    function test_reveal_anyPartDiffers_reverts(bytes32 change, uint8 part) public {
        vm.assume(change != 0);
        _toReveal();
        bytes32 committed = _commitmentOf(_miner(0));
        (bytes32 root, bytes32 digest, uint64 size, bytes32 salt) = _opening(_miner(0), 1);
        if (part % 4 == 0) root ^= change;
        else if (part % 4 == 1) digest ^= change;
        else if (part % 4 == 2) size = 1 + uint64(uint256(change) % 999);
        else salt ^= change;
        bytes32 opened = HashLib.contribution(run, 1, _miner(0), root, digest, size, salt);
        vm.expectRevert(abi.encodeWithSelector(RunCommitmentMismatch.selector, committed, opened));
        _revealAs(_miner(0), root, digest, size, salt);
    }

    /// @dev A sealed commitment copied from another miner cannot be opened: it names its author.
    function test_reveal_copiedCommitment_reverts() public {
        bytes32 copied = coordinator.commitmentOf(run, 1, 0);
        vm.prank(_miner(2));
        coordinator.commit(run, 1, copied);
        _reveal(_miner(0));
        (bytes32 root, bytes32 digest, uint64 size, bytes32 salt) = _opening(_miner(0), 1);
        bytes32 opened = HashLib.contribution(run, 1, _miner(2), root, digest, size, salt);
        vm.expectRevert(abi.encodeWithSelector(RunCommitmentMismatch.selector, copied, opened));
        _revealAs(_miner(2), root, digest, size, salt);
    }

    function test_reveal_inTime_storesAndEmits() public {
        _toReveal();
        (bytes32 root, bytes32 digest, uint64 size, bytes32 salt) = _opening(_miner(1), 1);
        vm.expectEmit(address(coordinator));
        emit Revealed(run, 1, _miner(1), 1, root, digest, size, salt);
        _revealAs(_miner(1), root, digest, size, salt);
        assertEq(coordinator.commitmentOf(run, 1, 1), root, "root instead of commitment");
        assertEq(_state().revealed, 2, "revealed");
        _assertPhase(Phase.Reveal, "one is not all");
    }

    function test_reveal_last_drawsLeader() public {
        _toReveal();
        _reveal(_miner(1));
        (bytes32 root, bytes32 digest, uint64 size, bytes32 salt) = _opening(_miner(0), 1);
        uint256[] memory weights = new uint256[](3);
        (weights[0], weights[1]) = (STAKE, STAKE);
        uint8 leader = HashLib.leader(_state().testSeed, 1, weights);
        vm.expectEmit(address(coordinator));
        emit Revealed(run, 1, _miner(0), 0, root, digest, size, salt);
        vm.expectEmit(address(coordinator));
        emit LeaderDrawn(run, 1, _validator(leader), leader, 1, uint64(block.timestamp) + 120);
        _revealAs(_miner(0), root, digest, size, salt);
        _assertPhase(Phase.Attest, "phase");
    }

    /// @dev Seeds of the next round see the salts of this one, in the order in which they were revealed.
    function test_reveal_salts_enterNextSeeds() public {
        _toReveal();
        _reveal(_miner(1));
        _reveal(_miner(0));
        (, , , bytes32 salt1) = _opening(_miner(1), 1);
        (, , , bytes32 salt0) = _opening(_miner(0), 1);
        bytes32 mix = keccak256(abi.encode(keccak256(abi.encode(bytes32(0), salt1)), salt0));
        beacon.set("other");
        _propose();
        _attestAll();
        assertEq(_state().trainSeed, HashLib.trainSeed("other", mix, run, 2), "train seed");
        _commitAll();
        assertEq(_state().testSeed, HashLib.testSeed("other", mix, run, 2), "test seed");
        assertNotEq(_state().testSeed, _state().trainSeed, "they differ");
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {CoordinatorBase} from "./CoordinatorBase.sol";

/// The loss guard: a round with two thirds of the weight attested, of which some say that the model got worse
/// ├── more than half of what attested: void, the root stays, the round does not count as final
/// ├── exactly half: final
/// ├── weight that refuses, or does not vote, says nothing of it
/// ├── an empty set is void as such
/// └── the next attempt begins without such votes
contract RunCoordinatorLossGuardTest is CoordinatorBase {
    bytes32 private constant ROOT = keccak256("root");
    bytes32 private constant GENESIS = keccak256("genesis");

    /// @dev Round 1, in Attest, of a run whose validators have these stakes.
    function _among(uint256 a, uint256 b, uint256 c) private {
        _joinMiner(0);
        _joinMiner(1);
        _joinValidator(0, uint128(a));
        _joinValidator(1, uint128(b));
        _joinValidator(2, uint128(c));
        coordinator.advance(run);
        _toAttest();
    }

    function _has(uint256 set, uint256 slot) private pure returns (bool) {
        return (set >> slot) & 1 == 1;
    }

    /// @dev The leader proposes, all but those in `refusing` attest, those in `worse` say that it got worse; bitmaps of slots.
    function _voteOn(uint256 included, bytes32 root, uint256 refusing, uint256 worse) private {
        Round memory round = _state();
        address leader = _leader();
        vm.prank(leader);
        coordinator.propose(run, round.id, round.attempt, included, root, _has(worse, round.leader));
        for (uint8 slot = 0; slot < 3; slot++) {
            if (slot == round.leader) continue;
            if (_has(refusing, slot)) _refuse(_validator(slot));
            else _attest(_validator(slot), _has(worse, slot));
        }
    }

    function _assertVoid(VoidReason reason) private {
        vm.expectEmit(address(coordinator));
        emit RoundVoided(run, 1, reason);
        coordinator.advance(run);
        assertEq(coordinator.stateRootOf(run), GENESIS, "root");
        assertEq(_state().parentRoot, GENESIS, "parent of the next");
        assertEq(coordinator.epochOf(run, 1).finalRounds, 0, "final rounds");
    }

    function _assertFinal() private {
        vm.expectEmit(address(coordinator));
        emit RoundFinalized(run, 1, 3, ROOT);
        coordinator.advance(run);
        assertEq(coordinator.stateRootOf(run), ROOT, "root");
        assertEq(coordinator.epochOf(run, 1).finalRounds, 1, "final rounds");
    }

    function test_worse_exactlyHalf_isFinal() public {
        _among(STAKE, STAKE, 2 * STAKE);
        _voteOn(3, ROOT, 0, 4);
        assertEq(_state().worseWeight, 2 * STAKE, "half of it");
        _assertFinal();
    }

    function test_worse_moreThanHalf_voidsRound() public {
        _among(STAKE, STAKE, 2 * STAKE + 1);
        _voteOn(3, ROOT, 0, 4);
        _assertVoid(VoidReason.WorseModel);
        Round memory round = coordinator.roundOf(run, 1);
        assertEq(round.worseWeight, 2 * STAKE + 1, "worse weight");
        assertEq(round.attestedWeight, 4 * STAKE + 1, "attested weight");
    }

    /// @dev Half of what attested, though it is a third of the round's weight; and all of it, with as much refusing.
    function test_worse_othersRefuse_countsAmongAttested() public {
        _among(STAKE, STAKE, STAKE);
        uint256 leader = _state().leader;
        uint256 refusing = 1 << ((leader + 1) % 3);
        _voteOn(3, ROOT, refusing, 1 << leader);
        assertEq(_state().worseWeight, STAKE, "worse weight");
        _assertFinal();
    }

    function test_worse_allThatAttest_voidsRound() public {
        _among(STAKE, STAKE, STAKE);
        uint256 refusing = 1 << ((uint256(_state().leader) + 1) % 3);
        _voteOn(3, ROOT, refusing, 7 ^ refusing);
        _assertVoid(VoidReason.WorseModel);
    }

    /// @dev I-14, and a root is right or not by itself: to say worse is to attest.
    function test_worse_anyWeights_voidFromMoreThanHalf(uint256[3] memory s, uint256 worse) public {
        for (uint256 i = 0; i < 3; i++) s[i] = bound(s[i], STAKE, 3 * STAKE);
        worse %= 8;
        _among(s[0], s[1], s[2]);
        _voteOn(3, ROOT, 0, worse);
        uint256 weight = 0;
        for (uint256 i = 0; i < 3; i++) if (_has(worse, i)) weight += s[i];
        assertEq(_state().worseWeight, weight, "worse weight");
        if (2 * weight > s[0] + s[1] + s[2]) _assertVoid(VoidReason.WorseModel);
        else _assertFinal();
    }

    function test_worse_emptySet_isNothingValid() public {
        _among(STAKE, STAKE, STAKE);
        _voteOn(0, GENESIS, 0, 7);
        _assertVoid(VoidReason.NothingValid);
    }

    function test_worse_nextAttempt_beginsAnew() public {
        _among(STAKE, STAKE, STAKE);
        uint256 leader = _state().leader;
        _voteOn(3, ROOT, 7 ^ (1 << leader), 1 << leader);
        coordinator.advance(run);
        assertEq(_state().attempt, 2, "attempt");
        assertEq(_state().worseWeight, 0, "worse weight");
        _voteOn(3, ROOT, 0, 1 << leader);
        assertEq(_state().worseWeight, STAKE, "of this attempt");
        _assertFinal();
    }
}

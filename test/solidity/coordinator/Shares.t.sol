// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {PayoutReference} from "./PayoutReference.sol";
import {ScoreBase} from "./ScoreBase.sol";

/// shareOf, by who had which slot when
/// ├── no such run: reverts; an epoch that is not settled, or an account that earned nothing: 0
/// ├── who came or went within the epoch: in proportion to its rounds, as miner and as validator
/// ├── who was replaced has what it did, the heir nothing before it sat down
/// ├── who left, and who came back into another slot, keeps what it earned; the slot's next member has none of it
/// ├── miner, validator and owner in one: the sum of the first two; the third is asked apart
/// └── it does not change when the ring has long moved on
contract RunCoordinatorSharesTest is ScoreBase {
    function _params() internal view override returns (RunParams memory p) {
        p = super._params();
        p.protectionEpochs = 0;
        p.maxValidators = 4;
    }

    /// @dev A run of its own in the first round of its first epoch, with operators 10 and on.
    function _fresh(uint256 miners, uint256 validators) private {
        run = _createRun(_params());
        _fund(10 * POT);
        for (uint256 i = 10; i < 10 + miners; i++) _joinMiner(i);
        for (uint256 i = 10; i < 10 + validators; i++) _joinValidator(i, STAKE);
        coordinator.advance(run);
    }

    /// @dev Validators 10 and on give so many vectors, which differ, and the epoch is settled.
    function _settleSome(uint64 epoch, uint256 validators) private returns (bytes[] memory vectors) {
        vectors = new bytes[](validators);
        for (uint256 i = 0; i < validators; i++) {
            vectors[i] = _scores(uint16(1_000 + 100 * i), 2_000, uint16(3_000 - 10 * i), 4_000);
        }
        PayoutReference.Case memory c = _case(vectors, 2, 2);
        c.minerRounds = _roundsOf(coordinator.epochOf(run, epoch).miners);
        _settleAs(epoch, 10, vectors, PayoutReference.pack(PayoutReference.medians(c)));
    }

    function _roundsOf(uint256 miners) private pure returns (uint256[] memory rounds) {
        rounds = new uint256[](4);
        for (uint256 j = 0; j < 4; j++) rounds[j] = (miners >> j) & 1 == 1 ? 2 : 0;
    }

    /// @dev Everyone active in all of the two rounds, all of the weight the same.
    function _case(
        bytes[] memory vectors,
        uint256 rounds,
        uint256 finals
    ) private pure returns (PayoutReference.Case memory c) {
        (c.rounds, c.finalRounds, c.roundsPerEpoch, c.minerBps, c.validatorBps) = (rounds, finals, 2, 4_100, 4_100);
        uint256 n = vectors.length;
        (c.scores, c.weights, c.validatorRounds) = (new uint16[][](n), new uint256[](n), new uint256[](n));
        for (uint256 i = 0; i < n; i++) {
            (c.scores[i], c.weights[i], c.validatorRounds[i]) = (PayoutReference.unpack(vectors[i]), STAKE, rounds);
        }
        c.minerRounds = _roundsOf(15);
    }

    function _assertShares(uint64 epoch, PayoutReference.Case memory c, address[4] memory miners) private {
        PayoutReference.Result memory r = PayoutReference.settle(c);
        uint256 sum = coordinator.shareOf(run, epoch, owner, true);
        assertEq(sum, r.ownerShare, "owner");
        for (uint256 j = 0; j < 4; j++) {
            assertEq(_share(epoch, miners[j]), r.minerShares[j], "miner");
            sum += _share(epoch, miners[j]);
        }
        for (uint256 i = 0; i < r.parts.length; i++) {
            assertEq(_share(epoch, _validator(10 + i)), r.validatorShares[i], "validator");
            sum += _share(epoch, _validator(10 + i));
        }
        uint256 settled = rewards.epochOf(address(coordinator), run, epoch).totalShare;
        assertEq(settled, r.totalShare, "settled");
        assertLe(sum, settled, "shares within it");
    }

    function _four() private returns (address[4] memory) {
        return [_miner(10), _miner(11), _miner(12), _miner(13)];
    }

    function test_shareOf_unknownRun_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(RunUnknown.selector, 7));
        coordinator.shareOf(7, 1, _miner(0), false);
    }

    function test_shareOf_notSettled_isZero(uint256 epoch) public view {
        assertEq(coordinator.shareOf(run, epoch, _minerAt(0), false), 0, "a miner's");
        assertEq(coordinator.shareOf(run, epoch, owner, true), 0, "the owner's");
    }

    function test_shareOf_eachPhase_isZeroUntilSettled() public {
        _commitScoresAll(1);
        assertEq(_share(1, _miner(0)), 0, "committed");
        for (uint256 i = 0; i < 3; i++) _revealScores(_validator(i), 1, _vector(i));
        assertEq(_share(1, _miner(0)), 0, "revealed");
        coordinator.settle(run, 1, _vectors(3), _medians());
        assertGt(_share(1, _miner(0)), 0, "settled");
        assertEq(coordinator.shareOf(run, 1 + 2 ** 48, _miner(0), false), 0, "no epoch wraps around");
        assertEq(coordinator.shareOf(run, type(uint256).max, _miner(0), false), 0, "nor the last number");
    }

    function test_shareOf_others_isZero() public {
        _settleAs(1, 0, _vectors(3), _medians());
        assertEq(_share(1, stranger), 0, "a stranger");
        assertEq(_share(1, owner), 0, "the owner, as an operator");
        assertEq(coordinator.shareOf(run, 1, _miner(0), true), 0, "a miner, as the owner");
        assertEq(_share(1, address(0)), 0, "nobody");
    }

    /// @dev Miner 13 comes after round 1, miner 12 leaves in it.
    function test_shareOf_minersCameAndWent_inProportion() public {
        _fresh(3, 2);
        _joinMiner(13);
        _leave(_miner(12), Role.Miner);
        _finish();
        _finish();
        Epoch memory e = coordinator.epochOf(run, 1);
        assertEq(e.miners, 15, "all were active");
        assertEq(e.minersThroughout, 3, "two of them in both rounds");
        PayoutReference.Case memory c = _case(_settleSome(1, 2), 2, 2);
        (c.minerRounds[2], c.minerRounds[3]) = (1, 1);
        _assertShares(1, c, _four());
    }

    /// @dev What a validator loses by fewer rounds goes to the others; scores weigh as much.
    function test_shareOf_validatorsCameAndWent_inProportion() public {
        _fresh(4, 3);
        _joinValidator(13, STAKE);
        _leave(_validator(11), Role.Validator);
        _finish();
        _finish();
        Epoch memory e = coordinator.epochOf(run, 1);
        assertEq(e.validators, 15, "all were active");
        assertEq(e.validatorsThroughout, 5, "two of them in both rounds");
        PayoutReference.Case memory c = _case(_settleSome(1, 4), 2, 2);
        (c.validatorRounds[1], c.validatorRounds[3]) = (1, 1);
        _assertShares(1, c, _four());
    }

    function test_shareOf_replaced_hasWhatItDid() public {
        _fresh(4, 2);
        address heir = _miner(14);
        _enrol(heir, STAKE);
        vm.prank(heir);
        coordinator.replaceMiner(run, 3);
        _finish();
        _finish();
        PayoutReference.Case memory c = _case(_settleSome(1, 2), 2, 2);
        c.minerRounds[3] = 1;
        _assertShares(1, c, _four());
        assertEq(_share(1, heir), 0, "the heir waits");
        coordinator.release(run, Role.Miner, 3);
        assertEq(_minerAt(3), heir, "and sits down in epoch 2");
        _assertShares(1, c, _four());
        assertEq(_share(1, heir), 0, "nothing of epoch 1");
        _finish();
        _finish();
        c = _case(_settleSome(2, 2), 2, 2);
        c.minerRounds[3] = 1;
        _assertShares(2, c, [_miner(10), _miner(11), _miner(12), heir]);
        assertEq(_share(2, _miner(13)), 0, "the former member has nothing of epoch 2");
    }

    /// @dev Out of slot 1, where another sits then, and back into slot 3.
    function test_shareOf_backInAnotherSlot_isOfTheSlotThen() public {
        _fresh(3, 2);
        _leave(_miner(11), Role.Miner);
        _finish();
        _finish();
        PayoutReference.Case memory first = _case(_settleSome(1, 2), 2, 2);
        (first.minerRounds[1], first.minerRounds[3]) = (1, 0);
        coordinator.release(run, Role.Miner, 1);
        _joinMiner(15);
        assertEq(_minerSlot(_miner(15)), 1, "a newcomer takes the slot");
        // What cools for the coordinator can be locked by it again.
        vm.prank(_miner(11));
        assertEq(coordinator.joinAsMiner(run), 3, "the former member another");
        _assertShares(1, first, [_miner(10), _miner(11), _miner(12), _miner(15)]);
        _finish();
        _finish();
        PayoutReference.Case memory second = _case(_settleSome(2, 2), 2, 2);
        (second.minerRounds[1], second.minerRounds[3]) = (1, 1);
        _assertShares(2, second, [_miner(10), _miner(15), _miner(12), _miner(11)]);
        _assertShares(1, first, [_miner(10), _miner(11), _miner(12), _miner(15)]);
    }

    /// @dev The former validator of slot 1 keeps its share when slot 1 is another's.
    function test_shareOf_validatorLeft_keepsItsShare() public {
        _fresh(4, 3);
        _leave(_validator(11), Role.Validator);
        _finish();
        _finish();
        PayoutReference.Case memory c = _case(_settleSome(1, 3), 2, 2);
        c.validatorRounds[1] = 1;
        coordinator.release(run, Role.Validator, 1);
        address next = _joinValidator(14, STAKE);
        assertEq(_validatorSlot(next), 1, "the slot is another's");
        _assertShares(1, c, _four());
        assertEq(_share(1, next), 0, "which has none of it");
    }

    /// @dev Joined and left between two rounds; another took the slot at once, and was active.
    function test_shareOf_neverActive_isZero() public {
        _fresh(3, 2);
        address brief = _joinMiner(14);
        _leave(brief, Role.Miner);
        coordinator.release(run, Role.Miner, 3);
        _joinMiner(13);
        _finish();
        _finish();
        PayoutReference.Case memory c = _case(_settleSome(1, 2), 2, 2);
        c.minerRounds[3] = 1;
        _assertShares(1, c, _four());
        assertEq(_share(1, brief), 0, "was there for no round");
    }

    /// @dev The same, but its slot waits for its release until the next epoch.
    function test_shareOf_neverActiveReleasedLate_isZero() public {
        _fresh(3, 2);
        address brief = _joinMiner(13);
        _leave(brief, Role.Miner);
        _finish();
        _finish();
        coordinator.release(run, Role.Miner, 3);
        _joinMiner(15);
        PayoutReference.Case memory c = _case(_settleSome(1, 2), 2, 2);
        c.minerRounds[3] = 0;
        _assertShares(1, c, _four());
        _finish();
        _finish();
        c = _case(_settleSome(2, 2), 2, 2);
        c.minerRounds[3] = 1;
        _assertShares(2, c, [_miner(10), _miner(11), _miner(12), _miner(15)]);
        assertEq(_share(1, _miner(15)) + _share(2, brief), 0, "neither has the other's");
    }

    /// @dev Whoever is miner, validator and owner at once.
    function test_shareOf_manyHats_sumUp() public {
        run = _createRun(_params());
        _fund(2 * POT);
        _enrol(owner, 2 * STAKE);
        vm.startPrank(owner);
        coordinator.joinAsMiner(run);
        coordinator.joinAsValidator(run, STAKE);
        vm.stopPrank();
        _joinMiner(11);
        _joinValidator(11, STAKE);
        coordinator.advance(run);
        _finish();
        _finish();
        bytes[] memory vectors = new bytes[](2);
        for (uint256 i = 0; i < 2; i++) {
            vectors[i] = _scores(50, 150, 0, 0);
            _commitScores(i == 0 ? owner : _validator(11), 1, vectors[i]);
        }
        coordinator.advanceEpoch(run, 1);
        for (uint256 i = 0; i < 2; i++) _revealScores(i == 0 ? owner : _validator(11), 1, vectors[i]);
        coordinator.settle(run, 1, vectors, vectors[0]);
        uint256 pool = (WHOLE * 41) / 100;
        uint256 validators = (pool * (2 ** 31 - 1)) / (2 ** 32 - 1);
        assertEq(_share(1, owner), pool / 4 + validators, "as miner and validator");
        assertEq(_share(1, _miner(11)), (pool * 3) / 4, "the other miner");
        assertEq(_share(1, _validator(11)), validators, "the other validator");
        assertEq(coordinator.shareOf(run, 1, owner, true), WHOLE - 2 * pool, "as the owner");
    }

    function test_shareOf_epochThatLeftTheRing_isAnswered() public {
        _settleAs(1, 0, _vectors(3), _medians());
        uint256 share = _share(1, _miner(0));
        for (uint64 epoch = 2; epoch <= 10; epoch++) {
            _finish();
            _finish();
            _settleUnscored(epoch);
        }
        vm.expectRevert(abi.encodeWithSelector(EpochUnknown.selector, run, 1));
        coordinator.epochOf(run, 1);
        assertEq(_share(1, _miner(0)), share, "as it was");
        assertEq(_share(9, _miner(0)), 0, "and not in the epoch that has its place");
    }
}

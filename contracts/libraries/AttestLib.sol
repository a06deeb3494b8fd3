// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {
    IRunCoordinatorErrors as Errors,
    IRunCoordinatorEvents as Events,
    IRunCoordinatorTypes as Types
} from "../interfaces/IRunCoordinator.sol";
import {RunData} from "../types/RunData.sol";
import {BitmapLib} from "./BitmapLib.sol";
import {HashLib} from "./HashLib.sol";
import {MemberLib} from "./MemberLib.sol";
import {RoundLib} from "./RoundLib.sol";

/// @title The phase in which validators agree on the next state: a leader proposes, the others attest or refuse.
/// @dev Weights are those of the round's opening: members of the round keep their slot and weight until its epoch is settled.
library AttestLib {
    using BitmapLib for uint256;
    using MemberLib for RunData;
    using RoundLib for RunData;

    /// @dev Names one attempt of one round of a run, and who speaks.
    struct Ballot {
        uint256 id;
        uint64 round;
        uint8 attempt;
        address operator;
    }

    /// @notice Draws the first or next leader, by weight among those that have not led in this round, and clears the votes.
    /// @return drawn False if the round is out of leaders; then nothing has changed.
    /// @dev INVARIANT I-12: one leader an attempt, and no validator leads twice in a round.
    function draw(RunData storage run, uint256 id) internal returns (bool drawn) {
        Types.Round storage round = run.current();
        uint256 left = round.validators & ~round.led;
        if (left == 0 || round.attempt == run.params.maxLeaders) return false;

        uint8 attempt = round.attempt + 1;
        uint8 slot = HashLib.leader(round.testSeed, attempt, run.weightsOf(left));
        round.attempt = attempt;
        round.leader = slot;
        round.proposed = false;
        round.led = round.led.with(slot);
        round.attested = 0;
        round.refused = 0;
        round.included = 0;
        round.nextRoot = 0;
        round.attestedWeight = 0;
        round.refusedWeight = 0;
        run.enter(round, Types.Phase.Attest, run.params.attestSeconds);
        address operator = run.seats[Types.Role.Validator].members[slot].operator;
        emit Events.LeaderDrawn(id, round.id, operator, slot, attempt, round.deadline);
        return true;
    }

    /// @return agreed Whether two thirds of the round's weight attest now.
    function propose(
        RunData storage run,
        Ballot memory ballot,
        uint256 included,
        bytes32 nextRoot
    ) internal returns (bool agreed) {
        (Types.Round storage round, uint8 slot) = _voter(run, ballot);
        // INVARIANT: the drawn leader proposes, once.
        if (slot != round.leader) revert Errors.RunNotLeader(ballot.id, ballot.round, ballot.operator);
        if (round.proposed) revert Errors.RunAlreadyProposed(ballot.id, ballot.round, ballot.attempt);
        // INVARIANT I-15: included is a subset of revealed, and no larger than the run allows.
        uint256 limit = run.params.maxIncluded;
        if (!included.isSubsetOf(round.revealed) || included.count() > limit) {
            revert Errors.RunIncludedInvalid(included, round.revealed, limit);
        }
        // INVARIANT: the root moves if and only if something is included.
        bool moves = nextRoot != 0 && nextRoot != round.parentRoot;
        if (included == 0 ? nextRoot != round.parentRoot : !moves) {
            revert Errors.RunProposalMismatch(included, nextRoot);
        }

        round.proposed = true;
        round.included = included;
        round.nextRoot = nextRoot;
        emit Events.Proposed(ballot.id, ballot.round, ballot.operator, ballot.attempt, included, nextRoot);
        return _attest(run, round, ballot, slot);
    }

    /// @return agreed Whether two thirds of the round's weight attest now.
    function attest(
        RunData storage run,
        Ballot memory ballot,
        uint256 included,
        bytes32 nextRoot
    ) internal returns (bool agreed) {
        (Types.Round storage round, uint8 slot) = _openVote(run, ballot);
        // INVARIANT: a validator attests to what it names, not to whatever the chain holds when its transaction arrives.
        if (included != round.included || nextRoot != round.nextRoot) {
            revert Errors.RunProposalMismatch(round.included, round.nextRoot);
        }
        return _attest(run, round, ballot, slot);
    }

    /// @return rejected Whether more than a third of the round's weight refuses now, so that two thirds are out of reach.
    function refuse(RunData storage run, Ballot memory ballot) internal returns (bool rejected) {
        (Types.Round storage round, uint8 slot) = _openVote(run, ballot);

        round.refused = round.refused.with(slot);
        round.refusedWeight += run.seats[Types.Role.Validator].members[slot].weight;
        emit Events.Refused(ballot.id, ballot.round, ballot.operator, slot, ballot.attempt);
        return uint256(round.refusedWeight) * 3 > round.totalWeight;
    }

    /// @dev INVARIANT I-13: a round is final with two thirds of the weight that it opened with, and not with less.
    function _attest(
        RunData storage run,
        Types.Round storage round,
        Ballot memory ballot,
        uint8 slot
    ) private returns (bool) {
        round.attested = round.attested.with(slot);
        round.attestedWeight += run.seats[Types.Role.Validator].members[slot].weight;
        emit Events.Attested(ballot.id, ballot.round, ballot.operator, slot, ballot.attempt);
        return uint256(round.attestedWeight) * 3 >= uint256(round.totalWeight) * 2;
    }

    function _openVote(
        RunData storage run,
        Ballot memory ballot
    ) private view returns (Types.Round storage round, uint8 slot) {
        (round, slot) = _voter(run, ballot);
        // INVARIANT: there is something to vote on.
        if (!round.proposed) revert Errors.RunNotProposed(ballot.id, ballot.round, ballot.attempt);
        // INVARIANT: one vote a validator and attempt.
        if ((round.attested | round.refused).has(slot)) {
            revert Errors.RunAlreadyVoted(ballot.id, ballot.round, ballot.attempt, ballot.operator);
        }
    }

    function _voter(
        RunData storage run,
        Ballot memory ballot
    ) private view returns (Types.Round storage round, uint8 slot) {
        round = run.accept(ballot.id, ballot.round, Types.Phase.Attest);
        // INVARIANT: a vote that arrives late is not counted for the next leader's proposal.
        if (ballot.attempt != round.attempt) revert Errors.RunWrongAttempt(round.attempt, ballot.attempt);
        slot = run.slotOf(ballot.id, Types.Role.Validator, ballot.operator);
        // INVARIANT: only validators whose weight is in the round's total vote in it.
        if (!round.validators.has(slot)) revert Errors.RunNotActive(ballot.id, ballot.round, ballot.operator);
    }
}

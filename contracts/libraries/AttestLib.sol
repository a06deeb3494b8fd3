// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {
    IRunCoordinatorErrors as Errors,
    IRunCoordinatorEvents as Events
} from "../interfaces/IRunCoordinatorEvents.sol";
import {IRunCoordinatorTypes as Types} from "../interfaces/IRunCoordinatorTypes.sol";
import {Head, ROUND_RING, RoundData, RunData, Seat} from "../types/RunData.sol";
import {BitmapLib} from "./BitmapLib.sol";
import {CommitLib} from "./CommitLib.sol";
import {HashLib} from "./HashLib.sol";
import {SealLib} from "./SealLib.sol";

/// @title The phase in which validators agree on the next state: a leader proposes, the others attest or refuse. What their
/// votes come to is asked when the run is advanced.
/// @dev Weights are those of the round's opening: members of the round keep their slot and weight until its epoch is settled.
library AttestLib {
    using BitmapLib for uint256;
    using CommitLib for RunData;
    using SealLib for uint256;

    /// @notice What votes say of the present attempt.
    enum Verdict {
        Open,
        Agreed, // two thirds of the round's weight attest
        Rejected // more than a third refuses, so that two thirds are out of reach
    }

    function propose(
        RunData storage run,
        uint256 id,
        uint64 number,
        uint8 attempt,
        Seat storage seat,
        uint256 included,
        bytes32 nextRoot,
        bool worse
    ) internal {
        Head storage head = run.accept(id, number, Types.Phase.Attest);
        // INVARIANT: a proposal that arrives late does not become the next leader's.
        if (attempt != head.attempt) revert Errors.RunWrongAttempt(head.attempt, attempt);
        RoundData storage round = run.rounds[number % ROUND_RING];
        // INVARIANT: the drawn leader proposes, once.
        if (round.proposal != 0) revert Errors.RunAlreadyProposed(id, number, attempt);
        bytes32 seals = _sealsOf(run, round, number, included);
        // INVARIANT: the root moves if and only if something is included.
        bytes32 parent = round.parentRoot;
        if (included == 0 ? nextRoot != parent : nextRoot == parent || nextRoot == 0) {
            revert Errors.RunRootInvalid(included, nextRoot);
        }

        bytes32 proposal = HashLib.proposal(id, number, attempt, included, nextRoot);
        round.included = included;
        round.nextRoot = nextRoot;
        round.seals = seals;
        round.proposal = proposal;
        emit Events.Proposed(id, number, seat.operator, attempt, included, nextRoot, proposal);
        _attest(round, id, number, head.leader, seat, proposal, worse);
    }

    function attest(
        RunData storage run,
        uint256 id,
        uint64 number,
        uint8 slot,
        Seat storage seat,
        bytes32 proposal,
        bool worse
    ) internal {
        _attest(_openVote(run, id, number, slot, proposal), id, number, slot, seat, proposal, worse);
    }

    function refuse(
        RunData storage run,
        uint256 id,
        uint64 number,
        uint8 slot,
        Seat storage seat,
        bytes32 proposal
    ) internal {
        RoundData storage round = _openVote(run, id, number, slot, proposal);

        round.voted = uint64(uint256(round.voted).with(slot));
        round.refused = uint64(uint256(round.refused).with(slot));
        round.refusedWeight += seat.weight;
        emit Events.Refused(id, number, seat.operator, slot, proposal);
    }

    /// @dev INVARIANT I-13: a round is final with two thirds of the weight that it opened with, and not with less.
    function verdict(RoundData storage round) internal view returns (Verdict) {
        uint256 total = round.totalWeight;
        if (uint256(round.attestedWeight) * 3 >= total * 2) return Verdict.Agreed;
        return uint256(round.refusedWeight) * 3 > total ? Verdict.Rejected : Verdict.Open;
    }

    function _attest(
        RoundData storage round,
        uint256 id,
        uint64 number,
        uint8 slot,
        Seat storage seat,
        bytes32 proposal,
        bool worse
    ) private {
        (address operator, uint96 weight) = (seat.operator, seat.weight);
        round.voted = uint64(uint256(round.voted).with(slot));
        round.attestedWeight += weight;
        if (worse) round.worseWeight += weight;
        emit Events.Attested(id, number, operator, slot, proposal, worse);
    }

    /// @return Hash of the seals of the included, which change no more.
    /// @dev INVARIANT I-15: included is a subset of revealed, that of committed and that of the active miners; and it is no
    /// larger than the run allows.
    function _sealsOf(
        RunData storage run,
        RoundData storage round,
        uint64 number,
        uint256 included
    ) private view returns (bytes32) {
        uint256 limit = run.params.maxIncluded;
        uint256 count = included.count();
        bool fits = included.isSubsetOf(round.miners) && count <= limit;
        uint256[] memory seals = new uint256[](count);
        mapping(uint8 => uint256) storage stored = run.seals[number % ROUND_RING];
        uint256 n = 0;
        for (uint256 slot = 0; fits && included >> slot != 0; slot++) {
            if (!included.has(slot)) continue;
            uint256 seal = stored[uint8(slot)];
            fits = seal.isOpenOf(number);
            seals[n++] = seal;
        }
        if (!fits) revert Errors.RunIncludedInvalid(included, limit);
        return keccak256(abi.encodePacked(seals));
    }

    function _openVote(
        RunData storage run,
        uint256 id,
        uint64 number,
        uint8 slot,
        bytes32 proposal
    ) private view returns (RoundData storage round) {
        Head storage head = run.accept(id, number, Types.Phase.Attest);
        round = run.rounds[number % ROUND_RING];
        // INVARIANT: a vote counts for what it names, not for whatever the chain holds when it arrives; and there is something
        // to vote on.
        bytes32 present = round.proposal;
        if (proposal != present || present == 0) revert Errors.RunProposalMismatch(present, proposal);
        // INVARIANT I-13: one vote a validator and attempt.
        if (uint256(round.voted).has(slot)) revert Errors.RunAlreadyVoted(id, number, head.attempt, slot);
    }
}

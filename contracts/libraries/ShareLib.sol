// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IRunCoordinatorTypes as Types} from "../interfaces/IRunCoordinatorTypes.sol";
import {BPS, Ranks, RunData, VALIDATOR_WORD} from "../types/RunData.sol";
import {MembershipLib} from "./MembershipLib.sol";
import {RankLib} from "./RankLib.sol";
import {WHOLE} from "./SplitLib.sol";

/// @title Who earned what part of a settled epoch, in 2^-64 of each of its pots: contracts/README.md section 8.
/// @dev Of the whole, an epoch earns for each of its rounds that moved the root: e = floor(2^64 f / E), with f final rounds of E
/// that an epoch has. Miners share m = floor(e minerShare / 10 000) in proportion to their ranks, validators v likewise in
/// proportion to their parts, the owner has e - m - v. If all ranks are 0 nobody earns; if only the validators' parts are, v is
/// not earned. All is rounded down, so the shares sum to no more than `totalShare`.
library ShareLib {
    using Checkpoints for Checkpoints.Trace208;
    using MembershipLib for uint208;
    using RankLib for Ranks;

    /// @dev What the parts of all validators sum to at most.
    uint256 internal constant VALIDATOR_WHOLE = type(uint32).max;

    function totalShare(RunData storage run, uint64 epoch) internal view returns (uint256) {
        (uint256 miners, uint256 validators, uint256 owner) = _pools(run, run.ranks[epoch]);
        return miners + validators + owner;
    }

    /// @return share Of an epoch that is settled; 0 of others, and of accounts that earned nothing.
    function shareOf(
        RunData storage run,
        uint64 epoch,
        address account,
        bool asOwner
    ) internal view returns (uint256 share) {
        Ranks storage ranks = run.ranks[epoch];
        (uint256 miners, uint256 validators, uint256 owner) = _pools(run, ranks);
        if (asOwner) return account == run.owner ? owner : 0;
        uint256 slot = _slotPlusOne(run, Types.Role.Miner, account, epoch);
        if (slot != 0 && miners != 0) share = (miners * ranks.get(slot - 1)) / ranks.minerSum;
        slot = _slotPlusOne(run, Types.Role.Validator, account, epoch);
        if (slot != 0) {
            share += (validators * ranks.get(VALIDATOR_WORD * RankLib.PER_WORD + slot - 1)) / VALIDATOR_WHOLE;
        }
    }

    function _pools(
        RunData storage run,
        Ranks storage ranks
    ) private view returns (uint256 miners, uint256 validators, uint256 owner) {
        // A settlement in pages has sums before it is settled: only its last page says how many rounds are paid.
        if (ranks.minerSum == 0 || ranks.finalRounds == 0) return (0, 0, 0);
        uint256 earned = (WHOLE * ranks.finalRounds) / run.params.roundsPerEpoch;
        miners = (earned * run.params.minerShareBps) / BPS;
        validators = (earned * run.params.validatorShareBps) / BPS;
        owner = earned - miners - validators;
        if (!ranks.validatorsEarn) validators = 0;
    }

    /// @dev INVARIANT I-19 makes the answer one: the slot that the operator had when the epoch was on, if any.
    function _slotPlusOne(
        RunData storage run,
        Types.Role role,
        address operator,
        uint64 epoch
    ) private view returns (uint256) {
        return run.seats[role].history[operator].upperLookupRecent(uint48(epoch)).slotPlusOne();
    }
}

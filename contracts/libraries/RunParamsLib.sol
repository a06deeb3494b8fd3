// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {
    IRunCoordinatorErrors as Errors,
    IRunCoordinatorEvents as Events
} from "../interfaces/IRunCoordinatorEvents.sol";
import {IRunCoordinatorTypes as Types} from "../interfaces/IRunCoordinatorTypes.sol";
import {BPS, INCLUDED_LIMIT, MINER_LIMIT, RunData, VALIDATOR_LIMIT} from "../types/RunData.sol";
import {AggregateLib} from "./AggregateLib.sol";
import {ContributionLib} from "./ContributionLib.sol";

/// @title What a run may be created with. Nothing can be changed later, so a run that passes here can always go on. Runs as the
/// coordinator's own code.
library RunParamsLib {
    /// @param run Empty. The caller is its owner.
    /// @param native The token of grants.
    /// @param deposit Wei.
    function create(
        RunData storage run,
        uint256 id,
        Types.RunParams calldata params,
        address native,
        uint128 deposit
    ) external {
        Types.RunParams memory p = params;
        _validate(p, native);
        run.owner = msg.sender;
        run.root = p.genesisRoot;
        run.params = p;
        run.head.maxBlobBytes = p.maxBlobBytes;
        run.deposit = deposit;
        emit Events.RunCreated(id, msg.sender, p, deposit);
    }

    /// @dev SAFETY: `maxRounds` is free (0: no end), and so are `protectionEpochs` and how the shares of 10 000 are split.
    function _validate(Types.RunParams memory p, address native) private pure {
        _check(p.manifestDigest != 0, "manifestDigest");
        _check(p.manifestSize != 0, "manifestSize");
        _check(p.genesisRoot != 0, "genesisRoot");
        // A phase of no length would be over before anyone could act in it.
        _check(p.trainSeconds != 0, "trainSeconds");
        _check(p.commitSeconds != 0, "commitSeconds");
        _check(p.revealSeconds != 0, "revealSeconds");
        _check(p.attestSeconds != 0, "attestSeconds");
        _check(p.scoreCommitSeconds != 0, "scoreCommitSeconds");
        _check(p.scoreRevealSeconds != 0, "scoreRevealSeconds");
        _check(p.maxLeaders != 0, "maxLeaders");
        _check(p.roundsPerEpoch != 0, "roundsPerEpoch");
        _check(p.maxMiners <= MINER_LIMIT, "maxMiners");
        _check(p.minMiners != 0 && p.minMiners <= p.maxMiners, "minMiners");
        _check(p.maxIncluded != 0 && p.maxIncluded <= p.maxMiners && p.maxIncluded <= INCLUDED_LIMIT, "maxIncluded");
        _check(p.maxValidators <= VALIDATOR_LIMIT, "maxValidators");
        _check(p.minValidators != 0 && p.minValidators <= p.maxValidators, "minValidators");
        // Without stake a slot costs nothing, and a validator without weight could neither lead nor earn.
        _check(p.minerStake != 0, "minerStake");
        _check(p.validatorStake != 0, "validatorStake");
        _check(p.validatorWeightCap != 0, "validatorWeightCap");
        // A pot of the native token comes out of the grant, and no more of it than an epoch takes.
        _check(p.rewardToken != address(0), "rewardToken");
        _check(p.minPot != 0, "minPot");
        _check(p.rewardToken != native || p.minPot <= p.epochPot, "epochPot");
        _check(p.minerShareBps <= BPS, "minerShareBps");
        _check(uint256(p.minerShareBps) + p.validatorShareBps <= BPS, "validatorShareBps");
        _check(p.maxBlobBytes != 0, "maxBlobBytes");
        _validate(p.chunks);
    }

    /// @dev INVARIANT: a court can compute any chunk of the run again: ContributionLib, RecordLib and AggregateLib take these.
    function _validate(Types.ChunkRules memory rules) private pure {
        _check(rules.chunkSize <= ContributionLib.MAX_CHUNK, "chunks.chunkSize");
        _check(rules.k != 0 && rules.k <= ContributionLib.MAX_K && 4 * uint256(rules.k) <= rules.chunkSize, "chunks.k");
        _check(rules.chunkCount != 0, "chunks.chunkCount");
        _check(rules.clipQ8 != 0, "chunks.clipQ8");
        _check(rules.rateQ16 != 0 && rules.rateQ16 <= AggregateLib.MAX_RATE_Q16, "chunks.rateQ16");
        // A contribution of no steps, or of none in a step, has no valid header.
        _check(rules.maxInnerSteps != 0, "chunks.maxInnerSteps");
        _check(rules.batch != 0, "chunks.batch");
    }

    function _check(bool ok, bytes32 field) private pure {
        if (!ok) revert Errors.RunParamInvalid(field);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IRunCoordinatorErrors as Errors} from "../interfaces/IRunCoordinator.sol";
import {BPS} from "../types/RunData.sol";
import {BitmapLib} from "./BitmapLib.sol";

/// @title How an epoch's pot is divided: contracts/README.md section 8. Pure; knows neither runs nor members.
/// @dev With w_i the weight of the i-th validator that revealed, s_ij its score of miner slot j (0 where j was not active):
///
/// (1) c_j = the least v among the s_ij with 2 weight(s_ij <= v) >= sum w: the lower weighted median. It is checked, not
///     searched: v qualifies if 2 weight(s_ij <= v) >= sum w, and nothing less does if 2 weight(s_ij < v) < sum w. Both
///     together say that somebody gave v, so no search among the s_ij is needed.
/// (2) r_j = sum_i w_i min(s_ij, c_j): whoever scores above the median is clipped to it. A minority (less than half of the
///     weight) that scores its own miner as it likes moves c_j at most to a score that one of the others gave.
/// (3) v_i = floor(w_i (sum_j min(s_ij, c_j)) / (sum_j s_ij)): the part of a validator's mass that was not clipped.
/// (4) miner j earns floor(minerPot r_j / sum r), validator i earns floor(validatorPot v_i / sum v), the owner the rest of the
///     shares. If sum r = 0 nobody earns; if only sum v = 0 (weights of a few wei), the validators' pot is not paid.
///
/// Bounds: scores < 2^16, weights < 2^128, 64 miners, 16 validators, so r_j and the numerator of v_i are below 2^150 and their
/// sums below 2^156: nothing overflows but the products with a pot (< 2^128), which are taken in 512 bits.
/// Cost: 1024 steps of the inner loop at the limits; the gas snapshot `settle64x16` says what that is.
library PayoutLib {
    using BitmapLib for uint256;

    /// @dev What is divided, and how.
    struct Pot {
        uint256 total; // wei
        uint256 minerBps;
        uint256 validatorBps;
    }

    /// @dev Wei, by miner slot and by position among the vectors.
    struct Payout {
        uint256[] miners;
        uint256[] validators;
        uint256 owner;
        uint256 paid; // all of these together
    }

    /// @dev The r and v of the derivation, with their sums.
    struct Shares {
        uint256[] miners;
        uint256[] validators;
        uint256 minerSum;
        uint256 validatorSum;
    }

    /// @param vectors Scores, two bytes for each miner slot, of the validators that revealed.
    /// @param weights Of the same validators. Their sum must not be zero.
    /// @param medians In the form of a vector; all of the same length.
    /// @param active Bitmap of the miner slots that count.
    function divide(
        Pot memory pot,
        bytes[] calldata vectors,
        uint256[] memory weights,
        bytes calldata medians,
        uint256 active
    ) internal pure returns (Payout memory payout) {
        Shares memory s = shares(vectors, weights, medians, active);
        payout.miners = s.miners;
        payout.validators = s.validators;
        uint256 minerPot = s.minerSum == 0 ? 0 : Math.mulDiv(pot.total, pot.minerBps, BPS);
        uint256 validatorPot = s.minerSum == 0 ? 0 : Math.mulDiv(pot.total, pot.validatorBps, BPS);
        payout.owner = s.minerSum == 0 ? 0 : pot.total - minerPot - validatorPot;
        payout.paid =
            payout.owner +
            _split(payout.miners, s.minerSum, minerPot) +
            _split(payout.validators, s.validatorSum, validatorPot);
    }

    /// @notice Steps (1) to (3).
    function shares(
        bytes[] calldata vectors,
        uint256[] memory weights,
        bytes calldata medians,
        uint256 active
    ) internal pure returns (Shares memory s) {
        s.miners = new uint256[](medians.length / 2);
        s.validators = new uint256[](weights.length);
        uint256[] memory own = new uint256[](weights.length);
        for (uint256 j = 0; j < s.miners.length; j++) {
            if (!active.has(j)) {
                // INVARIANT I-21: the median of an inactive miner, whose scores are read as 0, is 0.
                if (_score(medians, j) != 0) revert Errors.ScoresMedianWrong(j, _score(medians, j));
                continue;
            }
            s.miners[j] = _clip(vectors, weights, medians, j, own, s.validators);
            s.minerSum += s.miners[j];
        }
        for (uint256 i = 0; i < weights.length; i++) {
            s.validators[i] = own[i] == 0 ? 0 : (weights[i] * s.validators[i]) / own[i];
            s.validatorSum += s.validators[i];
        }
    }

    /// @notice Verifies c_j and gives r_j.
    /// @param own, clipped By validator: what its scores, before and after clipping, come to; added to.
    function _clip(
        bytes[] calldata vectors,
        uint256[] memory weights,
        bytes calldata medians,
        uint256 j,
        uint256[] memory own,
        uint256[] memory clipped
    ) private pure returns (uint256 r) {
        uint256 median = _score(medians, j);
        uint256 below;
        uint256 equal;
        uint256 above;
        for (uint256 i = 0; i < weights.length; i++) {
            uint256 score = _score(vectors[i], j);
            uint256 weight = weights[i];
            own[i] += score;
            if (score < median) below += weight;
            else if (score == median) equal += weight;
            else above += weight;
            uint256 counted = score < median ? score : median;
            clipped[i] += counted;
            r += weight * counted;
        }
        // INVARIANT I-21: (1), with all = below + equal + above subtracted from both sides.
        if (below + equal < above || below >= equal + above) revert Errors.ScoresMedianWrong(j, uint16(median));
    }

    /// @notice Replaces each part by its portion of the pot, rounded down. @return paid What they come to, at most the pot.
    function _split(uint256[] memory parts, uint256 sum, uint256 pot) private pure returns (uint256 paid) {
        for (uint256 i = 0; i < parts.length; i++) {
            parts[i] = sum == 0 ? 0 : Math.mulDiv(pot, parts[i], sum);
            paid += parts[i];
        }
    }

    function _score(bytes calldata vector, uint256 j) private pure returns (uint16) {
        return uint16(bytes2(vector[2 * j:2 * j + 2]));
    }
}

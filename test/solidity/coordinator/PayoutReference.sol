// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

/// @title Scores and pay of an epoch, said a second time: contracts/README.md section 8, step by step, in plain Solidity.
/// @notice Written from the README, not from PayoutLib and ShareLib. Searches for the medians that the contract is given.
library PayoutReference {
    struct Case {
        uint16[][] scores; // by validator that revealed, in ascending order of slot; by miner slot
        uint256[] weights; // of the same validators
        uint256[] validatorRounds; // b_i, of the same
        uint256[] minerRounds; // a_j by miner slot; 0: not active in the epoch
        uint256 rounds; // n
        uint256 finalRounds; // f
        uint256 roundsPerEpoch; // E
        uint256 minerBps;
        uint256 validatorBps;
    }

    struct Result {
        uint16[] medians; // by miner slot
        uint256[] ranks;
        uint256[] parts; // by validator that revealed
        uint256[] minerShares; // in 2^-64 of each pot
        uint256[] validatorShares;
        uint256 ownerShare;
        uint256 totalShare;
    }

    function settle(Case memory c) internal pure returns (Result memory r) {
        r.medians = medians(c);
        r.ranks = ranks(c, r.medians);
        r.parts = parts(c, r.medians);
        r.minerShares = new uint256[](r.ranks.length);
        r.validatorShares = new uint256[](r.parts.length);
        uint256 sum = total(r.ranks);
        if (sum == 0) return r;
        uint256 earned = (2 ** 64 * c.finalRounds) / c.roundsPerEpoch;
        uint256 miners = (earned * c.minerBps) / 10_000;
        uint256 validators = (earned * c.validatorBps) / 10_000;
        r.ownerShare = earned - miners - validators;
        r.totalShare = miners + r.ownerShare;
        if (total(r.parts) != 0) r.totalShare += validators;
        for (uint256 j = 0; j < r.ranks.length; j++) r.minerShares[j] = (miners * r.ranks[j]) / sum;
        for (uint256 i = 0; i < r.parts.length; i++) r.validatorShares[i] = (validators * r.parts[i]) / (2 ** 32 - 1);
    }

    /// @dev By trying all that were given: the least score that half of the weight does not exceed.
    function medians(Case memory c) internal pure returns (uint16[] memory found) {
        found = new uint16[](c.minerRounds.length);
        uint256 all = total(c.weights);
        for (uint256 j = 0; j < found.length; j++) {
            if (c.minerRounds[j] == 0) continue;
            found[j] = type(uint16).max;
            for (uint256 k = 0; k < c.weights.length; k++) {
                uint16 candidate = c.scores[k][j];
                if (candidate >= found[j]) continue;
                uint256 upTo = 0;
                for (uint256 i = 0; i < c.weights.length; i++) if (c.scores[i][j] <= candidate) upTo += c.weights[i];
                if (2 * upTo >= all) found[j] = candidate;
            }
        }
    }

    function ranks(Case memory c, uint16[] memory medians_) internal pure returns (uint256[] memory out) {
        out = new uint256[](medians_.length);
        uint256 all = total(c.weights);
        for (uint256 j = 0; j < out.length; j++) {
            uint256 mass = 0;
            for (uint256 i = 0; i < c.weights.length; i++) mass += c.weights[i] * _least(c.scores[i][j], medians_[j]);
            out[j] = (65_536 * mass * c.minerRounds[j]) / (all * c.rounds);
        }
    }

    function parts(Case memory c, uint16[] memory medians_) internal pure returns (uint256[] memory out) {
        out = new uint256[](c.weights.length);
        for (uint256 i = 0; i < out.length; i++) {
            (uint256 given, uint256 clipped) = (0, 0);
            for (uint256 j = 0; j < medians_.length; j++) {
                if (c.minerRounds[j] == 0) continue;
                given += c.scores[i][j];
                clipped += _least(c.scores[i][j], medians_[j]);
            }
            if (given != 0) out[i] = (c.weights[i] * clipped * c.validatorRounds[i]) / (given * c.rounds);
        }
        uint256 sum = total(out);
        if (sum == 0) return out;
        for (uint256 i = 0; i < out.length; i++) out[i] = (out[i] * (2 ** 32 - 1)) / sum;
    }

    function total(uint256[] memory values) internal pure returns (uint256 sum) {
        for (uint256 i = 0; i < values.length; i++) sum += values[i];
    }

    /// @dev Two bytes, big-endian, for each: the scores of a validator, or medians.
    function pack(uint16[] memory scores) internal pure returns (bytes memory packed) {
        packed = new bytes(2 * scores.length);
        for (uint256 j = 0; j < scores.length; j++) {
            packed[2 * j] = bytes1(uint8(scores[j] >> 8));
            packed[2 * j + 1] = bytes1(uint8(scores[j]));
        }
    }

    function vectors(Case memory c) internal pure returns (bytes[] memory packed) {
        packed = new bytes[](c.scores.length);
        for (uint256 i = 0; i < packed.length; i++) packed[i] = pack(c.scores[i]);
    }

    function unpack(bytes memory packed) internal pure returns (uint16[] memory scores) {
        scores = new uint16[](packed.length / 2);
        for (uint256 j = 0; j < scores.length; j++) {
            scores[j] = (uint16(uint8(packed[2 * j])) << 8) | uint8(packed[2 * j + 1]);
        }
    }

    /// @return part The bytes of `packed` from miner slot `first` on.
    function slice(bytes memory packed, uint256 first, uint256 slots) internal pure returns (bytes memory part) {
        part = new bytes(2 * slots);
        for (uint256 k = 0; k < part.length; k++) part[k] = packed[2 * first + k];
    }

    function _least(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}

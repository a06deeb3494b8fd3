// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {CoordinatorModel} from "./CoordinatorModel.sol";

/// @title What an epoch should come to, said a second time: who may score it, its medians, ranks, parts and shares.
/// @notice Written from contracts/README.md section 8. It counts itself in which rounds who took part; all slots of an epoch are
/// settled at once here, whatever pages the contract is given.
abstract contract SettlementModel is CoordinatorModel {
    /// @dev What a validator committed to, and whether it has opened it.
    mapping(uint64 epoch => mapping(address operator => bytes)) internal vectors;
    mapping(uint64 epoch => mapping(address operator => bool)) internal opened;
    mapping(uint64 epoch => bool) internal revealing; // the call for scores is over
    mapping(uint64 epoch => uint256 slots) internal pagedTo;

    mapping(uint64 epoch => uint256) internal rankSum;
    mapping(uint64 epoch => mapping(address operator => uint256)) internal partOf;
    mapping(uint64 epoch => bool) internal validatorsEarn;

    // ---- Calls

    function _isInRing(uint64 epoch) internal view returns (bool) {
        uint64 last = coordinator.currentEpochOf(run);
        return epoch != 0 && epoch <= last && epoch + EPOCHS_IN_RING > last;
    }

    function _phaseOfEpoch(uint64 epoch) internal view returns (EpochPhase) {
        if (settled[epoch]) return EpochPhase.Settled;
        if (revealing[epoch]) return EpochPhase.Reveal;
        return lastRoundOf[epoch] == 0 ? EpochPhase.Open : EpochPhase.Commit;
    }

    function _refusalOfScores(
        uint8 slot,
        address operator,
        uint64 epoch,
        EpochPhase wanted
    ) internal view returns (bytes memory) {
        if (sitting[Role.Validator][slot] != operator) {
            return abi.encodeWithSelector(RunNotActor.selector, run, slot, operator);
        }
        if (!_isInRing(epoch)) return abi.encodeWithSelector(EpochUnknown.selector, run, epoch);
        EpochPhase phase = _phaseOfEpoch(epoch);
        if (phase != wanted) return abi.encodeWithSelector(EpochWrongPhase.selector, run, epoch, phase, wanted);
        uint64 deadline = coordinator.epochOf(run, epoch).deadline;
        if (block.timestamp > deadline) {
            return abi.encodeWithSelector(EpochPastDeadline.selector, run, epoch, deadline);
        }
        if (wanted == EpochPhase.Commit && satIn[epoch][Role.Validator][slot] != operator) {
            return abi.encodeWithSelector(EpochNotActive.selector, run, epoch, slot);
        }
        bool committed = vectors[epoch][operator].length != 0;
        if (wanted == EpochPhase.Commit) {
            if (!committed) return "";
            return abi.encodeWithSelector(ScoresAlreadyCommitted.selector, run, epoch, slot);
        }
        if (!committed) return abi.encodeWithSelector(ScoresNotCommitted.selector, run, epoch, slot);
        if (!opened[epoch][operator]) return "";
        return abi.encodeWithSelector(ScoresAlreadyRevealed.selector, run, epoch, slot);
    }

    function _isEpochDue(uint64 epoch) internal view returns (bool) {
        if (_phaseOfEpoch(epoch) != EpochPhase.Commit) return false;
        if (block.timestamp > coordinator.epochOf(run, epoch).deadline) return true;
        for (uint8 slot = 0; slot < VALIDATOR_SLOTS; slot++) {
            address operator = satIn[epoch][Role.Validator][slot];
            if (operator != address(0) && vectors[epoch][operator].length == 0) return false;
        }
        return true;
    }

    /// @param size Miner slots on the page.
    function _refusalOfSettle(uint64 epoch, uint256 size) internal view returns (bytes memory) {
        EpochPhase phase = _phaseOfEpoch(epoch);
        if (phase != EpochPhase.Reveal) {
            return abi.encodeWithSelector(EpochWrongPhase.selector, run, epoch, phase, EpochPhase.Reveal);
        }
        if (block.timestamp <= coordinator.epochOf(run, epoch).deadline && !_allOpened(epoch)) {
            return abi.encodeWithSelector(EpochNotDue.selector, run, epoch);
        }
        uint256 left = MINER_SLOTS - pagedTo[epoch];
        if (!_hasQuorum(epoch) || size == left || (size == 8 && left > 8)) return "";
        return abi.encodeWithSelector(ScoresPageInvalid.selector, size, left);
    }

    function _allOpened(uint64 epoch) private view returns (bool) {
        for (uint8 slot = 0; slot < VALIDATOR_SLOTS; slot++) {
            address operator = satIn[epoch][Role.Validator][slot];
            if (operator != address(0) && vectors[epoch][operator].length != 0 && !opened[epoch][operator])
                return false;
        }
        return true;
    }

    function _hasQuorum(uint64 epoch) internal view returns (bool) {
        uint256 all = 0;
        uint256 heard = 0;
        for (uint8 slot = 0; slot < VALIDATOR_SLOTS; slot++) {
            address operator = satIn[epoch][Role.Validator][slot];
            if (operator == address(0)) continue;
            all += _weightOf(operator);
            if (opened[epoch][operator]) heard += _weightOf(operator);
        }
        return 2 * heard >= all;
    }

    // ---- What it comes to

    /// @return judges Those that opened their scores, in ascending order of slot.
    function _judges(uint64 epoch) internal view returns (address[] memory judges) {
        uint256 n = 0;
        for (uint8 slot = 0; slot < VALIDATOR_SLOTS; slot++) if (opened[epoch][satIn[epoch][Role.Validator][slot]]) n++;
        judges = new address[](n);
        n = 0;
        for (uint8 slot = 0; slot < VALIDATOR_SLOTS; slot++) {
            address operator = satIn[epoch][Role.Validator][slot];
            if (opened[epoch][operator]) judges[n++] = operator;
        }
    }

    function _score(uint64 epoch, address judge, uint8 slot) private view returns (uint256) {
        if (satIn[epoch][Role.Miner][slot] == address(0)) return 0;
        bytes storage vector = vectors[epoch][judge];
        return uint256(uint8(vector[2 * slot])) * 256 + uint8(vector[2 * slot + 1]);
    }

    /// @dev By trying all scores, from the definition: the least that half of the weight gives or falls below.
    function _medianOf(uint64 epoch, address[] memory judges, uint8 slot) internal view returns (uint256 best) {
        if (judges.length == 0) return 0;
        best = type(uint256).max;
        for (uint256 v = 0; v < judges.length; v++) {
            uint256 value = _score(epoch, judges[v], slot);
            uint256 upTo = 0;
            uint256 all = 0;
            for (uint256 i = 0; i < judges.length; i++) {
                all += _weightOf(judges[i]);
                if (_score(epoch, judges[i], slot) <= value) upTo += _weightOf(judges[i]);
            }
            if (2 * upTo >= all && value < best) best = value;
        }
    }

    function _clipped(uint64 epoch, address[] memory judges, uint256 i, uint8 slot) private view returns (uint256) {
        uint256 score = _score(epoch, judges[i], slot);
        uint256 median = _medianOf(epoch, judges, slot);
        return score < median ? score : median;
    }

    /// @dev Ranks of miners and parts of validators; all at once, when the last page is settled.
    function _earn(uint64 epoch) internal {
        if (!_hasQuorum(epoch)) return;
        address[] memory judges = _judges(epoch);
        for (uint8 slot = 0; slot < MINER_SLOTS; slot++) _rank(epoch, judges, slot);
        uint256[] memory values = new uint256[](judges.length);
        uint256 sum = 0;
        for (uint256 i = 0; i < judges.length; i++) {
            values[i] = _agreement(epoch, judges, i);
            sum += values[i];
        }
        if (sum == 0) return;
        validatorsEarn[epoch] = true;
        for (uint256 i = 0; i < judges.length; i++) partOf[epoch][judges[i]] = (values[i] * type(uint32).max) / sum;
    }

    function _roundsOf(uint64 epoch) private view returns (uint256) {
        return lastRoundOf[epoch] + 1 - firstRoundOf[epoch];
    }

    function _rank(uint64 epoch, address[] memory judges, uint8 slot) private {
        address miner = satIn[epoch][Role.Miner][slot];
        if (miner == address(0)) return;
        uint256 mass = 0;
        uint256 all = 0;
        for (uint256 i = 0; i < judges.length; i++) {
            all += _weightOf(judges[i]);
            mass += _weightOf(judges[i]) * _clipped(epoch, judges, i, slot);
        }
        uint256 rank = (2 ** 16 * mass * activeIn[epoch][Role.Miner][miner]) / (all * _roundsOf(epoch));
        rankOf[epoch][miner] = rank;
        rankSum[epoch] += rank;
    }

    function _agreement(uint64 epoch, address[] memory judges, uint256 i) private view returns (uint256) {
        uint256 own = 0;
        uint256 clipped = 0;
        for (uint8 slot = 0; slot < MINER_SLOTS; slot++) {
            own += _score(epoch, judges[i], slot);
            clipped += _clipped(epoch, judges, i, slot);
        }
        if (own == 0) return 0;
        uint256 active = activeIn[epoch][Role.Validator][judges[i]];
        return (_weightOf(judges[i]) * clipped * active) / (own * _roundsOf(epoch));
    }

    // ---- Shares

    /// @return miners What they share. @return validators What they do. @return rest What the owner has; all in 2^-64.
    function _pools(uint64 epoch) internal view returns (uint256 miners, uint256 validators, uint256 rest) {
        if (rankSum[epoch] == 0) return (0, 0, 0);
        uint256 earned = (WHOLE * finalsOf[epoch]) / ROUNDS_AN_EPOCH;
        miners = (earned * 4_100) / 10_000;
        validators = miners;
        rest = earned - miners - validators;
        if (!validatorsEarn[epoch]) validators = 0;
    }

    function _shareOf(uint64 epoch, address operator) internal view returns (uint256) {
        (uint256 miners, uint256 validators, ) = _pools(epoch);
        if (miners == 0) return 0;
        uint256 asMiner = (miners * rankOf[epoch][operator]) / rankSum[epoch];
        return asMiner + (validators * partOf[epoch][operator]) / type(uint32).max;
    }

    function _totalShare(uint64 epoch) internal view returns (uint256) {
        (uint256 miners, uint256 validators, uint256 rest) = _pools(epoch);
        return miners + validators + rest;
    }
}

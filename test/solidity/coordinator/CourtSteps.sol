// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {CoordinatorBase} from "./CoordinatorBase.sol";

/// @notice What a court orders, and what it has to know for it. The court is an account here: why it orders is not the coordinator's
/// business.
abstract contract CourtSteps is CoordinatorBase {
    address internal reporter = account("reporter");

    /// @dev The open round becomes final: all validators attest.
    function _finalize() internal returns (FinalRound memory final_) {
        _toAttest();
        _propose();
        Round memory round = _state();
        for (uint8 slot = 0; round.validators >> slot != 0; slot++) {
            if (slot != round.leader && (round.validators >> slot) & 1 == 1) _attest(_validatorAt(slot));
        }
        final_ = _grounds();
        coordinator.advance(run);
    }

    /// @dev What the open round will rest on if it becomes final now.
    function _grounds() internal view returns (FinalRound memory) {
        Round memory round = _state();
        bytes memory seals;
        for (uint8 slot = 0; round.included >> slot != 0; slot++) {
            if ((round.included >> slot) & 1 == 0) continue;
            seals = bytes.concat(seals, bytes32(coordinator.sealOf(run, round.id, slot)));
        }
        return
            FinalRound({
                epoch: uint48(round.epoch),
                finalizedAt: uint48(block.timestamp),
                finalBefore: coordinator.epochOf(run, round.epoch).finalRounds,
                attesters: uint64(round.attested),
                included: round.included,
                parentRoot: round.parentRoot,
                root: round.nextRoot,
                seals: keccak256(seals)
            });
    }

    function _refute(uint64 round, FinalRound memory final_) internal {
        vm.prank(court);
        coordinator.refute(run, round, final_);
    }

    function _refuteFails(uint64 round, FinalRound memory final_) internal {
        vm.expectRevert(abi.encodeWithSelector(RunRoundNotStanding.selector, run, round));
        _refute(round, final_);
    }

    /// @dev For a bounty of a hundredth.
    function _fault(Role role, uint8 slot, uint64 epoch, address operator) internal view returns (Fault memory) {
        return Fault(role, slot, epoch, operator, reporter, 100);
    }

    function _punish(Fault memory fault) internal returns (uint256) {
        vm.prank(court);
        return coordinator.punish(run, fault);
    }

    function _punish(Role role, uint8 slot, uint64 epoch, address operator) internal returns (uint256) {
        return _punish(_fault(role, slot, epoch, operator));
    }

    function _punishFails(Role role, uint8 slot, uint64 epoch, address operator) internal {
        vm.expectRevert(abi.encodeWithSelector(RunNotMember.selector, run, operator));
        _punish(role, slot, epoch, operator);
    }
}

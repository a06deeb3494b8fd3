// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {RewardEscrowBase} from "./RewardEscrowBase.sol";

/// @notice What the escrow's calls cost, recorded in snapshots/. Gas of the call alone, without the 21 000 and calldata of a
/// transaction. "warm ledger": as in a run that goes on, everybody has claimed before; the call itself touches all slots cold.
contract RewardEscrowGasTest is RewardEscrowBase {
    uint64 private constant LAST = 3;

    /// @dev Three epochs of a grant and a sponsorship are settled; all claims of the first two are made.
    function setUp() public override {
        super.setUp();
        stakes.setShares(op, op, 60);
        stakes.setShares(op, alice, 40);
        stakes.setCommission(op, 1_000);
        vm.warp(BEGIN + 10);
        _grant(1e21);
        _sponsor(other, 1e21, 1e20);
        for (uint64 e = 1; e <= LAST; e++) {
            _open(e, 1e20);
            manager.setShare(RUN, e, op, false, WHOLE / 4);
            manager.setShare(RUN, e, bob, true, WHOLE / 8);
            _settle(e, WHOLE / 2);
            vm.warp(block.timestamp + 10);
            for (uint256 source = 0; source < 2; source++) {
                if (e < LAST || source == 1) escrow.claim(_what(source, op, op, e));
                if (e < LAST) escrow.claim(_what(source, op, alice, e));
                if (e < LAST) escrow.claim(_what(source, bob, address(0), e));
            }
        }
    }

    function _record(string memory name) private {
        vm.snapshotGasLastCall("RewardEscrow", name);
    }

    function test_gas_claim_grant() public {
        escrow.claim(_what(0, op, op, LAST));
        _record("claim, grant, first of the epoch");
    }

    function test_gas_claim_sponsorship() public {
        escrow.claim(_what(1, op, alice, LAST));
        _record("claim, sponsorship, warm ledger");
    }

    function test_gas_claim_owner() public {
        escrow.claim(_what(1, bob, address(0), LAST));
        _record("claim, owner, warm ledger");
    }

    /// @dev What a further claim adds in the same transaction, to a token and a pool that it has touched.
    function test_gas_claim_again() public {
        escrow.claim(_what(0, op, op, LAST));
        escrow.claim(_what(0, op, alice, LAST));
        _record("claim, grant, again in a transaction");
    }

    function test_gas_claim_tenEpochs() public {
        _tenMore();
        escrow.claim(_ten(alice));
        _record("claim, sponsorship, 10 epochs, first of each");
    }

    /// @dev After another holder's: what the epochs add when nothing is new.
    function test_gas_claim_tenEpochsAfterOthers() public {
        _tenMore();
        escrow.claim(_ten(op));
        escrow.claim(_ten(alice));
        _record("claim, sponsorship, 10 epochs, again in a transaction");
    }

    function _tenMore() private {
        for (uint64 e = LAST + 1; e <= LAST + 10; e++) {
            _topUp(1, 1e20);
            _open(e, 1e20);
            manager.setShare(RUN, e, op, false, WHOLE / 4);
            _settle(e, WHOLE / 2);
        }
        vm.warp(block.timestamp + 10);
    }

    function _ten(address holder) private view returns (Claim memory what) {
        what = _what(1, op, holder, 1);
        what.epochs = new uint64[](10);
        for (uint64 i = 0; i < 10; i++) what.epochs[i] = LAST + 1 + i;
    }

    function test_gas_grant() public {
        _grant(1);
        _record("grant, again");
    }

    function test_gas_sponsor() public {
        _sponsor(other, 100, 10);
        _record("sponsor");
    }

    function test_gas_topUp() public {
        _topUp(1, 100);
        _record("topUp");
    }

    function test_gas_withdraw() public {
        _withdraw(1, 100);
        _record("withdraw");
    }

    function test_gas_reclaim() public {
        _reclaim(1, 3);
        _record("reclaim, 3 epochs");
    }

    function test_gas_openEpoch() public {
        manager.open(escrow, RUN, LAST + 1, 1e20);
        _record("openEpoch, with the manager's call");
    }

    function test_gas_settleEpoch() public {
        _open(LAST + 1, 1e20);
        _settle(LAST + 1, WHOLE / 2);
        _record("settleEpoch, with the manager's call");
    }
}

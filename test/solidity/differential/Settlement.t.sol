// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {PayoutReference} from "../coordinator/PayoutReference.sol";
import {StoredRun} from "../coordinator/StoredRun.sol";
import {IRunCoordinatorEvents} from "../../../contracts/interfaces/IRunCoordinatorEvents.sol";

/// SettlementLib and ShareLib, on stored runs that were made up from the golden vectors of client/protocol, in 2^-64: medians, ranks,
/// parts, the share of each member, the owner's, what is settled. The second account of the Solidity tests is held to them, too.
contract SettlementDifferentialTest is Base, IRunCoordinatorEvents {
    string private json;

    function setUp() public {
        json = vm.readFile("test/vectors/settlement.json");
    }

    function _uint(string memory at, string memory key) private view returns (uint256) {
        return vm.parseJsonUint(json, string.concat(at, key));
    }

    function _uints(string memory at, string memory key) private view returns (uint256[] memory) {
        return vm.parseJsonUintArray(json, string.concat(at, key));
    }

    function _read(string memory at) private view returns (PayoutReference.Case memory c) {
        (c.weights, c.validatorRounds) = (_uints(at, ".weights"), _uints(at, ".validatorRounds"));
        (c.minerRounds, c.rounds) = (_uints(at, ".minerRounds"), _uint(at, ".rounds"));
        (c.finalRounds, c.roundsPerEpoch) = (_uint(at, ".finalRounds"), _uint(at, ".roundsPerEpoch"));
        (c.minerBps, c.validatorBps) = (_uint(at, ".minerShareBps"), _uint(at, ".validatorShareBps"));
        bytes[] memory vectors = _vectors(at);
        c.scores = new uint16[][](vectors.length);
        for (uint256 i = 0; i < vectors.length; i++) c.scores[i] = PayoutReference.unpack(vectors[i]);
        assertEq(c.minerRounds.length, _uint(at, ".maxMiners"), string.concat(at, ": slots"));
        uint256 active = _uint(at, ".miners");
        for (uint256 j = 0; j < c.minerRounds.length; j++) {
            assertEq((active >> j) & 1 == 1, c.minerRounds[j] != 0, string.concat(at, ": active"));
        }
    }

    function _vectors(string memory at) private view returns (bytes[] memory) {
        return vm.parseJsonBytesArray(json, string.concat(at, ".vectors"));
    }

    function _medians(string memory at) private view returns (bytes memory) {
        return vm.parseJsonBytes(json, string.concat(at, ".medians"));
    }

    /// @dev The first slots, each a validator.
    function _slots(uint256 n) private pure returns (uint256[] memory slots) {
        slots = new uint256[](n);
        for (uint256 i = 0; i < n; i++) slots[i] = i;
    }

    function _case(uint256 i) private pure returns (string memory) {
        return string.concat(".case", vm.toString(i));
    }

    function _count() private view returns (uint256 count) {
        count = _uint("", ".count");
        assertGt(count, 10, "cases");
    }

    function test_settle_vectors_equal() public {
        uint256 count = _count();
        for (uint256 i = 0; i < count; i++) {
            string memory at = _case(i);
            PayoutReference.Case memory c = _read(at);
            StoredRun stored = new StoredRun(c, _slots(c.weights.length), 0);
            (bytes[] memory vectors, bytes memory medians) = (_vectors(at), _medians(at));
            vm.expectEmit(address(stored));
            emit EpochSettled(7, 1, _uint(at, ".totalShare"));
            stored.settle(vectors, medians);
            _assertStored(stored, c, at);
        }
    }

    function _assertStored(StoredRun stored, PayoutReference.Case memory c, string memory at) private view {
        assertEq(abi.encode(stored.ranks()), abi.encode(_uints(at, ".ranks")), string.concat(at, ": ranks"));
        uint256[] memory wanted = _uints(at, ".minerShares");
        for (uint256 j = 0; j < c.minerRounds.length; j++) {
            assertEq(stored.minerShare(j), wanted[j], string.concat(at, ": a miner's share"));
        }
        uint256[] memory parts = _uints(at, ".parts");
        wanted = _uints(at, ".validatorShares");
        for (uint256 i = 0; i < c.weights.length; i++) {
            assertEq(stored.partOf(i), parts[i], string.concat(at, ": a validator's part"));
            assertEq(stored.validatorShare(i), wanted[i], string.concat(at, ": a validator's share"));
        }
        assertEq(stored.ownerShare(), _uint(at, ".ownerShare"), string.concat(at, ": the owner's share"));
        assertEq(stored.ESCROW().totalShare(), _uint(at, ".totalShare"), string.concat(at, ": settled"));
    }

    function test_reference_vectors_equal() public view {
        uint256 count = _count();
        for (uint256 i = 0; i < count; i++) {
            string memory at = _case(i);
            PayoutReference.Result memory r = PayoutReference.settle(_read(at));
            assertEq(PayoutReference.pack(r.medians), _medians(at), string.concat(at, ": medians"));
            assertEq(abi.encode(r.ranks), abi.encode(_uints(at, ".ranks")), string.concat(at, ": ranks"));
            assertEq(abi.encode(r.parts), abi.encode(_uints(at, ".parts")), string.concat(at, ": parts"));
            assertEq(abi.encode(r.minerShares), abi.encode(_uints(at, ".minerShares")), string.concat(at, ": miners"));
            bytes memory wanted = abi.encode(_uints(at, ".validatorShares"));
            assertEq(abi.encode(r.validatorShares), wanted, string.concat(at, ": validators"));
            assertEq(r.ownerShare, _uint(at, ".ownerShare"), string.concat(at, ": the owner"));
            assertEq(r.totalShare, _uint(at, ".totalShare"), string.concat(at, ": settled"));
        }
    }
}

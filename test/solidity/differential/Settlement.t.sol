// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {IRunCoordinatorEvents} from "../../../contracts/interfaces/IRunCoordinator.sol";
import {SettlementLib} from "../../../contracts/libraries/SettlementLib.sol";
import {RunData, Seats} from "../../../contracts/types/RunData.sol";

/// SettlementLib, on stored runs that were made up from the golden vectors of client/protocol, to the wei: quorum, medians, the
/// pay of each member, the owner's, what is paid and what goes back.
contract SettlementDifferentialTest is Base, IRunCoordinatorEvents {
    struct Case {
        uint256 slots;
        uint256 miners;
        uint256 pot;
        uint256[] validators; // slots
        uint256[] weights;
        uint256 totalWeight;
        bytes[] scores;
        bool quorum;
        bytes medians;
    }

    string private json;
    mapping(uint256 number => RunData) private runs;

    function setUp() public {
        json = vm.readFile("test/vectors/settlement.json");
    }

    function _uint(string memory at, string memory key) private view returns (uint256) {
        return vm.parseJsonUint(json, string.concat(at, key));
    }

    function _uints(string memory at, string memory key) private view returns (uint256[] memory) {
        return vm.parseJsonUintArray(json, string.concat(at, key));
    }

    function _read(string memory at) private view returns (Case memory c) {
        c.slots = _uint(at, ".slots");
        c.miners = _uint(at, ".miners");
        c.pot = _uint(at, ".pot");
        c.validators = _uints(at, ".validators");
        c.weights = _uints(at, ".weights");
        c.totalWeight = _uint(at, ".totalWeight");
        c.scores = vm.parseJsonBytesArray(json, string.concat(at, ".scores"));
        c.quorum = vm.parseJsonBool(json, string.concat(at, ".quorum"));
        c.medians = vm.parseJsonBytes(json, string.concat(at, ".medians"));
    }

    function _miner(uint256 slot) private pure returns (address) {
        return address(uint160(0x1000 + slot));
    }

    function _validator(uint256 slot) private pure returns (address) {
        return address(uint160(0x2000 + slot));
    }

    /// @dev A run whose first epoch waits for its settlement. Whatever of the weight did not reveal sits in one more validator.
    function _store(RunData storage run, Case memory c, string memory at) private {
        run.owner = address(0x3000);
        run.epoch = 1;
        run.params.maxMiners = uint16(c.slots);
        run.params.maxValidators = 16;
        run.params.minerShareBps = uint16(_uint(at, ".minerShareBps"));
        run.params.validatorShareBps = uint16(_uint(at, ".validatorShareBps"));
        Epoch storage epoch = run.epochs[1];
        epoch.id = 1;
        epoch.phase = EpochPhase.Reveal;
        epoch.pot = uint128(c.pot);
        epoch.miners = c.miners;
        Seats storage miners = run.seats[Role.Miner];
        for (uint8 slot = 0; slot < c.slots; slot++) miners.members[slot].operator = _miner(slot);
        Seats storage validators = run.seats[Role.Validator];
        uint256 rest = c.totalWeight;
        for (uint256 i = 0; i < c.validators.length; i++) {
            uint8 slot = uint8(c.validators[i]);
            validators.members[slot].operator = _validator(slot);
            validators.members[slot].weight = uint128(c.weights[i]);
            epoch.revealed |= 1 << slot;
            run.scores[1][slot] = keccak256(c.scores[i]);
            rest -= c.weights[i];
        }
        epoch.committed = epoch.revealed;
        epoch.validators = epoch.revealed;
        if (rest == 0) return;
        uint8 silent = 0;
        while ((epoch.revealed >> silent) & 1 == 1) silent++;
        validators.members[silent].operator = _validator(silent);
        validators.members[silent].weight = uint128(rest);
        epoch.validators |= 1 << silent;
    }

    /// @dev Takes the next credit of the lists if it is `operator`'s, else nothing: zero amounts are left out.
    function _assertPaid(address operator, uint256 wanted, Credits memory credits, string memory at) private pure {
        if (wanted == 0) return;
        assertEq(credits.operators[credits.next], operator, string.concat(at, ": who"));
        assertEq(credits.amounts[credits.next++], wanted, string.concat(at, ": how much"));
    }

    struct Credits {
        address[] operators;
        uint256[] amounts;
        uint256 next;
    }

    function test_settle_vectors_equalToTheWei() public {
        uint256 count = _uint("", ".count");
        assertGt(count, 10, "cases");
        for (uint256 i = 0; i < count; i++) {
            string memory at = string.concat(".case", vm.toString(i));
            Case memory c = _read(at);
            _store(runs[i], c, at);
            vm.expectEmit();
            // The contract does not repeat medians that nobody looked at.
            emit EpochSettled(i, 1, c.quorum ? c.medians : bytes(""), _uint(at, ".paid"), _uint(at, ".returned"));
            Credits memory credits;
            (credits.operators, credits.amounts) = SettlementLib.settle(runs[i], i, 1, c.scores, c.medians);
            uint256[] memory minerPay = _uints(at, ".minerPay");
            for (uint256 slot = 0; slot < c.slots; slot++) _assertPaid(_miner(slot), minerPay[slot], credits, at);
            uint256[] memory validatorPay = _uints(at, ".validatorPay");
            for (uint256 v = 0; v < c.validators.length; v++) {
                _assertPaid(_validator(c.validators[v]), validatorPay[v], credits, at);
            }
            _assertPaid(address(0x3000), _uint(at, ".ownerPay"), credits, at);
            assertEq(credits.next, credits.operators.length, string.concat(at, ": nobody else"));
        }
    }
}

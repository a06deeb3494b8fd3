// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {IEmissionTypes} from "../../../contracts/interfaces/IEmission.sol";
import {Genesis} from "../../../contracts/periphery/Genesis.sol";

/// @notice The numbers that the tests make the four contracts with.
abstract contract GenesisBase is Base, IEmissionTypes {
    uint256 internal constant NOW = 1_000_000; // unix seconds
    uint256 internal constant SUPPLY = 1e27;
    uint256 internal constant CAP = 2e27;
    uint64 internal constant DELAY = 1 hours;
    uint64 internal constant PERIOD = 60; // seconds
    uint128 internal constant INITIAL = 1e21;

    address internal holder = account("holder");
    address internal sink = account("sink");

    function setUp() public {
        vm.warp(NOW);
    }

    function _supply() internal view returns (Genesis.Supply memory) {
        return Genesis.Supply(holder, SUPPLY, CAP);
    }

    function _stakes() internal view returns (Genesis.Stakes memory) {
        return Genesis.Stakes(sink, 7 days, 14 days, 1_000);
    }

    function _schedule() internal pure returns (Schedule memory) {
        return Schedule(DELAY, PERIOD, 100_000, INITIAL, 2_000, 100);
    }
}

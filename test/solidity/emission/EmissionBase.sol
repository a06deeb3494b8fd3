// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {StakeHistory} from "../mocks/StakeHistory.sol";
import {Emission} from "../../../contracts/Emission.sol";
import {RewardEscrow} from "../../../contracts/RewardEscrow.sol";
import {Token} from "../../../contracts/Token.sol";
import {IEmissionErrors, IEmissionEvents} from "../../../contracts/interfaces/IEmission.sol";

/// @notice Deploys a token and its emission in order: the address of the third contract that a contract makes is known before.
contract EmissionDeployer {
    Token public token;
    RewardEscrow public escrow;
    Emission public emission;

    function deploy(
        StakeHistory stakes,
        address holder,
        uint256 genesis,
        uint256 cap,
        Emission.Schedule memory s
    ) external {
        bytes32 third = keccak256(abi.encodePacked(hex"d694", address(this), uint8(3)));
        token = new Token(address(uint160(uint256(third))), holder, genesis, cap);
        escrow = _escrow(stakes);
        emission = new Emission(token, stakes, escrow, s);
    }

    function _escrow(StakeHistory stakes) internal virtual returns (RewardEscrow) {
        return new RewardEscrow(token, stakes);
    }
}

/// @notice An emission over a settable stake history and the real reward escrow, one period before its start.
abstract contract EmissionBase is Base, IEmissionErrors, IEmissionEvents {
    uint256 internal constant GENESIS = 1e24;
    uint256 internal constant CAP = 1e27;
    uint64 internal constant START = 1_000_000; // unix seconds
    uint64 internal constant PERIOD = 1 days;
    uint64 internal constant HALVING = 4; // periods
    uint128 internal constant INITIAL = 1e24;
    uint16 internal constant QUORUM_BPS = 2_000;
    uint16 internal constant MIN_VOTE_BPS = 100;
    uint256 internal constant RUN = 7;

    StakeHistory internal stakes;
    Token internal token;
    RewardEscrow internal escrow;
    Emission internal emission;
    address internal manager = account("manager");
    address internal alice = account("alice");
    address internal bob = account("bob");
    address internal op1 = account("op1");
    address internal op2 = account("op2");

    function setUp() public virtual {
        vm.warp(START - PERIOD);
        stakes = new StakeHistory();
        EmissionDeployer deployer = new EmissionDeployer();
        deployer.deploy(stakes, account("holder"), GENESIS, CAP, _schedule());
        (token, escrow, emission) = (deployer.token(), deployer.escrow(), deployer.emission());
    }

    function _schedule() internal pure returns (Schedule memory) {
        return Schedule(START, PERIOD, HALVING, INITIAL, QUORUM_BPS, MIN_VOTE_BPS);
    }

    function _at(uint256 period) internal {
        vm.warp(START + period * PERIOD);
    }

    function _vote(address holder, Choice[] memory choices) internal {
        vm.prank(holder);
        emission.vote(choices);
    }

    function _all(uint256 run) internal view returns (Choice[] memory choices) {
        choices = new Choice[](1);
        choices[0] = Choice(manager, 10_000, run);
    }

    function _pair(
        uint256 run,
        uint16 bps,
        uint256 otherRun,
        uint16 otherBps
    ) internal view returns (Choice[] memory choices) {
        choices = new Choice[](2);
        choices[0] = Choice(manager, bps, run);
        choices[1] = Choice(manager, otherBps, otherRun);
    }

    function _count(address holder, address operator) internal returns (uint256) {
        return emission.count(holder, _list(operator));
    }

    function _list(address operator) internal pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = operator;
    }

    function _granted(uint256 run) internal view returns (uint256 granted) {
        (, granted, ) = escrow.nextEpochOf(manager, run);
    }
}

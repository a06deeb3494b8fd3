// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {EmissionBase} from "./EmissionBase.sol";
import {Emission} from "../../../contracts/Emission.sol";
import {RewardEscrow} from "../../../contracts/RewardEscrow.sol";
import {Token} from "../../../contracts/Token.sol";
import {IEmission} from "../../../contracts/interfaces/IEmission.sol";

// The handler lives here, not in a file of its own: the runner knows only contracts of the files it is given.

/// @notice Makes any call on the emission, in any order and time, by three holders at two operators for three runs, and keeps a
/// model of what must come of it. Each call says before whether it succeeds, and if not with what error.
/// @dev The model writes down everybody's stake when a period begins, and every vote with the period in which it was cast.
contract EmissionHandler is EmissionBase {
    uint256 public constant RUNS = 3;

    struct Vote {
        uint256 castIn; // one more than the period; 0: before the start
        uint16[3] bps; // by run
        bool empty;
    }

    address[3] public holders = [alice, bob, account("carol")];
    address[2] public operators = [op1, op2];
    uint256 public period; // the present one
    uint256 public minted;
    mapping(uint256 period => uint256) public mintedIn;
    mapping(uint256 period => uint256) public totals;
    mapping(uint256 period => uint256) public bonded; // when it began
    mapping(uint256 period => uint256[3]) private _votes;
    mapping(uint256 period => bool[3]) private _paid;
    mapping(uint256 period => mapping(uint256 holder => uint256[2])) private _stakes; // when it began
    mapping(uint256 period => mapping(uint256 holder => bool[2])) private _counted;
    mapping(uint256 holder => Vote[]) private _history;
    uint256[2][3] private _now; // stake by holder and operator
    uint256[3] public granted;

    constructor() {
        setUp();
        // Everything happens in period 0 or later, but for what the test contract does first.
    }

    function theEmission() external view returns (Emission) {
        return emission;
    }

    function theEscrow() external view returns (RewardEscrow) {
        return escrow;
    }

    function theManager() external view returns (address) {
        return manager;
    }

    function votesOf(uint256 p, uint256 run) external view returns (uint256) {
        return _votes[p][run];
    }

    function _call(address sender, bytes memory data, bytes memory refusal) private returns (bool done) {
        vm.prank(sender);
        bytes memory answer;
        (done, answer) = address(emission).call(data);
        assertEq(done, refusal.length == 0, "the model knows whether it succeeds");
        if (!done) assertEq(answer, refusal, "the model knows why not");
    }

    function begin() external {
        _begin(0);
    }

    function _begin(uint256 p) private {
        vm.warp(START + p * PERIOD);
        period = p;
        for (uint256 h = 0; h < 3; h++) {
            _stakes[p][h] = _now[h];
            bonded[p] += _now[h][0] + _now[h][1];
        }
    }

    /// @dev Steps from beginning to beginning, so that none is missed.
    function wait(uint256 time) external {
        uint256 until = block.timestamp + bound(time, 1, 2 * PERIOD);
        while (START + (period + 1) * PERIOD <= until) _begin(period + 1);
        vm.warp(until);
    }

    function stake(uint256 holder, uint256 operator, uint256 amount) external {
        (holder, operator) = (holder % 3, operator % 2);
        amount = bound(amount, 1, 1_000_000);
        _now[holder][operator] += amount;
        stakes.stake(operators[operator], holders[holder], amount);
    }

    /// @notice All that a holder has with one operator goes to another holder or operator, at once.
    function move(uint256 holder, uint256 operator, uint256 toHolder, uint256 toOperator) external {
        (holder, operator, toHolder, toOperator) = (holder % 3, operator % 2, toHolder % 3, toOperator % 2);
        uint256 amount = _now[holder][operator];
        _now[holder][operator] = 0;
        _now[toHolder][toOperator] += amount;
        for (uint256 h = 0; h < 3; h++) {
            for (uint256 o = 0; o < 2; o++) stakes.setShares(operators[o], holders[h], _now[h][o]);
        }
        for (uint256 o = 0; o < 2; o++) stakes.setBonded(operators[o], _now[0][o] + _now[1][o] + _now[2][o]);
    }

    function vote(uint256 holder, uint256 runs, uint16[3] memory bps) external {
        holder %= 3;
        uint256 sum = 0;
        // Up to three choices, of any runs, the same one twice included; at times one too much.
        Choice[] memory choices = new Choice[](runs % 4);
        Vote memory model;
        model.castIn = block.timestamp < START ? 0 : period + 1;
        model.empty = choices.length == 0;
        for (uint256 i = 0; i < choices.length; i++) {
            uint256 run = (runs >> (8 * (i + 1))) % RUNS;
            choices[i] = Choice(manager, uint16(bound(bps[i], 0, 10_000 - sum + (i == 2 ? 1 : 0))), run);
            sum += choices[i].bps;
            if (sum <= 10_000) model.bps[run] += choices[i].bps;
        }
        bytes memory refusal;
        if (sum > 10_000) refusal = abi.encodeWithSelector(EmissionBpsTooHigh.selector, sum, 10_000);
        // Floors of the parts of one run would differ from the floor of their sum.
        for (uint256 i = 1; i < choices.length; i++) {
            for (uint256 j = 0; j < i; j++) if (choices[i].run == choices[j].run) return;
        }
        if (_call(holders[holder], abi.encodeCall(IEmission.vote, (choices)), refusal)) _history[holder].push(model);
    }

    function count(uint256 holder, uint256 which) external {
        holder %= 3;
        address[] memory list = new address[](which % 4); // up to three: each operator, one of them twice
        for (uint256 i = 0; i < list.length; i++) list[i] = operators[(which / 4 + i) % 2];
        (bool found, Vote memory ballot) = _inEffect(holder);
        bytes memory refusal;
        if (!found || ballot.empty) {
            refusal = abi.encodeWithSelector(EmissionNoBallot.selector, holders[holder], period);
        }
        if (!_call(rival(), abi.encodeCall(IEmission.count, (holders[holder], list)), refusal)) return;
        for (uint256 i = 0; i < list.length; i++) {
            uint256 o = (which / 4 + i) % 2;
            uint256 amount = _stakes[period][holder][o];
            if (_counted[period][holder][o] || amount == 0) continue;
            _counted[period][holder][o] = true;
            for (uint256 r = 0; r < RUNS; r++) {
                uint256 votes = (amount * ballot.bps[r]) / 10_000;
                _votes[period][r] += votes;
                totals[period] += votes;
            }
        }
    }

    function rival() public returns (address) {
        return account("rival");
    }

    /// @dev The last one cast in an earlier period.
    function _inEffect(uint256 holder) private view returns (bool found, Vote memory ballot) {
        for (uint256 i = 0; i < _history[holder].length; i++) {
            if (_history[holder][i].castIn <= period) (found, ballot) = (true, _history[holder][i]);
        }
    }

    function pay(uint256 p, uint256 run) external {
        p = bound(p, period > 6 ? period - 6 : 0, period);
        run %= RUNS;
        uint256 amount = expected(p, run);
        bytes memory refusal;
        if (p == period) refusal = abi.encodeWithSelector(EmissionPeriodOpen.selector, p);
        else if (amount == 0) refusal = abi.encodeWithSelector(EmissionNothingToPay.selector, p, manager, run);
        if (!_call(rival(), abi.encodeCall(IEmission.pay, (p, manager, run)), refusal)) return;
        _paid[p][run] = true;
        mintedIn[p] += amount;
        minted += amount;
        granted[run] += amount;
    }

    /// @notice By the words of the interface, with plain arithmetic.
    function expected(uint256 p, uint256 run) public view returns (uint256) {
        uint256 votes = _votes[p][run];
        if (_paid[p][run] || votes == 0 || votes * 10_000 < totals[p] * MIN_VOTE_BPS) return 0;
        uint256 divisor = (bonded[p] * QUORUM_BPS + 9_999) / 10_000;
        if (totals[p] > divisor) divisor = totals[p];
        return ((INITIAL / 2 ** (p / HALVING)) * votes) / divisor;
    }
}

/// @notice The emission's invariants of contracts/README.md, over random histories.
contract EmissionInvariantTest is Base {
    EmissionHandler private handler;
    Emission private emission;
    Token private token;
    uint256 private genesis;

    function setUp() public {
        handler = new EmissionHandler();
        emission = handler.theEmission();
        token = emission.TOKEN();
        genesis = token.totalSupply();
        bytes4[] memory calls = new bytes4[](6);
        calls[0] = EmissionHandler.wait.selector;
        calls[1] = EmissionHandler.stake.selector;
        calls[2] = EmissionHandler.move.selector;
        calls[3] = EmissionHandler.vote.selector;
        calls[4] = EmissionHandler.count.selector;
        calls[5] = EmissionHandler.pay.selector;
        _targetSelectors(address(handler), calls);
        // A good start, since a short history seldom gets this far by itself.
        for (uint256 h = 0; h < 3; h++) {
            handler.stake(h, 0, 10_000 * (h + 1));
            handler.stake(h, 1, 777);
            handler.vote(h, 2 + (h << 8) + (((h + 1) % 3) << 16), [uint16(6_000), 3_000, 0]);
        }
        handler.begin();
        handler.count(0, 3);
        handler.wait(1 days);
    }

    function invariant_I35_supplyIsGenesisAndWhatWasPaid() public view {
        assertEq(token.totalSupply(), genesis + handler.minted(), "supply");
        assertLe(token.totalSupply(), token.cap(), "cap");
        assertEq(token.balanceOf(address(emission)), 0, "nothing stays with the emission");
    }

    function invariant_I36_noPeriodMintsMoreThanItsEmission() public view {
        for (uint256 p = 0; p <= handler.period(); p++) {
            assertLe(handler.mintedIn(p), emission.emissionOf(p), "emission");
            uint256 due = handler.mintedIn(p);
            for (uint256 r = 0; r < handler.RUNS(); r++) due += emission.payableOf(p, handler.theManager(), r);
            assertLe(due, emission.emissionOf(p), "with all that may still be paid");
        }
    }

    function invariant_I37_eachPositionIsCountedOnce() public view {
        for (uint256 p = 0; p <= handler.period(); p++) {
            assertEq(emission.totalOf(p), handler.totals(p), "total");
            assertLe(emission.totalOf(p), handler.bonded(p), "no more votes than stake");
            uint256 sum = 0;
            for (uint256 r = 0; r < handler.RUNS(); r++) {
                uint256 votes = emission.tallyOf(p, handler.theManager(), r).votes;
                assertEq(votes, handler.votesOf(p, r), "tally");
                sum += votes;
            }
            assertEq(sum, emission.totalOf(p), "the total is the sum");
        }
    }

    function invariant_I38_whatIsMintedIsGranted() public view {
        for (uint256 r = 0; r < handler.RUNS(); r++) {
            (, uint256 granted, ) = handler.theEscrow().nextEpochOf(handler.theManager(), r);
            assertEq(granted, handler.granted(r), "granted");
        }
        assertEq(handler.theEscrow().held(token), handler.minted(), "held");
    }
}

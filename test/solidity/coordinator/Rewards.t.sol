// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Emission} from "../../../contracts/Emission.sol";
import {RewardEscrow} from "../../../contracts/RewardEscrow.sol";
import {RunCoordinator} from "../../../contracts/RunCoordinator.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {Token} from "../../../contracts/Token.sol";
import {IEmissionErrors, IEmissionTypes} from "../../../contracts/interfaces/IEmission.sol";
import {IRewardEscrowTypes} from "../../../contracts/interfaces/IRewardEscrow.sol";
import {IStakeSnapshots} from "../../../contracts/interfaces/IStakeSnapshots.sol";
import {FixedBeacon} from "./CoordinatorBase.sol";
import {PayoutReference} from "./PayoutReference.sol";
import {ScoreBase} from "./ScoreBase.sol";

/// @notice Deploys what pays, in order: the address of the fourth contract that a contract makes is known before.
contract PayDeployer is IEmissionTypes {
    Token public token;
    StakeVault public stakes;
    RewardEscrow public rewards;
    Emission public emission;

    function deploy(address holder, uint64 start) external {
        bytes32 fourth = keccak256(abi.encodePacked(hex"d694", address(this), uint8(4)));
        token = new Token(address(uint160(uint256(fourth))), holder, 1e24, 1e27);
        stakes = new StakeVault(token, address(0xdead), 7 days, 7 days, 1_000);
        rewards = new RewardEscrow(token, IStakeSnapshots(address(stakes)));
        // An odd number of wei, so that each division leaves something.
        emission = new Emission(
            token,
            IStakeSnapshots(address(stakes)),
            rewards,
            Schedule(start, 1 days, 4, 1_000e18 + 7, 2_000, 100)
        );
    }
}

/// @dev The chain in place, and a second account of what everyone is due: from deposits, scores and the schedule.
abstract contract RewardsBase is ScoreBase, IEmissionTypes {
    uint64 internal constant START = 1_000_000 + 20 days;
    uint128 internal constant EPOCH_POT = 401e18 + 3; // wei
    uint256 internal constant PER_EPOCH = 77_777_777_777; // units of the sponsor's token
    uint256 internal constant BUDGET = (5 * PER_EPOCH) / 2;

    Emission internal emission;
    Token internal other;
    uint256 internal second; // the other run
    address internal alice = account("alice");
    address internal bob = account("bob");
    address internal carol = account("carol");
    address internal sponsor = account("sponsor");
    address internal till = account("till");

    // What the test knows by itself.
    address[] internal operators;
    mapping(address operator => address[]) internal holders;
    mapping(address operator => mapping(address who => uint256)) internal book; // wei of active stake
    mapping(address operator => uint256 bps) internal commission;
    mapping(uint256 run => uint256) internal grant;
    mapping(uint256 run => mapping(uint256 epoch => mapping(address operator => mapping(address who => uint256))))
        internal bookAt;
    mapping(uint256 run => mapping(uint256 epoch => mapping(address operator => uint256))) internal shares;
    mapping(uint256 run => mapping(uint256 epoch => uint256)) internal ownerShare;
    mapping(uint256 run => mapping(uint256 epoch => mapping(uint256 source => uint256))) internal pots;

    // ---- Setting up: everybody has joined, delegated and voted; period 0 is counted

    function setUp() public virtual override {
        vm.warp(1_000_000);
        PayDeployer deployer = new PayDeployer();
        deployer.deploy(holder, START);
        (token, stakes, rewards, emission) = (
            deployer.token(),
            deployer.stakes(),
            deployer.rewards(),
            deployer.emission()
        );
        other = new Token(address(0), sponsor, 1e27, 1e27);
        beacon = new FixedBeacon();
        coordinator = new RunCoordinator(stakes, rewards, beacon, court, DEPOSIT);
        second = _createRun(_params());
        run = _createRun(_params());
        _staff();
        _delegate();
        _vote();
        vm.startPrank(sponsor);
        other.approve(address(rewards), BUDGET);
        rewards.sponsor(address(coordinator), run, other, BUDGET, PER_EPOCH);
        vm.stopPrank();
    }

    function _params() internal view override returns (RunParams memory p) {
        p = super._params();
        (p.minPot, p.epochPot) = (50e18, EPOCH_POT);
        p.maxValidators = 3;
    }

    /// @dev Miners 0 to 3 and validators 0 to 2 here, miners 0 and 4 and validators 3 and 4 there.
    function _staff() internal {
        for (uint256 i = 0; i < 4; i++) _joinMiner(i);
        for (uint256 i = 0; i < 3; i++) _joinValidator(i, STAKE + uint128(i) * 10e18);
        (run, second) = (second, run);
        _joinMiner(0);
        _joinMiner(4);
        for (uint256 i = 3; i < 5; i++) _joinValidator(i, STAKE);
        (run, second) = (second, run);
        for (uint256 i = 0; i < 5; i++) _record(_miner(i), i == 0 ? 2 * STAKE : STAKE);
        for (uint256 i = 0; i < 5; i++) _record(_validator(i), i < 3 ? STAKE + i * 10e18 : STAKE);
        _setCommission(_miner(0), 1_234);
        _setCommission(_validator(0), 777);
        _setCommission(_validator(1), 10_000);
        vm.prank(_miner(1));
        stakes.setPayout(till);
        vm.warp(block.timestamp + 8 days);
    }

    function _record(address operator, uint256 amount) internal {
        operators.push(operator);
        holders[operator].push(operator);
        book[operator][operator] = amount;
    }

    function _setCommission(address operator, uint16 bps) internal {
        vm.prank(operator);
        stakes.setCommission(bps);
        commission[operator] = bps;
    }

    function _delegate() internal {
        _deposit(alice, _miner(0), 33e18 + 1);
        _deposit(alice, _validator(0), 12e18 + 3);
        _deposit(bob, _validator(0), 71e18 + 11);
        _deposit(bob, _validator(1), 5e18);
        _deposit(bob, _miner(1), 7e18 + 13);
        _deposit(alice, _validator(3), 9e18 + 1);
        _deposit(carol, _miner(4), 1);
    }

    function _deposit(address who, address operator, uint256 amount) internal {
        vm.prank(holder);
        token.transfer(who, amount);
        vm.startPrank(who);
        token.approve(address(stakes), amount);
        stakes.deposit(operator, amount);
        vm.stopPrank();
        if (book[operator][who] == 0) holders[operator].push(who);
        book[operator][who] += amount;
    }

    /// @dev alice: 7 000 for `run`, 2 999 for `second`; bob all for `second`; validator 0, with its own stake, for `run`.
    function _vote() internal {
        Choice[] memory choices = new Choice[](2);
        choices[0] = Choice(address(coordinator), 7_000, run);
        choices[1] = Choice(address(coordinator), 2_999, second);
        vm.prank(alice);
        emission.vote(choices);
        choices = new Choice[](1);
        choices[0] = Choice(address(coordinator), 10_000, second);
        vm.prank(bob);
        emission.vote(choices);
        choices[0].run = run;
        vm.prank(_validator(0));
        emission.vote(choices);
        vm.warp(START + 1);
        _count();
    }

    function _count() internal {
        address[] memory all = operators;
        emission.count(alice, all);
        emission.count(bob, all);
        emission.count(_validator(0), all);
    }

    // ---- A second account

    /// @dev What the stake in the book votes for, position by position.
    function _votes() internal returns (uint256 here, uint256 there) {
        for (uint256 i = 0; i < operators.length; i++) {
            address operator = operators[i];
            here += (book[operator][alice] * 7_000) / 10_000;
            there += (book[operator][alice] * 2_999) / 10_000 + book[operator][bob];
        }
        here += book[_validator(0)][_validator(0)];
    }

    /// @dev Pays both runs for a period that is over, in which the book was as it is now.
    function _pay(uint256 period) internal {
        (uint256 here, uint256 there) = _votes();
        uint256 bonded = 0;
        for (uint256 i = 0; i < operators.length; i++) bonded += _poolOf(operators[i]);
        uint256 quorum = (bonded * 2_000 + 9_999) / 10_000;
        uint256 divisor = here + there > quorum ? here + there : quorum;
        uint256 supply = token.totalSupply();
        _assertPaid(period, run, ((1_000e18 + 7) * here) / divisor);
        _assertPaid(period, second, ((1_000e18 + 7) * there) / divisor);
        assertLe(token.totalSupply() - supply, 1_000e18 + 7, "no more than the period's emission");
        assertEq(token.balanceOf(address(emission)), 0, "which keeps nothing");
    }

    function _assertPaid(uint256 period, uint256 id, uint256 wanted) internal {
        assertEq(emission.pay(period, address(coordinator), id), wanted, "the run's part of the emission");
        grant[id] += wanted;
        _assertGrant(id);
    }

    function _assertGrant(uint256 id) internal view {
        (, uint256 granted, ) = rewards.nextEpochOf(address(coordinator), id);
        assertEq(granted, grant[id], "grant");
    }

    function _poolOf(address operator) internal view returns (uint256 sum) {
        for (uint256 i = 0; i < holders[operator].length; i++) sum += book[operator][holders[operator][i]];
    }

    /// @dev An epoch of `run` is about to open: remembers who holds what, and what its pots will be.
    function _remember(uint256 epoch) internal {
        for (uint256 i = 0; i < operators.length; i++) {
            address operator = operators[i];
            for (uint256 k = 0; k < holders[operator].length; k++) {
                address who = holders[operator][k];
                bookAt[run][epoch][operator][who] = book[operator][who];
            }
        }
        uint256 pot = grant[run] < EPOCH_POT ? grant[run] : EPOCH_POT;
        grant[run] -= pot;
        pots[run][epoch][0] = pot;
        if (run > second) pots[run][epoch][1] = epoch < 3 ? PER_EPOCH : BUDGET - 2 * PER_EPOCH;
    }

    /// @dev Scores of so many validators of `run`, from `first` on, out of the seed; settles them, and says what follows.
    function _score(uint64 epoch, uint256 first, uint256 validators, uint256 miners, uint256 seed) internal {
        PayoutReference.Case memory c;
        Epoch memory e = coordinator.epochOf(run, epoch);
        (c.rounds, c.finalRounds, c.roundsPerEpoch, c.minerBps, c.validatorBps) = (2, e.finalRounds, 2, 4_100, 4_100);
        (c.weights, c.validatorRounds) = (new uint256[](validators), new uint256[](validators));
        (c.scores, c.minerRounds) = (new uint16[][](validators), new uint256[](4));
        for (uint256 j = 0; j < miners; j++) c.minerRounds[j] = 2;
        for (uint256 i = 0; i < validators; i++) {
            (c.weights[i], c.validatorRounds[i]) = (book[_validator(first + i)][_validator(first + i)], 2);
            c.scores[i] = new uint16[](4);
            for (uint256 j = 0; j < miners; j++) c.scores[i][j] = uint16(uint256(keccak256(abi.encode(seed, i, j))));
        }
        PayoutReference.Result memory r = PayoutReference.settle(c);
        _settleAs(epoch, first, PayoutReference.vectors(c), PayoutReference.pack(r.medians));
        for (uint256 j = 0; j < miners; j++) shares[run][epoch][_minerAt(uint8(j))] = r.minerShares[j];
        for (uint256 i = 0; i < validators; i++) shares[run][epoch][_validator(first + i)] = r.validatorShares[i];
        ownerShare[run][epoch] = r.ownerShare;
        grant[run] += pots[run][epoch][0] - (pots[run][epoch][0] * r.totalShare) / WHOLE;
        _assertGrant(run);
    }

    /// @return amount What `who` is due; the owner's, if that is nobody.
    function _due(uint256 source, uint64 epoch, address operator, address who) internal view returns (uint256 amount) {
        uint256 pot = pots[run][epoch][source];
        if (who == address(0)) return (pot * ownerShare[run][epoch]) / WHOLE;
        uint256 all = 0;
        for (uint256 i = 0; i < holders[operator].length; i++) {
            all += bookAt[run][epoch][operator][holders[operator][i]];
        }
        uint256 pool = (pot * shares[run][epoch][operator]) / WHOLE;
        uint256 kept = (pool * commission[operator]) / 10_000;
        amount = ((pool - kept) * bookAt[run][epoch][operator][who]) / all;
        if (who == operator) amount += kept;
    }

    // ---- Claims

    function _what(
        uint256 source,
        uint64 from,
        uint64 to,
        address operator,
        address who
    ) internal view returns (IRewardEscrowTypes.Claim memory) {
        uint64[] memory epochs = new uint64[](to - from + 1);
        for (uint64 i = 0; i < epochs.length; i++) epochs[i] = from + i;
        return IRewardEscrowTypes.Claim(address(coordinator), run, source, operator, who, epochs);
    }

    function _tokenOf(uint256 source) internal view returns (Token) {
        return source == 0 ? token : other;
    }

    function _payoutOf(address operator, address who) internal returns (address) {
        if (who != address(0) && who != operator) return who;
        return operator == _miner(1) ? till : operator;
    }

    /// @dev One claim, by a stranger; a second one pays nothing.
    function _claimOne(uint256 source, uint64 epoch, address operator, address who) internal returns (uint256 due) {
        due = _due(source, epoch, operator, who);
        IRewardEscrowTypes.Claim memory what = _what(source, epoch, epoch, operator, who);
        address payee = _payoutOf(operator, who);
        uint256 before = _tokenOf(source).balanceOf(payee);
        assertEq(rewards.claimable(what), due, "claimable");
        vm.prank(stranger);
        assertEq(rewards.claim(what), due, "claimed");
        assertEq(_tokenOf(source).balanceOf(payee) - before, due, "arrived");
        assertEq(rewards.claim(what), 0, "once");
        _assertHeld();
    }

    /// @dev Everyone of an epoch, from all sources, one by one. Returns what was paid of either.
    function _claimAll(uint64 epoch, uint256 sources) internal returns (uint256[2] memory paid) {
        for (uint256 source = 0; source < sources; source++) {
            paid[source] = _claimOne(source, epoch, owner, address(0));
            for (uint256 i = 0; i < operators.length; i++) {
                address[] memory list = holders[operators[i]];
                for (uint256 k = 0; k < list.length; k++) {
                    paid[source] += _claimOne(source, epoch, operators[i], list[k]);
                }
            }
            assertEq(rewards.paidOf(address(coordinator), run, source, epoch), paid[source], "all that is paid");
        }
    }

    /// @dev I-29, and to the wei, since nobody gave the escrow anything else.
    function _assertHeld() internal view {
        assertEq(rewards.owed(token), rewards.held(token), "owed is held");
        assertEq(rewards.owed(other), rewards.held(other), "of the sponsor's token, too");
    }

    // ---- Steps

    /// @dev Epoch 1 of `run`, as soon as there is money for it.
    function _open() internal {
        vm.warp(START + 1 days + 100);
        assertFalse(coordinator.isDue(run), "a run without a grant waits");
        _pay(0);
        assertTrue(coordinator.isDue(run), "and with one does not");
        _remember(1);
        // In the second of the opening, so too late for it.
        _deposit(carol, _miner(0), 50e18);
        coordinator.advance(run);
        _assertGrant(run);
        _assertHeld();
    }
}

/// The whole chain of pay, with nothing replaced but the beacon: stake and votes, the emission's grants, a sponsor's other token,
/// rounds, scores, settlement, claims. What everyone is due is computed a second time.
/// ├── votes divide a period's emission; a run waits for its grant
/// ├── each operator, holder and owner gets its part to the wei, one by one or in a batch, once
/// ├── what was not earned goes back to the grant and to the sponsor
/// └── the escrow holds what it owes at every step, and in the end a few wei more than is still to be given
contract RewardsTest is RewardsBase {
    /// @dev From epoch 1 to 2 of `run`, whose second round is void; alone bob takes out half of what it has with validator 0.
    function _twoEpochs(uint256 seed) private {
        _finish();
        vm.warp(block.timestamp + 10);
        vm.prank(bob);
        stakes.requestUnbond(_validator(0), 35e18);
        book[_validator(0)][bob] -= 35e18;
        vm.warp(block.timestamp + 10);
        _remember(2);
        _finish();
        _assertGrant(run);
        _score(1, 0, 3, 4, seed);
        _lapse();
        coordinator.advance(run);
        _lapse();
        coordinator.advance(run);
        _finish();
        _assertPhase(Phase.Idle, "what is left of the grant is less than the run wants");
        _score(2, 0, 3, 4, seed + 1);
        assertEq(coordinator.epochOf(run, 2).finalRounds, 1, "one round of two");
    }

    function test_pay_wholeChain_toTheWei() public {
        _open();
        _twoEpochs(11);
        // Epoch 1 one by one, of both sources.
        uint256[2] memory paid = _claimAll(1, 2);
        for (uint256 source = 0; source < 2; source++) {
            uint256 pot = pots[run][1][source];
            assertLe(paid[source], pot, "within the pot");
            // A claim is rounded by less than a wei or unit; a share before by 2^-64, a validator's part by 2^-32.
            assertLe(pot - paid[source], 30 + 3 * (pot >> 32), "nothing but roundings stays");
        }
        // The rest of both epochs in a batch.
        _claimBatch();
        _refunds();
    }

    /// @dev All claims of epochs 1 and 2 in one transaction. What of them was claimed before is passed over.
    function _claimBatch() private {
        IRewardEscrowTypes.Claim[] memory batch = new IRewardEscrowTypes.Claim[](2 * 18 + 2);
        uint256 n = 0;
        uint256 wanted = 0;
        uint256 wantedOther = 0;
        for (uint256 source = 0; source < 2; source++) {
            batch[n++] = _what(source, 1, 2, owner, address(0));
            uint256 sum = _due(source, 2, owner, address(0));
            for (uint256 i = 0; i < operators.length; i++) {
                address[] memory list = holders[operators[i]];
                for (uint256 k = 0; k < list.length; k++) {
                    batch[n++] = _what(source, 1, 2, operators[i], list[k]);
                    sum += _due(source, 2, operators[i], list[k]);
                }
            }
            if (source == 0) wanted = sum;
            else wantedOther = sum;
        }
        assertEq(n, 2 + 2 * 18, "claims");
        uint256 held = rewards.held(token);
        uint256 heldOther = rewards.held(other);
        vm.prank(stranger);
        rewards.claimMany(batch);
        assertEq(held - rewards.held(token), wanted, "native, as the sum of all dues");
        assertEq(heldOther - rewards.held(other), wantedOther, "the sponsor's, too");
        assertEq(rewards.paidOf(address(coordinator), run, 0, 2), wanted, "all of epoch 2");
        _assertHeld();
        held = rewards.held(token);
        rewards.claimMany(batch);
        assertEq(rewards.held(token), held, "a second batch pays nothing");
    }

    /// @dev Half of epoch 2 goes back: to the grant by itself, to the sponsor on its call, with what no epoch has used.
    function _refunds() private {
        uint256 pot = pots[run][2][0];
        assertEq(rewards.epochOf(address(coordinator), run, 2).totalShare, WHOLE / 2, "half is earned");
        assertTrue(coordinator.isDue(run), "the half that returned is enough for another epoch");
        assertGe(grant[run], pot - pot / 2, "it is in the grant");
        uint256 back = PER_EPOCH - PER_EPOCH / 2;
        vm.startPrank(sponsor);
        uint256 before = other.balanceOf(sponsor);
        assertEq(rewards.reclaim(address(coordinator), run, 1, 10, sponsor), back, "half of epoch 2, none of epoch 1");
        rewards.withdraw(address(coordinator), run, 1, BUDGET - 2 * PER_EPOCH, sponsor);
        vm.stopPrank();
        assertEq(other.balanceOf(sponsor) - before, back + BUDGET - 2 * PER_EPOCH, "arrived");
        _assertHeld();
        // What is left in the escrow belongs to grants, but for roundings.
        assertLe(rewards.held(other), 60 + 6 * (PER_EPOCH >> 32), "the sponsor's token");
        uint256 granted = grant[run] + grant[second];
        assertGe(rewards.held(token), granted, "native");
        assertLe(rewards.held(token) - granted, 60 + 6 * uint256(EPOCH_POT >> 32), "native, nothing but roundings");
    }

    /// @dev The other run is paid out of its own grant, and by its own scores; a holder's claims in both are apart.
    function test_pay_twoRuns_areApart() public {
        _open();
        (run, second) = (second, run);
        vm.warp(block.timestamp + 1);
        _remember(1);
        coordinator.advance(run);
        _finish();
        _remember(2);
        _finish();
        _score(1, 3, 2, 2, 5);
        uint256 paid = _claimAll(1, 1)[0];
        assertLe(pots[run][1][0] - paid, 30 + (pots[run][1][0] >> 31), "all of the pot");
        assertGt(_due(0, 1, _miner(0), alice), 0, "alice has a part by miner 0, which is in both");
        (run, second) = (second, run);
        _assertGrant(run);
        _twoEpochs(6);
        _claimAll(1, 2);
        _assertGrant(second);
    }

    /// @dev A second period pays the stake as it was at its beginning; an epoch without scores returns all.
    function test_pay_secondPeriod_countsAnew() public {
        _open();
        vm.warp(START + 1 days + 200);
        _count();
        // carol's deposit and nothing else came after the first period began; the votes of the others are the same.
        book[_miner(0)][carol] = 0;
        vm.warp(START + 2 days);
        _pay(1);
        bytes4 selector = IEmissionErrors.EmissionNothingToPay.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, 1, address(coordinator), run));
        emission.pay(1, address(coordinator), run);
    }
}

contract RewardsFuzzTest is RewardsBase {
    function setUp() public override {
        super.setUp();
        _open();
        _finish();
        _remember(2);
        _finish();
    }

    /// @dev Over any scores: nobody gets a wei more or less than the second account says, and the pot covers all.
    function test_pay_anyScores_toTheWei(uint256 seed) public {
        _score(1, 0, 3, 4, seed);
        uint256 sum = 0;
        for (uint256 i = 0; i < operators.length; i++) {
            address[] memory list = holders[operators[i]];
            for (uint256 k = 0; k < list.length; k++) {
                uint256 due = _due(0, 1, operators[i], list[k]);
                assertEq(rewards.claimable(_what(0, 1, 1, operators[i], list[k])), due, "claimable");
                sum += due;
            }
        }
        sum += _due(0, 1, owner, address(0));
        assertLe(sum, (pots[run][1][0] * rewards.epochOf(address(coordinator), run, 1).totalShare) / WHOLE, "earned");
    }
}

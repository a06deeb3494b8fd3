// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {RewardEscrow} from "../../../contracts/RewardEscrow.sol";
import {RunCoordinator} from "../../../contracts/RunCoordinator.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {Token} from "../../../contracts/Token.sol";
import {IBeacon} from "../../../contracts/interfaces/IBeacon.sol";
import {IRunCoordinatorErrors, IRunCoordinatorEvents} from "../../../contracts/interfaces/IRunCoordinatorEvents.sol";
import {IStakeSnapshots} from "../../../contracts/interfaces/IStakeSnapshots.sol";
import {HashLib} from "../../../contracts/libraries/HashLib.sol";

/// @notice A beacon that says what the test tells it to.
contract FixedBeacon is IBeacon {
    bytes32 public read = keccak256("beacon");

    function set(bytes32 value) external {
        read = value;
    }
}

/// @notice A coordinator over the real token and vaults, one funded run, and the steps that lead to a state under test.
/// @dev Miner i and validator i are the operators that joined i-th, so they sit in slot i. Everyone joins with the same stake.
abstract contract CoordinatorBase is Base, IRunCoordinatorErrors, IRunCoordinatorEvents {
    uint128 internal constant STAKE = 100e18; // wei
    uint128 internal constant POT = 1_000e18; // wei
    uint128 internal constant DEPOSIT = 50e18; // wei
    uint256 internal constant WHOLE = 2 ** 64;

    Token internal token;
    StakeVault internal stakes;
    RewardEscrow internal rewards;
    FixedBeacon internal beacon;
    RunCoordinator internal coordinator;
    address internal holder = account("holder");
    address internal owner = account("owner");
    address internal stranger = account("stranger");
    address internal court;
    uint256 internal run;

    function setUp() public virtual {
        vm.warp(1_000_000);
        token = new Token(address(0), holder, 1e27, 1e27);
        stakes = new StakeVault(token, account("sink"), 7 days, 7 days, 1_000);
        rewards = new RewardEscrow(token, IStakeSnapshots(address(stakes)));
        beacon = new FixedBeacon();
        court = _makeCourt();
        coordinator = new RunCoordinator(stakes, rewards, beacon, court, DEPOSIT);
        run = _createRun(_params());
        vm.prank(holder);
        token.approve(address(rewards), type(uint256).max);
        _fund(20 * POT);
    }

    function _makeCourt() internal virtual returns (address) {
        return account("court");
    }

    /// @dev By `owner`, who gets the deposit for it.
    function _createRun(RunParams memory p) internal returns (uint256) {
        vm.prank(holder);
        token.transfer(owner, DEPOSIT);
        vm.startPrank(owner);
        token.approve(address(coordinator), DEPOSIT);
        uint256 id = coordinator.createRun(p);
        vm.stopPrank();
        return id;
    }

    function _params() internal view virtual returns (RunParams memory) {
        return
            RunParams({
                manifestDigest: keccak256("manifest"),
                manifestSize: 4_000,
                genesisRoot: keccak256("genesis"),
                trainSeconds: 600,
                commitSeconds: 60,
                revealSeconds: 90,
                attestSeconds: 120,
                scoreCommitSeconds: 300,
                scoreRevealSeconds: 200,
                maxLeaders: 2,
                roundsPerEpoch: 2,
                maxRounds: 0,
                maxIncluded: 3,
                minMiners: 2,
                maxMiners: 4,
                minValidators: 2,
                maxValidators: 3,
                protectionEpochs: 2,
                minerStake: STAKE,
                validatorStake: STAKE,
                validatorWeightCap: uint96(3 * STAKE),
                rewardToken: address(token),
                minPot: POT,
                epochPot: POT,
                minerShareBps: 4_100,
                validatorShareBps: 4_100,
                maxBlobBytes: 1_000_000,
                chunks: ChunkRules({
                    k: 64,
                    chunkSize: 4_096,
                    chunkCount: 100,
                    clipQ8: 512,
                    rateQ16: 65_536,
                    maxInnerSteps: 30,
                    batch: 8
                })
            });
    }

    // ---- Operators

    function _miner(uint256 i) internal returns (address) {
        return account(string.concat("miner", vm.toString(i)));
    }

    function _validator(uint256 i) internal returns (address) {
        return account(string.concat("validator", vm.toString(i)));
    }

    /// @dev `operator` has `amount` more of free stake, and allows the coordinator to lock it.
    function _enrol(address operator, uint256 amount) internal {
        vm.prank(holder);
        token.transfer(operator, amount);
        vm.startPrank(operator);
        token.approve(address(stakes), amount);
        stakes.deposit(operator, amount);
        stakes.allowManager(address(coordinator), true);
        vm.stopPrank();
    }

    function _fund(uint256 amount) internal {
        vm.prank(holder);
        rewards.grant(address(coordinator), run, amount);
    }

    function _joinMiner(uint256 i) internal returns (address operator) {
        operator = _miner(i);
        _enrol(operator, STAKE);
        vm.prank(operator);
        coordinator.joinAsMiner(run);
    }

    function _joinValidator(uint256 i, uint128 stake) internal returns (address operator) {
        operator = _validator(i);
        _enrol(operator, stake);
        vm.prank(operator);
        coordinator.joinAsValidator(run, stake);
    }

    function _leave(address operator, Role role) internal {
        vm.prank(operator);
        coordinator.leave(run, role);
    }

    // ---- Steps of a round

    /// @dev Opens round 1 with so many members of either role.
    function _start(uint256 miners, uint256 validators) internal {
        for (uint256 i = 0; i < miners; i++) _joinMiner(i);
        for (uint256 i = 0; i < validators; i++) _joinValidator(i, STAKE);
        coordinator.advance(run);
    }

    function _round() internal view returns (uint64) {
        return coordinator.currentRoundOf(run);
    }

    function _state() internal view returns (Round memory) {
        return coordinator.roundOf(run, _round());
    }

    function _commitmentOf(address operator) internal view returns (bytes32) {
        uint64 round = _round();
        return HashLib.contribution(run, round, _minerSlot(operator), _opening(operator, round));
    }

    function _minerSlot(address operator) internal view returns (uint8) {
        return coordinator.slotOf(run, Role.Miner, operator);
    }

    function _validatorSlot(address operator) internal view returns (uint8) {
        return coordinator.slotOf(run, Role.Validator, operator);
    }

    /// @dev What `operator` made in a round; different for each of both.
    function _opening(address operator, uint64 round) internal pure returns (Opening memory) {
        bytes32 root = keccak256(abi.encode("root", operator, round));
        return Opening(root, keccak256(abi.encode("digest", root)), 1_000, keccak256(abi.encode("salt", root)));
    }

    function _commit(address operator) internal {
        uint64 round = _round();
        uint8 slot = _minerSlot(operator);
        bytes32 commitment = _commitmentOf(operator);
        vm.prank(operator);
        coordinator.commit(run, round, slot, commitment);
    }

    function _reveal(address operator) internal {
        uint64 round = _round();
        uint8 slot = _minerSlot(operator);
        vm.prank(operator);
        coordinator.reveal(run, round, slot, _opening(operator, round));
    }

    /// @dev Every active miner of the open round commits, and Reveal opens.
    function _commitAll() internal {
        uint256 miners = _state().miners;
        for (uint256 slot = 0; miners >> slot != 0; slot++) {
            if ((miners >> slot) & 1 == 1) _commit(_minerAt(uint8(slot)));
        }
        coordinator.advance(run);
    }

    /// @dev Every miner that committed reveals, and Attest opens.
    function _revealAll() internal {
        uint256 committed = _state().committed;
        for (uint256 slot = 0; committed >> slot != 0; slot++) {
            if ((committed >> slot) & 1 == 1) _reveal(_minerAt(uint8(slot)));
        }
        coordinator.advance(run);
    }

    function _toAttest() internal {
        _commitAll();
        _revealAll();
    }

    function _minerAt(uint8 slot) internal view returns (address) {
        return coordinator.memberOf(run, Role.Miner, slot).operator;
    }

    function _validatorAt(uint8 slot) internal view returns (address) {
        return coordinator.memberOf(run, Role.Validator, slot).operator;
    }

    function _nextRoot() internal view returns (bytes32) {
        return keccak256(abi.encode("state", _round()));
    }

    /// @dev The leader of the open attempt.
    function _leader() internal view returns (address) {
        return _validatorAt(_state().leader);
    }

    function _propose(uint256 included, bytes32 nextRoot) internal {
        Round memory round = _state();
        address leader = _validatorAt(round.leader);
        vm.prank(leader);
        coordinator.propose(run, round.id, round.attempt, included, nextRoot, false);
    }

    /// @dev Proposes up to three of the revealed, which is what the run takes at most.
    function _propose() internal {
        _propose(_state().revealed & 7, _nextRoot());
    }

    function _attest(address operator) internal {
        _attest(operator, false);
    }

    function _attest(address operator, bool worse) internal {
        Round memory round = _state();
        uint8 slot = _validatorSlot(operator);
        vm.prank(operator);
        coordinator.attest(run, round.id, slot, round.proposal, worse);
    }

    function _refuse(address operator) internal {
        Round memory round = _state();
        uint8 slot = _validatorSlot(operator);
        vm.prank(operator);
        coordinator.refuse(run, round.id, slot, round.proposal);
    }

    /// @dev All validators but the leader attest, and the round is over.
    function _attestAll() internal {
        Round memory round = _state();
        for (uint8 slot = 0; round.validators >> slot != 0; slot++) {
            if (slot != round.leader && (round.validators >> slot) & 1 == 1) _attest(_validatorAt(slot));
        }
        coordinator.advance(run);
    }

    /// @dev From Train to the end of the round: final.
    function _finish() internal {
        _toAttest();
        _propose();
        _attestAll();
    }

    /// @dev Lets the deadline of the open phase pass.
    function _lapse() internal {
        vm.warp(_state().deadline + 1);
    }

    function _lapseEpoch(uint64 epoch) internal {
        vm.warp(coordinator.epochOf(run, epoch).deadline + 1);
    }

    // ---- Scores

    function _scoreOpening(address validator) internal pure returns (ScoreOpening memory) {
        return
            ScoreOpening(
                keccak256(abi.encode("receipts", validator)),
                500,
                keccak256(abi.encode("score salt", validator))
            );
    }

    function _commitScores(address validator, uint64 epoch, bytes memory scores) internal {
        ScoreOpening memory o = _scoreOpening(validator);
        bytes32 commitment = _scoreCommitment(epoch, validator, scores, o);
        uint8 slot = _validatorSlot(validator);
        vm.prank(validator);
        coordinator.commitScores(run, epoch, slot, commitment);
    }

    function _revealScores(address validator, uint64 epoch, bytes memory scores) internal {
        uint8 slot = _validatorSlot(validator);
        vm.prank(validator);
        coordinator.revealScores(run, epoch, slot, scores, _scoreOpening(validator));
    }

    /// @dev HashLib.scores takes calldata; this says the format a second time, from the README.
    function _scoreCommitment(
        uint64 epoch,
        address validator,
        bytes memory scores,
        ScoreOpening memory o
    ) internal view returns (bytes32) {
        return
            keccak256(
                abi.encodePacked(
                    bytes1(0x06),
                    uint64(run),
                    epoch,
                    validator,
                    scores,
                    o.receiptsDigest,
                    o.receiptsSize,
                    o.salt
                )
            );
    }

    /// @dev A vector of the run's four miner slots.
    function _scores(uint16 a, uint16 b, uint16 c, uint16 d) internal pure returns (bytes memory) {
        return abi.encodePacked(a, b, c, d);
    }

    // ---- Assertions

    function _assertPhase(Phase wanted, string memory label) internal view {
        assertEq(uint256(coordinator.phaseOf(run)), uint256(wanted), label);
    }

    function _assertEpochPhase(uint64 epoch, EpochPhase wanted, string memory label) internal view {
        assertEq(uint256(coordinator.epochOf(run, epoch).phase), uint256(wanted), label);
    }
}

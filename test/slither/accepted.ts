// What Slither says and we have looked at: detectors that are off, and findings that stand, each with the reason. How an entry
// names its findings is in triage.ts. A finding that has no entry fails `npm run test:slither`, and so does an entry without one.

import type { Accepted } from './triage.ts'

export const excluded: readonly Omit<Accepted, 'at'>[] = [
  { check: 'naming-convention', why: 'solhint holds the names; ours write immutables in capitals, as constants' },
  {
    check: 'timestamp',
    why: 'the clock of the protocol is the block: deadlines, delays and periods are seconds of it, and the shortest is far longer than what a producer can shift',
  },
  {
    check: 'uninitialized-local',
    why: 'the language makes every local zero and we count on it; what was dangerous, a storage pointer without a target, does not compile any more',
  },
]

export const accepted: readonly Accepted[] = [
  {
    check: 'assembly',
    at: 'RecordLib',
    why: 'reads bits; fuzzed against the vectors of the TypeScript codec',
  },
  { check: 'assembly', at: 'AggregateLib', why: 'adds lanes of a word; fuzzed against the vectors of the update rule' },
  {
    check: 'assembly',
    at: 'MerkleLib.root',
    why: 'one buffer for all hashes; fuzzed against the vectors of the trees',
  },
  {
    check: 'calls-loop',
    at: 'RewardEscrow._due',
    why: 'static calls, and the caller chooses the list: one that a manager lets fail, it can leave out',
  },
  {
    check: 'calls-loop',
    at: 'RewardEscrow._claim',
    why: 'the caller chooses the list; a batch with a token that fails fails as a whole, which contracts/README.md says',
  },
  {
    check: 'calls-loop',
    at: 'Emission._countPosition',
    why: 'the stake vault, fixed at construction, over the list of the caller',
  },
  {
    check: 'dead-code',
    at: 'Emission._countPosition',
    why: 'Slither loses the call that `count` makes in its loop; its own calls-loop finds it',
  },
  {
    check: 'incorrect-equality',
    at: 'StakeVault.deposit: received == 0',
    why: 'refuses what brought nothing; more than zero buys shares, however little, and nobody can bring it to zero from outside',
  },
  {
    check: 'incorrect-shift',
    at: 'RecordLib._readRice',
    why: 'the constant is meant to be the value that is shifted: 232 ones, each worth 2^piece places',
  },
  {
    check: 'missing-zero-check',
    at: 'Token.constructor.minter',
    why: 'a token without a minter has the minter zero: it mints no more, by construction',
  },
  {
    check: 'too-many-digits',
    at: 'AggregateLib',
    why: 'assembly takes no expression for a constant; 2^40 is easier to check in base 16 than in base 10',
  },
  {
    check: 'uninitialized-state',
    at: 'StakeVault._histories',
    why: 'a mapping to structs; written through references to them',
  },
  {
    check: 'uninitialized-state',
    at: 'Emission._tallies',
    why: 'a mapping to structs; written through references to them',
  },
  { check: 'uninitialized-state', at: 'Emission._totals', why: 'a mapping; `count` adds to it' },
  {
    check: 'unused-return',
    at: 'CommissionLib.set: self.past.push(last,self.bps)',
    why: 'push answers with what was there and what is: both are known',
  },
  {
    check: 'unused-return',
    at: 'StakeVault._write: trace.push(uint48(block.timestamp),uint208(value))',
    why: 'push answers with what was there and what is: both are known',
  },
  {
    check: 'unused-return',
    at: 'Emission.constructor: token.approve(address(rewards),type()(uint256).max)',
    why: 'the token is Token, whose approve returns true or reverts',
  },
  {
    check: 'unused-return',
    at: 'SplitLib.holderPart: (None,all) = stakes.poolAt(operator,time)',
    why: 'the stake of the pool does not matter for how its shares divide what it earned',
  },
  { check: 'assembly', at: 'PayoutLib', why: 'weighs two miners at once; fuzzed against a plain second account' },
  {
    check: 'assembly',
    at: 'ActorLib.authorizeIn',
    why: 'one load for three fields of a word, which the tests of keys and of members read back by their names',
  },
  {
    check: 'divide-before-multiply',
    at: 'ShareLib._pools',
    why: 'the rule says so: contracts/README.md section 8 rounds what an epoch earned before it is divided',
  },
  {
    check: 'too-many-digits',
    at: 'PayoutLib',
    why: 'a bit in each lane of a word, held by the fuzz against a plain second account',
  },
  {
    check: 'unused-return',
    at: 'MemberLib.release',
    why: 'a checkpoint that is pushed tells the value before; nobody asks',
  },
  {
    check: 'unused-return',
    at: 'MemberLib._seat',
    why: 'a checkpoint that is pushed tells the value before; nobody asks',
  },
  { check: 'unused-return', at: 'FundingLib.isFunded', why: 'of the next epoch only the grant is asked for' },
  {
    check: 'unused-return',
    at: 'RoundLib._open',
    why: 'whether the escrow has any pot is of no use: the run has looked for the pot that it wants',
  },
  {
    check: 'unused-return',
    at: 'RunCoordinator.commit',
    why: 'called for its check; a commitment needs nothing of the seat',
  },
  {
    check: 'unused-return',
    at: 'RunCoordinator.reveal',
    why: 'called for its check; an opening needs nothing of the seat',
  },
  { check: 'unused-return', at: 'ViewLib.usefulnessOf', why: 'who is past its protection is another question' },
  {
    check: 'calls-loop',
    at: 'DisputeCourt._collect',
    why: 'the stake vault’s token, fixed at construction, over the list of the caller',
  },
  {
    check: 'calls-loop',
    at: 'DisputeCourt._punishAttester',
    why: 'the caller chooses the list; a coordinator that fails spoils the cases about itself alone',
  },
  {
    check: 'costly-loop',
    at: 'DisputeCourt._credit',
    why: 'each bounty is counted by what is here once it has come, so that no coordinator can count it for two',
  },
  {
    check: 'incorrect-equality',
    at: 'DisputeCourt.withdraw: amount == 0',
    why: 'refuses whom nothing is owed; what anybody is owed only the court changes',
  },
  {
    check: 'missing-zero-check',
    at: 'RunCoordinator.constructor.court',
    why: 'zero is a coordinator without a court, as long as there is none to name',
  },
  {
    check: 'reentrancy-benign',
    at: 'DisputeCourt._punishAttester',
    why: 'a coordinator may call back: the attester is struck off before, and a bounty is counted by what is here after, whoever counts it',
  },
  {
    check: 'reentrancy-benign',
    at: 'DisputeCourt._punishMiner',
    why: 'a coordinator may call back: the case is closed before, and a bounty is counted by what is here after, whoever counts it',
  },
  {
    check: 'reentrancy-events',
    at: 'DisputeCourt._punishAttester',
    why: 'the event says what the call took; others that a call back makes are true as well',
  },
  {
    check: 'reentrancy-events',
    at: 'DisputeCourt._punishMiner',
    why: 'the event says what the call took; others that a call back makes are true as well',
  },
  {
    check: 'unused-return',
    at: 'DisputeCourt.demandRecord: EvidenceLib.checkInRing(exhibit)',
    why: 'asked for its refusal; the seal is of use to duplicates only',
  },
  {
    check: 'unused-return',
    at: 'EvidenceLib.checkBadRecord',
    why: 'what is wrong with a record is the question; the record of a good one is nobody’s',
  },
  {
    check: 'unused-return',
    at: 'PunishLib.punish: stakes.slash(operator,taken,fault.reporter,bounty)',
    why: 'no more is asked for than the vault says that it may take, in the same call',
  },
]

// Why something is zero, void or left out, in words: every code that the indexer answers, from the contracts, from receipts and its
// own. A code without an entry here is a defect, held by a test.

export const zeroReasons: Readonly<Record<string, string>> = {
  // Of a contribution (judgeRound.ts).
  absent: 'No commitment in this round: the miner was not there, or its transaction came too late.',
  unrevealed: 'It committed and never revealed what it committed to.',
  unfetchable: 'The revealed blob could not be fetched in time by the validators.',
  malformed: 'The blob is not a contribution in canonical form.',
  'wrong-header': 'The blob is for another run, round, miner or base state.',
  copied: 'Another miner had revealed the same contribution before.',
  'not-finite': 'Applying it alone gave a loss that is no number.',
  harmful: 'Applying it alone did not lower the loss on the drawn samples.',
  'not-chosen': 'The leader did not include it: others were rated higher, or the set was full.',
  'round-void': 'The round ended without a quorum, so nothing was included.',
  // Of a miner's epoch (score.ts, settlement).
  inactive: 'It took part in no round of the epoch.',
  'no-valid-round': 'None of its rounds was valid: each has its own reason.',
  'low-rating': 'Its rating is not positive: others helped the model more, round after round.',
  'no-unique-work': 'Its work helped no more on its own samples than on others: the sign of copied or invented work.',
  'too-small': 'Its score is positive and rounds to nothing.',
  'zero-median': 'Less than half of the stake that scored gave it a score above zero.',
  'no-quorum': 'Validators with less than half of the stake revealed scores, so the epoch paid nobody.',
  'no-final-round': 'No round of the epoch moved the model, so it paid nobody.',
  'no-pot': 'The epoch had no pot of this source.',
  // Of a validator's epoch.
  'no-scores': 'It did not commit or reveal scores in time.',
  'no-agreement': 'It scored nobody above zero whom the others scored.',
  // Of a void round (VoidReason).
  NothingRevealed: 'Nobody revealed a contribution.',
  NothingValid: 'No revealed contribution was valid.',
  NoQuorum: 'No proposal was attested by two thirds of the stake in time.',
  RolledBack: 'A wrong root was proved, of this round or of one that it was built on, so it was rolled back.',
  WorseModel: 'The median validator measured a worse model: the loss guard kept the old one.',
}

// Runs, their rounds and what was put into them, as the indexer answers. Rows are of the newest indexed block. What is no event of
// the chain (losses, texts, what a receipt says) is null until the observer has it.

import { address, big, choice, count, flag, hash, list, object, orNull, real, text, time } from './fields.ts'

/** What amounts are in. Symbol and digits are what the token's contract says of itself: hostile text, 32 characters at most. */
export const token = object({ address, symbol: orNull(text), decimals: orNull(count) })
const phase = choice(['Idle', 'Train', 'Commit', 'Reveal', 'Attest', 'Ended'])
export const role = choice(['miner', 'validator'])

export const sponsorship = object({
  source: count,
  token,
  sponsor: address,
  firstEpoch: count,
  perEpoch: big,
  /** Given and not withdrawn. */
  budget: big,
})

export const runSummary = object({
  run: count,
  owner: address,
  /** Of the manifest. */
  name: orNull(text),
  parameters: orNull(count),
  phase,
  createdAt: time,
  /** The last round that opened; 0 before the first. */
  round: count,
  /** The epoch under way; 0 before the first. */
  epoch: count,
  finalRounds: count,
  voidRounds: count,
  settledEpochs: count,
  stateRoot: hash,
  stateRound: count,
  /** Tokens that the included contributions say they were trained on. */
  tokens: orNull(count),
  /** On held-out text, of the newest checkpoint that was measured. */
  lastLoss: orNull(object({ round: count, loss: real })),
  miners: object({ active: count, most: count }),
  validators: object({ active: count, most: count }),
  /** Part of the last paid period's emission in 1/10 000; wei that the emission has paid to the run in all. */
  emission: object({ shareBps: orNull(count), paid: big }),
  /** Wei granted to the run that no epoch holds yet. */
  granted: big,
  /** What the epoch under way pays of each source, the grant (0) first. */
  pots: list(object({ source: count, token, amount: big })),
  /** Wei of the network's token that settled epochs paid to members, holders and owner. */
  earned: big,
  sponsorships: list(sponsorship),
})

export const member = object({
  role,
  slot: count,
  operator: address,
  /** Wei locked. */
  stake: big,
  /** Wei that count in votes; 0 for miners. */
  weight: big,
  activeFrom: count,
  /** Set when it leaves: its last round. */
  lastRound: orNull(count),
  /** The first epoch in which a miner may be replaced. */
  protectedUntil: count,
  endpoint: text,
  /** Median in the last settled epoch, 0 to 65535; null for validators. */
  score: orNull(count),
  /** Code of the reason when its last epoch paid it nothing: `zeroReasons` has the words. */
  zero: orNull(text),
  /** Of the last 32 rounds that it was active in: those in which it revealed, or voted. */
  uptime: object({ acted: count, active: count }),
  /** Wei of the network's token that its pool earned of all settled epochs. */
  earned: big,
})

export const runDetail = object({
  summary: runSummary,
  params: object({
    manifestDigest: hash,
    manifestSize: count,
    genesisRoot: hash,
    trainSeconds: count,
    commitSeconds: count,
    revealSeconds: count,
    attestSeconds: count,
    scoreCommitSeconds: count,
    scoreRevealSeconds: count,
    roundsPerEpoch: count,
    maxRounds: count,
    maxIncluded: count,
    minerStake: big,
    validatorStake: big,
    validatorWeightCap: big,
    minerShareBps: count,
    validatorShareBps: count,
    protectionEpochs: count,
    maxBlobBytes: count,
  }),
  /** Of the manifest, in words: `architecture: 4 layers …`. Null until it was fetched. */
  manifest: orNull(
    object({
      name: text,
      parameters: count,
      /** Tokens of a whole training call of a miner. */
      tokensPerRound: count,
      facts: list(object({ label: text, value: text })),
    }),
  ),
  members: list(member),
  /** The round under way. */
  live: orNull(
    object({
      round: count,
      epoch: count,
      phase,
      /** Of the phase. */
      deadline: time,
      attempt: count,
      miners: list(object({ slot: count, operator: address, state: choice(['waiting', 'committed', 'revealed']) })),
      validators: list(
        object({
          slot: count,
          operator: address,
          weight: big,
          /** worse: attested, and measured a worse model. */
          vote: orNull(choice(['attested', 'refused', 'worse'])),
          leads: flag,
        }),
      ),
      included: list(count),
    }),
  ),
  /** The epochs that are not settled, oldest first. */
  openEpochs: list(
    object({
      epoch: count,
      phase: choice(['Open', 'Commit', 'Reveal']),
      deadline: orNull(time),
      committed: list(count),
      revealed: list(count),
      validators: list(count),
    }),
  ),
})

/** Column by column, one entry a round that is over, from `from` on: 6,000 rounds are drawn as they come. */
export const series = object({
  from: count,
  round: list(count),
  epoch: list(count),
  /** Empty for a final round, else why it is void. */
  void: list(text),
  openedAt: list(time),
  closedAt: list(time),
  /** On held-out text, after the round. */
  loss: list(orNull(real)),
  /** In all, up to this round. */
  tokens: list(orNull(count)),
  committed: list(count),
  revealed: list(count),
  included: list(count),
  /** Of the blobs that were revealed. */
  bytes: list(count),
  /** Of all transactions with an event of the round, with their epoch's. */
  gas: list(count),
  /** A character for each miner slot: `.` not active, `a` absent, `c` committed only, `r` revealed, `i` included. */
  cells: list(text),
  /** The same for validators: `.` not active, `a` absent, `v` attested, `w` attested as worse, `x` refused. */
  votes: list(text),
})

const contribution = object({
  round: count,
  slot: count,
  operator: address,
  status: choice(['absent', 'unrevealed', 'rejected', 'included', 'pending']),
  /** Code: why it is not included, or what the validators' receipts hold against it. */
  reason: orNull(text),
  /** Bytes of the blob. */
  size: orNull(count),
  digest: orNull(hash),
  contributionRoot: orNull(hash),
  committedAt: orNull(time),
  revealedAt: orNull(time),
  commitTx: orNull(hash),
  revealTx: orNull(hash),
  /** Of its transactions. */
  gas: count,
  /** Samples and inner steps that its header states. */
  samples: orNull(count),
  steps: orNull(count),
  /** Drops in loss by it, nats per token: medians over the validators' receipts. */
  ownDrop: orNull(real),
  drawnDrop: orNull(real),
})

/** Newest first. */
export const contributions = object({ rows: list(contribution), next: orNull(text), total: count })

/** What the model wrote at a checkpoint; anyone with the checkpoint gets the same from the same seed. */
const sample = object({
  round: count,
  root: hash,
  prompt: text,
  seed: count,
  temperature: real,
  topK: count,
  maxTokens: count,
  text,
})

const checkpoint = object({
  /** 0: genesis. */
  round: count,
  root: hash,
  parentRoot: orNull(hash),
  at: time,
  included: count,
  tx: orNull(hash),
  loss: orNull(real),
  sample: orNull(sample),
})
export const checkpoints = object({ rows: list(checkpoint), next: orNull(text), total: count })

export const roundDetail = object({
  round: count,
  epoch: count,
  /** pending while it is under way. */
  end: choice(['pending', 'final', 'void']),
  void: orNull(text),
  openedAt: time,
  closedAt: orNull(time),
  parentRoot: hash,
  root: orNull(hash),
  trainSeed: hash,
  testSeed: orNull(hash),
  loss: orNull(real),
  bytes: count,
  gas: count,
  leaders: list(
    object({ attempt: count, slot: count, operator: address, at: time, proposed: flag, included: list(count) }),
  ),
  votes: list(
    object({
      slot: count,
      operator: address,
      weight: big,
      vote: choice(['attested', 'refused', 'worse', 'absent']),
      at: orNull(time),
      tx: orNull(hash),
    }),
  ),
  contributions: list(contribution),
  sample: orNull(sample),
})

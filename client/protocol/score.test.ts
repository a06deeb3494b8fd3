import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Hex } from './hex.ts'
import {
  emptyScoreState,
  encodeScoreState,
  FIRST_STANDING,
  type Outcome,
  parseScoreState,
  type ScoredRound,
  type ScoreRequest,
  scoreEpoch,
} from './score.ts'

const operatorOf = (slot: number): Hex => `0x${(slot + 0xa0).toString(16).padStart(40, '0')}`
const base = { run: 1n, epoch: 2n, validator: operatorOf(99), previous: emptyScoreState }

/** A contribution that lowers the loss by `own` on its own samples and by `drawn` on the drawn ones. */
const drops = (own: number, drawn: number): Outcome => ({
  kind: 'measured',
  ownBefore: 5,
  ownAfter: 5 - own,
  drawnBefore: 5,
  drawnAfter: 5 - drawn,
})
const zero = (reason: 'absent' | 'copied'): Outcome => ({ kind: 'zero', reason })

/** Outcomes by round and slot. */
function epochOf(outcomes: readonly (readonly Outcome[])[], extra: Partial<ScoreRequest> = {}): ScoreRequest {
  const slots = extra.slots ?? Math.max(...outcomes.map((round) => round.length), 1)
  const rounds: ScoredRound[] = outcomes.map((round, i) => ({
    round: BigInt(i + 1),
    miners: round.map((outcome, slot) => ({ slot, operator: operatorOf(slot), outcome })),
  }))
  const members = Array.from({ length: slots }, (_, slot) => ({ slot, operator: operatorOf(slot) }))
  return { ...base, slots, members, rounds, ...extra }
}

// In steps of 1 / 1024, so that sums are exact and a contribution that is worse by the same amount on both sets is just that.
const drop = fc.integer({ min: -500, max: 500 }).map((steps) => steps / 1024)
const loss = fc.oneof(
  fc.double({ min: 0, max: 12, noNaN: true }),
  fc.double(),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_VALUE),
)
const measured: fc.Arbitrary<Outcome> = fc.tuple(drop, drop).map(([own, drawn]) => drops(own, drawn))
const fault: fc.Arbitrary<Outcome> = fc
  .constantFrom('absent', 'unrevealed', 'unfetchable', 'malformed', 'wrong-header', 'copied')
  .map((reason) => ({ kind: 'zero', reason }) as Outcome)
const wild: fc.Arbitrary<Outcome> = fc
  .record({ ownBefore: loss, ownAfter: loss, drawnBefore: loss, drawnAfter: loss })
  .map((losses) => ({ kind: 'measured', ...losses }))
const outcome = fc.oneof({ arbitrary: measured, weight: 5 }, fault, wild, fc.constant<Outcome>({ kind: 'unmeasured' }))
const standing = fc.record({
  mu: fc.double({ min: -10, max: 70, noNaN: true }),
  sigma: fc.double({ min: 0.5, max: 25 / 3, noNaN: true }),
  unique: fc.double({ min: -1, max: 1, noNaN: true }),
})

/** Rounds of the same miners, with some history. */
const history = fc.integer({ min: 1, max: 6 }).chain((miners) =>
  fc.record({
    outcomes: fc.array(fc.array(outcome, { minLength: miners, maxLength: miners }), { minLength: 1, maxLength: 5 }),
    standings: fc.array(standing, { minLength: miners, maxLength: miners }),
    known: fc.boolean(),
  }),
)

type History = typeof history extends fc.Arbitrary<infer T> ? T : never

function requestOf({ outcomes, standings, known }: History): ScoreRequest {
  const miners = Object.fromEntries(standings.map((item, slot) => [operatorOf(slot), item]))
  return epochOf(outcomes, known ? { previous: { version: 1, miners } } : {})
}

test('a zero always has a reason, and a reason is always a zero', () => {
  fc.assert(
    fc.property(history, fc.nat({ max: 2 }), (past, spare) => {
      const request = requestOf(past)
      const { scores, receipts } = scoreEpoch({ ...request, slots: request.slots + spare })
      assert.equal(scores.length, request.slots + spare)
      assert.deepEqual(
        receipts.miners.map(({ slot }) => slot),
        request.members.map(({ slot }) => slot),
      )
      for (const { slot, score, reason, factors, rounds } of receipts.miners) {
        assert.equal(scores[slot], score)
        assert.equal(reason !== undefined, score === 0)
        for (const factor of Object.values(factors)) assert.ok(factor >= 0 && factor <= 1)
        for (const round of rounds) assert.equal(round.reason !== undefined, !round.valid)
        if (reason === 'no-valid-round')
          assert.ok(rounds.length > 0 && rounds.every((round) => round.reason !== undefined))
        if (reason === 'inactive') assert.equal(rounds.length, 0)
      }
    }),
    { numRuns: 500 },
  )
})

/** What is no better than `before`, seen from the miner whose outcome it is. */
function worse(before: Outcome, by: number, how: number): Outcome {
  if (how === 0) return zero('absent')
  if (before.kind !== 'measured') return before
  const later = { ...before, ownAfter: before.ownAfter + by }
  return how === 1 ? later : { ...later, drawnAfter: before.drawnAfter + by }
}

const change = fc.record({
  round: fc.nat(),
  slot: fc.nat(),
  by: fc.nat({ max: 1024 }).map((steps) => steps / 1024),
  how: fc.nat({ max: 2 }),
})

/** The score of a miner before and after one of its outcomes is made worse; undefined where there is nothing to compare. */
function compared(past: History, { round, slot, by, how }: { round: number; slot: number; by: number; how: number }) {
  const at = round % past.outcomes.length
  const who = slot % past.standings.length
  const old = past.outcomes[at]![who]!
  // An outcome nobody measured is no better or worse than another, and with wild losses sums are not exact.
  if (old.kind === 'unmeasured' || (old.kind === 'measured' && old.ownBefore !== 5 && how > 0)) return undefined
  const outcomes = past.outcomes.with(at, past.outcomes[at]!.with(who, worse(old, by, how)))
  return {
    before: scoreEpoch(requestOf(past)).scores[who]!,
    after: scoreEpoch(requestOf({ ...past, outcomes })).scores[who]!,
  }
}

test('worse input never pays more: less drop, or no contribution at all', () => {
  fc.assert(
    fc.property(history, change, (past, what) => {
      const scores = compared({ ...past, outcomes: past.outcomes.slice(0, 1) }, what)
      if (scores !== undefined)
        assert.ok(scores.after <= scores.before, `${scores.after} after, ${scores.before} before`)
    }),
    { numRuns: 3000 },
  )
})

// Ratings are relative: whoever lets another win looks a little better when it beats that one later in the epoch. Of 150 000 random
// cases 75 paid more, at most 0.17 % of a full score.
test('over many rounds worse input never pays more than one percent of a full score', () => {
  fc.assert(
    fc.property(history, change, (past, what) => {
      const scores = compared(past, what)
      if (scores !== undefined)
        assert.ok(scores.after <= scores.before + 655, `${scores.after} after, ${scores.before} before`)
    }),
    { numRuns: 2000 },
  )
})

test('two negative factors do not make a positive score', () => {
  const bad = { mu: -20, sigma: 1, unique: -1 }
  const previous = { version: 1, miners: { [operatorOf(0)]: bad } } as const
  const { scores, receipts } = scoreEpoch(epochOf([[drops(0.1, 0.2), drops(0.2, 0.1)]], { previous }))
  assert.equal(scores[0], 0)
  assert.equal(receipts.miners[0]!.reason, 'low-rating')
})

test('each reason for a zero is met', () => {
  const reasonOf = (outcomes: Outcome[][], previous = emptyScoreState, slots = 1): unknown =>
    scoreEpoch(epochOf(outcomes, { previous, slots })).receipts.miners[0]!.reason
  const known = (mu: number, unique: number) =>
    ({ version: 1, miners: { [operatorOf(0)]: { mu, sigma: 1, unique } } }) as const
  assert.equal(reasonOf([]), 'inactive')
  assert.equal(reasonOf([[zero('absent')]]), 'no-valid-round')
  assert.equal(reasonOf([[{ kind: 'unmeasured' }]], known(-1, 1)), 'low-rating')
  assert.equal(reasonOf([[{ kind: 'unmeasured' }]], known(25, -1)), 'no-unique-work')
  assert.equal(reasonOf([[{ kind: 'unmeasured' }]], known(1e-6, 1)), 'too-small')
  assert.equal(reasonOf([[{ kind: 'unmeasured' }]]), undefined)
})

test('who lowers the loss most is rated best, and an average miner has half the score', () => {
  const { scores, receipts, state } = scoreEpoch(epochOf([[drops(0.4, 0.3), drops(0.3, 0.2), drops(0.2, 0.1)]]))
  assert.ok(scores[0]! > scores[1]! && scores[1]! > scores[2]!)
  assert.deepEqual(
    receipts.miners.map(({ rounds }) => rounds[0]!.rank),
    [1, 2, 3],
  )
  assert.ok(state.miners[operatorOf(0)]!.mu > 25 && state.miners[operatorOf(2)]!.mu < 25)
  const alone = scoreEpoch(epochOf([[drops(0.4, 0.3)]]))
  assert.equal(alone.scores[0], Math.round(65_535 / 2), 'nothing is learnt from a round of one')
})

test('harm costs the round, unless everyone did harm', () => {
  const some = scoreEpoch(epochOf([[drops(0.1, 0.1), drops(0.1, 0), drops(0.1, -0.1)]])).receipts.miners
  assert.deepEqual(
    some.map(({ rounds }) => rounds[0]!.reason),
    [undefined, 'harmful', 'harmful'],
  )
  assert.deepEqual(
    some.map(({ score }) => score > 0),
    [true, false, false],
  )
  const all = scoreEpoch(epochOf([[drops(0.1, 0), drops(0.1, -0.1), zero('copied')]])).receipts.miners
  assert.deepEqual(
    all.map(({ rounds }) => rounds[0]!.guarded),
    [true, true, undefined],
  )
  assert.deepEqual(
    all.map(({ rounds }) => rounds[0]!.reason),
    [undefined, undefined, 'copied'],
  )
})

test('the unique-work average follows the signs and loses a tenth a round', () => {
  const unique = (outcomes: Outcome[][]): number => scoreEpoch(epochOf(outcomes)).state.miners[operatorOf(0)]!.unique
  assert.equal(unique([[drops(0.2, 0.1)]]), 1)
  assert.equal(unique([[drops(0.1, 0.1)]]), 0.9)
  assert.equal(unique([[drops(0.1, 0.2)]]), 0.8)
  assert.equal(unique([[zero('absent')]]), 0.8)
  assert.equal(unique([[{ kind: 'unmeasured' }]]), 1)
})

test('losses that are no numbers are a zero of their own', () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const broken: Outcome = { kind: 'measured', ownBefore: 5, ownAfter: bad, drawnBefore: 5, drawnAfter: 4 }
    const { receipts, state } = scoreEpoch(epochOf([[broken, drops(0.1, 0.1)]]))
    assert.equal(receipts.miners[0]!.rounds[0]!.reason, 'not-finite')
    assert.ok(Object.values(state.miners).every((item) => Object.values(item).every(Number.isFinite)))
  }
})

test('a missing contribution is rated as the worst one, and moves nobody else', () => {
  const others = [drops(0.3, 0.3), drops(0.2, 0.2)]
  const mu = (outcomes: Outcome[]) => Object.values(scoreEpoch(epochOf([outcomes])).state.miners).map((item) => item.mu)
  const [first, second, worst] = mu([...others, drops(0.01, 0.01)])
  const absent = mu([...others, zero('absent')])
  assert.equal(absent[2], worst)
  assert.deepEqual(absent.slice(0, 2), mu(others).slice(0, 2))
  assert.ok(first! > second!)
})

test('equal contributions are told apart by a hash that changes with the round', () => {
  const winners = Array.from({ length: 40 }, (_, i) => {
    const request = epochOf([[drops(0.1, 0.1), drops(0.1, 0.1)]])
    const rounds = request.rounds.map((round) => ({ ...round, round: BigInt(i + 1) }))
    const { miners } = scoreEpoch({ ...request, rounds }).receipts
    return miners.findIndex(({ rounds: judged }) => judged[0]!.rank === 1)
  })
  const ofFirst = winners.filter((slot) => slot === 0).length
  assert.ok(ofFirst > 8 && ofFirst < 32, `${ofFirst} of 40`)
})

test('a rating stays with its operator when it changes slots', () => {
  const first = scoreEpoch(epochOf([[drops(0.3, 0.3), drops(0.1, 0.1)]])).state
  const moved = scoreEpoch({
    ...base,
    previous: first,
    slots: 4,
    members: [{ slot: 3, operator: operatorOf(0).toUpperCase().replace('0X', '0x') as Hex }],
    rounds: [],
  })
  assert.deepEqual(moved.receipts.miners[0]!.before, first.miners[operatorOf(0)])
  assert.deepEqual(moved.state, first)
  assert.equal(moved.scores[3], 0)
})

test('input that contradicts itself is refused', () => {
  const good = epochOf([[drops(1, 1), drops(2, 2)]])
  const refuse = (change: Partial<ScoreRequest>): void =>
    assert.throws(() => scoreEpoch({ ...good, ...change }), { code: 'score/bad-input' })
  refuse({ slots: 1 })
  refuse({ members: [{ slot: -1, operator: operatorOf(0) }] })
  refuse({ members: [{ slot: 0, operator: operatorOf(5) }] })
  refuse({
    members: [
      { slot: 0, operator: operatorOf(0) },
      { slot: 1, operator: operatorOf(0) },
    ],
    rounds: [],
  })
  const [round] = good.rounds
  refuse({ rounds: [{ round: 1n, miners: [...round!.miners, round!.miners[0]!] }] })
})

test('the memory of ratings survives its text, and damage is noticed', () => {
  fc.assert(
    fc.property(fc.array(standing, { maxLength: 5 }), (standings) => {
      const state = {
        version: 1,
        miners: Object.fromEntries(standings.map((item, slot) => [operatorOf(slot), item])),
      } as const
      assert.deepEqual(parseScoreState(encodeScoreState(state)), JSON.parse(JSON.stringify(state)))
    }),
  )
  const good = { version: 1, miners: { [operatorOf(1)]: FIRST_STANDING } }
  const bad: unknown[] = [
    '',
    'null',
    '[]',
    { version: 2, miners: {} },
    { version: 1 },
    { ...good, more: 1 },
    { version: 1, miners: { '0x12': FIRST_STANDING } },
    { version: 1, miners: { [operatorOf(1)]: { ...FIRST_STANDING, mu: '1' } } },
    { version: 1, miners: { [operatorOf(1)]: { mu: 1, sigma: 1 } } },
    { version: 1, miners: { [operatorOf(1)]: { ...FIRST_STANDING, unique: 2 } } },
    { version: 1, miners: [] },
  ]
  for (const value of bad) {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    assert.throws(() => parseScoreState(text), { code: 'score/bad-state' }, text)
  }
})

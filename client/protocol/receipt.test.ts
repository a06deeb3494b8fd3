import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalJson, type Json } from './canonicalJson.ts'
import { bytesToHex, type Hex } from './hex.ts'
import { checkReceiptsFor, decodeReceipts, encodeReceipts, MAX_RECEIPTS_BYTES, verifyReceipts } from './receipt.ts'
import { emptyScoreState, type Outcome, type Receipts, scoreEpoch } from './score.ts'
import { encodeScores } from './scoreCommitment.ts'

const operatorOf = (slot: number): Hex => `0x${(slot + 0xa0).toString(16).padStart(40, '0')}`
const drops = (own: number, drawn: number): Outcome => ({
  kind: 'measured',
  ownBefore: 5,
  ownAfter: 5 - own,
  drawnBefore: 5,
  drawnAfter: 5 - drawn,
})

/** Receipts with every kind of outcome and most reasons. */
function sample(): Receipts {
  const outcomes: Outcome[][] = [
    [drops(0.2, 0.1), drops(0.1, 0.2), drops(0.1, -0.1), { kind: 'zero', reason: 'absent' }, { kind: 'unmeasured' }],
    [
      drops(0.1, 0),
      drops(0, -0.3),
      { kind: 'measured', ownBefore: 5, ownAfter: Number.NaN, drawnBefore: Number.POSITIVE_INFINITY, drawnAfter: 4 },
      { kind: 'zero', reason: 'malformed', detail: `contribution/record-index ${'x'.repeat(500)}` },
      { kind: 'unmeasured' },
    ],
  ]
  const rounds = outcomes.map((round, i) => ({
    round: BigInt(i + 7),
    miners: round.map((outcome, slot) => ({ slot, operator: operatorOf(slot), outcome })),
  }))
  const members = [{ slot: 6, operator: operatorOf(6) }]
  return scoreEpoch({
    run: 3n,
    epoch: 4n,
    validator: operatorOf(50),
    slots: 8,
    members,
    rounds,
    previous: emptyScoreState,
  }).receipts
}

/** A document as a test tampers with it. */
type Draft = Record<string, unknown> & {
  rules: Record<string, unknown>
  miners: (Record<string, unknown> & {
    factors: Record<string, unknown>
    after: Record<string, unknown>
    rounds: (Record<string, unknown> & { losses: unknown })[]
  })[]
}

const edited = (change: (document: Draft) => void): Uint8Array => {
  const document = JSON.parse(new TextDecoder().decode(encodeReceipts(sample()))) as Draft
  change(document)
  return new TextEncoder().encode(canonicalJson(document as unknown as Json))
}

test('receipts survive, but for losses that are no numbers', () => {
  const receipts = sample()
  const bytes = encodeReceipts(receipts)
  const read = decodeReceipts(bytes)
  assert.deepEqual(encodeReceipts(read), bytes)
  const broken = read.miners[2]!.rounds[1]!
  assert.equal(broken.reason, 'not-finite')
  assert.deepEqual(broken.losses, { ownBefore: 5, ownAfter: Number.NaN, drawnBefore: Number.NaN, drawnAfter: 4 })
  assert.equal(read.miners[3]!.rounds[1]!.detail!.length, 200)
  assert.equal(read.miners[5]!.reason, 'inactive')
  assert.deepEqual(
    { ...read, miners: read.miners.toSpliced(2, 1) },
    { ...receipts, miners: receipts.miners.toSpliced(2, 1) },
  )
})

test('the scores follow from what the receipts state', () => {
  verifyReceipts(sample())
  verifyReceipts(decodeReceipts(encodeReceipts(sample())))
})

test('receipts whose scores do not follow are found out', () => {
  type Lied = {
    miners: {
      score: number
      slot: number
      reason?: string
      before: { mu: number }
      rounds: { reason?: string; kind: string; losses?: Record<string, number>; round: bigint; valid: boolean }[]
    }[]
    slots: number
  }
  const lies: ((draft: Lied) => void)[] = [
    (draft) => {
      draft.miners[0]!.score += 2
    },
    (draft) => {
      draft.miners[0]!.before.mu += 10
    },
    (draft) => {
      draft.miners[0]!.rounds[0]!.losses!.drawnAfter! += 0.2
    },
    (draft) => {
      draft.miners[3]!.reason = 'inactive'
    },
    (draft) => {
      draft.miners[2]!.rounds[0]!.reason = 'not-finite'
    },
    (draft) => {
      delete draft.miners[0]!.rounds[0]!.losses
    },
    (draft) => {
      draft.miners[3]!.rounds[0]!.reason = 'harmful'
    },
    (draft) => {
      draft.slots = 2
    },
    (draft) => {
      draft.miners[0]!.slot = 1
    },
  ]
  for (const [i, lie] of lies.entries()) {
    const draft = structuredClone(sample()) as unknown as Lied
    lie(draft)
    assert.throws(() => verifyReceipts(draft as unknown as Receipts), { code: 'receipt/inconsistent' }, `lie ${i}`)
  }
})

test('documents that are no receipts are refused', () => {
  const refuse = (bytes: Uint8Array, field: string): void =>
    assert.throws(
      () => decodeReceipts(bytes),
      (error: { code: string; context: { field: string } }) => {
        assert.deepEqual([error.code, error.context.field], ['receipt/invalid', field])
        return true
      },
    )
  refuse(new Uint8Array(MAX_RECEIPTS_BYTES + 1), 'document')
  refuse(Uint8Array.of(0xff, 0xfe), 'document')
  refuse(new TextEncoder().encode('{"a":'), 'document')
  refuse(new TextEncoder().encode(` ${new TextDecoder().decode(encodeReceipts(sample()))}`), 'document')
  refuse(
    edited((draft) => {
      draft.version = 2
    }),
    'version',
  )
  refuse(
    edited((draft) => {
      draft.run = '01'
    }),
    'run',
  )
  refuse(
    edited((draft) => {
      draft.epoch = `${2n ** 64n}`
    }),
    'epoch',
  )
  refuse(
    edited((draft) => {
      draft.validator = operatorOf(50).toUpperCase().replace('0X', '0x')
    }),
    'validator',
  )
  refuse(
    edited((draft) => {
      draft.slots = 257
    }),
    'slots',
  )
  refuse(
    edited((draft) => {
      draft.rules.uniqueAlpha = 0.2
    }),
    'rules.uniqueAlpha',
  )
  refuse(
    edited((draft) => {
      draft.extra = 1
    }),
    'extra',
  )
  refuse(
    edited((draft) => {
      Reflect.deleteProperty(draft, 'miners')
    }),
    'miners',
  )
  refuse(
    edited((draft) => {
      Reflect.set(draft, 'miners', {})
    }),
    'miners',
  )
  refuse(
    edited((draft) => {
      draft.miners = Array.from({ length: 257 }, () => draft.miners[0]!)
    }),
    'miners',
  )
  refuse(
    edited((draft) => {
      draft.miners[1]!.score = 65_536
    }),
    'miners[1].score',
  )
  refuse(
    edited((draft) => {
      draft.miners[3]!.reason = 'because'
    }),
    'miners[3].reason',
  )
  refuse(
    edited((draft) => {
      draft.miners[0]!.factors.quality = 1.5
    }),
    'miners[0].factors.quality',
  )
  refuse(
    edited((draft) => {
      draft.miners[0]!.after.sigma = 'x'
    }),
    'miners[0].after.sigma',
  )
  refuse(
    edited((draft) => {
      draft.miners[0]!.rounds[1]!.valid = 1
    }),
    'miners[0].rounds[1].valid',
  )
  refuse(
    edited((draft) => {
      draft.miners[0]!.rounds[1]!.losses = []
    }),
    'miners[0].rounds[1].losses',
  )
  refuse(
    edited((draft) => {
      draft.miners[0]!.rounds[1]!.guarded = false
    }),
    'miners[0].rounds[1].guarded',
  )
  refuse(
    edited((draft) => {
      Reflect.set(draft.miners[0]!.rounds[0]!.losses as object, 'ownAfter', 'NaN')
    }),
    'miners[0].rounds[0].losses.ownAfter',
  )
})

test('receipts are held against the scores that they came with', () => {
  const receipts = sample()
  const { run, epoch, slots, miners } = receipts
  const vector = new Uint16Array(slots)
  for (const { slot, score } of miners) vector[slot] = score
  const revealed = { run, epoch, validator: operatorOf(50), scores: bytesToHex(encodeScores(vector)) }
  checkReceiptsFor(receipts, revealed)
  const refused = { code: 'receipt/inconsistent' }
  assert.throws(() => checkReceiptsFor(receipts, { ...revealed, run: 9n }), refused)
  assert.throws(() => checkReceiptsFor(receipts, { ...revealed, epoch: 9n }), refused)
  assert.throws(() => checkReceiptsFor(receipts, { ...revealed, validator: operatorOf(51) }), refused)
  // A score for a slot without a receipt, and a vector of another length.
  vector[7] = 1
  assert.throws(() => checkReceiptsFor(receipts, { ...revealed, scores: bytesToHex(encodeScores(vector)) }), refused)
  assert.throws(() => checkReceiptsFor(receipts, { ...revealed, scores: `${revealed.scores}0000` }), refused)
  assert.throws(() => checkReceiptsFor({ ...receipts, slots: 5 }, revealed), refused)
})

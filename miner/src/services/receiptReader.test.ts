import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { memoryStore, openJournal, serve, tempFolder } from '@tessera/node/testing/parts'
import { type Entry, Log } from '@tessera/node/testing/recorders'
import { RunStory } from '@tessera/node/testing/runStory'
import {
  hash32,
  madeUpOpening,
  minerAddress,
  RUN,
  STORY_PARAMS,
  validatorAddress,
} from '@tessera/node/testing/storyParts'
import { isTesseraError } from '@tessera/protocol/errors'
import { encodeReceipts, type Receipts } from '@tessera/protocol/receipt'
import { emptyScoreState, type Outcome, scoreEpoch } from '@tessera/protocol/score'
import type { EmbeddedStore } from '@tessera/storage/embeddedStore'
import { author as authorAt } from '@tessera/storage/testSource'
import { ReceiptReader } from './receiptReader.ts'

const OPERATOR = minerAddress(0)
const GOOD: Outcome = { kind: 'measured', ownBefore: 5, ownAfter: 4, drawnBefore: 5, drawnAfter: 4.5 }
const COPIED: Outcome = { kind: 'zero', reason: 'copied', detail: 'first sent as 1/0x00' }

function codeOf(entry: Entry | undefined): string | undefined {
  return isTesseraError(entry?.error) ? entry.error.code : undefined
}

interface Verdict {
  readonly scores: Uint16Array
  readonly receipts: Receipts
}

/** What a validator makes of the present epoch when this is what it found of the first miner. */
function verdict(story: RunStory, n: number, outcome: Outcome): Verdict {
  const { id: epoch, minerOperators } = story.epoch
  const members = [...minerOperators].map(([slot, operator]) => ({ slot, operator }))
  const miners = members.map((member) => ({ ...member, outcome: member.slot === 0 ? outcome : GOOD }))
  return scoreEpoch({
    run: RUN,
    epoch,
    validator: validatorAddress(n),
    slots: STORY_PARAMS.maxMiners,
    members,
    rounds: [{ round: story.epoch.lastRound, miners }],
    previous: emptyScoreState,
  })
}

interface Published {
  readonly scores: Uint16Array
  readonly bytes: Uint8Array
  readonly withheld?: boolean
}

const honest = ({ scores, receipts }: Verdict): Published => ({ scores, bytes: encodeReceipts(receipts) })

/** An epoch of one round that is scored by these validators and settled. */
async function settledEpoch(
  story: RunStory,
  store: EmbeddedStore,
  publish: readonly ((story: RunStory) => Published)[],
) {
  story.toAttest(new Map([[0, madeUpOpening(story.block)]])).propose([0], hash32('root', story.block))
  story.finalize().closeEpoch()
  for (const [slot, make] of publish.entries()) {
    const { scores, bytes, withheld = false } = make(story)
    const put = { round: 1, maxBytes: 2 ** 20 }
    const { digest, size } = await store.put(bytes, put)
    if (withheld) await store.collect({ keepFromRound: 2, maxBytes: 2 ** 20 })
    story.commitScores(slot, { scores, receiptsDigest: digest, receiptsSize: BigInt(size), salt: hash32(slot) })
  }
  story.openScoreReveal()
  for (const slot of publish.keys()) story.revealScores(slot)
  return story.settle()
}

async function scene(t: TestContext, folder?: string) {
  const validators = await memoryStore(t)
  const { url } = await serve(t, validators)
  const log = new Log()
  const stop = new AbortController()
  const asked: string[] = []
  const journal = await openJournal(t, folder)
  const service = new ReceiptReader({
    operator: OPERATOR,
    store: await memoryStore(t),
    sources: (author) => {
      asked.push(author)
      return [authorAt(url)]
    },
    journal,
    logger: log.logger,
    signal: stop.signal,
  })
  const read = async (story: RunStory) => {
    await service.step(story.view)
    await service.close()
  }
  return { validators, log, stop, asked, journal, read, service }
}

const oneRound = () => new RunStory({ params: { roundsPerEpoch: 1 } })

test('says what each validator’s receipts say, and warns of a zero with its reason', async (t) => {
  const { validators, log, read, asked } = await scene(t)
  const story = await settledEpoch(oneRound(), validators, [
    (run) => honest(verdict(run, 0, GOOD)),
    (run) => honest(verdict(run, 1, COPIED)),
  ])
  await read(story)
  assert.deepEqual(asked, [validatorAddress(0), validatorAddress(1)])
  const [scored] = log.with('scored')
  assert.equal(scored?.level, 'info')
  assert.equal(scored?.context.epoch, 1n)
  assert.equal(scored?.context.validator, validatorAddress(0))
  assert.ok(Number(scored?.context.score) > 0)
  assert.deepEqual(scored?.context.faults, [])
  const [zero] = log.with('scored zero')
  assert.equal(zero?.level, 'warn')
  assert.equal(zero?.context.validator, validatorAddress(1))
  assert.equal(zero?.context.reason, 'no-valid-round')
  assert.deepEqual(zero?.context.rounds, [
    { round: 1n, kind: 'zero', valid: false, reason: 'copied', detail: 'first sent as 1/0x00' },
  ])
})

test('reads each epoch once, also after a restart', async (t) => {
  const folder = await tempFolder(t)
  const first = await scene(t, folder)
  const story = await settledEpoch(oneRound(), first.validators, [(run) => honest(verdict(run, 0, GOOD))])
  await first.read(story)
  await first.read(story)
  assert.equal(first.asked.length, 1)
  await settledEpoch(story, first.validators, [(run) => honest(verdict(run, 0, GOOD))])
  await first.read(story)
  assert.equal(first.asked.length, 2)
  assert.deepEqual(
    first.log.with('scored').map(({ context }) => context.epoch),
    [1n, 2n],
  )
  first.journal.close()
  const second = await scene(t, folder)
  await second.read(story)
  assert.deepEqual(second.asked, [])
})

test('reads one epoch at a time beside the loop', async (t) => {
  const { validators, asked, service, read } = await scene(t)
  const story = await settledEpoch(oneRound(), validators, [(run) => honest(verdict(run, 0, GOOD))])
  await settledEpoch(story, validators, [(run) => honest(verdict(run, 0, COPIED))])
  await service.step(story.view)
  await service.step(story.view)
  await service.close()
  assert.equal(asked.length, 1)
  await read(story)
  assert.equal(asked.length, 2)
})

test('waits until an epoch is settled', async (t) => {
  const { read, asked } = await scene(t)
  const story = oneRound()
  await read(story)
  story.toAttest(new Map([[0, madeUpOpening()]])).propose([0], hash32('root'))
  await read(story.finalize().closeEpoch())
  assert.deepEqual(asked, [])
})

test('asks for nothing of epochs that it had no part in', async (t) => {
  const { validators, read, asked } = await scene(t)
  const story = new RunStory({ miners: 0, params: { roundsPerEpoch: 1 } }).join('miner', minerAddress(7))
  await settledEpoch(story, validators, [(run) => honest(verdict(run, 0, GOOD))])
  await read(story.join('miner', OPERATOR))
  assert.deepEqual(asked, [])
})

test('receipts that are not there or not right are told, and the others’ are read all the same', async (t) => {
  const wrong: Record<string, (run: RunStory) => Published> = {
    'storage/not-found': (run) => ({ ...honest(verdict(run, 0, COPIED)), withheld: true }),
    'receipt/invalid': (run) => ({ ...verdict(run, 0, GOOD), bytes: new TextEncoder().encode('{"version":1}') }),
    'receipt/inconsistent': (run) => {
      const { scores, receipts } = verdict(run, 0, GOOD)
      const miners = receipts.miners.map((miner) => (miner.slot === 0 ? { ...miner, score: miner.score - 9 } : miner))
      return { scores, bytes: encodeReceipts({ ...receipts, miners }) }
    },
  }
  for (const [code, make] of Object.entries(wrong)) {
    const { validators, log, read } = await scene(t)
    const story = await settledEpoch(oneRound(), validators, [make, (run) => honest(verdict(run, 1, GOOD))])
    await read(story)
    const [failure] = log.entries.filter(({ level }) => level === 'failure')
    assert.equal(codeOf(failure), code)
    assert.deepEqual(failure?.context, { epoch: 1n, validator: validatorAddress(0) })
    assert.deepEqual(
      log.with('scored').map(({ context }) => context.validator),
      [validatorAddress(1)],
      code,
    )
  }
})

test('receipts that explain other scores than those on chain are not believed', async (t) => {
  const cases: readonly ((run: RunStory) => Published)[] = [
    // A good explanation, and a zero on chain.
    (run) => ({ ...honest(verdict(run, 0, GOOD)), scores: verdict(run, 0, COPIED).scores }),
    (run) => honest({ ...verdict(run, 0, GOOD), receipts: { ...verdict(run, 0, GOOD).receipts, epoch: 7n } }),
    (run) => honest({ ...verdict(run, 0, GOOD), receipts: { ...verdict(run, 0, GOOD).receipts, run: RUN + 1n } }),
    (run) => honest(verdict(run, 1, GOOD)),
    // Not a word about this miner, whose absence changes nothing for the others.
    (run) => {
      const { scores, receipts } = verdict(run, 0, { kind: 'unmeasured' })
      return honest({ scores, receipts: { ...receipts, miners: receipts.miners.filter(({ slot }) => slot !== 0) } })
    },
  ]
  for (const make of cases) {
    const { validators, log, read } = await scene(t)
    await read(await settledEpoch(oneRound(), validators, [make]))
    const [failure] = log.entries
    assert.equal(log.entries.length, 1)
    assert.equal(codeOf(failure), 'miner/wrong-receipts')
  }
})

test('a stop ends it without a complaint', async (t) => {
  const { validators, log, stop, read, journal } = await scene(t)
  const story = await settledEpoch(oneRound(), validators, [(run) => honest(verdict(run, 0, GOOD))])
  stop.abort()
  await read(story)
  assert.deepEqual(log.entries, [])
  assert.equal(journal.get('receipts/1', 2n ** 63n - 1n), undefined)
})

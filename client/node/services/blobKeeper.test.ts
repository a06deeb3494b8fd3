import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createMetrics } from '@tessera/agent/metrics'
import { Status } from '@tessera/agent/status'
import type { EmbeddedStore } from '@tessera/storage/embeddedStore'
import { blobMetrics } from '../blobMetrics.ts'
import { memoryStore, openJournal } from '../testing/parts.ts'
import { Log } from '../testing/recorders.ts'
import { RunStory } from '../testing/runStory.ts'
import { madeUpOpening, minerAddress } from '../testing/storyParts.ts'
import { BlobKeeper, type BlobKeeperOptions } from './blobKeeper.ts'

const KEEP_ROUNDS = 3
const BLOB_BYTES = 1000

/** A run that is in round `n`; each round is an epoch, and all but the present one are paid. */
function inRound(n: number): RunStory {
  const story = new RunStory({ miners: 1, params: { roundsPerEpoch: 1 } })
  story.openRound().wait(1_000)
  while (story.round.id < BigInt(n)) next(story)
  return story
}

function next(story: RunStory): RunStory {
  return story
    .commit(0)
    .openReveal()
    .void('NothingRevealed')
    .closeEpoch()
    .openScoreReveal()
    .settle()
    .openRound()
    .wait(1_000)
}

async function scene(t: TestContext, more: Partial<BlobKeeperOptions> = {}) {
  const { quotaBytes = 100_000 } = more
  const store = await memoryStore(t, { quotaBytes })
  const journal = await openJournal(t)
  const log = new Log()
  const status = new Status()
  const { metrics, registry } = createMetrics({ component: 'miner', table: blobMetrics })
  const rule = { keepRounds: KEEP_ROUNDS, disputeSeconds: 0, contributionBytes: BLOB_BYTES, quotaBytes }
  const service = new BlobKeeper({ store, journal, logger: log.logger, status, metrics, ...rule, ...more })
  return { store, journal, log, status, registry, service }
}

/** A blob of this round that no other is like. */
function put(store: EmbeddedStore, round: number, n = 0, keep?: 'checkpoint') {
  const blob = new Uint8Array(BLOB_BYTES).fill(round).fill(n, 0, 10)
  return store.put(blob, { round, maxBytes: BLOB_BYTES, ...(keep === undefined ? {} : { keep }) })
}

test('keeps as many rounds as it is told, and what is marked', async (t) => {
  const { store, journal, service } = await scene(t)
  const refs = new Map<number, Awaited<ReturnType<typeof put>>>()
  for (let round = 1; round <= 6; round++) {
    refs.set(round, await put(store, round))
    journal.record('note', BigInt(round), 'here')
  }
  const checkpoint = await put(store, 1, 77, 'checkpoint')
  const held = async () => {
    const rounds: number[] = []
    for (const [round, ref] of refs) if ((await store.has(ref)) === 'full') rounds.push(round)
    return rounds
  }
  const noted = () => [...refs.keys()].filter((round) => journal.get('note', BigInt(round)) !== undefined)

  await service.step(new RunStory().view)
  await service.step(inRound(3).view)
  assert.deepEqual(await held(), [1, 2, 3, 4, 5, 6])
  await service.step(inRound(5).view)
  assert.deepEqual(await held(), [2, 3, 4, 5, 6])
  assert.deepEqual(noted(), [2, 3, 4, 5, 6])
  // The chain lost blocks: what is gone is gone, and nothing else goes.
  await service.step(inRound(4).view)
  assert.deepEqual(await held(), [2, 3, 4, 5, 6])
  await service.step(inRound(6).view)
  assert.deepEqual(await held(), [3, 4, 5, 6])
  assert.deepEqual(noted(), [3, 4, 5, 6])
  assert.equal(await store.has(checkpoint), 'full')
})

test('makes room for the next round before the store is full', async (t) => {
  const { store, service } = await scene(t, { quotaBytes: 30 * BLOB_BYTES })
  const program = await put(store, 0, 99, 'checkpoint')
  const params = { roundsPerEpoch: 1, maxMiners: 9, maxBlobBytes: BLOB_BYTES }
  const story = new RunStory({ miners: 1, params }).openRound()
  for (let round = 1; round <= 20; round++) {
    await service.step(story.view)
    // Fewer rounds fit than it would keep: without room this throws storage/quota.
    for (let n = 0; n < 9; n++) await put(store, round, n)
    next(story)
  }
  assert.equal(await store.has(program), 'full')
})

test('keeps what an epoch that is not settled may still need, however many rounds that is', async (t) => {
  const { store, journal, service } = await scene(t)
  const story = new RunStory({ miners: 1, params: { roundsPerEpoch: 9 } }).openRound()
  const first = await put(store, 1)
  journal.put('outcomes', 1n, 'measured')
  const has = async () => [await store.has(first), journal.get('outcomes', 1n)]
  const round = () => story.commit(0).openReveal().void('NothingRevealed')
  while (story.round.id < 9n) {
    round().openRound()
    await service.step(story.view)
  }
  round().closeEpoch().openRound()
  await service.step(story.view)
  assert.deepEqual(await has(), ['full', 'measured'], 'its scores are being made')
  const [epoch] = story.state.epochs.values()
  story.openScoreReveal(epoch).settle(1n)
  round().openRound()
  await service.step(story.view)
  assert.deepEqual(await has(), ['none', undefined])
})

test('a round that may still be disputed stays, however full the store', async (t) => {
  const { store, service, log } = await scene(t, { quotaBytes: 8 * BLOB_BYTES, keepRounds: 1, disputeSeconds: 5_000 })
  const story = inRound(1)
  const refs = [await put(store, 1)]
  for (let round = 2; round <= 8; round++) {
    next(story)
    await service.step(story.view)
    refs.push(await put(store, round))
  }
  const held = await Promise.all(refs.map((ref) => store.has(ref)))
  assert.deepEqual(held.slice(-5), Array(5).fill('full'))
  assert.equal(held[0], 'none', 'its window is over')
  const told = log.at('warn')
  assert.equal(told.filter((line) => line.includes('may not be deleted yet')).length, 1, 'said once, not every round')
})

test('says at the start how much room the run takes when there is less', async (t) => {
  const params = { roundsPerEpoch: 1, maxMiners: 8, maxBlobBytes: 1_000_000 }
  const seconds = 100 + 20 + 30 + 40
  const story = new RunStory({ miners: 1, params }).openRound()
  const contributionBytes = 500_000
  const disputeSeconds = 10 * seconds
  const neededBytes = 11 * 8 * contributionBytes
  const enough = await scene(t, { contributionBytes, disputeSeconds, quotaBytes: neededBytes })
  await enough.service.step(story.view)
  assert.deepEqual(enough.log.at('warn'), [])
  const short = await scene(t, { contributionBytes, disputeSeconds, quotaBytes: neededBytes - 1 })
  await short.service.step(story.view)
  await short.service.step(next(story).view)
  const [warning, ...more] = short.log.entries.filter(({ level }) => level === 'warn')
  assert.deepEqual(more, [])
  assert.match(warning?.message ?? '', /raise --disk-quota to 44,/)
  assert.deepEqual(warning?.context, { event: 'quota', quotaMB: 44, neededMB: 44, protectedRounds: 1 })
})

test('tells what takes how much, and who sent it', async (t) => {
  const { store, service, status, registry } = await scene(t, { disputeSeconds: 1_000_000 })
  const story = new RunStory({ miners: 2, params: { roundsPerEpoch: 1 } }).openRound()
  await put(store, 0, 9, 'checkpoint')
  for (const slot of [0, 1]) {
    const { digest, size } = await put(store, 1, 1 + slot)
    story.commit(slot, { ...madeUpOpening(slot), digest, size: BigInt(size) })
  }
  story.openReveal().reveal(0).reveal(1)
  await service.step(story.view)
  const { blobs } = status.snapshot().values as { blobs: Record<string, unknown> }
  assert.deepEqual(
    { ...blobs, neededBytes: undefined },
    {
      quotaBytes: 100_000,
      usedBytes: 3_000,
      neededBytes: undefined,
      keptBytes: 1_000,
      protectedBytes: 2_000,
      oldBytes: 0,
      cachedBytes: 0,
      keepFromRound: 0,
      protectedFromRound: 1,
      byOperator: { [minerAddress(0)]: 1_000, [minerAddress(1)]: 1_000 },
      byRound: { 1: 2_000 },
    },
  )
  assert.match(await registry.metrics(), /tessera_miner_blob_bytes\{kind="protected"\} 2000/)
})

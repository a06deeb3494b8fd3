import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { EmbeddedStore } from '@tessera/storage/embeddedStore'
import { memoryStore, openJournal } from '../testing/parts.ts'
import { RunStory } from '../testing/runStory.ts'
import { BlobKeeper } from './blobKeeper.ts'

const KEEP_ROUNDS = 3
const BLOB_BYTES = 1000

/** A run that is in round `n`; each round is an epoch, and all but the present one are paid. */
function inRound(n: number): RunStory {
  const story = new RunStory({ miners: 1, params: { roundsPerEpoch: 1 } })
  story.openRound()
  while (story.round.id < BigInt(n)) next(story)
  return story
}

function next(story: RunStory): void {
  story.commit(0).openReveal().void('NothingRevealed').closeEpoch().openScoreReveal().settle().openRound()
}

async function scene(t: TestContext, quotaBytes = 100_000) {
  const store = await memoryStore(t, { quotaBytes })
  const journal = await openJournal(t)
  const service = new BlobKeeper({ store, journal, keepRounds: KEEP_ROUNDS, quotaBytes })
  return { store, journal, service }
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
  const { store, service } = await scene(t, 20 * BLOB_BYTES)
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

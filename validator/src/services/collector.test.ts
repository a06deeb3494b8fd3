import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { ContributionReader } from '@tessera/node/contributionReader'
import { memoryStore, openJournal, tempFolder } from '@tessera/node/testing/parts'
import { Log } from '@tessera/node/testing/recorders'
import { minerAddress, validatorAddress } from '@tessera/node/testing/storyParts'
import { tinyRun } from '@tessera/node/testing/tinyRun'
import { TinyStory } from '@tessera/node/testing/tinyStory'
import { isTesseraError } from '@tessera/protocol/errors'
import { revealedIn } from '@tessera/protocol/runView'
import type { EmbeddedStore } from '@tessera/storage/embeddedStore'
import { author } from '@tessera/storage/testSource'
import type { Transport } from '@tessera/storage/transport'
import { Collector } from './collector.ts'

const tiny = await tinyRun()

async function scene(t: TestContext, options: { store?: EmbeddedStore; folder?: string } = {}) {
  const store = options.store ?? (await memoryStore(t))
  const journal = await openJournal(t, options.folder)
  const log = new Log()
  const stop = new AbortController()
  const { signal } = stop
  // One that answers nothing but what a test gives to its store.
  const sources = () => [author('http://127.0.0.1:1')]
  const reader = new ContributionReader({ bundle: tiny.bundle, store, sources, deadlineMs: 60_000, signal })
  const collector = new Collector({ reader, journal, logger: log.logger, signal })
  /** Looks, and waits for what that began. */
  const collect = async (run: TinyStory) => {
    await collector.step(run.story.view)
    await Promise.all(revealedIn(run.story.state, run.story.round.id).map((one) => collector.read(one)))
  }
  const remember = (run: TinyStory) =>
    collector.remember(revealedIn(run.story.state, run.story.round.id), (one) => reader.peek(one))
  const judged = (run: TinyStory, round = run.story.round.id) =>
    [...collector.judge(revealedIn(run.story.state, round))].map(([slot, found]) =>
      found.kind === 'valid' ? `${slot} valid` : `${slot} ${found.reason}: ${found.detail}`,
    )
  return { store, journal, log, stop, collector, collect, remember, judged }
}

test('reads what is revealed, and judges what it has read', async (t) => {
  const { store, collector, collect, judged } = await scene(t)
  const run = await TinyStory.begin({ store, miners: 3 })
  run.story.openRound()
  for (const slot of [0, 1, 2]) run.story.commit(slot, (await run.contribute(slot, slot)).opening)
  await collector.step(run.story.openReveal().reveal(0).view)
  assert.deepEqual(judged(run), [])
  await collect(run)
  assert.deepEqual(judged(run), ['0 valid'])
  run.story.reveal(2, 1).drawLeader()
  await collect(run)
  assert.deepEqual(judged(run), ['0 valid', '2 valid', '1 valid'])
  const [revealed] = revealedIn(run.story.state, 1n)
  const found = collector.judge([revealed!]).get(0)
  assert.deepEqual(found?.kind === 'valid' && found.contribution, run.made.get('1/0')!.contribution)
})

test('does not wait for what is on its way, and reads nothing outside of the phases', async (t) => {
  const asked: string[] = []
  const begun = Promise.withResolvers<void>()
  const transport: Transport = {
    fetchBlock: ({ cid, signal }) => {
      asked.push(cid)
      begun.resolve()
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    },
    close: () => undefined,
  }
  const { collector, judged, stop } = await scene(t, { store: await memoryStore(t, { transport }) })
  const run = await TinyStory.begin()
  const { story } = run
  await collector.step(story.view)
  story.openRound().commit(0, (await run.contribute(0, 1)).opening)
  await collector.step(story.view)
  await collector.step(story.callCommits().openReveal().view)
  await collector.step(story.reveal(0).view)
  await begun.promise
  await collector.step(story.view)
  assert.deepEqual(judged(run), [])
  story.drawLeader().propose([], story.round.parentRoot)
  story.agree().void('NothingValid')
  await collector.step(story.view)
  await collector.step(story.openRound().view)
  assert.equal(asked.length, 1)
  stop.abort()
})

test('what breaks the rules is a fault, and is complained of once', async (t) => {
  const { store, collect, judged, log } = await scene(t)
  const run = await TinyStory.begin({ store })
  run.story.openRound()
  const stolen = await run.contribute(1, 2, { miner: minerAddress(0) })
  const garbage = await store.put(new Uint8Array(700), { round: 1, maxBytes: 700 })
  const opening = { ...(await run.contribute(0, 1)).opening, digest: garbage.digest, size: 700n }
  run.story.commit(0, opening).commit(1, stolen.opening).openReveal().reveal(0, 1)
  await collect(run)
  await collect(run)
  assert.deepEqual(judged(run), ['0 malformed: contribution/bad-magic', '1 wrong-header: contribution/wrong-miner'])
  assert.equal(log.with('contribution rejected').length, 2)
})

test('of two with the same records the one that was revealed later is the copy', async (t) => {
  const { store, collect, judged } = await scene(t)
  const run = await TinyStory.begin({ store, miners: 3 })
  await run.toAttest([
    [1, 7],
    [0, 7],
    [2, 8],
  ])
  await collect(run)
  assert.deepEqual(judged(run), ['1 valid', `0 copied: first sent as 1/${minerAddress(1)}`, '2 valid'])
})

test('a copy of what is not to be read is no copy', async (t) => {
  const { store, collect, judged } = await scene(t)
  const run = await TinyStory.begin()
  await run.toAttest([
    [0, 7],
    [1, 7],
  ])
  await store.put(run.made.get('1/1')!.blob, { round: 1, maxBytes: 10_000 })
  await collect(run)
  assert.deepEqual(judged(run), ['1 valid'])
  await store.put(run.made.get('1/0')!.blob, { round: 1, maxBytes: 10_000 })
  await collect(run)
  assert.deepEqual(judged(run), ['0 valid', `1 copied: first sent as 1/${minerAddress(0)}`])
})

test('what an earlier round had is a copy, whoever sends it, also after a restart', async (t) => {
  const folder = await tempFolder(t)
  const first = await scene(t, { folder })
  const run = await TinyStory.begin({ store: first.store, params: { roundsPerEpoch: 5 } })
  await run.toAttest([
    [0, 7],
    [1, 9],
  ])
  await first.collect(run)
  first.remember(run)
  assert.deepEqual(first.judged(run), ['0 valid', '1 valid'], 'its own round is not the earlier one')
  run.propose([0, 1]).story.finalize()

  await run.toAttest([
    [0, 7],
    [1, 7],
  ])
  await first.collect(run)
  const copies = [0, 1].map((slot) => `${slot} copied: first sent as 1/${minerAddress(0)}`)
  assert.deepEqual(first.judged(run), copies)
  first.journal.close()
  const second = await scene(t, { folder, store: first.store })
  await second.collect(run)
  assert.deepEqual(second.judged(run), copies)
})

test('what was not remembered is not held against anyone', async (t) => {
  const { store, collect, remember, judged } = await scene(t)
  const run = await TinyStory.begin({ store, params: { roundsPerEpoch: 5 } })
  // A contribution that breaks the rules is nobody's original.
  run.story.openRound()
  const stolen = await run.contribute(0, 7, { miner: minerAddress(5) })
  run.story.commit(0, stolen.opening).callCommits().openReveal().reveal(0)
  await collect(run)
  remember(run)
  run.story.drawLeader()
  run.propose([]).story.agree()
  run.story.void('NothingValid')
  await run.toAttest([[1, 7]])
  await collect(run)
  assert.deepEqual(judged(run), ['1 valid'])
})

test('what is not there is asked for again at the next look', async (t) => {
  const { store, collect, judged, log } = await scene(t)
  const run = await TinyStory.begin()
  await run.toAttest([[0, 1]])
  await collect(run)
  assert.deepEqual(judged(run), [])
  const [entry] = log.with('contribution not there yet')
  assert.ok(isTesseraError(entry?.error, 'node/contribution-unavailable'))
  assert.deepEqual(entry.context, { round: 1n, slot: 0, operator: minerAddress(0) })
  await store.put(run.made.get('1/0')!.blob, { round: 1, maxBytes: 10_000 })
  await collect(run)
  assert.deepEqual(judged(run), ['0 valid'])
})

test('trouble of our own ends the node, and not as a rejection that nobody hears', async (t) => {
  const { collector } = await scene(t, { store: await memoryStore(t, { quotaBytes: 10 }) })
  const run = await TinyStory.begin()
  await run.toAttest([
    [0, 1],
    [1, 2],
  ])
  await collector.step(run.story.view)
  for (const revealed of revealedIn(run.story.state, 1n))
    await assert.rejects(collector.read(revealed), { code: 'storage/quota' })
  await assert.rejects(collector.step(run.story.view), { code: 'storage/quota', retryable: false })
})

test('a stop is no failure', async (t) => {
  const { collector, stop, log } = await scene(t)
  const run = await TinyStory.begin({ stakes: [100n] })
  await run.toAttest([[0, 1]])
  assert.equal(run.story.round.validatorOperators.get(0), validatorAddress(0))
  await collector.step(run.story.view)
  stop.abort()
  const [revealed] = revealedIn(run.story.state, 1n)
  await collector.read(revealed!)
  await collector.step(run.story.view)
  assert.deepEqual(log.entries, [])
})

import assert from 'node:assert/strict'
import { after, type TestContext, test } from 'node:test'
import { ContributionReader } from '@tessera/node/contributionReader'
import { memoryStore } from '@tessera/node/testing/parts'
import type { RunStory } from '@tessera/node/testing/runStory'
import { RUN } from '@tessera/node/testing/storyParts'
import { STEPS } from '@tessera/node/testing/tinyRun'
import { aggregate } from '@tessera/protocol/aggregate'
import { trainingSamples } from '@tessera/protocol/assignment'
import { compressUpdate } from '@tessera/protocol/compress'
import { decodeContribution } from '@tessera/protocol/contribution'
import { isTesseraError } from '@tessera/protocol/errors'
import { learningRateAt } from '@tessera/protocol/learningRate'
import { revealedIn } from '@tessera/protocol/runView'
import { overlapSeed } from '@tessera/protocol/seeds'
import type { BlobStore } from '@tessera/storage/blobStore'
import { addressOf } from '@tessera/storage/importer'
import { batches } from '@tessera/training/data/shardedDataset'
import { toFloat } from '@tessera/training/parameters'
import type { TrainResult } from '@tessera/training/trainer'
import type { ContributionRecord } from '../contributionRecord.ts'
import {
  BATCH,
  bundle,
  GENESIS,
  LEARNING_RATE,
  OPERATOR,
  opened,
  program,
  type SceneOptions,
  scene,
} from './trainer.fixture.ts'

after(() => program.dispose())

/** Both miners commit to the present round, ours what it has in the journal, and reveal has opened. */
function closeCommits(story: RunStory, left: ContributionRecord): RunStory {
  story.commit(0).commit(1, { ...left, size: BigInt(left.size) })
  return story.openReveal()
}

/** Our contribution to round 1, on its way: round 2 can be trained. */
async function revealing(t: TestContext, options: SceneOptions = {}) {
  const made = await scene(t, { ...options, overlap: true })
  const story = opened()
  await made.service.step(story.view)
  await made.service.close()
  const left = made.record(story)
  assert.ok(left !== undefined)
  return { ...made, left, story: closeCommits(story, left) }
}

/** What the journal names, from the store. */
async function contributionOf({ store }: { store: BlobStore }, { digest, size }: ContributionRecord) {
  const read = { sources: [], deadlineMs: 1_000, maxBytes: 2 ** 20, round: 1 }
  const blob = await store.read({ digest, size }, read)
  return decodeContribution(blob, { layout: bundle.layout, codec: bundle.manifest.codec })
}

/** The genesis, moved by the step of our contribution to round 1 alone. */
async function estimated(made: { store: BlobStore; left: ContributionRecord }): Promise<Float32Array> {
  const contribution = await contributionOf(made, made.left)
  return toFloat(aggregate(bundle.genesis, [contribution], bundle.layout, bundle.manifest.aggregation))
}

/** Round 1 becomes final with our contribution, the replica follows, and round 2 opens. */
async function finish(made: Awaited<ReturnType<typeof revealing>>): Promise<void> {
  const { story, replica, left } = made
  const contribution = await contributionOf(made, left)
  const { root } = await replica.preview(1n, [contribution])
  const { parentRoot } = story.round
  story.reveal(0, 1).drawLeader().propose([1], root).finalize().openRound()
  await replica.apply({ round: 1n, parentRoot, root }, () => Promise.reject(new Error('it was worked out')))
}

test('with overlap the next round is trained while the present one is revealed', async (t) => {
  const made = await revealing(t)
  const { service, story, requests, log, store } = made
  await service.step(story.view)
  await service.close()
  assert.equal(requests.length, 2)
  assert.deepEqual(
    log.with('training').map(({ context }) => context.round),
    [1n, 2n],
  )
  assert.deepEqual(requests[1]!.parameters, await estimated(made))
  assert.notDeepEqual(requests[1]!.parameters, toFloat(bundle.genesis))
  const { trainSamples } = bundle.data
  const trainSeed = overlapSeed(story.round.testSeed)
  const samples = trainingSamples({ trainSeed, trainSamples, rank: 1, count: STEPS * BATCH })
  assert.deepEqual(requests[1]!.batches, await batches(bundle.data, samples, { batch: BATCH, steps: STEPS }))
  assert.equal(requests[1]!.learningRates[0], Math.fround(learningRateAt(LEARNING_RATE, STEPS)))
  assert.deepEqual(requests[1]!.optimizer, made.results[0]!.optimizer)
  assert.equal(log.with('contribution').at(-1)!.context.feedbackFrom, 1n)

  // Once round 2 is open and has come so far, everyone finds it valid.
  const next = made.record(story, 2n)
  assert.ok(next !== undefined)
  await finish(made)
  assert.deepEqual(made.record(story), next)
  story
    .commit(1, { ...next, size: BigInt(next.size) })
    .callCommits()
    .openReveal()
    .reveal(1)
  const training = { ...bundle.manifest.training, overlap: true }
  const reader = new ContributionReader({
    bundle: { layout: bundle.layout, manifest: { ...bundle.manifest, training } },
    store,
    sources: () => [],
    deadlineMs: 1,
    signal: made.stop.signal,
  })
  const [revealed] = revealedIn(story.state, 2n)
  assert.equal((await reader.read(revealed!)).kind, 'valid')
})

test('with overlap the time of a round is set when it opens', async (t) => {
  const waiting = Promise.withResolvers<void>()
  let calls = 0
  const made = await revealing(t, {
    train: async (request) => {
      if (++calls === 2) {
        await waiting.promise
        assert.equal(request.enough?.aborted, true)
        const { enough: _, ...rest } = request
        return await program.train(rest)
      }
      return await program.train(request)
    },
  })
  const { service, story, clock } = made
  await service.step(story.view)
  // However long the round before takes.
  await clock.advance(10_000_000)
  assert.equal(clock.sleepers, 0)
  await finish(made)
  await service.step(story.view)
  assert.equal(clock.sleepers, 1)
  await service.step(story.view)
  assert.equal(clock.sleepers, 1)
  await clock.advance(98_500)
  waiting.resolve()
  await service.close()
  assert.equal(made.record(story)?.innerSteps, STEPS)
})

test('with overlap a miner that comes late trains from the newest state, and names the one that the rule does', async (t) => {
  const made = await revealing(t)
  await finish(made)
  const { service, story, requests, replica, record } = made
  assert.notEqual(replica.root, GENESIS)
  await service.step(story.view)
  await service.close()
  assert.deepEqual(requests[1]!.parameters, replica.parameters)
  assert.equal((await contributionOf(made, record(story)!)).header.baseRoot, GENESIS)
})

test('with overlap training goes on from the state of the round before as soon as that is there', async (t) => {
  let calls = 0
  const made = await revealing(t, {
    train: async (request) => {
      if (++calls !== 2) return await program.train(request)
      // One step is done when round 1 becomes final.
      await finish(made)
      await made.service.step(made.story.view)
      assert.equal(request.enough?.aborted, true)
      const { enough: _, ...rest } = request
      const batchesOfOne = request.batches.subarray(0, request.batches.length / STEPS)
      return await program.train({ ...rest, batches: batchesOfOne, learningRates: [0.02] })
    },
  })
  const { service, story, requests, results, replica, log } = made
  await service.step(story.view)
  await service.close()
  assert.equal(requests.length, 3)
  const [, first, second] = results as [TrainResult, TrainResult, TrainResult]
  const begun = await estimated(made)
  assert.deepEqual(
    requests[2]!.parameters,
    first.parameters.map((value, i) => value + (replica.parameters[i]! - begun[i]!)),
  )
  assert.deepEqual(requests[2]!.optimizer, first.optimizer)
  assert.deepEqual(requests[2]!.batches, requests[1]!.batches.slice(requests[1]!.batches.length / STEPS))
  const { round, steps, ahead } = log.with('trained').at(-1)!.context
  assert.deepEqual([round, steps, ahead], [2n, STEPS, 1])
  // What is sent is how far all steps have moved, and the rest of round 1.
  const { work } = await made.work.before(2n)
  const values = replica.parameters.map((value, i) => value - second.parameters[i]!)
  const { contribution } = compressUpdate({
    update: work.feedback.slice(),
    delta: { values, decay: bundle.manifest.training.feedbackDecay },
    layout: bundle.layout,
    codec: bundle.manifest.codec,
    header: { run: RUN, round: 2n, miner: OPERATOR, innerSteps: STEPS, samples: STEPS * BATCH, baseRoot: GENESIS },
  })
  assert.equal(made.record(story)!.digest, (await addressOf(contribution.blob)).digest)
})

test('with overlap training begins on the settled state when the own contribution cannot be read', async (t) => {
  const made = await revealing(t)
  const empty = await memoryStore(t)
  made.journal.close()
  const second = await scene(t, { folder: made.folder, store: empty, overlap: true })
  await second.service.step(made.story.view)
  await second.service.close()
  assert.deepEqual(second.requests[0]!.parameters, toFloat(bundle.genesis))
  assert.ok(second.record(made.story, 2n) !== undefined)
  assert.deepEqual(
    second.log.entries.flatMap(({ error }) => (isTesseraError(error, 'storage/no-source') ? ['told'] : [])),
    ['told'],
  )
})

test('with overlap a restart trains nothing twice', async (t) => {
  const first = await revealing(t)
  await first.service.step(first.story.view)
  await first.service.close()
  first.journal.close()
  const second = await scene(t, { folder: first.folder, store: first.store, overlap: true })
  await second.service.step(first.story.view)
  await second.service.close()
  assert.deepEqual(second.requests, [])
  assert.ok(second.record(first.story, 2n) !== undefined)
})

test('with overlap work for a round is dropped when the chain loses the blocks that it started from', async (t) => {
  const begun = Promise.withResolvers<void>()
  let calls = 0
  const made = await revealing(t, {
    train: (request) => {
      if (++calls < 2) return program.train(request)
      begun.resolve()
      return new Promise((_, reject) => {
        request.signal?.addEventListener('abort', () => reject(request.signal?.reason))
      })
    },
  })
  const { service, story, record, log } = made
  await service.step(story.view)
  await begun.promise
  // Back in round 1, before its commits closed.
  await service.step(opened().view)
  await service.close()
  assert.equal(record(story, 2n), undefined)
  assert.deepEqual([...log.at('warn'), ...log.at('error')], [])
})

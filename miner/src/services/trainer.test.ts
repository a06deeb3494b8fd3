import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ContributionReader } from '@tessera/node/contributionReader'
import { RunStory } from '@tessera/node/testing/runStory'
import { hash32, RUN } from '@tessera/node/testing/storyParts'
import { STEPS } from '@tessera/node/testing/tinyRun'
import { trainingSamples } from '@tessera/protocol/assignment'
import { compressUpdate } from '@tessera/protocol/compress'
import { TesseraError } from '@tessera/protocol/errors'
import { learningRateAt } from '@tessera/protocol/learningRate'
import { revealedIn } from '@tessera/protocol/runView'
import type { BlobStore } from '@tessera/storage/blobStore'
import { addressOf } from '@tessera/storage/importer'
import { batches } from '@tessera/training/data/shardedDataset'
import { toFloat } from '@tessera/training/parameters'
import type { TrainResult } from '@tessera/training/trainer'
import { readContribution } from '../contributionRecord.ts'
import { freshWork, type Work } from '../work.ts'
import { BATCH, bundle, GENESIS, LEARNING_RATE, OPERATOR, opened, program, scene } from './trainer.fixture.ts'

after(() => program.dispose())

/** What the rules make of a round: base minus result plus the decayed rest of the round before, compressed. */
function expected(story: RunStory, base: Float32Array, result: TrainResult, before: Work) {
  const { feedbackDecay } = bundle.manifest.training
  const values = base.map((value, i) => value - result.parameters[i]!)
  return compressUpdate({
    update: before.feedback.slice(),
    delta: { values, decay: feedbackDecay },
    layout: bundle.layout,
    codec: bundle.manifest.codec,
    header: {
      run: RUN,
      round: story.round.id,
      miner: OPERATOR,
      innerSteps: result.steps,
      samples: result.steps * BATCH,
      baseRoot: story.round.parentRoot,
    },
  })
}

test('leaves a contribution that everyone finds valid', async (t) => {
  const { service, record, store, log, bars, registry } = await scene(t)
  const story = opened()
  await service.step(story.view)
  await service.close()
  const left = record(story)!
  assert.equal(left.innerSteps, STEPS)
  assert.equal(left.salt, `0x${'01'.repeat(32)}`)
  assert.deepEqual(bars, [])

  const opening = { ...left, size: BigInt(left.size) }
  story.commit(1, opening).callCommits().openReveal().reveal(1)
  const reader = new ContributionReader({
    bundle,
    store,
    sources: () => [],
    deadlineMs: 1,
    signal: new AbortController().signal,
  })
  const [revealed] = revealedIn(story.state, 1n)
  assert.equal((await reader.read(revealed!)).kind, 'valid')

  const told = log.with('trained')[0]!.context
  assert.equal(told.round, 1n)
  assert.equal(told.steps, STEPS)
  assert.equal(told.bytes, left.size)
  const metrics = await registry.metrics()
  assert.match(metrics, /^tessera_miner_trained_rounds_total 1$/m)
  assert.match(metrics, new RegExp(`^tessera_miner_trained_tokens_total ${STEPS * BATCH * bundle.model.context}$`, 'm'))
  assert.match(metrics, new RegExp(`^tessera_miner_contribution_bytes ${left.size}$`, 'm'))
})

test('trains on the samples that the seed assigns, at the rates of the schedule, from the shared state', async (t) => {
  const { service, requests } = await scene(t)
  const story = opened()
  await service.step(story.view)
  await service.close()
  const [request] = requests
  assert.deepEqual(request!.parameters, toFloat(bundle.genesis))
  assert.deepEqual(request!.optimizer, freshWork(bundle.layout.parameters).optimizer)
  const { trainSamples } = bundle.data
  const samples = trainingSamples({
    trainSeed: story.round.trainSeed,
    trainSamples,
    rank: 1,
    count: STEPS * BATCH,
  })
  assert.deepEqual(request!.batches, await batches(bundle.data, samples, { batch: BATCH, steps: STEPS }))
  assert.deepEqual(
    request!.learningRates,
    Float32Array.from([0, 1, 2].map((step) => learningRateAt(LEARNING_RATE, step))),
  )
})

test('carries feedback and optimiser from round to round as the rules say', async (t) => {
  const { service, requests, results, record, replica, log } = await scene(t)
  const story = opened()
  let before = freshWork(bundle.layout.parameters)
  for (const round of [1n, 2n, 3n]) {
    await service.step(story.view)
    await service.close()
    const base = replica.parameters
    const made = expected(story, base, results.at(-1)!, before)
    const left = record(story)!
    assert.equal(left.digest, (await addressOf(made.contribution.blob)).digest, `round ${round}`)
    assert.deepEqual(requests.at(-1)!.optimizer, before.optimizer, `round ${round}`)
    assert.equal(
      requests.at(-1)!.learningRates[0],
      Math.fround(learningRateAt(LEARNING_RATE, Number(round - 1n) * STEPS)),
    )
    assert.equal(log.with('contribution').at(-1)!.context.feedbackFrom, round - 1n)
    before = { feedback: made.residual, optimizer: results.at(-1)!.optimizer }

    // The round becomes final with this contribution alone, and the replica follows.
    const { root } = await replica.preview(round, [made.contribution])
    const { parentRoot } = story.round
    story
      .commit(1, { ...left, size: BigInt(left.size) })
      .callCommits()
      .openReveal()
      .reveal(1)
      .drawLeader()
    story.propose([1], root).finalize().openRound()
    await replica.apply({ round, parentRoot, root }, () => Promise.reject(new Error('it was worked out')))
  }
  assert.ok(before.feedback.some((value) => value !== 0))
  assert.equal(before.optimizer.step, 3 * STEPS)
})

test('trains once in a round, however often it is asked', async (t) => {
  const { service, requests } = await scene(t)
  const story = opened()
  await service.step(story.view)
  await service.step(story.view)
  await service.close()
  await service.step(story.view)
  await service.step(story.callCommits().view)
  await service.close()
  assert.equal(requests.length, 1)
})

test('goes on while commitments are still taken', async (t) => {
  const { service, record } = await scene(t)
  const story = opened()
  await service.step(story.view)
  await service.step(story.callCommits().view)
  await service.close()
  assert.equal(record(story)?.innerSteps, STEPS)
})

test('does not train again what its journal names, and does so without', async (t) => {
  const first = await scene(t)
  const story = opened()
  await first.service.step(story.view)
  await first.service.close()
  const { digest } = first.record(story)!
  first.journal.close()

  const second = await scene(t, { folder: first.folder, store: first.store })
  await second.service.step(story.view)
  await second.service.close()
  assert.deepEqual(second.requests, [])
  second.journal.close()

  // A crash before the journal was reached: the same work again, from the same beginning.
  const third = await scene(t, { store: first.store })
  await third.service.step(story.view)
  await third.service.close()
  assert.deepEqual(third.results, first.results)
  assert.equal(third.record(story)?.digest, digest)
})

test('work without a record, of a crash in between, is not carried on', async (t) => {
  const { service, work, requests } = await scene(t)
  const story = opened()
  story.callCommits().void('NothingRevealed').openRound()
  const stray = { ...freshWork(bundle.layout.parameters) }
  await work.save(1n, hash32('a', 'train', 1n), { ...stray, optimizer: { ...stray.optimizer, step: 77 } })
  await service.step(story.view)
  await service.close()
  assert.equal(requests[0]!.optimizer.step, 0)
})

test('a round that opened anew on a chain that lost blocks is trained anew', async (t) => {
  const { service, requests, record } = await scene(t)
  const lost = opened('lost')
  await service.step(lost.view)
  await service.close()
  const story = opened()
  await service.step(story.view)
  await service.close()
  assert.equal(requests.length, 2)
  assert.notEqual(record(story)?.digest, record(lost)?.digest)
})

test('stops when the round is over before it is done, and leaves nothing', async (t) => {
  const ends: readonly ((story: RunStory) => RunStory)[] = [
    (story) => story.commit(0).callCommits().openReveal(),
    (story) => story.callCommits().void('NothingRevealed').openRound(),
    () => opened('b'),
  ]
  for (const end of ends) {
    const story = opened()
    const stepped: Promise<void>[] = []
    const made = await scene(t, {
      onStep: (done) => {
        if (done === 1 && stepped.length === 0) stepped.push(made.service.step(end(story).view))
      },
    })
    const { trainSeed } = story.round
    await made.service.step(story.view)
    await made.service.close()
    await stepped[0]
    assert.equal(readContribution(made.journal, 1n, trainSeed), undefined)
    assert.equal(made.results.length, 0)
    // The next round's is under way, if there is one.
    await made.service.close()
    assert.deepEqual(made.bars, [])
    assert.equal((await made.saved()).length, made.results.length)
  }
})

test('records nothing when the blob could not be stored, and tells', async (t) => {
  const full = new TesseraError('storage/quota', 'full')
  const store = { put: () => Promise.reject(full) } as unknown as BlobStore
  const { service, record, saved, requests } = await scene(t, { store })
  const story = opened()
  await service.step(story.view)
  await service.close()
  assert.equal(record(story), undefined)
  assert.deepEqual(await saved(), [])
  await assert.rejects(service.step(story.view), full)
  // Whether the node goes on is for others to say; if it does, the round is trained again.
  await service.step(story.view)
  await service.close()
  assert.equal(requests.length, 2)
})

test('a training that fails is told once', async (t) => {
  const diverged = new TesseraError('training/diverged', 'no number')
  const { service, bars } = await scene(t, { train: () => Promise.reject(diverged) })
  const story = opened()
  await service.step(story.view)
  await service.close()
  await assert.rejects(service.step(story.view), diverged)
  assert.deepEqual(bars, [])
})

test('keeps the steps that were done when the phase comes to its end', async (t) => {
  const made = await scene(t, {
    train: async (request) => {
      // 100 s for training, less what storing and committing take.
      await made.clock.advance(98_499)
      assert.equal(request.enough?.aborted, false)
      await made.clock.advance(1)
      assert.equal(request.enough?.aborted, true)
      const [batchesOfTwo, rates] = [request.batches.subarray(0, (request.batches.length * 2) / STEPS), [0.02, 0.02]]
      const { enough: _, ...rest } = request
      return program.train({ ...rest, batches: batchesOfTwo, learningRates: rates })
    },
  })
  const story = opened()
  await made.service.step(story.view)
  await made.service.close()
  const left = made.record(story)!
  assert.equal(left.innerSteps, 2)
  const { contribution } = expected(
    story,
    made.replica.parameters,
    made.results[0]!,
    freshWork(bundle.layout.parameters),
  )
  assert.equal(left.digest, (await addressOf(contribution.blob)).digest)
})

test('without time for a step it sits the round out, and says so once', async (t) => {
  const { service, record, saved, log, results, clock } = await scene(t)
  const story = opened()
  // Some of the phase is kept back for storing and committing.
  story.wait(story.round.deadline - story.now - 1n)
  for (const _ of [1, 2, 3]) {
    await service.step(story.view)
    await service.close()
  }
  assert.equal(record(story), undefined)
  assert.deepEqual(await saved(), [])
  assert.equal(results.filter(({ steps }) => steps > 0).length, 0)
  assert.equal(log.at('warn').length, 1)
  assert.equal(clock.sleepers, 0)

  story.callCommits().void('NothingRevealed').openRound()
  await service.step(story.view)
  await service.close()
  assert.equal(record(story)?.innerSteps, STEPS)
})

test('no timer is left behind', async (t) => {
  const { service, clock } = await scene(t)
  await service.step(opened().view)
  await service.close()
  assert.equal(clock.sleepers, 0)
})

test('does not begin what is not its turn', async (t) => {
  const { service, requests, replica } = await scene(t)
  const params = { genesisRoot: GENESIS, roundsPerEpoch: 10 }
  const idle = new RunStory({ params })
  await service.step(idle.view)
  const late = new RunStory({ params }).openRound().callCommits()
  await service.step(late.view)
  const stranger = new RunStory({ miners: 1, params }).openRound().join('miner', OPERATOR)
  await service.step(stranger.view)
  // Another state than the one that the replica stands on.
  const ahead = new RunStory({ params: { ...params, genesisRoot: hash32('elsewhere') } }).openRound()
  await service.step(ahead.view)
  await service.close()
  assert.deepEqual(requests, [])
  assert.equal(replica.round, 0n)
})

test('a stop of the node ends it without a complaint', async (t) => {
  const made = await scene(t, { onStep: () => made.stop.abort() })
  const story = opened()
  await made.service.step(story.view)
  await made.service.close()
  assert.equal(made.record(story), undefined)
  await made.service.step(story.callCommits().view)
  assert.deepEqual([...made.log.at('warn'), ...made.log.at('error')], [])
  assert.equal(made.clock.sleepers, 0)
})

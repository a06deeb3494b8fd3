import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { ManualClock } from '@tessera/agent/manualClock'
import type { Progress } from '@tessera/agent/progress'
import { CodecPool } from '@tessera/node/codecPool/pool'
import { ContributionReader } from '@tessera/node/contributionReader'
import { memoryStore, openJournal, openReplica, tempFolder } from '@tessera/node/testing/parts'
import { Log } from '@tessera/node/testing/recorders'
import { RunStory } from '@tessera/node/testing/runStory'
import { hash32, minerAddress, RUN } from '@tessera/node/testing/storyParts'
import { STEPS, tinyRun } from '@tessera/node/testing/tinyRun'
import { trainingSamples } from '@tessera/protocol/assignment'
import { compressUpdate } from '@tessera/protocol/compress'
import { decodeContribution } from '@tessera/protocol/contribution'
import { TesseraError } from '@tessera/protocol/errors'
import { learningRateAt } from '@tessera/protocol/learningRate'
import { revealedIn, slotOf } from '@tessera/protocol/runView'
import { overlapSeed } from '@tessera/protocol/seeds'
import { trainingStart } from '@tessera/protocol/trainingStart'
import type { BlobStore } from '@tessera/storage/blobStore'
import { addressOf } from '@tessera/storage/importer'
import { batches } from '@tessera/training/data/shardedDataset'
import { toFloat } from '@tessera/training/parameters'
import { Trainer as TrainProgram, type TrainRequest, type TrainResult } from '@tessera/training/trainer'
import { type ContributionRecord, readContribution } from '../contributionRecord.ts'
import { openMetrics } from '../metrics.ts'
import { freshWork, type Work, WorkFolder } from '../work.ts'
import { Trainer } from './trainer.ts'

const tiny = await tinyRun()
const BATCH = tiny.manifest.training.batch
const OPERATOR = minerAddress(1)
const GENESIS = tiny.manifest.genesis.root
/** Rates differ from step to step, so that a wrong step is seen. */
const LEARNING_RATE = { kind: 'cosine', peak: 0.02, floor: 0.001, warmupSteps: 2, totalSteps: 20 } as const
const bundle = {
  ...tiny.bundle,
  manifest: { ...tiny.manifest, training: { ...tiny.manifest.training, learningRate: LEARNING_RATE } },
}
const program = await TrainProgram.create({
  program: bundle.programs.train,
  config: bundle.model,
  batch: BATCH,
})
after(() => program.dispose())

interface SceneOptions {
  /** Whether rounds of the run overlap. */
  readonly overlap?: boolean
  /** Of an earlier process. */
  readonly folder?: string
  readonly store?: BlobStore
  /** Told after each step. */
  readonly onStep?: (done: number) => void
  /** Instead of the program. */
  readonly train?: (request: TrainRequest) => Promise<TrainResult>
}

async function scene(t: TestContext, options: SceneOptions = {}) {
  const folder = options.folder ?? (await tempFolder(t))
  const store = options.store ?? (await memoryStore(t))
  const journal = await openJournal(t, join(folder, 'journal'))
  const replica = await openReplica(t, { folder: join(folder, 'states') })
  const work = new WorkFolder({
    folder: join(folder, 'work'),
    parameters: bundle.layout.parameters,
    counts: (round, trainSeed) => readContribution(journal, round, trainSeed) !== undefined,
  })
  const { manifest } = bundle
  const training = { ...manifest.training, overlap: options.overlap ?? false }
  const requests: TrainRequest[] = []
  const results: TrainResult[] = []
  const train = async (request: TrainRequest): Promise<TrainResult> => {
    requests.push(request)
    const result = await (options.train?.(request) ?? program.train(request))
    results.push(result)
    return result
  }
  const bars: string[] = []
  const progress: Progress = {
    start: ({ label, total, unit }) => {
      bars.push(`${label} of ${total} ${unit}`)
      return { update: (done) => options.onStep?.(done), finish: () => bars.pop() }
    },
    close: () => undefined,
  }
  const log = new Log()
  const clock = new ManualClock()
  const stop = new AbortController()
  const { metrics, registry } = openMetrics()
  let salts = 0
  const service = new Trainer({
    run: RUN,
    operator: OPERATOR,
    slotOf: (view) => slotOf(view.state, 'miner', OPERATOR),
    bundle: { ...bundle, manifest: { ...manifest, training } },
    replica,
    codec: new CodecPool(),
    // The program outlives the tests; `close` is how they wait.
    program: { train, dispose: () => Promise.resolve() } as TrainProgram,
    work,
    journal,
    store,
    progress,
    logger: log.logger,
    metrics,
    stepsPerCall: 1,
    salt: () => new Uint8Array(32).fill(++salts),
    clock,
    signal: stop.signal,
  })
  const record = ({ round, state }: RunStory, id = round.id) =>
    readContribution(journal, id, trainingStart(state, id, training)?.seed ?? hash32('none'))
  const saved = () => readdir(join(folder, 'work')).catch(() => [])
  return {
    folder,
    store,
    journal,
    replica,
    work,
    requests,
    results,
    bars,
    log,
    clock,
    stop,
    service,
    record,
    saved,
    registry,
  }
}

function opened(chain = 'a'): RunStory {
  return new RunStory({ chain, params: { genesisRoot: GENESIS, roundsPerEpoch: 10 } }).openRound()
}

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

// ---- Rounds that overlap

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
  const genesis = toFloat(bundle.genesis)
  assert.deepEqual(
    requests[2]!.parameters,
    first.parameters.map((value, i) => value + (replica.parameters[i]! - genesis[i]!)),
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

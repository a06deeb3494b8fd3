import assert from 'node:assert/strict'
import { after, type TestContext, test } from 'node:test'
import type { Followed } from '@tessera/chain/follow'
import { CodecPool } from '@tessera/node/codecPool/pool'
import { ContributionReader } from '@tessera/node/contributionReader'
import type { ReplicaOptions } from '@tessera/node/replica'
import { StateKeeper } from '@tessera/node/services/stateKeeper'
import { memoryStore, openJournal, openReplica, tempFolder } from '@tessera/node/testing/parts'
import { Log } from '@tessera/node/testing/recorders'
import { minerAddress, validatorAddress } from '@tessera/node/testing/storyParts'
import { type MadeContribution, makeContribution, STEPS, tinyRun } from '@tessera/node/testing/tinyRun'
import { TinyStory } from '@tessera/node/testing/tinyStory'
import { aggregate } from '@tessera/protocol/aggregate'
import { drawnTestSamples, ownTestSamples } from '@tessera/protocol/assignment'
import { TesseraError } from '@tessera/protocol/errors'
import { revealedIn } from '@tessera/protocol/runView'
import { emptyScoreState, type Outcome, scoreEpoch } from '@tessera/protocol/score'
import type { EmbeddedStore } from '@tessera/storage/embeddedStore'
import { author } from '@tessera/storage/testSource'
import type { Transport } from '@tessera/storage/transport'
import { Evaluator as LossProgram, type LossRequest } from '@tessera/training/evaluator'
import { toFloat } from '@tessera/training/parameters'
import { readOutcomes, saveOutcomes } from '../outcomeBook.ts'
import { TestLosses } from '../testLosses.ts'
import { Collector } from './collector.ts'
import { Evaluator } from './evaluator.ts'

const tiny = await tinyRun()
const { layout, manifest, bundle } = tiny
const program = await LossProgram.create({ program: bundle.programs.evaluate, config: bundle.model, batch: 2 })
after(() => program.dispose())

interface SceneOptions {
  readonly store?: EmbeddedStore
  readonly folder?: string
  readonly maxMeasured?: number
  readonly replica?: Partial<ReplicaOptions>
  readonly loss?: (request: LossRequest) => Promise<Float32Array>
}

async function scene(t: TestContext, options: SceneOptions = {}) {
  const store = options.store ?? (await memoryStore(t))
  const journal = await openJournal(t, options.folder)
  const replica = await openReplica(t, options.replica)
  const log = new Log()
  const stop = new AbortController()
  const { signal } = stop
  const sources = () => [author('http://127.0.0.1:1')]
  const reader = new ContributionReader({ bundle, store, sources, deadlineMs: 60_000, signal })
  const collector = new Collector({ reader, journal, logger: log.logger, signal })
  const requests: LossRequest[] = []
  const loss = async (request: LossRequest): Promise<Float32Array> => {
    requests.push(request)
    return options.loss?.(request) ?? program.loss(request)
  }
  const service = new Evaluator({
    bundle,
    replica,
    codec: new CodecPool(),
    losses: new TestLosses({ bundle, program: { loss } as LossProgram, signal }),
    collector,
    journal,
    logger: log.logger,
    maxMeasured: options.maxMeasured ?? 16,
    signal,
  })
  const keeper = new StateKeeper({ replica, reader, onState: () => Promise.resolve() })
  /** Brings the replica to the chain's state, then measures one round. */
  const look = async ({ view }: { readonly view: Followed }) => {
    await keeper.step(view)
    await service.step(view)
    await service.close()
  }
  const outcomes = ({ story }: TinyStory, round: bigint) => {
    const { trainSeed } = story.state.rounds[Number(round) - 1]!
    return readOutcomes(journal, round, trainSeed)
  }
  return { store, journal, replica, reader, collector, log, stop, requests, service, keeper, look, outcomes }
}

const begin = (store: EmbeddedStore, miners: number): Promise<TinyStory> =>
  TinyStory.begin({ store, miners, params: { roundsPerEpoch: 10 } })

/** Mean loss by the program itself. */
async function meanLoss(parameters: Float32Array, samples: readonly number[]): Promise<number> {
  const losses = await program.loss({ parameters, samples: await bundle.data.samples(samples) })
  return losses.reduce((sum, one) => sum + one, 0) / losses.length
}

/** What the rules make of one contribution to round 1, of the miner of this rank among so many. */
async function measured(run: TinyStory, made: MadeContribution, rank: number, minerCount: number): Promise<Outcome> {
  const { trainSeed, testSeed } = run.story.state.rounds[0]!
  const { evaluation, training, aggregation } = manifest
  const assigned = STEPS * training.batch
  const seeds = { trainSeed, testSeed, trainSamples: bundle.data.trainSamples, assigned, count: evaluation.samples }
  const { samples: used } = made.contribution.header
  const own = ownTestSamples({ ...seeds, rank, used })
  const drawn = drawnTestSamples({ ...seeds, minerCount })
  const params = { clipQ8: aggregation.clipQ8, rateQ16: evaluation.rateQ16 }
  const before = toFloat(bundle.genesis)
  const with1 = toFloat(aggregate(bundle.genesis, [made.contribution], layout, params))
  return {
    kind: 'measured',
    ownBefore: await meanLoss(before, own),
    ownAfter: await meanLoss(with1, own),
    drawnBefore: await meanLoss(before, drawn),
    drawnAfter: await meanLoss(with1, drawn),
  }
}

test('finds out about every miner of a round', async (t) => {
  const { store, look, outcomes, log } = await scene(t)
  const run = await begin(store, 8)
  const { story } = run
  story.openRound()
  const good = await run.contribute(0, 1)
  const late = await run.contribute(2, 2)
  const garbage = await store.put(new Uint8Array(700), { round: 1, maxBytes: 700 })
  const stolen = await run.contribute(4, 4, { miner: minerAddress(0) })
  const copy = await run.contribute(5, 1)
  const { parentRoot: baseRoot } = story.round
  const withheld = await makeContribution({ round: 1n, miner: minerAddress(6), baseRoot, seed: 6 })
  const fewer = await run.contribute(7, 7, { innerSteps: 1 })
  story.commit(0, good.opening).commit(2, late.opening)
  story.commit(3, { ...late.opening, digest: garbage.digest, size: 700n }).commit(4, stolen.opening)
  story.commit(5, copy.opening).commit(6, withheld.opening).commit(7, fewer.opening)
  story.callCommits().openReveal().reveal(0, 3, 4, 5, 6, 7).drawLeader()
  run.propose([0, 7]).story.finalize().openRound()

  await look(story)
  const found = outcomes(run, 1n)!
  const expected: Outcome[] = [
    await measured(run, good, 0, 8),
    { kind: 'zero', reason: 'absent' },
    { kind: 'zero', reason: 'unrevealed' },
    { kind: 'zero', reason: 'malformed', detail: 'contribution/bad-magic' },
    { kind: 'zero', reason: 'wrong-header', detail: 'contribution/wrong-miner' },
    { kind: 'zero', reason: 'copied', detail: `first sent as 1/${minerAddress(0)}` },
    { kind: 'zero', reason: 'unfetchable' },
    await measured(run, fewer, 7, 8),
  ]
  for (const [n, outcome] of expected.entries()) assert.deepEqual(found.get(minerAddress(n)), outcome, `miner ${n}`)
  assert.equal(found.size, 8)
  const [entry] = log.with('measured')
  assert.equal(entry?.context.round, 1n)
  assert.deepEqual(Object.values(entry?.context.miners as Record<string, string>).slice(1, 7), [
    'absent',
    'unrevealed',
    'malformed',
    'wrong-header',
    'copied',
    'unfetchable',
  ])
})

test('measures round after round, the oldest first, each once, also void ones', async (t) => {
  const { store, look, service, outcomes, requests } = await scene(t)
  const run = await begin(store, 2)
  const { story } = run
  await run.finalRound([0, 1])
  await run.toAttest([[0, 50]])
  run.propose([]).story.agree().void('NothingValid')
  story.openRound().callCommits().void('NothingRevealed').openRound()
  const pending = () => service.pending(story.view).map(({ id }) => id)
  assert.deepEqual(pending(), [1n, 2n, 3n])
  await look(story)
  assert.deepEqual(pending(), [2n, 3n])
  await look(story)
  assert.equal(outcomes(run, 2n)?.get(minerAddress(0))?.kind, 'measured')
  assert.deepEqual(outcomes(run, 2n)?.get(minerAddress(1)), { kind: 'zero', reason: 'absent' })
  await look(story)
  assert.deepEqual(outcomes(run, 3n)?.get(minerAddress(0)), { kind: 'zero', reason: 'absent' })
  assert.deepEqual(pending(), [])
  const done = requests.length
  await look(story)
  assert.equal(requests.length, done)
})

test('what was seen in one round is a copy in every later one', async (t) => {
  const { store, look, outcomes } = await scene(t)
  const run = await begin(store, 2)
  for (const slot of [0, 1]) {
    await run.toAttest([[slot, 7]])
    run.propose([slot]).story.finalize()
    await look(run.story)
  }
  assert.equal(outcomes(run, 1n)?.get(minerAddress(0))?.kind, 'measured')
  assert.deepEqual(outcomes(run, 2n)?.get(minerAddress(1)), {
    kind: 'zero',
    reason: 'copied',
    detail: `first sent as 1/${minerAddress(0)}`,
  })
})

test('rounds of an epoch are wanted until its scores are sealed', async (t) => {
  const { store, service } = await scene(t)
  const run = await begin(store, 2)
  const { story } = run
  await run.finalRound([0])
  const pending = () => service.pending(story.view).length
  assert.equal(pending(), 1)
  // One of the two miners leaves, and the epoch cannot go on.
  story.leave('miner', 0).leave('miner', 1).closeEpoch()
  assert.equal(pending(), 1)
  story.openScoreReveal()
  assert.equal(pending(), 0)
})

test('measures no more than it is told, in turn; the others count as valid', async (t) => {
  const { store, look, outcomes } = await scene(t, { maxMeasured: 1 })
  const run = await begin(store, 2)
  const kinds = []
  for (const round of [1n, 2n, 3n]) {
    await run.finalRound([0, 1])
    await look(run.story)
    kinds.push([0, 1].map((n) => outcomes(run, round)?.get(minerAddress(n))?.kind))
  }
  assert.deepEqual(kinds, [
    ['unmeasured', 'measured'],
    ['measured', 'unmeasured'],
    ['unmeasured', 'measured'],
  ])
})

test('without the state that a round began from, its contributions count as valid', async (t) => {
  const { store, look, keeper, outcomes, requests } = await scene(t, { replica: { keep: 1 } })
  const run = await begin(store, 2)
  for (const _ of [1, 2, 3]) await run.finalRound([0, 1])
  await keeper.step(run.story.view)
  for (const _ of [1, 2]) await look(run.story)
  assert.equal(outcomes(run, 1n)?.get(minerAddress(0))?.kind, 'measured', 'the genesis is always there')
  const done = requests.length
  assert.deepEqual(outcomes(run, 2n)?.get(minerAddress(0)), { kind: 'unmeasured' })
  assert.deepEqual(outcomes(run, 2n)?.get(minerAddress(1)), { kind: 'unmeasured' })
  await look(run.story)
  assert.equal(requests.length, done)
})

test('waits for the state when this node has not caught up', async (t) => {
  const { store, service, look, outcomes, requests } = await scene(t)
  const run = await TinyStory.begin({ params: { roundsPerEpoch: 10 } })
  await run.finalRound([0, 1])
  await run.finalRound([0, 1])
  const deliver = (key: string) => store.put(run.made.get(key)!.blob, { round: 1, maxBytes: 10_000 })
  for (const key of ['2/0', '2/1', '1/0']) await deliver(key)
  await assert.rejects(look(run.story), { code: 'node/contribution-unavailable' })
  await service.step(run.story.view)
  await service.close()
  assert.deepEqual(requests, [])
  await deliver('1/1')
  await look(run.story)
  await look(run.story)
  for (const round of [1n, 2n])
    for (const n of [0, 1]) assert.equal(outcomes(run, round)?.get(minerAddress(n))?.kind, 'measured')
})

test('a contribution with which the loss is no number is its author’s affair', async (t) => {
  const genesis = toFloat(bundle.genesis)
  const { store, look, outcomes } = await scene(t, {
    loss: (request) =>
      request.parameters.every((value, i) => value === genesis[i])
        ? program.loss(request)
        : Promise.reject(new TesseraError('training/not-finite', 'a loss is not finite')),
  })
  const run = await begin(store, 2)
  await run.finalRound([0])
  await look(run.story)
  const outcome = outcomes(run, 1n)?.get(minerAddress(0))
  assert.ok(outcome?.kind === 'measured')
  assert.ok(Number.isFinite(outcome.ownBefore) && Number.isFinite(outcome.drawnBefore))
  assert.ok(Number.isNaN(outcome.ownAfter) && Number.isNaN(outcome.drawnAfter))
  const { receipts } = scoreEpoch({
    run: 1n,
    epoch: 1n,
    validator: validatorAddress(0),
    slots: 8,
    members: [],
    rounds: [{ round: 1n, miners: [{ slot: 0, operator: minerAddress(0), outcome }] }],
    previous: emptyScoreState,
  })
  assert.equal(receipts.miners[0]?.rounds[0]?.reason, 'not-finite')
})

test('a restart loses no measurement and makes none twice', async (t) => {
  const folder = await tempFolder(t)
  const first = await scene(t, { folder })
  const run = await begin(first.store, 2)
  await run.finalRound([0, 1])
  await run.finalRound([0, 1])
  await first.look(run.story)
  const before = first.outcomes(run, 1n)
  first.journal.close()
  const second = await scene(t, { folder, store: first.store })
  await second.look(run.story)
  assert.deepEqual(second.outcomes(run, 1n), before)
  assert.equal(second.outcomes(run, 2n)?.get(minerAddress(0))?.kind, 'measured')
  assert.equal(second.log.with('measured').length, 1)
})

test('what failed is told at the next look, and measured again', async (t) => {
  const trouble = new TesseraError('training/session-failed', 'no')
  let fails = true
  const { store, look, service, outcomes } = await scene(t, {
    loss: (request) => (fails ? Promise.reject(trouble) : program.loss(request)),
  })
  const run = await begin(store, 2)
  await run.finalRound([0])
  await look(run.story)
  assert.equal(outcomes(run, 1n), undefined)
  await assert.rejects(service.step(run.story.view), trouble)
  fails = false
  await look(run.story)
  assert.equal(outcomes(run, 1n)?.get(minerAddress(0))?.kind, 'measured')
})

test('measures one round at a time', async (t) => {
  const gate = Promise.withResolvers<void>()
  const { store, keeper, service, requests } = await scene(t, {
    loss: async (request) => {
      await gate.promise
      return program.loss(request)
    },
  })
  const run = await begin(store, 2)
  await run.finalRound([0])
  await run.finalRound([0])
  await keeper.step(run.story.view)
  await service.step(run.story.view)
  await service.step(run.story.view)
  gate.resolve()
  await service.close()
  const parameters = new Set(requests.map((request) => request.parameters.join()))
  assert.equal(parameters.size, 2, 'the base and one contribution')
})

test('what is missing because of a stop is not unfetchable', async (t) => {
  const { replica, journal, service, stop, outcomes, log } = await scene(t, { replica: { keep: 1 } })
  const run = await TinyStory.begin({ params: { roundsPerEpoch: 10 } })
  for (const round of [1n, 2n, 3n]) {
    await run.finalRound([0])
    const { parentRoot, nextRoot: root } = run.story.round
    await replica.apply({ round, parentRoot, root }, async () => [run.made.get(`${round}/0`)!.contribution])
  }
  // The next one began from a state that is gone, so that nothing is computed that would notice the stop.
  saveOutcomes(journal, 1n, run.story.state.rounds[0]!.trainSeed, new Map())
  stop.abort()
  await service.step(run.story.view)
  await service.close()
  await service.step(run.story.view)
  await service.close()
  assert.equal(outcomes(run, 2n), undefined)
  assert.deepEqual(log.entries, [])
})

test('a slow blob of an old round does not cost the others of it their measurement', async (t) => {
  const slow = Promise.withResolvers<Uint8Array>()
  const asked = Promise.withResolvers<void>()
  const transport: Transport = {
    fetchBlock: () => {
      asked.resolve()
      return slow.promise
    },
    close: () => undefined,
  }
  const { store, replica, service, reader, outcomes } = await scene(t, {
    store: await memoryStore(t, { transport }),
  })
  const run = await TinyStory.begin({ params: { roundsPerEpoch: 10 } })
  await run.toAttest([
    [0, 1],
    [1, 2],
  ])
  const { blob } = run.made.get('1/0')!
  await store.put(blob, { round: 1, maxBytes: 10_000 })
  run.propose([0]).story.finalize()
  const { parentRoot, nextRoot: root } = run.story.round
  await replica.apply({ round: 1n, parentRoot, root }, async () => [run.made.get('1/0')!.contribution])
  await service.step(run.story.view)
  await asked.promise
  // Meanwhile rounds go on, and what is read for them pushes old verdicts out of memory.
  for (const _ of [2, 3, 4, 5]) run.story.openRound().callCommits().void('NothingRevealed')
  await run.toAttest([[0, 9]])
  await store.put(run.made.get('6/0')!.blob, { round: 6, maxBytes: 10_000 })
  await reader.read(revealedIn(run.story.state, 6n)[0]!)
  slow.resolve(run.made.get('1/1')!.blob)
  await service.close()
  assert.equal(outcomes(run, 1n)?.get(minerAddress(0))?.kind, 'measured')
  assert.equal(outcomes(run, 1n)?.get(minerAddress(1))?.kind, 'measured')
})

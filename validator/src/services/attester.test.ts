import assert from 'node:assert/strict'
import { after, type TestContext, test } from 'node:test'
import { attest } from '@tessera/chain/actions/attest'
import { propose } from '@tessera/chain/actions/propose'
import { refuse } from '@tessera/chain/actions/refuse'
import { withAdvance } from '@tessera/chain/actions/withAdvance'
import { ContributionReader } from '@tessera/node/contributionReader'
import { memoryStore, openJournal, openReplica, tempFolder } from '@tessera/node/testing/parts'
import { DEPLOYMENT, Sent } from '@tessera/node/testing/recorders'
import { hash32, minerAddress, RUN, STORY_PARAMS } from '@tessera/node/testing/storyParts'
import { tinyRun } from '@tessera/node/testing/tinyRun'
import { TinyStory } from '@tessera/node/testing/tinyStory'
import { bitmapOf } from '@tessera/protocol/bitmap'
import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import type { RoundState } from '@tessera/protocol/runState'
import { revealedIn } from '@tessera/protocol/runView'
import type { EmbeddedStore } from '@tessera/storage/embeddedStore'
import { Evaluator as LossProgram, type LossRequest } from '@tessera/training/evaluator'
import { toFloat } from '@tessera/training/parameters'
import { LossGuard } from '../lossGuard.ts'
import { TestLosses } from '../testLosses.ts'
import { Attester } from './attester.ts'
import { Collector } from './collector.ts'

const tiny = await tinyRun()
const { bundle } = tiny
const program = await LossProgram.create({ program: bundle.programs.evaluate, config: bundle.model, batch: 2 })
after(() => program.dispose())

type Seeds = readonly (readonly [number, number])[]

interface SceneOptions {
  readonly miners?: number
  readonly maxIncluded?: number
  readonly ratings?: Readonly<Record<Hex, number>>
  /** Losses by sample under some parameters; those of the program if not given. */
  readonly loss?: (request: LossRequest) => Promise<Float32Array>
}

/** A round up to its first leader: contributions of these slots and seeds, or what is told. */
type Begin = Seeds | ((run: TinyStory, store: EmbeddedStore) => Promise<unknown>)

/** A run in its attest phase whose blobs are still with their authors, and validators that look at it. */
async function scene(t: TestContext, begin: Begin, options: SceneOptions = {}) {
  const { miners = 3, maxIncluded = 4 } = options
  const run = await TinyStory.begin({ miners, params: { maxIncluded, roundsPerEpoch: 10 } })
  const store = await memoryStore(t)
  if (typeof begin === 'function') await begin(run, store)
  else await run.toAttest(begin)
  const folder = await tempFolder(t)
  const replica = await openReplica(t)
  const { signal } = new AbortController()

  /** The validator in `slot`, as a process that opens its journal anew. */
  const start = async (slot: number) => {
    const journal = await openJournal(t, folder)
    const sent = new Sent()
    const reader = new ContributionReader({ ...tiny, store, sources: () => [], deadlineMs: 60_000, signal })
    const collector = new Collector({ reader, journal, logger: sent.log.logger, signal })
    const loss = options.loss ?? ((request: LossRequest) => program.loss(request))
    const losses = new TestLosses({ bundle, program: { loss } as LossProgram, signal })
    const guard = new LossGuard({ losses, logger: sent.log.logger, signal })
    const service = new Attester({
      run: RUN,
      slotOf: () => slot,
      deployment: DEPLOYMENT,
      actor: sent.actor,
      journal,
      reader,
      collector,
      replica,
      guard,
      logger: sent.log.logger,
      ratingOf: (_, operator) => options.ratings?.[operator] ?? Number.NEGATIVE_INFINITY,
    })
    /** One look at the chain, after the collector is done. */
    const glance = async ({ story }: Pick<TinyStory, 'story'> = run) => {
      await Promise.all(revealedIn(story.state, story.round.id).map((one) => collector.read(one)))
      await service.step(story.view)
      return sent.take()
    }
    /** A look, and another one when the loss guard is done. */
    const look = async (at: Pick<TinyStory, 'story'> = run) => {
      const first = await glance(at)
      await guard.close()
      return first.length > 0 ? first : await glance(at)
    }
    return { service, sent, journal, glance, look }
  }
  /** The blobs of these slots arrive. */
  const deliver = async (...slots: readonly number[]) => {
    for (const slot of slots) {
      const { blob } = run.made.get(`${run.story.round.id}/${slot}`)!
      await store.put(blob, { round: 1, maxBytes: 10_000 })
    }
  }
  const { leader } = run.story.round
  const others = [0, 1, 2].filter((slot) => slot !== leader)
  return { run, store, replica, start, deliver, leader, others }
}

const PROPOSE = (run: TinyStory, slots: readonly number[], worse = false) => {
  const { id: round, attempt } = run.story.round
  const about = { run: RUN, round, attempt, included: bitmapOf(slots), nextRoot: run.rootOf(slots) }
  return propose(DEPLOYMENT, { ...about, worse })
}
const about = ({ story }: TinyStory, slot: number) => {
  const { id: round, proposal } = story.round
  return { run: RUN, round, slot, proposal }
}
/** Two of three have two thirds of the weight: who attests as the second moves the run on. */
const ATTEST = (run: TinyStory, slot: number, worse = false) =>
  withAdvance(DEPLOYMENT, attest(DEPLOYMENT, { ...about(run, slot), worse }), { run: RUN })
const REFUSE = (run: TinyStory, slot: number) => refuse(DEPLOYMENT, about(run, slot))

const THREE: Seeds = [
  [0, 10],
  [1, 11],
  [2, 12],
]

test('the leader proposes everything valid and the root that it gives', async (t) => {
  const { run, start, deliver, leader } = await scene(t, THREE)
  await deliver(0, 1, 2)
  const { look } = await start(leader)
  assert.deepEqual(await look(), [PROPOSE(run, [0, 1, 2])])
  run.propose([0, 1, 2])
  assert.deepEqual(await look(), [], 'its proposal is its vote')
})

test('the leader proposes the best rated first when not all fit', async (t) => {
  const ratings = { [minerAddress(0)]: 20, [minerAddress(1)]: 31, [minerAddress(2)]: 25 }
  const { run, start, deliver, leader } = await scene(t, THREE, { maxIncluded: 2, ratings })
  await deliver(0, 1, 2)
  assert.deepEqual(await (await start(leader)).look(), [PROPOSE(run, [1, 2])])
})

test('an operator that nobody has rated comes after the rated ones', async (t) => {
  const ratings = { [minerAddress(2)]: 3 }
  const { run, start, deliver, leader } = await scene(t, THREE, { maxIncluded: 2, ratings })
  await deliver(0, 1, 2)
  assert.deepEqual(await (await start(leader)).look(), [PROPOSE(run, [2, 0])])
})

test('an operator whose rating is not positive is left out', async (t) => {
  const ratings = { [minerAddress(2)]: 0 }
  const { run, start, deliver, leader } = await scene(t, THREE, { ratings })
  await deliver(0, 1, 2)
  assert.deepEqual(await (await start(leader)).look(), [PROPOSE(run, [0, 1])])
})

test('the leader waits half of its time for what is on its way', async (t) => {
  const { run, start, deliver, leader } = await scene(t, THREE)
  await deliver(0, 2)
  const { look } = await start(leader)
  assert.deepEqual(await look(), [])
  const { deadline } = run.story.round
  const half = BigInt(STORY_PARAMS.attestSeconds / 2)
  run.story.wait(deadline - half - 1n - run.story.now)
  assert.deepEqual(await look(), [])
  run.story.wait(1)
  assert.deepEqual(await look(), [PROPOSE(run, [0, 2])])
})

test('the leader does not wait when everything is there', async (t) => {
  const { run, start, deliver, leader } = await scene(t, THREE)
  const { look } = await start(leader)
  assert.deepEqual(await look(), [])
  await deliver(0, 1, 2)
  assert.deepEqual(await look(), [PROPOSE(run, [0, 1, 2])])
})

/** The first miner's is good, the second has its records, the third has its header. */
async function withFaults(run: TinyStory, store: EmbeddedStore): Promise<void> {
  const { story } = run
  story.openRound()
  const made = [await run.contribute(0, 1), await run.contribute(1, 1)]
  made.push(await run.contribute(2, 3, { miner: minerAddress(0) }))
  for (const [slot, { blob, opening }] of made.entries()) {
    if (slot > 0) await store.put(blob, { round: 1, maxBytes: 10_000 })
    story.commit(slot, opening)
  }
  story.openReveal().reveal(0, 1, 2).drawLeader()
}

test('the leader leaves out what breaks the rules, and copies', async (t) => {
  const { run, start, deliver, leader } = await scene(t, withFaults)
  await deliver(0)
  assert.deepEqual(await (await start(leader)).look(), [PROPOSE(run, [0])])
})

test('the leader proposes that the root stays when nothing is there', async (t) => {
  const { run, start, leader } = await scene(t, [[0, 1]])
  run.story.wait(run.story.round.deadline - run.story.now)
  assert.deepEqual(await (await start(leader)).look(), [PROPOSE(run, [])])
  assert.equal(run.rootOf([]), run.story.round.parentRoot)
})

test('the others wait for the proposal, and attest a right one', async (t) => {
  const { run, start, deliver, others } = await scene(t, THREE)
  await deliver(0, 1, 2)
  const { look } = await start(others[0]!)
  assert.deepEqual(await look(), [])
  run.propose([0, 2])
  assert.deepEqual(await look(), [ATTEST(run, others[0]!)])
  run.story.attest(others[0]!)
  assert.deepEqual(await look(), [])
})

test('an empty set is attested: what is not included is the leader’s choice', async (t) => {
  const { run, start, deliver, others } = await scene(t, THREE)
  await deliver(0, 1, 2)
  run.propose([])
  assert.deepEqual(await (await start(others[0]!)).look(), [ATTEST(run, others[0]!)])
})

test('a wrong root is refused', async (t) => {
  const { run, start, deliver, others } = await scene(t, THREE)
  await deliver(0, 1, 2)
  run.story.propose([0, 1], run.rootOf([0, 2]))
  const { look, sent } = await start(others[0]!)
  assert.deepEqual(await look(), [REFUSE(run, others[0]!)])
  assert.deepEqual(sent.log.with('proposal names a wrong root')[0]?.context, {
    round: 1n,
    computed: run.rootOf([0, 1]),
    proposed: run.rootOf([0, 2]),
  })
  run.story.refuse(others[0]!)
  assert.deepEqual(await look(), [])
})

test('a set with a contribution that breaks the rules is refused, whatever else is still missing', async (t) => {
  const { run, start, others } = await scene(t, withFaults)
  run.propose([0, 2])
  const { look, sent } = await start(others[0]!)
  assert.deepEqual(await look(), [REFUSE(run, others[0]!)])
  assert.deepEqual(sent.log.with('proposal includes an invalid contribution')[0]?.context, {
    round: 1n,
    reason: 'wrong-header',
    detail: 'contribution/wrong-miner',
  })
})

test('a copy that was included is attested: that is for the scores', async (t) => {
  const { run, start, deliver, others } = await scene(t, [
    [0, 7],
    [1, 7],
  ])
  await deliver(0, 1)
  run.propose([0, 1])
  assert.deepEqual(await (await start(others[0]!)).look(), [ATTEST(run, others[0]!)])
})

test('does not vote while a contribution of the set is missing', async (t) => {
  const { run, start, deliver, others } = await scene(t, THREE)
  await deliver(0)
  run.propose([0, 2])
  const { look } = await start(others[0]!)
  assert.deepEqual(await look(), [])
  await deliver(2)
  assert.deepEqual(await look(), [ATTEST(run, others[0]!)])
})

test('repeats its vote until it is on chain, also after a restart', async (t) => {
  const { run, start, deliver, others } = await scene(t, THREE)
  await deliver(0, 1, 2)
  run.propose([0, 1])
  const first = await start(others[0]!)
  first.sent.reply = () => 'RunWrongPhase'
  assert.deepEqual(await first.look(), [ATTEST(run, others[0]!)])
  assert.deepEqual(await first.look(), [ATTEST(run, others[0]!)])
  first.journal.close()
  assert.deepEqual(await (await start(others[0]!)).look(), [ATTEST(run, others[0]!)])
})

test('votes once in an attempt: another proposal of it gets none', async (t) => {
  const { run, start, deliver, others } = await scene(t, THREE)
  await deliver(0, 1, 2)
  // The chain loses the proposal, and the leader makes another one.
  const other = run.fork('a')
  run.propose([0, 1])
  other.propose([0, 2])
  const { look, sent } = await start(others[0]!)
  assert.deepEqual(await look(run), [ATTEST(run, others[0]!)])
  assert.deepEqual(await look(other), [])
  assert.match(sent.log.at('warn')[0]!, /not voting/)
  // Back on the first branch it stands by what it said.
  assert.deepEqual(await look(run), [ATTEST(run, others[0]!)])
})

test('a refusal stands, also when the same proposal would be accepted later', async (t) => {
  const { run, start, deliver, others, replica } = await scene(t, THREE)
  await deliver(0, 1, 2)
  run.story.propose([0, 1], hash32('wrong'))
  const first = await start(others[0]!)
  assert.deepEqual(await first.look(), [REFUSE(run, others[0]!)])
  first.journal.close()
  // As if this validator had been wrong, and its next version were right.
  const parentRoot = replica.root
  replica.preview = async (round) => ({ round, parentRoot, state: new Int32Array(), root: hash32('wrong') })
  assert.deepEqual(await (await start(others[0]!)).look(), [REFUSE(run, others[0]!)])
})

test('a leader repeats its proposal after a restart, whatever has arrived meanwhile', async (t) => {
  const { run, start, deliver, leader } = await scene(t, THREE)
  await deliver(0, 1)
  run.story.wait(run.story.round.deadline - run.story.now)
  const first = await start(leader)
  assert.deepEqual(await first.look(), [PROPOSE(run, [0, 1])])
  first.journal.close()
  await deliver(2)
  assert.deepEqual(await (await start(leader)).look(), [PROPOSE(run, [0, 1])])
})

test('the next attempt is another vote', async (t) => {
  const { run, start, deliver, others, leader } = await scene(t, THREE)
  await deliver(0, 1, 2)
  run.story.propose([0, 1], hash32('wrong'))
  const next = run.fork('a')
  next.story.refuse(...others).drawLeader()
  const voter = others.find((slot) => slot !== next.story.round.leader)!
  const { look } = await start(voter)
  assert.deepEqual(await look(run), [REFUSE(run, voter)])
  assert.deepEqual(await look(next), [], 'before the new leader has proposed')
  next.propose([0, 1, 2])
  assert.deepEqual(await look(next), [ATTEST(next, voter)])
  assert.equal(next.story.round.attempt, 2)
  assert.notEqual(voter, leader)
})

test('a round that opened anew on a chain that lost blocks is another vote', async (t) => {
  const { run, store, start, deliver } = await scene(t, THREE)
  await deliver(0, 1, 2)
  const again = await TinyStory.begin({ store, miners: 3, chain: 'b', params: { roundsPerEpoch: 10 } })
  await again.toAttest([[0, 44]])
  const leaders = [run.story.round.leader, again.story.round.leader]
  const voter = [0, 1, 2].find((slot) => !leaders.includes(slot))!
  const { look } = await start(voter)
  run.propose([0, 1])
  again.propose([0])
  assert.deepEqual(await look(run), [ATTEST(run, voter)])
  assert.deepEqual(await look(again), [ATTEST(again, voter)])
})

test('says nothing on a state that it does not stand on', async (t) => {
  const { run, start, deliver, replica } = await scene(t, THREE)
  await deliver(0, 1, 2)
  run.propose([0, 1]).story.finalize()
  await run.toAttest([[0, 99]])
  await deliver(0)
  const { look } = await start(run.story.round.leader)
  assert.deepEqual(await look(), [])
  const [{ parentRoot, end }] = run.story.state.rounds as [RoundState]
  assert.ok(end?.kind === 'final')
  const included = [0, 1].map((slot) => run.made.get(`1/${slot}`)!.contribution)
  await replica.apply({ round: 1n, parentRoot, root: end.root }, async () => included)
  assert.deepEqual(await look(), [PROPOSE(run, [0])])
})

test('one that has no vote in the round is silent, and so is everyone in every other phase', async (t) => {
  const { run, start, deliver } = await scene(t, THREE)
  await deliver(0, 1, 2)
  run.propose([0])
  const { look } = await start(3)
  assert.deepEqual(await look(), [])
  const { story } = await TinyStory.begin()
  for (const step of [() => story.openRound(), () => story.commit(0).callCommits(), () => story.openReveal()]) {
    step()
    assert.deepEqual(await look({ story }), [], story.state.phase)
  }
})

/** What these miners send ruins the model; a single one of them would be clipped to what the others send. */
async function withPoison(run: TinyStory): Promise<void> {
  const { story } = run
  story.openRound()
  for (const [slot, seed] of THREE) story.commit(slot, (await run.contribute(slot, seed, { size: 3 })).opening)
  story.openReveal().reveal(0, 1, 2).drawLeader()
}

test('a model that gets worse is attested as worse by everyone, the round is void and training goes on', async (t) => {
  const { run, replica, start, deliver, leader, others } = await scene(t, withPoison)
  await deliver(0, 1, 2)
  const { parentRoot } = run.story.round
  const first = await start(leader)
  assert.deepEqual(await first.look(), [PROPOSE(run, [0, 1, 2], true)])
  assert.equal(first.sent.log.with('the proposed model is worse than the present one').length, 1)
  first.journal.close()
  run.story.propose([0, 1, 2], run.rootOf([0, 1, 2]), true)
  for (const slot of others) {
    const { look, journal } = await start(slot)
    // The second vote is the one that ends the phase.
    assert.deepEqual(await look(), [ATTEST(run, slot, true)])
    journal.close()
  }
  for (const slot of others) run.story.attest(slot, true)
  run.story.void('WorseModel')
  assert.equal(run.story.state.stateRoot, parentRoot)

  await run.toAttest(THREE)
  await deliver(0, 1, 2)
  assert.equal(run.story.round.parentRoot, replica.root)
  const next = await start(run.story.round.leader)
  assert.deepEqual(await next.look(), [PROPOSE(run, [0, 1, 2])])
})

test('a model whose loss is no number is worse', async (t) => {
  const genesis = toFloat(bundle.genesis)
  const isGenesis = ({ parameters }: LossRequest) => parameters.every((value, i) => value === genesis[i])
  const { run, start, deliver, others } = await scene(t, THREE, {
    loss: (request) =>
      isGenesis(request)
        ? program.loss(request)
        : Promise.reject(new TesseraError('training/not-finite', 'a loss is not finite')),
  })
  await deliver(0, 1, 2)
  run.propose([0, 1, 2])
  const [slot = 0] = others
  assert.deepEqual(await (await start(slot)).look(), [ATTEST(run, slot, true)])
})

test('what cannot be measured in time is attested as not worse, and that is said', async (t) => {
  const never = Promise.withResolvers<Float32Array>()
  const { run, start, deliver, others } = await scene(t, withPoison, { loss: () => never.promise })
  await deliver(0, 1, 2)
  run.propose([0, 1, 2])
  const [slot = 0] = others
  const { glance, sent } = await start(slot)
  assert.deepEqual(await glance(), [])
  // A quarter of the leader's 40 s.
  run.story.wait(9)
  assert.deepEqual(await glance(), [])
  run.story.wait(1)
  assert.deepEqual(await glance(), [ATTEST(run, slot)])
  assert.match(sent.log.at('warn').join(), /could not be measured in time/)
  never.resolve(new Float32Array(4))
})

test('a leader that cannot measure in time proposes all the same, with what it had chosen', async (t) => {
  const never = Promise.withResolvers<Float32Array>()
  const { run, start, deliver, leader } = await scene(t, THREE, { loss: () => never.promise })
  await deliver(0, 1)
  const { glance } = await start(leader)
  run.story.wait(run.story.round.deadline - 20n - run.story.now)
  assert.deepEqual(await glance(), [])
  await deliver(2)
  // Five eighths of its time.
  run.story.wait(4)
  assert.deepEqual(await glance(), [])
  run.story.wait(1)
  assert.deepEqual(await glance(), [PROPOSE(run, [0, 1])])
  never.resolve(new Float32Array(4))
})

test('a proposal that comes too late to be measured gets no vote, but an empty or a wrong one does', async (t) => {
  for (const kind of ['late', 'empty', 'wrong']) {
    const { run, start, deliver, others } = await scene(t, withPoison)
    await deliver(0, 1, 2)
    run.story.wait(run.story.round.deadline - 6n - run.story.now)
    const included = kind === 'empty' ? [] : [0, 2]
    run.story.propose(included, kind === 'wrong' ? hash32('wrong') : run.rootOf(included))
    const [slot = 0] = others
    const { look, sent } = await start(slot)
    const expected = { late: [], empty: [ATTEST(run, slot)], wrong: [REFUSE(run, slot)] }[kind]
    assert.deepEqual(await look(), expected, kind)
    assert.equal(sent.log.with('not voting: the proposal came too late to be measured').length, kind === 'late' ? 1 : 0)
  }
})

test('trouble of the measuring itself is told, and tried again', async (t) => {
  const trouble = new TesseraError('training/session-failed', 'no')
  let fails = true
  const { run, start, deliver, others } = await scene(t, THREE, {
    loss: (request) => (fails ? Promise.reject(trouble) : program.loss(request)),
  })
  await deliver(0, 1, 2)
  run.propose([0, 1])
  const [slot = 0] = others
  const { look } = await start(slot)
  await assert.rejects(look(), trouble)
  fails = false
  assert.deepEqual(await look(), [ATTEST(run, slot)])
})

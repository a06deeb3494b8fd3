import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { attest } from '@tessera/chain/actions/attest'
import { propose } from '@tessera/chain/actions/propose'
import { refuse } from '@tessera/chain/actions/refuse'
import { ContributionReader } from '@tessera/node/contributionReader'
import { revealedIn } from '@tessera/node/runView'
import { memoryStore, openJournal, openReplica, tempFolder } from '@tessera/node/testing/parts'
import { DEPLOYMENT, Sent } from '@tessera/node/testing/recorders'
import { hash32, minerAddress, RUN, STORY_PARAMS } from '@tessera/node/testing/runStory'
import { tinyRun } from '@tessera/node/testing/tinyRun'
import { TinyStory } from '@tessera/node/testing/tinyStory'
import { bitmapOf } from '@tessera/protocol/bitmap'
import type { Hex } from '@tessera/protocol/hex'
import type { RoundState } from '@tessera/protocol/runState'
import type { EmbeddedStore } from '@tessera/storage/embeddedStore'
import { Attester } from './attester.ts'
import { Collector } from './collector.ts'

const tiny = await tinyRun()

type Seeds = readonly (readonly [number, number])[]

interface SceneOptions {
  readonly miners?: number
  readonly maxIncluded?: number
  readonly ratings?: Readonly<Record<Hex, number>>
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
    const service = new Attester({
      run: RUN,
      slotOf: () => slot,
      deployment: DEPLOYMENT,
      actor: sent.actor,
      journal,
      reader,
      collector,
      replica,
      logger: sent.log.logger,
      ratingOf: (_, operator) => options.ratings?.[operator] ?? Number.NEGATIVE_INFINITY,
    })
    /** One look at the chain, after the collector is done. */
    const look = async ({ story }: Pick<TinyStory, 'story'> = run) => {
      await Promise.all(revealedIn(story.state, story.round.id).map((one) => collector.read(one)))
      await service.step(story.view)
      return sent.take()
    }
    return { service, sent, journal, look }
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

const PROPOSE = (run: TinyStory, slots: readonly number[]) => {
  const { id: round, attempt } = run.story.round
  return propose(DEPLOYMENT, { run: RUN, round, attempt, included: bitmapOf(slots), nextRoot: run.rootOf(slots) })
}
const about = ({ story }: TinyStory) => ({ run: RUN, round: story.round.id, attempt: story.round.attempt })
const ATTEST = (run: TinyStory) => {
  const { included, nextRoot } = run.story.round
  return attest(DEPLOYMENT, { ...about(run), included, nextRoot })
}
const REFUSE = (run: TinyStory) => refuse(DEPLOYMENT, about(run))

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
  assert.deepEqual(await look(), [ATTEST(run)])
  run.story.vote('Attested', others[0]!)
  assert.deepEqual(await look(), [])
})

test('an empty set is attested: what is not included is the leader’s choice', async (t) => {
  const { run, start, deliver, others } = await scene(t, THREE)
  await deliver(0, 1, 2)
  run.propose([])
  assert.deepEqual(await (await start(others[0]!)).look(), [ATTEST(run)])
})

test('a wrong root is refused', async (t) => {
  const { run, start, deliver, others } = await scene(t, THREE)
  await deliver(0, 1, 2)
  run.story.propose([0, 1], run.rootOf([0, 2]))
  const { look, sent } = await start(others[0]!)
  assert.deepEqual(await look(), [REFUSE(run)])
  assert.deepEqual(sent.log.with('proposal names a wrong root')[0]?.context, {
    round: 1n,
    computed: run.rootOf([0, 1]),
    proposed: run.rootOf([0, 2]),
  })
  run.story.vote('Refused', others[0]!)
  assert.deepEqual(await look(), [])
})

test('a set with a contribution that breaks the rules is refused, whatever else is still missing', async (t) => {
  const { run, start, others } = await scene(t, withFaults)
  run.propose([0, 2])
  const { look, sent } = await start(others[0]!)
  assert.deepEqual(await look(), [REFUSE(run)])
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
  assert.deepEqual(await (await start(others[0]!)).look(), [ATTEST(run)])
})

test('does not vote while a contribution of the set is missing', async (t) => {
  const { run, start, deliver, others } = await scene(t, THREE)
  await deliver(0)
  run.propose([0, 2])
  const { look } = await start(others[0]!)
  assert.deepEqual(await look(), [])
  await deliver(2)
  assert.deepEqual(await look(), [ATTEST(run)])
})

test('repeats its vote until it is on chain, also after a restart', async (t) => {
  const { run, start, deliver, others } = await scene(t, THREE)
  await deliver(0, 1, 2)
  run.propose([0, 1])
  const first = await start(others[0]!)
  first.sent.reply = () => 'RunWrongPhase'
  assert.deepEqual(await first.look(), [ATTEST(run)])
  assert.deepEqual(await first.look(), [ATTEST(run)])
  first.journal.close()
  assert.deepEqual(await (await start(others[0]!)).look(), [ATTEST(run)])
})

test('votes once in an attempt: another proposal of it gets none', async (t) => {
  const { run, start, deliver, others } = await scene(t, THREE)
  await deliver(0, 1, 2)
  // The chain loses the proposal, and the leader makes another one.
  const other = run.fork('a')
  run.propose([0, 1])
  other.propose([0, 2])
  const { look, sent } = await start(others[0]!)
  assert.deepEqual(await look(run), [ATTEST(run)])
  assert.deepEqual(await look(other), [])
  assert.match(sent.log.at('warn')[0]!, /not voting/)
  // Back on the first branch it stands by what it said.
  assert.deepEqual(await look(run), [ATTEST(run)])
})

test('a refusal stands, also when the same proposal would be accepted later', async (t) => {
  const { run, start, deliver, others, replica } = await scene(t, THREE)
  await deliver(0, 1, 2)
  run.story.propose([0, 1], hash32('wrong'))
  const first = await start(others[0]!)
  assert.deepEqual(await first.look(), [REFUSE(run)])
  first.journal.close()
  // As if this validator had been wrong, and its next version were right.
  const parentRoot = replica.root
  replica.preview = async (round) => ({ round, parentRoot, state: new Int32Array(), root: hash32('wrong') })
  assert.deepEqual(await (await start(others[0]!)).look(), [REFUSE(run)])
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
  next.story.vote('Refused', ...others).drawLeader()
  const voter = others.find((slot) => slot !== next.story.round.leader)!
  const { look } = await start(voter)
  assert.deepEqual(await look(run), [REFUSE(run)])
  assert.deepEqual(await look(next), [], 'before the new leader has proposed')
  next.propose([0, 1, 2])
  assert.deepEqual(await look(next), [ATTEST(next)])
  assert.equal(next.story.round.attempt, 2)
  assert.notEqual(voter, leader)
})

test('a round that opened anew on a chain that lost blocks is another vote', async (t) => {
  const { run, store, start, deliver } = await scene(t, THREE)
  await deliver(0, 1, 2)
  const again = await TinyStory.begin({ store, miners: 3, chain: 'b', params: { roundsPerEpoch: 10 } })
  await again.toAttest([[0, 44]])
  const leaders = [run.story.round.leader, again.story.round.leader]
  const { look } = await start([0, 1, 2].find((slot) => !leaders.includes(slot))!)
  run.propose([0, 1])
  again.propose([0])
  assert.deepEqual(await look(run), [ATTEST(run)])
  assert.deepEqual(await look(again), [ATTEST(again)])
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

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Hex } from '@tessera/protocol/hex'
import type { EmbeddedStore } from '@tessera/storage/embeddedStore'
import { ContributionReader } from '../contributionReader.ts'
import type { Replica } from '../replica.ts'
import { memoryStore, openReplica, tempFolder } from '../testing/parts.ts'
import { hash32 } from '../testing/storyParts.ts'
import { tinyRun } from '../testing/tinyRun.ts'
import { TinyStory } from '../testing/tinyStory.ts'
import { StateKeeper } from './stateKeeper.ts'

interface Told {
  readonly round: bigint
  readonly root: Hex
  /** Root that the replica stood on when it was told. */
  readonly held: Hex
}

async function scene(t: TestContext, options: { store?: EmbeddedStore; replica?: Replica } = {}) {
  const { bundle } = await tinyRun()
  const store = options.store ?? (await memoryStore(t))
  const replica = options.replica ?? (await openReplica(t))
  const { signal } = new AbortController()
  const reader = new ContributionReader({ bundle, store, sources: () => [], deadlineMs: 60_000, signal })
  const told: Told[] = []
  const onState = async (round: bigint, root: Hex) => {
    told.push({ round, root, held: replica.root })
  }
  return { store, replica, reader, told, service: new StateKeeper({ replica, reader, onState }) }
}

const GENESIS = (await tinyRun()).manifest.genesis.root
const AT_GENESIS: Told = { round: 0n, root: GENESIS, held: GENESIS }

/** The genesis, then each final round. */
const told = (story: TinyStory['story']): Told[] => [
  AT_GENESIS,
  ...story.state.rounds.flatMap(({ id, end }) =>
    end?.kind === 'final' ? { round: id, root: end.root, held: end.root } : [],
  ),
]

test('folds in all rounds that are final and tells of each while it stands on it', async (t) => {
  const { store, service, replica, told: heard } = await scene(t)
  const run = await TinyStory.begin({ store, params: { roundsPerEpoch: 10 } })
  await service.step(run.story.view)
  assert.deepEqual(heard, [AT_GENESIS])
  await service.step(run.story.view)
  assert.deepEqual(heard, [AT_GENESIS])
  await run.finalRound([0, 1])
  run.story.openRound().callCommits().void('NothingRevealed')
  await run.finalRound([1])
  await run.toAttest([[0, 5]])

  await service.step(run.story.view)
  assert.deepEqual(heard, told(run.story))
  assert.equal(heard.length, 3)
  assert.equal(replica.root, run.story.state.stateRoot)
  assert.deepEqual(replica.state, run.stateOf(replica.root))
  await service.step(run.story.view)
  assert.equal(heard.length, 3)

  run.propose([0]).story.finalize()
  await service.step(run.story.view)
  assert.deepEqual(heard, told(run.story))
})

test('includes what the round included, and not all that was revealed', async (t) => {
  const { store, service, replica } = await scene(t)
  const run = await TinyStory.begin({ store, miners: 3 })
  const seeds = [0, 1, 2].map((slot) => [slot, 7 + slot] as const)
  await run.toAttest(seeds)
  run.propose([0, 2]).story.finalize()
  await service.step(run.story.view)
  assert.equal(replica.root, run.story.state.stateRoot)
})

test('waits for a contribution that is not to be had, and goes on from there', async (t) => {
  const { store, service, replica, told: heard } = await scene(t)
  const run = await TinyStory.begin({ store: await memoryStore(t) })
  await run.finalRound([0, 1])
  await store.put(run.made.get('1/0')!.blob, { round: 1, maxBytes: 10_000 })
  await assert.rejects(service.step(run.story.view), { code: 'node/contribution-unavailable', retryable: true })
  assert.equal(replica.round, 0n)
  assert.deepEqual(heard, [AT_GENESIS])
  await store.put(run.made.get('1/1')!.blob, { round: 1, maxBytes: 10_000 })
  await service.step(run.story.view)
  assert.equal(replica.root, run.story.state.stateRoot)
})

test('stops when the validators have attested a contribution that breaks the rules', async (t) => {
  const { store, service, replica } = await scene(t)
  const run = await TinyStory.begin({ store })
  run.story.openRound()
  const made = await run.contribute(0, 1)
  const stolen = await run.contribute(1, 2, { miner: run.story.round.minerOperators.get(0)! })
  run.story.commit(0, made.opening).commit(1, stolen.opening).openReveal().reveal(0, 1).drawLeader()
  run.propose([0, 1]).story.finalize()
  await assert.rejects(service.step(run.story.view), {
    code: 'node/invalid-included',
    retryable: false,
    context: { round: 1n, detail: 'contribution/wrong-miner', held: replica.root },
  })
  assert.equal(replica.round, 0n)
})

test('stops when the validators have attested a wrong root', async (t) => {
  const { store, service } = await scene(t)
  const run = await TinyStory.begin({ store })
  await run.toAttest([
    [0, 1],
    [1, 2],
  ])
  run.story.propose([0, 1], hash32('wrong')).finalize()
  await assert.rejects(service.step(run.story.view), { code: 'replica/root-mismatch', retryable: false })
})

test('reads nothing for a round that this node has worked out already', async (t) => {
  const { service, replica, told: heard } = await scene(t)
  const run = await TinyStory.begin({ store: await memoryStore(t) })
  await run.finalRound([0, 1])
  await replica.preview(1n, [run.made.get('1/0')!.contribution, run.made.get('1/1')!.contribution])
  await service.step(run.story.view)
  assert.deepEqual(heard, told(run.story))
})

test('a node that goes on from its disk does not tell of the genesis', async (t) => {
  const folder = await tempFolder(t)
  const before = await scene(t, { replica: await openReplica(t, { folder }) })
  const run = await TinyStory.begin({ store: before.store })
  await run.finalRound([0, 1])
  await before.service.step(run.story.view)
  const after = await scene(t, { store: before.store, replica: await openReplica(t, { folder }) })
  await after.service.step(run.story.view)
  assert.deepEqual(after.told, [])
  assert.equal(after.replica.root, run.story.state.stateRoot)
})

test('follows the chain to another branch', async (t) => {
  const { store, service, replica, told: heard } = await scene(t)
  const run = await TinyStory.begin({ store })
  await run.finalRound([0, 1])
  const before = run.fork('b')
  await run.finalRound([0])
  await service.step(run.story.view)
  await before.finalRound([1])
  await service.step(before.story.view)
  assert.equal(replica.root, before.story.state.stateRoot)
  assert.deepEqual(
    heard.map(({ round }) => round),
    [0n, 1n, 2n, 2n],
  )
})

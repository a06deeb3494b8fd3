import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { aggregate } from '@tessera/protocol/aggregate'
import type { Contribution } from '@tessera/protocol/contribution'
import type { Hex } from '@tessera/protocol/hex'
import type { FinalRound } from '@tessera/protocol/runView'
import { stateRoot, stateTree } from '@tessera/protocol/state'
import { toFloat } from '@tessera/training/parameters'
import { CodecPool } from './codecPool/pool.ts'
import type { Replica } from './replica.ts'
import { openReplica, tempFolder } from './testing/parts.ts'
import { hash32, minerAddress, RUN } from './testing/storyParts.ts'
import { makeContribution, tinyRun } from './testing/tinyRun.ts'

interface Step {
  readonly final: FinalRound
  readonly contributions: readonly Contribution[]
  readonly state: Int32Array
}

const tiny = await tinyRun()
const GENESIS = tiny.manifest.genesis.root

/** What a round of two contributions comes to, by the protocol's functions and without the replica. */
async function stepAfter(before: { root: Hex; state: Int32Array }, round: bigint, seed: number): Promise<Step> {
  const { layout, manifest } = tiny
  const contributions = await Promise.all(
    [0, 1].map(async (n) => {
      const request = { round, miner: minerAddress(n), baseRoot: before.root, seed: 100 * seed + n }
      return (await makeContribution(request)).contribution
    }),
  )
  const state = aggregate(before.state, contributions, layout, manifest.aggregation)
  const treeRoot = stateTree(state, layout).root
  const root = stateRoot({ run: RUN, round, parentRoot: before.root, treeRoot })
  return { final: { round, parentRoot: before.root, root }, contributions, state }
}

/** A lineage from genesis; rounds have the numbers given. */
async function chainOf(seed: number, rounds: readonly bigint[]): Promise<Step[]> {
  const steps: Step[] = []
  for (const round of rounds) {
    const last = steps.at(-1)
    const before = last === undefined ? { root: GENESIS, state: tiny.bundle.genesis } : { ...last.final, ...last }
    steps.push(await stepAfter(before, round, seed))
  }
  return steps
}

async function applyAll(replica: Replica, steps: readonly Step[]): Promise<void> {
  for (const { final, contributions } of steps) await replica.apply(final, async () => contributions)
}

const finals = (steps: readonly Step[]): FinalRound[] => steps.map(({ final }) => final)
const never = (): Promise<never> => Promise.reject(new Error('contributions were asked for again'))
const first = await chainOf(1, [1n, 2n, 4n, 5n])
const other = await chainOf(2, [1n, 2n])

async function filesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).sort()
}

function open(t: TestContext, folder?: string): Promise<Replica> {
  return openReplica(t, folder === undefined ? {} : { folder })
}

test('starts at the genesis', async (t) => {
  const replica = await open(t)
  assert.equal(replica.round, 0n)
  assert.equal(replica.root, GENESIS)
  assert.deepEqual(replica.state, tiny.bundle.genesis)
  assert.deepEqual(replica.parameters, toFloat(tiny.bundle.genesis))
  assert.equal(await replica.next([]), undefined)
})

test('a genesis that is not the one on chain is refused', async (t) => {
  const genesis = tiny.bundle.genesis.slice()
  genesis[17] = (genesis[17] as number) + 1
  await assert.rejects(openReplica(t, { genesis }), { code: 'replica/genesis-mismatch', retryable: false })
  await assert.rejects(openReplica(t, { genesisRoot: hash32('other') }), { code: 'replica/genesis-mismatch' })
})

test('folds in the contributions of each final round and ends where the chain is', async (t) => {
  const replica = await open(t)
  const lineage = finals(first)
  for (const step of first) {
    assert.deepEqual(await replica.next(lineage), step.final)
    await replica.apply(step.final, async () => step.contributions)
    assert.equal(replica.round, step.final.round)
    assert.equal(replica.root, step.final.root)
    assert.deepEqual(replica.state, step.state)
    assert.deepEqual(replica.parameters, toFloat(step.state))
  }
  assert.equal(await replica.next(lineage), undefined)
})

test('a root that the contributions do not give is refused, and the state stays', async (t) => {
  const folder = await tempFolder(t)
  const replica = await open(t, folder)
  const [step] = first
  const wrong = { ...step!.final, root: hash32('wrong') }
  // One contribution short.
  await assert.rejects(
    replica.apply(step!.final, async () => step!.contributions.slice(1)),
    { code: 'replica/root-mismatch' },
  )
  await assert.rejects(
    replica.apply(wrong, async () => step!.contributions),
    {
      code: 'replica/root-mismatch',
      retryable: false,
      context: { round: 1n, computed: step!.final.root, attested: wrong.root },
    },
  )
  assert.equal(replica.root, GENESIS)
  assert.deepEqual(await filesIn(folder), [])
  await replica.apply(step!.final, async () => step!.contributions)
  assert.equal(replica.root, step!.final.root)
})

test('a round that does not follow the held state is not applied', async (t) => {
  const replica = await open(t)
  await assert.rejects(
    replica.apply(first[1]!.final, async () => first[1]!.contributions),
    { code: 'replica/not-next', retryable: true },
  )
  assert.equal(replica.round, 0n)
})

test('the memory of a state that was left serves the next one, and what was handed out stays', async (t) => {
  const codec = new CodecPool({ smallModel: 0, workers: 2 })
  t.after(() => codec.close())
  const replica = await openReplica(t, { codec })
  const memory: ArrayBufferLike[] = []
  for (const [index, { final, contributions, state }] of first.entries()) {
    // Another proposal first, which nobody agrees to, or two at once.
    if (index < 2) await Promise.all([1, 2].map((from) => replica.preview(final.round, contributions.slice(0, from))))
    await replica.apply(final, async () => contributions)
    assert.deepEqual(Array.from(replica.state), Array.from(state))
    memory.push(replica.state.buffer)
    const copy = await replica.stateAt(final.root, finals(first))
    const next = first[index + 1]
    if (next !== undefined) await replica.preview(next.final.round, next.contributions)
    assert.deepEqual(Array.from(copy ?? []), Array.from(state))
  }
  assert.ok(new Set(memory).size < memory.length, 'some memory was used again')
  assert.deepEqual(Array.from((await replica.stateAt(GENESIS, [])) ?? []), Array.from(tiny.bundle.genesis))
})

test('a preview that became final is not computed again, and no other is taken for it', async (t) => {
  const replica = await open(t)
  const [step, second] = first
  const preview = await replica.preview(1n, step!.contributions)
  assert.equal(preview.root, step!.final.root)
  assert.equal(replica.root, GENESIS, 'a preview moves nothing')
  await replica.apply(step!.final, never)
  assert.deepEqual(replica.state, step!.state)

  // The leader's own proposal differed from the one that became final.
  await replica.preview(2n, second!.contributions.slice(1))
  await replica.apply(second!.final, async () => second!.contributions)
  assert.deepEqual(replica.state, second!.state)
  // What was previewed for the state before is of no use now.
  await assert.rejects(replica.apply(first[2]!.final, never), /asked for again/)
})

test('the order of contributions does not matter', async (t) => {
  const replica = await open(t)
  await replica.apply(first[0]!.final, async () => first[0]!.contributions.toReversed())
  assert.equal(replica.root, first[0]!.final.root)
})

test('steps back to the newest state in the lineage when the chain lost blocks', async (t) => {
  const replica = await open(t)
  await applyAll(replica, first.slice(0, 3))
  // The third final round is gone, another one came in its place.
  const replaced = await stepAfter({ ...first[1]!.final, ...first[1]! }, 3n, 9)
  const lineage = [...finals(first.slice(0, 2)), replaced.final]
  assert.deepEqual(await replica.next(lineage), replaced.final)
  assert.equal(replica.round, 2n)
  assert.deepEqual(replica.state, first[1]!.state)
  await replica.apply(replaced.final, async () => replaced.contributions)
  assert.equal(replica.root, replaced.final.root)
})

test('steps back when blocks are gone and nothing came in their place', async (t) => {
  const replica = await open(t)
  await applyAll(replica, first.slice(0, 2))
  assert.equal(await replica.next(finals(first.slice(0, 1))), undefined)
  assert.equal(replica.root, first[0]!.final.root)
  assert.deepEqual(replica.parameters, toFloat(first[0]!.state))
  assert.equal(await replica.next([]), undefined)
  assert.equal(replica.root, GENESIS)
  assert.equal(replica.round, 0n)
})

test('steps back to the genesis when nothing that it has is in the lineage', async (t) => {
  const replica = await open(t)
  await applyAll(replica, first.slice(0, 2))
  assert.deepEqual(await replica.next(finals(other)), other[0]!.final)
  assert.equal(replica.root, GENESIS)
  await applyAll(replica, other)
  assert.deepEqual(replica.state, other[1]!.state)
})

test('goes on from disk after a restart', async (t) => {
  const folder = await tempFolder(t)
  await applyAll(await open(t, folder), first.slice(0, 3))
  const replica = await open(t, folder)
  assert.equal(replica.round, 0n)
  assert.deepEqual(await replica.next(finals(first)), first[3]!.final)
  assert.equal(replica.round, 4n)
  assert.deepEqual(replica.state, first[2]!.state)

  const upToDate = await open(t, folder)
  assert.equal(await upToDate.next(finals(first.slice(0, 3))), undefined)
  assert.deepEqual(upToDate.state, first[2]!.state)
})

test('a damaged or cut state file counts as none', async (t) => {
  const damages: Record<string, (bytes: Uint8Array) => Uint8Array> = {
    'a flipped bit': (bytes) => bytes.with(1000, (bytes[1000] as number) ^ 4),
    'cut short': (bytes) => bytes.subarray(0, -4),
    'a byte more': (bytes) => Uint8Array.from([...bytes, 0]),
    empty: () => new Uint8Array(),
  }
  for (const [how, damage] of Object.entries(damages)) {
    const folder = await tempFolder(t)
    await applyAll(await open(t, folder), first.slice(0, 2))
    const newest = (await filesIn(folder)).at(-1)!
    await writeFile(join(folder, newest), damage(await readFile(join(folder, newest))))

    const replica = await open(t, folder)
    assert.deepEqual(await replica.next(finals(first.slice(0, 2))), first[1]!.final, how)
    assert.deepEqual(replica.state, first[0]!.state, how)
    assert.deepEqual((await filesIn(folder)).includes(newest), false, how)
    await replica.apply(first[1]!.final, async () => first[1]!.contributions)
    assert.deepEqual((await filesIn(folder)).includes(newest), true, how)
  }
})

test('what is in the way of a state file is told, not taken for a missing one', async (t) => {
  const folder = await tempFolder(t)
  await applyAll(await open(t, folder), first.slice(0, 1))
  const [file] = await filesIn(folder)
  const replica = await openReplica(t, { folder })
  await rm(join(folder, file!))
  await mkdir(join(folder, file!))
  await assert.rejects(replica.next(finals(first.slice(0, 1))), { code: 'file/not-a-file' })
})

test('keeps as many states on disk as it is told, the newest ones', async (t) => {
  const folder = await tempFolder(t)
  const replica = await openReplica(t, { folder, keep: 2 })
  await applyAll(replica, first)
  const kept = first
    .slice(2)
    .map(({ final }) => `${String(final.round).padStart(10, '0')}-${final.root.slice(2)}.state`)
  assert.deepEqual(await filesIn(folder), kept)
})

test('states of a chain that is gone do not push out those of the present one', async (t) => {
  const folder = await tempFolder(t)
  const replica = await openReplica(t, { folder, keep: 2 })
  await applyAll(replica, first)
  await replica.next(finals(other))
  await applyAll(replica, other)
  assert.equal((await filesIn(folder)).length, 2)
  const restarted = await openReplica(t, { folder, keep: 2 })
  assert.equal(await restarted.next(finals(other)), undefined)
  assert.equal(restarted.root, other[1]!.final.root)
})

test('past states are to be had as long as they are kept', async (t) => {
  const replica = await openReplica(t, { keep: 2 })
  await applyAll(replica, first)
  const lineage = finals(first)
  assert.deepEqual(await replica.stateAt(GENESIS, lineage), tiny.bundle.genesis)
  assert.deepEqual(await replica.stateAt(first[3]!.final.root, lineage), first[3]!.state)
  assert.deepEqual(await replica.stateAt(first[2]!.final.root, lineage), first[2]!.state)
  assert.equal(await replica.stateAt(first[0]!.final.root, lineage), undefined)
  assert.equal(await replica.stateAt(hash32('unknown'), lineage), undefined)
})

test('a round that was refuted is stepped back from, and the next one follows its parent', async (t) => {
  const folder = await tempFolder(t)
  const replica = await open(t, folder)
  await applyAll(replica, first.slice(0, 2))
  const lineage = finals(first.slice(0, 1))
  // The chain has undone round 2: nothing is to be applied, and the state is that of round 1.
  assert.equal(await replica.next(lineage), undefined)
  assert.equal(replica.root, lineage[0]?.root)
  assert.deepEqual(replica.state, first[0]?.state)
  const step = await stepAfter({ ...first[0]!.final, state: first[0]!.state }, 4n, 9)
  assert.deepEqual(await replica.next([...lineage, step.final]), step.final)
  await replica.apply(step.final, async () => step.contributions)
  assert.deepEqual(replica.state, step.state)
  // All is undone, down to the genesis.
  assert.equal(await replica.next([]), undefined)
  assert.equal(replica.root, GENESIS)
})

// Rounds that overlap: each is trained while the one before it is revealed and attested. A round without commitments and a restart of
// all miners in between; at the end one root everywhere, and pay that is explained to the wei.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { explain } from '@tessera/chain/explainPayout'
import type { Followed } from '@tessera/chain/follow'
import { hasSlot } from '@tessera/protocol/bitmap'
import type { RunState } from '@tessera/protocol/runState'
import { lineageOf } from '@tessera/protocol/runView'
import { overlapPreset } from './harness/preset.ts'
import { until } from './harness/until.ts'
import { type NodeRecord, openWorld, type World } from './harness/world.ts'

const LIMIT_MS = 240_000
const MINERS = ['miner-1', 'miner-2']
const VALIDATORS = ['validator-1', 'validator-2']
let world: World

before(async () => {
  world = await openWorld({ miners: 2, validators: 2, preset: overlapPreset })
  world.startAll(...VALIDATORS, ...MINERS)
})

after(() => world?.close())

function wait(what: string, condition: (state: RunState) => boolean): Promise<Followed> {
  const limits = { signal: world.signal, limitMs: LIMIT_MS }
  return until(world.follower, what, ({ state }) => condition(state), limits)
}

const finals = (state: RunState): number => lineageOf(state).length

/** What a node has logged, in order. */
function told(node: string, event: string): NodeRecord[] {
  return world.records.filter((record) => record.node === node && record.event === event)
}

/** Rounds that the node began to train before it knew how the round before had ended. */
function begunAhead(node: string): number[] {
  const records = world.records.filter((record) => record.node === node)
  return records.flatMap((record, at) => {
    const round = Number(record.round)
    const ends = records.findIndex((other) => other.event === 'state' && Number(other.round) === round - 1)
    return record.event === 'training' && round > 1 && ends > at ? [round] : []
  })
}

test('each round is trained before the one before it is final, and what comes of it is included', async () => {
  const { state } = await wait('four final rounds', (now) => finals(now) >= 4)
  for (const node of MINERS) {
    const ahead = begunAhead(node)
    assert.ok(ahead.length > 0, `${node} began ${told(node, 'training').map(({ round }) => round)}, none ahead`)
    for (const round of ahead) {
      const end = state.rounds[round - 1]?.end
      if (end === null || end === undefined) continue
      const slot = [...state.miners.values()].find(
        ({ operator }) => operator === world.members.get(node)?.operator,
      )?.slot
      assert.ok(end.kind === 'final' && hasSlot(end.included, slot ?? -1), `round ${round} of ${node}`)
    }
  }
  const faults = world.records.filter(({ msg }) => msg === 'contribution rejected')
  assert.deepEqual(faults, [])
})

test('after a round without commitments all goes on, with miners that were started again', async () => {
  await wait('a round that is being decided', ({ phase }) => phase === 'Attest' || phase === 'Reveal')
  for (const node of MINERS) world.child(node).kill('SIGKILL')
  await Promise.all(MINERS.map((node) => world.child(node).exited))
  await wait('a round without commitments', ({ rounds }) =>
    rounds.some(({ committed, end }) => committed === 0n && end?.kind === 'void'),
  )
  const count = finals((await wait('a look', () => true)).state)
  world.startAll(...MINERS)
  await wait('three more final rounds', (now) => finals(now) >= count + 3)
  for (const node of MINERS) {
    // Each contribution starts from the remainder of the last one, over the restart too.
    const made = told(node, 'contribution')
    for (const [index, { feedbackFrom, round }] of made.entries())
      if (index > 0) assert.equal(Number(feedbackFrom), Number(made[index - 1]?.round), `round ${round} of ${node}`)
  }
})

test('everyone comes to the root on chain, and pay is explained to the wei', async () => {
  const { state } = await wait('a settled epoch', ({ epochs }) => epochs.get(1n)?.settlement !== null)
  const last = lineageOf(state).at(-1)
  assert.ok(last !== undefined)
  const { signal } = world
  const limits = { signal, limitMs: LIMIT_MS }
  const reached = (node: string): boolean => told(node, 'state').some(({ root }) => root === last.root)
  await until(world.follower, 'the last root everywhere', () => [...MINERS, ...VALIDATORS].every(reached), limits)
  const followed = world.follower.current
  assert.ok(followed !== undefined)
  for (const { operator } of world.members.values()) {
    const of = { operator, holder: operator, source: 0n }
    const { equal, comparisons } = await explain(world.network.chain, followed, 1n, of, { signal })
    assert.ok(
      equal,
      JSON.stringify(comparisons, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
    )
  }
})

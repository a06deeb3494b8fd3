// The dashboard's way to a checkpoint, step by step, when what the chain tells does not fit the blobs.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type FoldScene, foldCheckpoint, planFold, type ReadBlob } from '@tessera/dashboard/model/foldCheckpoint'
import { fetchDefinition } from '@tessera/dashboard/model/runDefinition'
import { MemoryStateCache } from '@tessera/dashboard/model/stateCache'
import { networkEvidence } from '@tessera/dashboard/work/networkEvidence'
import { hash32 } from '@tessera/node/testing/storyParts'
import type { RoundState, RunState } from '@tessera/protocol/runState'
import { DashboardNetwork } from './dashboardNetwork.ts'

async function scene(t: TestContext): Promise<FoldScene & { readonly read: ReadBlob }> {
  const made = await DashboardNetwork.start(t)
  const { state, params } = made.story
  const { signal } = new AbortController()
  const evidence = networkEvidence(made.network)
  const read: ReadBlob = (query) => evidence.readBlob({ ...query, state, signal })
  return { state, definition: await fetchDefinition(params, read), read, cache: new MemoryStateCache(), signal }
}

function withRound(state: RunState, at: number, change: (round: RoundState) => Partial<RoundState>): RunState {
  return {
    ...state,
    rounds: state.rounds.map((round, index) => (index === at ? { ...round, ...change(round) } : round)),
  }
}

async function fold(from: FoldScene): Promise<bigint> {
  return (await foldCheckpoint(from, await planFold(from))).round
}

test('a plan says what is to be fetched, and of what is kept nothing', async (t) => {
  const made = await scene(t)
  const sizes = made.state.rounds.map(({ contributions }) =>
    [...contributions.values()].reduce((sum, { revealed }) => sum + Number(revealed?.size ?? 0n), 0),
  )
  const genesis = made.definition.manifest.genesis.size
  const { rounds, bytes } = await planFold(made)
  assert.deepEqual([rounds, bytes], [2, genesis + (sizes[0] ?? 0) + (sizes[1] ?? 0)])
  assert.equal(await fold(made), 2n)
  const again = await planFold(made)
  assert.deepEqual([again.rounds, again.bytes, again.skipped], [0, 0, 2])
})

test('a root that the blobs do not give is refused', async (t) => {
  const made = await scene(t)
  const end = { kind: 'final', included: 3n, root: hash32('another'), finalBefore: 1 } as const
  const state = withRound(made.state, 1, () => ({ end }))
  await assert.rejects(fold({ ...made, state }), { code: 'model/root-mismatch', message: /^round 2: / })
  const { params } = made.state
  assert.ok(params)
  const genesis = { ...made.state, params: { ...params, genesisRoot: hash32('none') } }
  await assert.rejects(fold({ ...made, state: genesis }), { code: 'model/root-mismatch' })
})

test('an included contribution that is not what was committed to is refused', async (t) => {
  const made = await scene(t)
  const state = withRound(made.state, 0, ({ contributions }) => {
    const first = contributions.get(0)
    assert.ok(first?.revealed)
    const revealed = { ...first.revealed, contributionRoot: hash32('another') }
    return { contributions: new Map(contributions).set(0, { ...first, revealed }) }
  })
  await assert.rejects(fold({ ...made, state }), { code: 'model/invalid-included', message: /^round 1 / })
})

test('a fold that is called off keeps what it has', async (t) => {
  const made = await scene(t)
  const stop = new AbortController()
  const plan = await planFold(made)
  const folding = foldCheckpoint({ ...made, signal: stop.signal }, plan, () => stop.abort(new Error('enough')))
  await assert.rejects(folding, /enough/)
})

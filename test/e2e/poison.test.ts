// Most of the miners send updates that are right in form and ruin the model, so that the median clips the honest one instead of
// them. The validators' loss guard makes such rounds void; the model stays, and training goes on when they are gone.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { RoundState, RunState } from '@tessera/protocol/runState'
import { lineageOf } from '@tessera/protocol/runView'
import { startHostile } from './harness/startHostile.ts'
import { until } from './harness/until.ts'
import { openWorld, type World } from './harness/world.ts'

const LIMIT_MS = 180_000
const POISONERS = ['miner-2', 'miner-3', 'miner-4']
let world: World

before(async () => {
  world = await openWorld({ miners: 4, validators: 3 })
  world.startAll('validator-1', 'validator-2', 'validator-3', 'miner-1')
  for (const name of POISONERS) startHostile(world, name, 'poison')
})

after(() => world?.close())

async function wait(what: string, condition: (state: RunState) => boolean): Promise<RunState> {
  const limits = { signal: world.signal, limitMs: LIMIT_MS }
  return (await until(world.follower, what, (view) => condition(view.state), limits)).state
}

const isWorse = ({ end }: RoundState): boolean => end?.kind === 'void' && end.reason === 'WorseModel'

test('a round that ruins the model is void, and every validator that attested it said so', async () => {
  const state = await wait('a round of a worse model', ({ rounds }) => rounds.some(isWorse))
  const round = state.rounds.find(isWorse)!
  assert.ok(round.included !== 0n)
  assert.equal(round.worse, round.attested)
  const after = state.rounds.find(({ id }) => id === round.id + 1n) ?? state.round
  assert.equal(after?.parentRoot, round.parentRoot, 'the root stays')
  assert.notEqual(round.nextRoot, round.parentRoot)
})

test('without the poison the model goes on from where it was', async () => {
  const before = (await wait('a look', () => true)).rounds.length
  await Promise.all(POISONERS.map((name) => world.child(name).stop()))
  const { state } = await until(
    world.follower,
    'two final rounds of the honest miner',
    ({ state: now }) => lineageOf(now).filter(({ round }) => round > before + 1).length >= 2,
    { signal: world.signal, limitMs: LIMIT_MS },
  )
  const heldOut = world.records.filter(({ event, evalLoss }) => event === 'state' && typeof evalLoss === 'number')
  const losses = heldOut.map(({ evalLoss }) => Number(evalLoss))
  assert.ok(losses.at(-1)! < losses[0]!, losses.join())
  assert.ok(
    losses.every((loss) => loss <= losses[0]! + 0.1),
    losses.join(),
  )
  assert.ok(state.rounds.length > before)
})

// A miner killed in each phase of a round and started again: the network goes on, it commits to no round twice, and no error
// feedback is lost. One absent miner keeps every phase open to its deadline, so that each phase is there to be killed in.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { hasSlot } from '@tessera/protocol/bitmap'
import type { RunState } from '@tessera/protocol/runState'
import { until } from './harness/until.ts'
import { openWorld, type World } from './harness/world.ts'

const LIMIT_MS = 180_000
let world: World

before(async () => {
  world = await openWorld({ miners: 4, validators: 3 })
  // miner-4 has joined and never comes.
  world.startAll('validator-1', 'validator-2', 'validator-3', 'miner-1', 'miner-2', 'miner-3')
  await wait('a first final round', (state) => finals(state) >= 1)
})

after(() => world?.close())

function wait(what: string, condition: (state: RunState) => boolean): Promise<RunState> {
  return until(world.follower, what, (view) => condition(view.state), { signal: world.signal, limitMs: LIMIT_MS }).then(
    ({ state }) => state,
  )
}

function finals(state: RunState): number {
  return state.rounds.filter(({ end }) => end?.kind === 'final').length
}

function slotOf(state: RunState, name: string): number {
  const operator = world.members.get(name)?.operator
  const members = name.startsWith('miner') ? state.miners : state.validators
  return [...members.values()].find((member) => member.operator === operator)?.slot ?? -1
}

function includedIn(state: RunState, round: bigint, name: string): boolean {
  const end = state.rounds[Number(round) - 1]?.end
  return end?.kind === 'final' && hasSlot(end.included, slotOf(state, name))
}

for (const phase of ['Train', 'Commit', 'Reveal', 'Attest'] as const) {
  test(`a miner killed in ${phase} and started again is back with its error feedback and the same commitment`, async () => {
    const before = await wait(`phase ${phase}`, (state) => state.phase === phase && state.round !== null)
    const killedIn = before.round?.id ?? 0n
    world.child('miner-1').kill('SIGKILL')
    await world.child('miner-1').exited
    const kept = world.records.filter((record) => record.node === 'miner-1' && record.event === 'contribution').length
    world.start('miner-1')

    const state = await wait('its next contribution to be included', (now) =>
      now.rounds.some(({ id }) => id > killedIn && includedIn(now, id, 'miner-1')),
    )
    // The contract takes one commitment a round; that the miner never tried a second, different one is in its own log.
    const mine = world.records.filter((record) => record.node === 'miner-1')
    const refusals = mine.filter(
      (record) =>
        JSON.stringify(record).includes('RunAlreadyCommitted') ||
        JSON.stringify(record).includes('RunCommitmentMismatch'),
    )
    assert.deepEqual(refusals, [])
    const contributions = mine.filter((record) => record.event === 'contribution')
    const rounds = contributions.map(({ round }) => Number(round))
    assert.deepEqual(rounds, [...new Set(rounds)], 'two contributions to one round')
    assert.ok(contributions.length > kept)
    // Each contribution starts from the remainder of the last one that the journal has, over the restart too.
    for (const [index, contribution] of contributions.entries()) {
      if (index > 0) assert.equal(Number(contribution.feedbackFrom), rounds[index - 1], `round ${contribution.round}`)
    }
    assert.ok(state.rounds.length >= Number(killedIn))
  })
}

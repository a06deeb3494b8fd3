// A miner and a validator that nobody can reach: their gateways are announced to nobody, and what they make is had from the gateway of
// another validator. Both take part like everyone else, and are paid.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Followed } from '@tessera/chain/follow'
import { hasSlot } from '@tessera/protocol/bitmap'
import type { Hex } from '@tessera/protocol/hex'
import type { RunState } from '@tessera/protocol/runState'
import { revealedIn, slotOf } from '@tessera/protocol/runView'
import { openMemoryStore } from '@tessera/storage/embeddedStore'
import { author } from '@tessera/storage/testSource'
import { until } from './harness/until.ts'
import { openWorld, ROOT, type World } from './harness/world.ts'

const LIMIT_MS = 300_000
const HIDDEN = ['miner-2', 'validator-2'] as const
const RELAY = 'validator-1'
const EPOCH = 1n

let world: World
let state: RunState
/** Every endpoint that a hidden node ever had on chain. */
const announced = new Set<string>()

const operatorOf = (name: string): Hex => world.members.get(name)!.operator
const endpointOf = ({ operators }: RunState, name: string): string => operators.get(operatorOf(name))?.endpoint ?? ''

before(async () => {
  world = await openWorld({ miners: 2, validators: 2 })
  const start = (name: string, env: Readonly<Record<string, string>>): unknown =>
    world.start(name, { main: join(ROOT, name.split('-')[0]!, 'src', 'main.ts'), env })
  start(RELAY, { TESSERA_RELAY_FOR: HIDDEN.map(operatorOf).join() })
  for (const name of HIDDEN) start(name, { TESSERA_RELAY: operatorOf(RELAY) })
  world.start('miner-1')
  const isSettled = (view: Followed): boolean => {
    for (const name of HIDDEN) announced.add(endpointOf(view.state, name))
    return view.state.epochs.get(EPOCH)?.phase === 'Settled'
  }
  const limits = { signal: world.signal, limitMs: LIMIT_MS }
  state = (await until(world.follower, `epoch ${EPOCH} is settled`, isSettled, limits)).state
})

after(() => world?.close())

test('on chain they are where the relay is, and never were anywhere else', () => {
  const relay = endpointOf(state, RELAY)
  assert.match(relay, /^http:/)
  announced.delete('')
  assert.deepEqual([...announced], [relay])
})

test('the miner’s contributions are included, fetched from the relay alone', async () => {
  const operator = operatorOf('miner-2')
  const slot = slotOf(state, 'miner', operator)!
  const rounds = state.rounds.filter(({ end }) => end?.kind === 'final' && hasSlot(end.included, slot))
  assert.ok(rounds.length >= 1, 'in no round')
  const store = await openMemoryStore({ quotaBytes: 1e8, allowLoopback: true })
  try {
    for (const { id } of rounds) {
      const { digest, size } = revealedIn(state, id).find((one) => one.operator === operator)!
      const sources = [author(endpointOf(state, RELAY))]
      const blob = await store.read(
        { digest, size: Number(size) },
        { sources, deadlineMs: 30_000, maxBytes: 1e7, round: Number(id) },
      )
      assert.equal(blob.length, Number(size))
      const relayed = world.records.filter(({ node, event }) => node === RELAY && event === 'relayed')
      assert.ok(relayed.some((record) => record.digest === digest && record.operator === operator))
    }
  } finally {
    await store.close()
  }
})

test('the validator’s receipts are there too', () => {
  const operator = operatorOf('validator-2')
  const opened = [...(state.epochs.get(EPOCH)?.opened.values() ?? [])].find((one) => one.operator === operator)
  assert.ok(opened, 'it opened no scores')
  const relayed = world.records.filter(({ node, event }) => node === RELAY && event === 'relayed')
  assert.ok(relayed.some(({ digest }) => digest === opened.receiptsDigest))
})

test('both are paid', () => {
  const shares = state.epochs.get(EPOCH)?.settlement?.shares
  for (const name of HIDDEN) assert.ok((shares?.get(operatorOf(name)) ?? 0n) > 0n, name)
})

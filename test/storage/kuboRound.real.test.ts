// A network whose nodes keep their blobs in Kubo and publish its gateways: a round is trained, fetched, attested and final. Each miner has a
// daemon of its own; the validators share one. Nothing but the chain and the run's own data is served by anything else.

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Kubo, startKubo } from '@tessera/deploy/kubo/startKubo'
import { includedIn, lineageOf } from '@tessera/protocol/runView'
import { cidOf, parseBlobRef } from '@tessera/storage/blobRef'
import { openMemoryStore } from '@tessera/storage/embeddedStore'
import { author } from '@tessera/storage/testSource'
import { until } from '../e2e/harness/until.ts'
import { openWorld, ROOT, type World } from '../e2e/harness/world.ts'
import { kuboBinary } from './kuboBinary.ts'

const LIMIT_MS = 240_000
const DAEMON_OF = { 'miner-1': 0, 'miner-2': 1, 'validator-1': 2, 'validator-2': 2 } as const
const names = Object.keys(DAEMON_OF) as (keyof typeof DAEMON_OF)[]

let folder: string
let daemons: readonly Kubo[] = []
let world: World | undefined

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-kubo-round-'))
  daemons = await Promise.all(
    [0, 1, 2].map((index) => startKubo({ binary: kuboBinary(), folder: join(folder, String(index)) })),
  )
  world = await openWorld({ miners: 2, validators: 2 })
  for (const name of names) {
    const { rpc, gateway } = daemonOf(name)
    const role = name.startsWith('miner') ? 'miner' : 'validator'
    const env = { TESSERA_BLOB_STORE: 'kubo', TESSERA_KUBO_RPC: rpc, TESSERA_ENDPOINT: gateway }
    world.start(name, { main: join(ROOT, role, 'src', 'main.ts'), env })
  }
})

after(async () => {
  await world?.close()
  await Promise.all(daemons.map((daemon) => daemon.stop()))
  await rm(folder, { recursive: true, force: true })
})

function daemonOf(name: keyof typeof DAEMON_OF): Kubo {
  const daemon = daemons[DAEMON_OF[name]]
  assert.ok(daemon)
  return daemon
}

test('a round with every blob in Kubo becomes final, on one root everywhere', async () => {
  assert.ok(world)
  const { follower, signal, members, records } = world
  const { state } = await until(
    follower,
    'a final round that includes both miners',
    ({ state }) => lineageOf(state).some(({ round }) => includedIn(state, round).length === 2),
    { signal, limitMs: LIMIT_MS },
  )
  const final = lineageOf(state).find(({ round }) => includedIn(state, round).length === 2)
  assert.ok(final)
  await until(
    follower,
    'its root in the replica of every node',
    () => names.every((node) => records.some((record) => isState(record, node, final.round))),
    { signal, limitMs: LIMIT_MS },
  )
  for (const record of records)
    if (record.event === 'state' && Number(record.round) === Number(final.round))
      assert.equal(record.root, final.root, `${record.node}`)

  for (const name of names) {
    const member = members.get(name)
    assert.ok(member)
    assert.equal(state.operators.get(member.operator)?.endpoint, daemonOf(name).gateway)
    assert.ok(!existsSync(join(member.plan.folder, 'blobs', 'blocks')), `${name} keeps blocks in its own folder`)
  }
  // From every daemon alone, byte for byte: the author's, and those of all who fetched it.
  for (const { digest, size } of includedIn(state, final.round)) {
    const ref = parseBlobRef({ digest, size })
    for (const { gateway } of daemons) {
      const reader = await openMemoryStore({ quotaBytes: 64e6, allowLoopback: true })
      const options = { sources: [author(gateway)], deadlineMs: 60_000, maxBytes: 64e6, round: 1 }
      assert.equal((await reader.read(ref, options)).length, ref.size)
      await reader.close()
    }
    const holders = await holdersOf(daemonOf('validator-1'), cidOf(ref).toString())
    assert.equal(holders, 2, 'each of the two validators holds it')
  }
})

function isState(record: Readonly<Record<string, unknown>>, node: string, round: bigint): boolean {
  return record.node === node && record.event === 'state' && Number(record.round) === Number(round)
}

/** How many of the stores on a daemon hold this blob. */
async function holdersOf(daemon: Kubo, blob: string): Promise<number> {
  const listed = String(await daemon.ipfs(['pin', 'ls', '--type=recursive', '--names', '--quiet']))
    .trim()
    .split('\n')
  let found = 0
  for (const line of listed) {
    const [cid = ''] = line.split(' ')
    // Holders are dag-cbor, in base32.
    if (!cid.startsWith('bafyrei')) continue
    if (String(await daemon.ipfs(['dag', 'get', cid])).includes(blob)) found++
  }
  return found
}

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { isIP } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { addressOf, Network } from './network.ts'

const open = (): Promise<Network> =>
  Network.open({
    root: tmpdir(),
    nodes: [],
    loss: 0,
    queueMs: 50,
    dilation: 1,
    seed: 1,
    signal: new AbortController().signal,
  })

function asUser(t: TestContext, uid: number, platform: string): void {
  for (const [name, value] of Object.entries({ geteuid: () => uid, platform })) {
    const known = Object.getOwnPropertyDescriptor(process, name)
    Object.defineProperty(process, name, { value, configurable: true })
    t.after(() => known && Object.defineProperty(process, name, known))
  }
}

test('without root, and elsewhere than on Linux, it is refused before anything is touched', async (t) => {
  asUser(t, 1_000, 'linux')
  await assert.rejects(open(), { code: 'bench/needs-root' })
  asUser(t, 0, 'darwin')
  await assert.rejects(open(), { code: 'bench/needs-root' })
})

test('a machine without iproute2 is told so', async (t) => {
  asUser(t, 0, 'linux')
  const empty = await mkdtemp(join(tmpdir(), 'bench-no-ip-'))
  const path = process.env.PATH
  process.env.PATH = empty
  t.after(async () => {
    process.env.PATH = path
    await rm(empty, { recursive: true })
  })
  await assert.rejects(open(), { code: 'bench/network', message: /ip netns list/ })
})

test('every node has an address of its own', () => {
  const addresses = Array.from({ length: 1_001 }, (_, node) => addressOf(node))
  assert.equal(new Set(addresses).size, addresses.length)
  for (const address of addresses) assert.equal(isIP(address), 4, address)
})

import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import type { Hex } from '@tessera/protocol/hex'
import { cidOf } from './blobRef.ts'
import { FetchBlocks } from './fetchBlocks.ts'
import { startGateway } from './gatewayServer.ts'
import { HttpBlocks } from './httpBlocks.ts'
import { importBlob } from './importer.ts'
import { MemoryBlocks } from './memoryBlocks.ts'
import { HAVE_TYPE, type Transport } from './transport.ts'
import { vectorBytes } from './vectorBytes.ts'

const BYTES = vectorBytes(3 * 2 ** 20, 'holdings')
const blocks = new MemoryBlocks()
const ref = await importBlob(BYTES, {
  put: (digest: Hex, block: Uint8Array) => blocks.put(digest, block),
  maxBytes: 2 ** 23,
})
const cid = cidOf(ref).toString()
const { signal } = new AbortController()

const TRANSPORTS: Readonly<Record<string, () => Transport>> = {
  HttpBlocks: () => new HttpBlocks({ allowLoopback: true }),
  FetchBlocks: () => new FetchBlocks(),
}

async function answering(t: TestContext, answer: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((_, response) => answer(response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

for (const [name, make] of Object.entries(TRANSPORTS))
  describe(`${name} asks what a source has`, () => {
    const ask = async (t: TestContext, base: string) => {
      const transport = make()
      t.after(() => transport.close())
      return await transport.fetchHoldings?.({ source: { base }, cid, maxBytes: 1, signal })
    }

    test('and a gateway of ours tells: all, some, nothing', async (t) => {
      const whole = await startGateway({ blocks, host: '127.0.0.1', port: 0 })
      t.after(() => whole.close())
      assert.deepEqual([...((await ask(t, whole.url)) ?? [])], [0b1110_0000])
      const underWay = () => Uint8Array.of(0b0100_0000)
      const part = await startGateway({ blocks, host: '127.0.0.1', port: 0, underWay })
      t.after(() => part.close())
      assert.deepEqual([...((await ask(t, part.url)) ?? [])], [0b0100_0000])
      const empty = await startGateway({ blocks: new MemoryBlocks(), host: '127.0.0.1', port: 0 })
      t.after(() => empty.close())
      assert.equal((await ask(t, empty.url))?.length, 0)
    })

    for (const status of [400, 404, 406])
      test(`and ${status} is of somebody who does not know the question`, async (t) => {
        const url = await answering(t, (response) => response.writeHead(status).end('what?'))
        assert.equal(await ask(t, url), undefined)
      })

    test('and a static server, which sends the block itself, is not read from', async (t) => {
      const url = await answering(t, (response) => {
        response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(new Uint8Array(2 ** 20))
      })
      assert.equal(await ask(t, url), undefined)
    })

    const faults: readonly (readonly [string, (response: ServerResponse) => void])[] = [
      ['storage/redirect', (response) => response.writeHead(302, { location: '/' }).end()],
      ['storage/bad-response', (response) => response.writeHead(500).end()],
      ['storage/busy', (response) => response.writeHead(503, { 'retry-after': '2' }).end()],
      ['storage/block-too-large', (response) => response.writeHead(200, { 'content-type': HAVE_TYPE }).end('too long')],
      ['storage/unreachable', (response) => response.destroy()],
    ]
    for (const [code, answer] of faults)
      test(`and fails with ${code}`, async (t) => {
        const url = await answering(t, answer)
        await assert.rejects(ask(t, url), { code, retryable: true })
      })

    test('and a busy source says for how long', async (t) => {
      const url = await answering(t, (response) => response.writeHead(429, { 'retry-after': '3' }).end())
      await assert.rejects(ask(t, url), (error: { context: unknown }) => {
        assert.deepEqual(error.context, { source: url, status: 429, retryAfterMs: 3_000 })
        return true
      })
    })
  })

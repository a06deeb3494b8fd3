import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { BlobReader } from './blobReader.ts'
import type { BlobRef } from './blobRef.ts'
import { FetchBlocks } from './fetchBlocks.ts'
import { startGateway } from './gatewayServer.ts'
import { HandTimer } from './handTimer.ts'
import { BEHAVIOURS, startSource } from './hostileSource.ts'
import { importBlob } from './importer.ts'
import { MemoryBlocks } from './memoryBlocks.ts'
import { author } from './testSource.ts'
import { vectorBytes } from './vectorBytes.ts'

const BYTES = vectorBytes(2 ** 21 + 5, 'blob')

interface Scene {
  readonly ref: BlobRef
  readonly blocks: MemoryBlocks
  readonly read: (urls: readonly string[], more?: { signal?: AbortSignal; maxBytes?: number }) => Promise<Uint8Array>
}

async function scene(fetchWith?: typeof fetch, shelfBytes = 2 ** 24): Promise<Scene> {
  const blocks = new MemoryBlocks()
  const put = (digest: `0x${string}`, bytes: Uint8Array) => blocks.put(digest, bytes)
  const ref = await importBlob(BYTES, { put, maxBytes: 2 ** 24 })
  const timer = new HandTimer()
  const transport = new FetchBlocks(fetchWith)
  const reader = new BlobReader({
    transport,
    allowLoopback: true,
    shelfBytes,
    timer,
    limits: { faultsToRest: 1, maxMissMs: 1_000 },
  })
  return {
    ref,
    blocks,
    read: (urls, more) =>
      reader.read(ref, { sources: urls.map(author), deadlineMs: 60_000, maxBytes: 2 ** 24, ...more }),
  }
}

async function source(t: TestContext, kind: keyof typeof BEHAVIOURS, blocks: MemoryBlocks) {
  const started = await startSource(BEHAVIOURS[kind], blocks)
  t.after(() => started.close())
  return started
}

test('a blob is read from a gateway of ours, and kept', async (t) => {
  const { blocks, read } = await scene()
  const gateway = await startGateway({ blocks, host: '127.0.0.1', port: 0 })
  t.after(() => gateway.close())
  assert.deepEqual(await read([gateway.url]), BYTES)
  // Now without a source.
  assert.deepEqual(await read([]), BYTES)
})

test('any page may read from a gateway of ours', async (t) => {
  const gateway = await startGateway({ blocks: new MemoryBlocks(), host: '127.0.0.1', port: 0 })
  t.after(() => gateway.close())
  const { headers } = await fetch(`${gateway.url}/ipfs/none`)
  assert.equal(headers.get('access-control-allow-origin'), '*')
})

test('a shelf keeps no more than it may', async (t) => {
  const { blocks, read } = await scene(undefined, 2 ** 20)
  const good = await source(t, 'good', blocks)
  await read([good.url])
  const { length } = good.asked
  await read([good.url])
  assert.ok(good.asked.length > length)
})

const FAULTS = {
  endless: 'storage/block-too-large',
  'long by its own word': 'storage/block-too-large',
  flipped: 'storage/digest-mismatch',
  redirecting: 'storage/redirect',
  empty: 'storage/not-found',
  overloaded: 'storage/bad-response',
  'cutting every connection': 'storage/unreachable',
} as const

for (const [kind, code] of Object.entries(FAULTS) as [keyof typeof FAULTS, string][])
  test(`a source that is ${kind} is refused with ${code}, and an honest one is asked`, async (t) => {
    const { blocks, read } = await scene()
    const hostile = await source(t, kind, blocks)
    await assert.rejects(read([hostile.url]), { code })
    const honest = await source(t, 'good', blocks)
    assert.deepEqual(await read([hostile.url, honest.url]), BYTES)
  })

test('a redirect that a browser hides is one', async () => {
  // Response has no constructor for it.
  const hidden = { type: 'opaqueredirect', status: 0, headers: new Headers() } as Response
  const { read } = await scene(async () => hidden)
  await assert.rejects(read(['http://127.0.0.1:1']), { code: 'storage/redirect' })
})

test('nothing is sent that tells who asks', async () => {
  let sent: RequestInit | undefined
  const { read } = await scene(async (_, init) => {
    sent = init
    return new Response(null, { status: 404 })
  })
  await assert.rejects(read(['http://127.0.0.1:1']), { code: 'storage/not-found' })
  const { credentials, redirect, referrerPolicy, headers } = sent ?? {}
  assert.deepEqual([credentials, redirect, referrerPolicy, headers], ['omit', 'manual', 'no-referrer', undefined])
})

test('a reading ends when it is told to', async (t) => {
  const { blocks, read } = await scene()
  const stop = new AbortController()
  const silent = await startSource(BEHAVIOURS.silent, blocks, () => stop.abort())
  t.after(() => silent.close())
  await assert.rejects(read([silent.url], { signal: stop.signal }), { code: 'storage/aborted' })
  await assert.rejects(read([silent.url], { signal: stop.signal }), { code: 'storage/aborted' })
})

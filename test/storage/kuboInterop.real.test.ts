// Our blobs in a Kubo daemon that somebody else uses, restarts and cleans: addresses, gateways and CARs both ways, pins, tokens.

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Kubo, startKubo } from '@tessera/deploy/kubo/startKubo'
import { isTesseraError } from '@tessera/protocol/errors'
import { type BlobRef, cidOf } from '@tessera/storage/blobRef'
import { type EmbeddedStore, openMemoryStore } from '@tessera/storage/embeddedStore'
import { startGateway } from '@tessera/storage/gatewayServer'
import { addressOf } from '@tessera/storage/importer'
import { type KuboStoreOptions, openKuboStore } from '@tessera/storage/kubo/kuboStore'
import { author } from '@tessera/storage/testSource'
import { vectorBytes } from '@tessera/storage/vectorBytes'
import { kuboBinary } from './kuboBinary.ts'

const MIB = 2 ** 20
const QUOTA = 256 * MIB
let folder: string
let kubo: Kubo

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-kubo-'))
  kubo = await startKubo({ binary: kuboBinary(), folder: join(folder, 'repository') })
})

after(async () => {
  await kubo.stop()
  await rm(folder, { recursive: true, force: true })
})

/** A store on the daemon for one test, closed after it. */
async function withStore(
  run: (store: EmbeddedStore, dir: string) => Promise<void>,
  more: Partial<KuboStoreOptions> = {},
): Promise<void> {
  const dir = more.dir ?? (await mkdtemp(join(folder, 'store-')))
  const store = await open(dir, more)
  try {
    await run(store, dir)
  } finally {
    await store.close()
  }
}

function open(dir: string, more: Partial<KuboStoreOptions> = {}): Promise<EmbeddedStore> {
  return openKuboStore({ dir, kubo: { url: kubo.rpc }, quotaBytes: QUOTA, allowLoopback: true, ...more })
}

const put = (store: EmbeddedStore, bytes: Uint8Array, round = 1) => store.put(bytes, { round, maxBytes: QUOTA })
const from = (...urls: readonly string[]) => ({
  sources: urls.map(author),
  deadlineMs: 60_000,
  maxBytes: QUOTA,
  round: 1,
})
const code = (expected: string) => (error: unknown) => isTesseraError(error, expected)
const cid = (ref: BlobRef) => cidOf(ref).toString()

function same(actual: Uint8Array, expected: Uint8Array): void {
  assert.equal(Buffer.compare(actual, expected), 0, `${actual.length} bytes, not the ${expected.length} expected`)
}

/** What the daemon has itself: without a network, `cat` brings what is whole, and fails otherwise. */
const cat = (ref: BlobRef) => kubo.ipfs(['cat', '--offline', cid(ref)])
const collectGarbage = () => kubo.ipfs(['repo', 'gc', '--quiet'])

describe('Kubo and we', () => {
  for (const size of [1000, MIB, MIB + 1, 20_000_000])
    test(`give ${size} bytes the same address, and read each other’s`, async () => {
      const bytes = vectorBytes(size, `interop ${size}`)
      const ref = await addressOf(bytes)
      assert.equal(String(await kubo.ipfs(['add', '--quieter', '--pin=false'], bytes)).trim(), cid(ref))
      const reader = await openMemoryStore({ quotaBytes: QUOTA, allowLoopback: true })
      same(await reader.read(ref, from(kubo.gateway)), bytes)
      await reader.close()
    })

  test('read each other’s blobs: Kubo takes in a CAR of our gateway', async () => {
    const bytes = vectorBytes(5 * MIB + 3, 'our CAR')
    const writer = await openMemoryStore({ quotaBytes: QUOTA })
    const ref = await put(writer, bytes)
    const gateway = await startGateway({ blocks: writer.blocks, host: '127.0.0.1', port: 0 })
    const answer = await fetch(`${gateway.url}/ipfs/${cid(ref)}?format=car`)
    const said = await kubo.ipfs(['dag', 'import', '--pin-roots=true'], await answer.bytes())
    assert.match(String(said), new RegExp(`Pinned root\\s+${cid(ref)}\\s+success`))
    same(await cat(ref), bytes)
    await gateway.close()
    await writer.close()
  })
})

describe('a daemon with other uses', () => {
  test('keeps what we keep through its garbage collection, and drops what we let go', () =>
    withStore(async (store) => {
      const bytes = [1, 2, 3].map((round) => vectorBytes(3 * MIB, `gc ${round}`))
      const refs = await Promise.all(bytes.map((one, index) => put(store, one, index + 1)))
      await collectGarbage()
      for (const [index, ref] of refs.entries()) same(await cat(ref), bytes[index] ?? new Uint8Array())
      await store.collect({ keepFromRound: 3, maxBytes: QUOTA })
      await collectGarbage()
      const [first, second, third] = refs as [BlobRef, BlobRef, BlobRef]
      await assert.rejects(cat(first), code('kubo/failed'))
      await assert.rejects(cat(second), code('kubo/failed'))
      same(await cat(third), bytes[2] ?? new Uint8Array())
    }))

  test('keeps what its owner has pinned, whatever we do with the same bytes', () =>
    withStore(async (store) => {
      const bytes = vectorBytes(2 * MIB + 1, 'owner')
      await kubo.ipfs(['add', '--quieter', '--pin-name=mine'], bytes)
      const ref = await put(store, bytes)
      await store.collect({ keepFromRound: 9, maxBytes: QUOTA })
      await collectGarbage()
      assert.match(String(await kubo.ipfs(['pin', 'ls', '--names', cid(ref)])), /mine/)
      same(await cat(ref), bytes)
    }))

  test('holds a blob for each of two stores until both have let it go', () =>
    withStore((one) =>
      withStore(async (other) => {
        const bytes = vectorBytes(2 * MIB + 1, 'two stores')
        const ref = await put(one, bytes)
        // Nothing has to be fetched: the daemon has it.
        same(await other.read(ref, from()), bytes)
        await one.collect({ keepFromRound: 9, maxBytes: QUOTA })
        await collectGarbage()
        same(await other.read(ref, from()), bytes)
        await other.collect({ keepFromRound: 9, maxBytes: QUOTA })
        await collectGarbage()
        await assert.rejects(cat(ref), code('kubo/failed'))
      }),
    ))

  test('is cleaned by the store that was told that it may', () =>
    withStore(
      async (store) => {
        const ref = await put(store, vectorBytes(2 * MIB + 1, 'own daemon'))
        await store.collect({ keepFromRound: 1, maxBytes: QUOTA })
        await cat(ref)
        await store.collect({ keepFromRound: 2, maxBytes: QUOTA })
        await assert.rejects(cat(ref), code('kubo/failed'))
      },
      { collectGarbage: true },
    ))

  test('loses blocks of a fetch that is not whole yet, and they are fetched again', () =>
    withStore(async (store) => {
      const bytes = vectorBytes(3 * MIB, 'half')
      const writer = await openMemoryStore({ quotaBytes: QUOTA })
      const ref = await put(writer, bytes)
      const { url, close } = await startGateway({ blocks: writer.blocks, host: '127.0.0.1', port: 0 })
      await store.readRange(ref, { offset: 0, length: 5 }, from(url))
      assert.equal(await store.has(ref), 'partial')
      await collectGarbage()
      assert.equal(await store.has(ref), 'none')
      same(await store.read(ref, from(url)), bytes)
      await collectGarbage()
      same(await store.read(ref, from()), bytes)
      await close()
      await writer.close()
    }))

  test('serves through our own gateway what is ours, and nothing else of it', () =>
    withStore(async (store) => {
      const ours = await put(store, vectorBytes(1000, 'ours'))
      const theirs = String(await kubo.ipfs(['add', '--quieter'], vectorBytes(1000, 'theirs'))).trim()
      const { url, close } = await startGateway({ blocks: store.blocks, host: '127.0.0.1', port: 0 })
      const status = async (name: string) => (await fetch(`${url}/ipfs/${name}?format=raw`)).status
      assert.deepEqual([await status(cid(ours)), await status(theirs)], [200, 404])
      await close()
    }))

  test('gives up what a store has lost track of', async () => {
    const dir = await mkdtemp(join(folder, 'store-'))
    const bytes = vectorBytes(2 * MIB + 1, 'lost')
    let ref: BlobRef | undefined
    await withStore(
      async (store) => {
        ref = await put(store, bytes)
      },
      { dir },
    )
    assert.ok(ref)
    for (const file of ['manifest.sqlite', 'manifest.sqlite-wal', 'manifest.sqlite-shm'])
      await rm(join(dir, file), { force: true })
    await withStore(async () => {}, { dir })
    await collectGarbage()
    await assert.rejects(cat(ref), code('kubo/failed'))
  })
})

describe('a daemon that ends', () => {
  test('is missed with an error that passes, and found again with all that was put and half of what was fetched', async () => {
    const dir = await mkdtemp(join(folder, 'store-'))
    const writer = await openMemoryStore({ quotaBytes: QUOTA })
    const half = vectorBytes(3 * MIB, 'restart, fetched')
    const fetched = await put(writer, half)
    const gateway = await startGateway({ blocks: writer.blocks, host: '127.0.0.1', port: 0 })
    const store = await open(dir)
    const bytes = vectorBytes(3 * MIB, 'restart, put')
    const ref = await put(store, bytes)
    await store.readRange(fetched, { offset: 0, length: 5 }, from(gateway.url))

    await kubo.stop('kill')
    const missed = (error: unknown) => isTesseraError(error, 'kubo/unreachable') && error.retryable
    await assert.rejects(store.read(ref, from(gateway.url)), missed)
    await assert.rejects(put(store, half), missed)
    await assert.rejects(store.collect({ keepFromRound: 9, maxBytes: QUOTA }), missed)
    await assert.rejects(open(await mkdtemp(join(folder, 'store-'))), missed)
    kubo = await startKubo({ binary: kuboBinary(), folder: kubo.folder })

    same(await store.read(fetched, from(gateway.url)), half)
    await store.close()
    await withStore(
      async (again) => {
        same(await again.read(fetched, from()), half)
        assert.equal(await again.has(fetched), 'full')
      },
      { dir },
    )
    await gateway.close()
    await writer.close()
  })
})

describe('a daemon that asks for a token', () => {
  test('lets in who has it', async () => {
    const settings = { 'API.Authorizations': { node: { AuthSecret: 'bearer:s3cret', AllowedPaths: ['/api/v0'] } } }
    // With a token asked for, the command line needs it too.
    const guarded = await startKubo({ binary: kuboBinary(), folder: join(folder, 'guarded'), settings })
    try {
      const store = await open(await mkdtemp(join(folder, 'store-')), { kubo: { url: guarded.rpc, token: 's3cret' } })
      const bytes = vectorBytes(2 * MIB + 1, 'token')
      same(await store.read(await put(store, bytes), from()), bytes)
      await store.close()
      for (const token of [undefined, 'wrong']) {
        const refused = open(await mkdtemp(join(folder, 'store-')), { kubo: { url: guarded.rpc, token } })
        await assert.rejects(refused, code('kubo/unauthorized'))
      }
    } finally {
      await guarded.stop()
    }
  })
})

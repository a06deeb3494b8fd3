import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { isTesseraError } from '@tessera/protocol/errors'
import type { BlobRef } from './blobRef.ts'
import type { ReadOptions } from './blobStore.ts'
import { type EmbeddedStore, openEmbeddedStore, openMemoryStore, type StoreOptions } from './embeddedStore.ts'
import { isContentFault } from './fault.ts'
import { type Gateway, startGateway } from './gatewayServer.ts'
import { HandTimer } from './handTimer.ts'
import { author as authorAt } from './testSource.ts'
import { vectorBytes } from './vectorBytes.ts'

const MIB = 2 ** 20
const DEADLINE_MS = 60_000

function options(urls: readonly string[], more: Partial<ReadOptions> = {}): ReadOptions {
  return { sources: urls.map(authorAt), deadlineMs: DEADLINE_MS, maxBytes: 16 * MIB, round: 1, ...more }
}

/** Stores, gateways and folders that are cleaned up when the test ends. */
async function scene(run: (scene: Scene) => Promise<void>): Promise<void> {
  const made = new Scene()
  try {
    await run(made)
  } finally {
    await made.close()
  }
}

class Scene {
  readonly timer = new HandTimer()
  readonly #undo: (() => Promise<unknown>)[] = []

  async memory(more: Partial<StoreOptions> = {}): Promise<EmbeddedStore> {
    return this.#keep(await openMemoryStore(this.#options(more)))
  }

  async folder(): Promise<string> {
    const dir = await mkdtemp(join(tmpdir(), 'tessera-store-'))
    this.#undo.push(() => rm(dir, { recursive: true, force: true }))
    return dir
  }

  async disk(dir: string, more: Partial<StoreOptions> = {}): Promise<EmbeddedStore> {
    return this.#keep(await openEmbeddedStore({ dir, ...this.#options(more) }))
  }

  async gateway(store: EmbeddedStore): Promise<Gateway> {
    const gateway = await startGateway({ blocks: store.blocks, host: '127.0.0.1', port: 0 })
    this.#undo.push(() => gateway.close())
    return gateway
  }

  async close(): Promise<void> {
    for (const undo of this.#undo.reverse()) await undo()
  }

  #options(more: Partial<StoreOptions>): StoreOptions {
    return { quotaBytes: 64 * MIB, allowLoopback: true, timer: this.timer, ...more }
  }

  #keep(store: EmbeddedStore): EmbeddedStore {
    this.#undo.push(() => store.close())
    return store
  }
}

const put = (store: EmbeddedStore, bytes: Uint8Array, round = 1) => store.put(bytes, { round, maxBytes: 16 * MIB })

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  return Buffer.concat(await Array.fromAsync(stream))
}

describe('a blob from one node to the next', () => {
  for (const size of [1, 1000, MIB, MIB + 1, 5 * MIB]) {
    test(`of ${size} bytes arrives whole, and is served on at once`, () =>
      scene(async (scene) => {
        const bytes = vectorBytes(size, 'round trip')
        const author = await scene.memory()
        const reader = await scene.disk(await scene.folder())
        const second = await scene.memory()
        const ref = await put(author, bytes)
        assert.equal(ref.size, size)

        const fetched = await reader.read(ref, options([(await scene.gateway(author)).url]))
        assert.equal(Buffer.compare(fetched, bytes), 0)
        const again = await second.read(ref, options([(await scene.gateway(reader)).url]))
        assert.equal(Buffer.compare(again, bytes), 0)
      }))
  }

  test('needs no source once it is here', () =>
    scene(async (scene) => {
      const store = await scene.memory()
      const bytes = vectorBytes(3000, 'local')
      const ref = await put(store, bytes)
      assert.deepEqual(await store.read(ref, options([])), bytes)
    }))

  test('is read by ranges, and no more of it is fetched than they need', () =>
    scene(async (scene) => {
      const profile = { leafBytes: 100, maxLinks: 3 }
      const author = await scene.memory({ profile })
      const bytes = vectorBytes(2345, 'range')
      const ref = await put(author, bytes)
      const sources = [(await scene.gateway(author)).url]
      const ranges = [
        [0, 1],
        [99, 2],
        [250, 700],
        [2344, 1],
        [0, 2345],
      ] as const
      for (const [offset, length] of ranges) {
        const reader = await scene.memory({ profile })
        const part = await reader.readRange(ref, { offset, length }, options(sources))
        assert.deepEqual(part, bytes.subarray(offset, offset + length), `${length} bytes from ${offset}`)
        const leaves = Math.ceil((offset + length) / 100) - Math.floor(offset / 100)
        const blocks = await Array.fromAsync(reader.blocks.list())
        assert.equal(blocks.filter(({ bytes }) => bytes === 100 || bytes === 45).length, leaves)
        // From its own disk now, and the rest when it is wanted.
        assert.deepEqual(await reader.readRange(ref, { offset, length }, options([])), part)
        assert.deepEqual(await reader.read(ref, options(sources)), bytes)
        assert.equal(await reader.has(ref), 'full')
        // A gateway takes few connections from one address.
        await reader.close()
      }
    }))

  test('is read by ranges also where the whole would not fit', () =>
    scene(async (scene) => {
      const profile = { leafBytes: 100, maxLinks: 3 }
      const author = await scene.memory({ profile })
      const bytes = vectorBytes(5000, 'small disk')
      const ref = await put(author, bytes)
      const reader = await scene.memory({ profile, quotaBytes: 3000 })
      const from = options([(await scene.gateway(author)).url])
      await assert.rejects(reader.read(ref, from), (error) => isTesseraError(error, 'storage/quota'))
      assert.deepEqual(await reader.readRange(ref, { offset: 4000, length: 500 }, from), bytes.subarray(4000, 4500))
    }))

  test('is not read beyond its ends', () =>
    scene(async (scene) => {
      const store = await scene.memory()
      const ref = await put(store, vectorBytes(1000, 'ends'))
      for (const [offset, length] of [
        [-1, 2],
        [0, 0],
        [1000, 1],
        [0, 1001],
        [0.5, 1],
      ] as const)
        await assert.rejects(store.readRange(ref, { offset, length }, options([])), (error) =>
          isTesseraError(error, 'storage/bad-range'),
        )
    }))

  test('opens as a stream, of the same bytes', () =>
    scene(async (scene) => {
      const profile = { leafBytes: 100, maxLinks: 3 }
      const author = await scene.memory({ profile })
      const reader = await scene.memory({ profile })
      const bytes = vectorBytes(2345, 'stream')
      const ref = await put(author, bytes)
      const pieces = await Array.fromAsync(await reader.open(ref, options([(await scene.gateway(author)).url])))
      assert.equal(pieces.length, 24)
      assert.equal(Buffer.compare(Buffer.concat(pieces), bytes), 0)
    }))

  test('is collected from under a stream that has not begun, and that says so', () =>
    scene(async (scene) => {
      const store = await scene.memory()
      const ref = await put(store, vectorBytes(3000, 'collected'))
      const stream = await store.open(ref, options([]))
      await store.collect({ keepFromRound: 9, maxBytes: 0 })
      await assert.rejects(collect(stream), (error) => isTesseraError(error, 'storage/not-found'))
    }))

  test('a reference that lies about its size is refused, and leaves nothing behind', () =>
    scene(async (scene) => {
      const author = await scene.memory()
      const reader = await scene.memory()
      const ref = await put(author, vectorBytes(2 * MIB, 'lie'))
      const { url } = await scene.gateway(author)
      const lie = reader.read({ ...ref, size: 2 * MIB - 1 }, options([url]))
      await assert.rejects(lie, (error) => isTesseraError(error, 'storage/shape') && isContentFault(error))
      assert.equal(reader.usedBytes, 0)
      // The honest reference of the same digest is another blob.
      assert.equal((await reader.read(ref, options([url]))).length, 2 * MIB)
    }))
})

describe('a fetch that was interrupted', () => {
  test('goes on after an abort, even in a new process', () =>
    scene(async (scene) => {
      const profile = { leafBytes: 1024, maxLinks: 100 }
      const author = await scene.memory({ profile })
      const bytes = vectorBytes(40_000, 'resume')
      const ref = await put(author, bytes)
      const { url } = await scene.gateway(author)
      const dir = await scene.folder()

      const first = await scene.disk(dir, { profile, limits: { maxWindow: 1, firstWindow: 1 } })
      const stop = new AbortController()
      const onProgress = ({ received }: { received: number }) => {
        if (received >= 20_000) stop.abort()
      }
      const broken = first.read(ref, options([url], { signal: stop.signal, onProgress }))
      await assert.rejects(broken, (error) => isTesseraError(error, 'storage/aborted'))
      assert.equal(await first.has(ref), 'partial')
      await first.close()

      const second = await scene.disk(dir, { profile })
      assert.equal(await second.has(ref), 'partial')
      const received: number[] = []
      const rest = await second.read(
        ref,
        options([url], { onProgress: (progress) => received.push(progress.received) }),
      )
      assert.equal(Buffer.compare(rest, bytes), 0)
      assert.equal(received.at(-1), ref.size)
      assert.equal(await second.has(ref), 'full')
    }))

  test('fetches again what was damaged on disk meanwhile', () =>
    scene(async (scene) => {
      const author = await scene.memory()
      const bytes = vectorBytes(3 * MIB, 'damage')
      const ref = await put(author, bytes)
      const { url } = await scene.gateway(author)
      const dir = await scene.folder()
      const reader = await scene.disk(dir)
      await reader.read(ref, options([url]))

      const shard = (await readdir(join(dir, 'blocks'))).find((name) => name.length === 2)
      assert.ok(shard)
      const [name] = await readdir(join(dir, 'blocks', shard))
      assert.ok(name)
      const path = join(dir, 'blocks', shard, name)
      const whole = await readFile(path)
      const damaged = Uint8Array.from(whole)
      damaged[0] = (damaged[0] ?? 0) ^ 1
      await writeFile(path, damaged)

      await assert.rejects(reader.read(ref, options([])), (error) => isTesseraError(error, 'storage/no-source'))
      assert.equal(Buffer.compare(await reader.read(ref, options([url])), bytes), 0)
      assert.equal(Buffer.compare(await readFile(path), whole), 0)
    }))

  test('by its deadline says so', () =>
    scene(async (scene) => {
      const transport = {
        fetchBlock: ({ signal }: { signal: AbortSignal }) =>
          new Promise<never>((_, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason))
            scene.timer.end(DEADLINE_MS)
          }),
        close: () => {},
      }
      const store = await scene.memory({ transport })
      const ref: BlobRef = { digest: `0x${'11'.repeat(32)}`, size: 5 }
      const late = store.read(ref, options(['http://127.0.0.1:1']))
      await assert.rejects(late, (error) => isTesseraError(error, 'storage/deadline'))
    }))
})

describe('what a store holds', () => {
  test('is told by has, from nothing to all', () =>
    scene(async (scene) => {
      const store = await scene.memory({ profile: { leafBytes: 10, maxLinks: 3 } })
      const bytes = vectorBytes(95, 'has')
      const ref = await put(store, bytes)
      assert.equal(await store.has(ref), 'full')
      const leaves = (await Array.fromAsync(store.blocks.list())).filter((block) => block.bytes === 10)
      await store.blocks.delete(leaves[0]!.digest)
      assert.equal(await store.has(ref), 'partial')
      await store.blocks.delete(ref.digest)
      assert.equal(await store.has(ref), 'none')
      await assert.rejects(store.has({ ...ref, size: -1 }), isContentFault)
    }))

  test('a put that fails leaves nothing', () =>
    scene(async (scene) => {
      const store = await scene.memory()
      const source = async function* () {
        yield vectorBytes(3 * MIB, 'fails')
        throw new Error('the source broke')
      }
      await assert.rejects(store.put(source(), { round: 1, maxBytes: 16 * MIB }), /the source broke/)
      const large = store.put(vectorBytes(3 * MIB, 'large'), { round: 1, maxBytes: 2 * MIB })
      await assert.rejects(large, (error) => isTesseraError(error, 'storage/too-large'))
      assert.equal(store.usedBytes, 0)
      assert.deepEqual(await Array.fromAsync(store.blocks.list()), [])
    }))

  test('stays under the quota, for puts and for reads', () =>
    scene(async (scene) => {
      const author = await scene.memory()
      const small = await scene.memory({ quotaBytes: 2 * MIB })
      const ref = await put(author, vectorBytes(3 * MIB, 'quota'))
      const quota = (error: unknown) => isTesseraError(error, 'storage/quota')
      await assert.rejects(small.read(ref, options([(await scene.gateway(author)).url])), quota)
      await assert.rejects(put(small, vectorBytes(3 * MIB, 'quota')), quota)
      assert.equal(small.usedBytes, 0)
    }))

  test('is collected by round, but for checkpoints and pins', () =>
    scene(async (scene) => {
      const store = await scene.memory()
      const [checkpoint, pinned, old] = await Promise.all([
        store.put(vectorBytes(10, 'checkpoint'), { round: 1, maxBytes: 10, keep: 'checkpoint' }),
        put(store, vectorBytes(10, 'pinned')),
        put(store, vectorBytes(10, 'old')),
      ])
      await store.pin(pinned, { round: 5 })
      assert.deepEqual(await store.collect({ keepFromRound: 5, maxBytes: MIB }), { freedBytes: 10, blobs: 1 })
      assert.deepEqual(await Promise.all([checkpoint, pinned, old].map((ref) => store.has(ref))), [
        'full',
        'full',
        'none',
      ])
      await assert.rejects(store.pin(old, { round: 9 }), (error) => isTesseraError(error, 'storage/not-found'))
      await store.pin(pinned, { round: 5, keep: 'checkpoint' })
      assert.equal((await store.collect({ keepFromRound: 99, maxBytes: 0 })).blobs, 0)
    }))

  test('outlives the process, with rounds and checkpoints', () =>
    scene(async (scene) => {
      const dir = await scene.folder()
      const first = await scene.disk(dir)
      const kept = await first.put(vectorBytes(10, 'kept'), { round: 1, maxBytes: 10, keep: 'checkpoint' })
      const old = await put(first, vectorBytes(10, 'old'))
      await first.close()
      const second = await scene.disk(dir)
      await second.collect({ keepFromRound: 2, maxBytes: MIB })
      assert.deepEqual([await second.has(kept), await second.has(old)], ['full', 'none'])
      assert.equal(second.usedBytes, 10)
    }))
})

describe('opening and closing a store', () => {
  test('a folder is for one store at a time', () =>
    scene(async (scene) => {
      const dir = await scene.folder()
      await scene.disk(dir)
      await assert.rejects(scene.disk(dir), (error) => isTesseraError(error, 'storage/in-use'))
    }))

  test('a folder that cannot be made is reported', () =>
    scene(async (scene) => {
      const dir = await scene.folder()
      await writeFile(join(dir, 'file'), '')
      await assert.rejects(scene.disk(join(dir, 'file', 'x')), (error) => isTesseraError(error, 'storage/io'))
      await writeFile(join(dir, 'blocks'), '')
      await assert.rejects(scene.disk(dir), (error) => isTesseraError(error, 'storage/io'))
    }))

  test('close ends what is under way and refuses what comes after', () =>
    scene(async (scene) => {
      const closed = (error: unknown) => isTesseraError(error, 'storage/closed')
      const begun = Promise.withResolvers<void>()
      const transport = {
        fetchBlock: ({ signal }: { signal: AbortSignal }) =>
          new Promise<never>((_, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason))
            begun.resolve()
          }),
        close: () => {},
      }
      const store = await scene.memory({ transport })
      const ref = await put(store, vectorBytes(10, 'here'))
      const stream = await store.open(ref, options([]))
      const reading = store.read({ digest: `0x${'11'.repeat(32)}`, size: 5 }, options(['http://127.0.0.1:1']))
      const refused = assert.rejects(reading, closed)
      await begun.promise
      await store.close()
      await refused
      await store.close()
      await assert.rejects(store.has(ref), closed)
      await assert.rejects(store.pin(ref, { round: 1 }), closed)
      await assert.rejects(collect(stream), closed)
    }))

  test('a caller that aborts before it begins gets storage/aborted', () =>
    scene(async (scene) => {
      const store = await scene.memory()
      const signal = AbortSignal.abort()
      const aborted = (error: unknown) => isTesseraError(error, 'storage/aborted')
      await assert.rejects(store.put(new Uint8Array(5), { round: 1, maxBytes: 5, signal }), aborted)
      const ref: BlobRef = { digest: `0x${'11'.repeat(32)}`, size: 5 }
      await assert.rejects(store.read(ref, options([], { signal })), aborted)
    }))
})

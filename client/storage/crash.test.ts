import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Hex } from '@tessera/protocol/hex'
import fc from 'fast-check'
import type { BlobRef } from './blobRef.ts'
import { Killed, mortalFiles, mortalManifest, Power } from './crashingDisk.ts'
import { FileBlocks } from './fileBlocks.ts'
import { importBlob } from './importer.ts'
import { Manifest } from './manifest.ts'
import { Retention } from './retention.ts'
import { content, profile } from './retentionShop.ts'

const BLOBS = ['a', 'abc', 'cdef', 'efghij', 'kk'] as const
const QUOTA = 1_400

const step = fc.oneof(
  fc.record({ put: fc.constantFrom(...BLOBS), round: fc.integer({ min: 1, max: 4 }), keep: fc.boolean() }),
  fc.record({ fetch: fc.constantFrom(...BLOBS), round: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ read: fc.constantFrom('ax', 'yz', 'cvw') }),
  fc.record({ collect: fc.integer({ min: 2, max: 5 }), maxBytes: fc.constantFrom(0, 300, QUOTA) }),
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

interface Known {
  readonly ref: BlobRef
  readonly blocks: ReadonlyMap<Hex, Uint8Array>
}

async function know(letters: string): Promise<Known> {
  const blocks = new Map<Hex, Uint8Array>()
  const ref = await importBlob(content(letters), {
    put: async (digest, bytes) => void blocks.set(digest, bytes),
    maxBytes: 1e6,
    profile,
  })
  return { ref, blocks }
}

/** A store on disk that dies when the power goes. */
async function open(dir: string, power: Power) {
  const manifest = new Manifest(join(dir, 'manifest.sqlite'))
  try {
    const blocks = await FileBlocks.open(join(dir, 'blocks'), mortalFiles(power))
    const mortal = mortalManifest(manifest, power)
    const retention = await Retention.open({ manifest: mortal, blocks, quotaBytes: QUOTA, profile })
    return { manifest, blocks, retention, close: () => manifest.close() }
  } catch (error) {
    manifest.close()
    throw error
  }
}
type Opened = Awaited<ReturnType<typeof open>>

/** Brings what is missing, and returns which blocks that was. */
async function fetch({ retention }: Opened, { ref, blocks }: Known, round: number): Promise<Hex[]> {
  const asked: Hex[] = []
  const lease = retention.beginFetch(ref, round)
  try {
    for (const [digest, bytes] of blocks) {
      if ((await lease.get(digest)) !== undefined) continue
      asked.push(digest)
      await lease.put(digest, bytes)
    }
    lease.complete(ref)
  } finally {
    lease.release()
  }
  return asked
}

async function put({ retention }: Opened, letters: string, round: number, keep: boolean): Promise<void> {
  const lease = retention.beginPut(round, keep)
  try {
    const ref = await importBlob(content(letters), { put: lease.put, maxBytes: 1e6, profile })
    lease.complete(ref)
  } catch (error) {
    await lease.discard()
    throw error
  } finally {
    lease.release()
  }
}

async function read({ retention }: Opened, letters: string): Promise<void> {
  const { blocks } = await know(letters)
  const lease = retention.beginFetch({ digest: `0x${'77'.repeat(32)}`, size: 4_000 }, 'cached', true)
  try {
    for (const [digest, bytes] of blocks) if ((await lease.get(digest)) === undefined) await lease.put(digest, bytes)
  } finally {
    lease.release()
  }
}

/** Which blobs have to be whole, by their letters: for which round, or for good. */
type Model = Map<string, { readonly round: number; readonly keep: boolean }>

function forget(model: Model, one: Extract<Step, { collect: number }>): void {
  for (const [letters, { round, keep }] of model) {
    // Under a limit old blobs may go too; only protected ones have to stay.
    if (!keep && (round < one.collect || one.maxBytes < QUOTA)) model.delete(letters)
  }
}

async function perform(store: Opened, one: Step): Promise<void> {
  if ('put' in one) await put(store, one.put, one.round, one.keep)
  else if ('fetch' in one) await fetch(store, await know(one.fetch), one.round)
  else if ('read' in one) await read(store, one.read)
  else await store.retention.collect({ keepFromRound: one.collect, maxBytes: one.maxBytes })
}

/** Performs the steps until the power goes, and returns what has to be there then. Errors: all but that. */
async function live(dir: string, steps: readonly Step[], power: Power): Promise<Model> {
  const model: Model = new Map()
  let store: Opened | undefined
  try {
    store = await open(dir, power)
    for (const one of steps) {
      if ('collect' in one) forget(model, one)
      await perform(store, one)
      const letters = 'put' in one ? one.put : 'fetch' in one ? one.fetch : undefined
      if (letters === undefined) continue
      const before = model.get(letters) ?? { round: 0, keep: false }
      const keep = before.keep || ('put' in one && one.keep)
      model.set(letters, { round: Math.max(before.round, 'round' in one ? one.round : 0), keep })
    }
  } catch (error) {
    if (!power.isOff) throw error
    assert.ok(error instanceof Killed || (error as Error).cause instanceof Killed, String(error))
  } finally {
    store?.close()
  }
  return model
}

/** What must hold at the start after any crash. */
async function inspect(dir: string, model: Model, steps: readonly Step[]): Promise<void> {
  const store = await open(dir, new Power())
  const stored = new Map<Hex, number>()
  for await (const { digest, bytes } of store.blocks.list()) stored.set(digest, bytes)
  for (const digest of stored.keys()) assert.ok(await store.blocks.get(digest), 'a file with wrong bytes')
  const onDisk = [...stored.values()].reduce((total, bytes) => total + bytes, 0)
  assert.equal(store.retention.usedBytes, onDisk, 'booked is what is there')
  for (const digest of stored.keys()) assert.ok(store.manifest.holders(digest) > 0, 'a file that nobody owns')
  assert.deepEqual(await readdir(join(dir, 'blocks', 'incoming')), [])
  for (const letters of model.keys()) {
    const { ref, blocks } = await know(letters)
    for (const digest of blocks.keys()) assert.ok(stored.has(digest), `${letters} is not whole`)
    store.retention.pin(ref, 1, false)
  }
  // A fetch that was cut off asks for what is missing and no more.
  for (const one of steps) {
    if (!('fetch' in one)) continue
    const known = await know(one.fetch)
    const missing = [...known.blocks.keys()].filter((digest) => !stored.has(digest))
    const asked = await fetch(store, known, one.round)
    assert.deepEqual(asked, missing)
    for (const digest of asked) stored.set(digest, 0)
  }
  for (const letters of BLOBS) store.retention.unpin((await know(letters)).ref)
  await store.retention.collect({ keepFromRound: 9, maxBytes: 0 })
  assert.deepEqual(await Array.fromAsync(store.blocks.list()), [], 'nothing is left that nobody keeps')
  assert.equal(store.retention.usedBytes, 0)
  store.close()
}

async function inFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'tessera-crash-'))
  try {
    return await work(dir)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

describe('a process that dies', () => {
  test('at any operation of any history leaves a store that goes on from there', async () => {
    const histories = fc.array(step, { minLength: 3, maxLength: 6 })
    // Where in the history, in parts of a thousand: its length is known only when it was lived once.
    const places = fc.uniqueArray(fc.integer({ min: 1, max: 1_000 }), { minLength: 8, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(histories, places, async (steps, parts) => {
        const whole = new Power()
        await inFolder((dir) => live(dir, steps, whole))
        for (const part of parts) {
          const last = Math.ceil((whole.operations * part) / 1_000)
          await inFolder(async (dir) => {
            const model = await live(dir, steps, new Power(last))
            await inspect(dir, model, steps)
          })
        }
      }),
      { numRuns: 6 },
    )
  })

  test('twice, the second time while it cleans up after the first, is no different', async () => {
    const steps: readonly Step[] = [
      { put: 'abc', round: 1, keep: false },
      { fetch: 'cdef', round: 2 },
      { read: 'yz' },
      { put: 'efghij', round: 1, keep: true },
      { collect: 2, maxBytes: 300 },
    ]
    const whole = new Power()
    await inFolder((dir) => live(dir, steps, whole))
    for (let last = 5; last < whole.operations; last += 40) {
      for (const again of [3, 8, 15]) {
        await inFolder(async (dir) => {
          const model = await live(dir, steps, new Power(last))
          await live(dir, [], new Power(again))
          await inspect(dir, model, [])
        })
      }
    }
  })
})

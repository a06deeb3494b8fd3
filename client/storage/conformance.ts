// @testonly The tests that every block store passes. Imported by test files only; a new implementation calls this with its own factory.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isTesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import fc from 'fast-check'
import { digestOf } from './blobRef.ts'
import { BlockBuffers } from './blockBuffers.ts'
import type { BlockStore } from './blockStore.ts'
import { MAX_BLOCK_BYTES } from './dagShape.ts'

export interface BlockStoreUnderTest {
  readonly store: BlockStore
  /** Changes the stored bytes of a block behind the store's back. */
  corrupt(digest: Hex): Promise<void>
  close(): Promise<void>
}

/** Runs the suite over stores made by `open`, a fresh one for each test. */
export function blockStoreConformance(name: string, open: () => Promise<BlockStoreUnderTest>): void {
  describe(`${name}: block store`, () => {
    for (const [title, run] of Object.entries(CASES)) {
      test(title, async () => {
        const under = await open()
        try {
          await run(under)
        } finally {
          await under.close()
        }
      })
    }
  })
}

const CASES: Readonly<Record<string, (under: BlockStoreUnderTest) => Promise<void>>> = {
  'returns what was put, byte for byte, and its length': async ({ store }) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const digest = digestOf(bytes)
        await store.put(digest, bytes)
        assert.deepEqual(await read(store, digest), bytes)
        assert.equal(await store.sizeOf(digest), bytes.length)
      }),
      { numRuns: 25 },
    )
  },

  'knows nothing of a block that was not put': async ({ store }) => {
    const { digest } = block('absent')
    assert.equal(await store.get(digest), undefined)
    assert.equal(await store.sizeOf(digest), undefined)
    assert.equal(await store.delete(digest), 0)
  },

  'refuses bytes that do not match their digest': async ({ store }) => {
    const { digest } = block('promised')
    const put = store.put(digest, block('delivered').bytes)
    await assert.rejects(put, (error) => isTesseraError(error, 'storage/digest-mismatch'))
    assert.equal(await store.get(digest), undefined)
  },

  'refuses a block over the limit': async ({ store }) => {
    const bytes = new Uint8Array(MAX_BLOCK_BYTES + 1)
    const put = store.put(digestOf(bytes), bytes)
    await assert.rejects(put, (error) => isTesseraError(error, 'storage/block-too-large'))
  },

  'removes a corrupted block, reports it as missing and takes it again': async ({ store, corrupt }) => {
    const { bytes, digest } = block('will be damaged')
    await store.put(digest, bytes)
    await corrupt(digest)
    assert.equal(await store.get(digest), undefined)
    assert.equal(await store.sizeOf(digest), undefined)
    await store.put(digest, bytes)
    assert.deepEqual(await read(store, digest), bytes)
  },

  'repairs a corrupted block that is put again': async ({ store, corrupt }) => {
    const { bytes, digest } = block('will be repaired')
    await store.put(digest, bytes)
    await corrupt(digest)
    await store.put(digest, bytes, { durable: true })
    assert.deepEqual(await read(store, digest), bytes)
  },

  'never returns other bytes, even if a caller says that they are verified': async ({ store }) => {
    const { digest } = block('promised')
    // Whether a store finds out now or when it is asked for the block is its own affair.
    await Promise.allSettled([store.put(digest, block('delivered').bytes, { verified: true })])
    assert.equal(await store.get(digest), undefined)
    assert.equal(await store.sizeOf(digest), undefined)
  },

  'reads as well to memory of the caller, as long as that is not changed': async ({ store, corrupt }) => {
    const buffers = new BlockBuffers()
    for (const text of ['a longer block', 'short', 'the last']) {
      const { bytes, digest } = block(text)
      await store.put(digest, bytes)
      const found = await store.get(digest, buffers.take)
      assert.deepEqual(found === undefined ? undefined : Uint8Array.from(found), bytes)
      if (found !== undefined) buffers.give(found)
    }
    const { digest } = block('short')
    await corrupt(digest)
    assert.equal(await store.get(digest, buffers.take), undefined)
    assert.deepEqual(await read(store, block('the last').digest), block('the last').bytes)
  },

  'does not keep the array it was given': async ({ store }) => {
    const { bytes, digest } = block('mine')
    await store.put(digest, bytes)
    bytes.fill(0)
    assert.deepEqual(await read(store, digest), block('mine').bytes)
  },

  'keeps one whole block of many writers': async ({ store }) => {
    const { bytes, digest } = block('contended')
    await Promise.all(Array.from({ length: 8 }, (_, n) => store.put(digest, bytes, { durable: n % 2 === 0 })))
    assert.deepEqual(await Array.fromAsync(store.list()), [{ digest, bytes: bytes.length }])
  },

  'lists what is there and frees what is deleted': async ({ store }) => {
    const gone = block('one')
    const staying = ['two', 'three'].map(block)
    for (const { digest, bytes } of [gone, ...staying]) await store.put(digest, bytes)
    assert.equal(await store.delete(gone.digest), gone.bytes.length)
    assert.equal(await store.get(gone.digest), undefined)
    const left = (await Array.fromAsync(store.list())).map(({ digest }) => digest)
    assert.deepEqual(left.sort(), staying.map(({ digest }) => digest).sort())
  },
}

function block(text: string): { readonly bytes: Uint8Array; readonly digest: Hex } {
  const bytes = new TextEncoder().encode(text)
  return { bytes, digest: digestOf(bytes) }
}

/** As a plain array: stores may return a Buffer. */
async function read(store: BlockStore, digest: Hex): Promise<Uint8Array | undefined> {
  const bytes = await store.get(digest)
  return bytes === undefined ? undefined : Uint8Array.from(bytes)
}

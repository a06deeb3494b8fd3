import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { isTesseraError } from '@tessera/protocol/errors'
import fc from 'fast-check'
import { digestOf } from './blobRef.ts'
import type { BlockStore } from './blockStore.ts'
import { importBlob } from './importer.ts'
import { Manifest } from './manifest.ts'
import { MemoryBlocks } from './memoryBlocks.ts'
import { content, openShop, profile, type Shop } from './retentionShop.ts'

async function withFile(run: (path: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'tessera-manifest-'))
  try {
    await run(join(dir, 'manifest.sqlite'))
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

describe('collect', () => {
  test('deletes the blobs of old rounds with all their blocks, and says how much that freed', async () => {
    const { retention, put, leaves, blockBytes } = await openShop()
    await put('abc', 1)
    const before = await blockBytes()
    await put('de', 2)
    assert.deepEqual(await retention.collect({ keepFromRound: 2, maxBytes: 1e9 }), { freedBytes: before, blobs: 1 })
    assert.equal(await leaves(), 'de')
    assert.equal(retention.usedBytes, await blockBytes())
  })

  test('leaves the blocks that a later blob shares', async () => {
    const { retention, put, leaves } = await openShop()
    await put('abcd', 1)
    await put('cdef', 2)
    await retention.collect({ keepFromRound: 2, maxBytes: 1e9 })
    assert.equal(await leaves(), 'cdef')
    await retention.collect({ keepFromRound: 3, maxBytes: 1e9 })
    assert.equal(await leaves(), '')
    assert.equal(retention.usedBytes, 0)
  })

  test('never deletes a checkpoint, however old or large', async () => {
    const { retention, put, leaves } = await openShop()
    await put('abc', 1, true)
    await put('cde', 1)
    assert.equal((await retention.collect({ keepFromRound: 100, maxBytes: 0 })).blobs, 1)
    assert.equal(await leaves(), 'abc')
  })

  test('then deletes the oldest until it fits, and no more than that', async () => {
    const { retention, put, leaves } = await openShop()
    await put('ab', 5)
    await put('cd', 6)
    const twoBytes = retention.usedBytes
    await put('ef', 7)
    assert.equal((await retention.collect({ keepFromRound: 0, maxBytes: twoBytes })).blobs, 1)
    assert.equal(await leaves(), 'cdef')
    assert.equal((await retention.collect({ keepFromRound: 0, maxBytes: twoBytes })).blobs, 0)
  })

  test('leaves a blob that is in use until it is released', async () => {
    const { retention, put, leaves } = await openShop()
    const ref = await put('abc', 1)
    const lease = retention.beginFetch(ref, 1)
    assert.equal((await retention.collect({ keepFromRound: 9, maxBytes: 0 })).blobs, 0)
    lease.release()
    lease.release()
    assert.equal((await retention.collect({ keepFromRound: 9, maxBytes: 0 })).blobs, 1)
    assert.equal(await leaves(), '')
  })

  test('two at the same time count nothing twice', async () => {
    const { retention, put } = await openShop()
    await put('abc', 1)
    await put('cde', 1)
    const results = await Promise.all([
      retention.collect({ keepFromRound: 9, maxBytes: 0 }),
      retention.collect({ keepFromRound: 9, maxBytes: 0 }),
    ])
    assert.equal(
      results.reduce((sum, result) => sum + result.blobs, 0),
      2,
    )
    assert.equal(retention.usedBytes, 0)
  })

  test('what was put or read again for a later round stays for that round', async () => {
    const { retention, put, leaves } = await openShop()
    const ref = await put('ab', 1)
    await put('ab', 4)
    await retention.collect({ keepFromRound: 4, maxBytes: 1e9 })
    assert.equal(await leaves(), 'ab')
    retention.pin(ref, 6, false)
    retention.pin(ref, 2, false)
    await retention.collect({ keepFromRound: 6, maxBytes: 1e9 })
    assert.equal(await leaves(), 'ab')
    retention.pin(ref, 0, true)
    await retention.collect({ keepFromRound: 100, maxBytes: 0 })
    assert.equal(await leaves(), 'ab')
  })
})

describe('a block that is wanted while it is deleted', () => {
  /** A store whose deletions wait until the test lets them go on. */
  function held(blocks: BlockStore) {
    const gate = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const store: BlockStore = {
      get: (digest) => blocks.get(digest),
      put: (digest, bytes) => blocks.put(digest, bytes),
      sizeOf: (digest) => blocks.sizeOf(digest),
      list: () => blocks.list(),
      delete: async (digest) => {
        begun.resolve()
        await gate.promise
        return blocks.delete(digest)
      },
    }
    return { store, begun: begun.promise, open: gate.resolve }
  }

  for (const how of ['put', 'read'] as const) {
    test(`is there in the end when it is ${how} meanwhile`, async () => {
      let hold: ReturnType<typeof held> | undefined
      const shop = await openShop({
        wrap: (blocks) => {
          hold = held(blocks)
          return hold.store
        },
      })
      await shop.put('a', 1)
      const collected = shop.retention.collect({ keepFromRound: 2, maxBytes: 1e9 })
      await hold!.begun
      const digest = digestOf(content('a'))
      const lease = shop.retention.beginPut(2, false)
      const wanted = how === 'put' ? lease.put(digest, content('a')) : lease.get(digest)
      // Both have come as far as they can without the deletion.
      await new Promise((resolve) => setImmediate(resolve))
      hold!.open()
      await Promise.all([collected, wanted])
      assert.equal(await shop.leaves(), 'a')
      assert.equal(shop.retention.usedBytes, 4)
    })
  }
})

describe('the quota', () => {
  test('refuses a put that does not fit and keeps nothing of it', async () => {
    const { retention, put, leaves } = await openShop({ quotaBytes: 400 })
    await put('ab', 1)
    const used = retention.usedBytes
    await assert.rejects(put('abcdefghijkl', 1), (error) => isTesseraError(error, 'storage/quota') && error.retryable)
    assert.equal(retention.usedBytes, used)
    assert.equal(await leaves(), 'ab')
  })

  test('counts shared blocks once', async () => {
    const { put } = await openShop({ quotaBytes: 700 })
    await put('abcdef', 1)
    await put('abcdef', 2)
    await put('abc', 3)
  })

  test('refuses a fetch before it begins, counting those under way', async () => {
    const { retention } = await openShop({ quotaBytes: 300 })
    const ref = { digest: digestOf(content('x')), size: 12 }
    const first = retention.beginFetch(ref, 1)
    const other = { digest: digestOf(content('y')), size: 12 }
    assert.throws(
      () => retention.beginFetch(other, 1),
      (error) => isTesseraError(error, 'storage/quota'),
    )
    first.release()
    retention.beginFetch(other, 1).release()
  })

  test('a resumed fetch asks only for the rest', async () => {
    const { retention } = await openShop({ quotaBytes: 200 })
    const ref = { digest: digestOf(content('x')), size: 12 }
    const first = retention.beginFetch(ref, 1)
    for (const letter of 'abc') await first.put(digestOf(content(letter)), content(letter))
    first.release()
    assert.equal(retention.usedBytes, 12)
    retention.beginFetch(ref, 1).release()
  })
})

describe('after a crash', () => {
  test('an interrupted deletion is finished at the next start, at whichever block it broke off', async () => {
    for (let survived = 0; survived < 6; survived++) {
      await withFile(async (path) => {
        const dying = (blocks: BlockStore): BlockStore => {
          let left = survived
          return {
            get: (digest) => blocks.get(digest),
            put: (digest, bytes) => blocks.put(digest, bytes),
            sizeOf: (digest) => blocks.sizeOf(digest),
            list: () => blocks.list(),
            delete: async (digest) => {
              if (left-- === 0) throw new Error('killed')
              return blocks.delete(digest)
            },
          }
        }
        const first = await openShop({ path, wrap: dying })
        await first.put('abcd', 1)
        const kept = await first.put('cdef', 2)
        // Its own are the leaves a and b and all three nodes.
        if (survived < 5) await assert.rejects(first.retention.collect({ keepFromRound: 2, maxBytes: 1e9 }), /killed/)
        else await first.retention.collect({ keepFromRound: 2, maxBytes: 1e9 })
        first.retention.close()

        const second = await openShop({ path, blocks: first.blocks })
        assert.equal(await second.leaves(), 'cdef')
        assert.equal(second.retention.usedBytes, await second.blockBytes())
        second.retention.pin(kept, 3, false)
        second.retention.close()
      })
    }
  })

  test('a deletion that failed is finished by the next collection', async () => {
    const shop = await openShop()
    await shop.put('ab', 1)
    const remove = shop.blocks.delete
    shop.blocks.delete = () => Promise.reject(new Error('disk busy'))
    await assert.rejects(shop.retention.collect({ keepFromRound: 2, maxBytes: 1e9 }), /disk busy/)
    shop.blocks.delete = remove
    await shop.retention.collect({ keepFromRound: 2, maxBytes: 1e9 })
    assert.equal(await shop.leaves(), '')
    assert.equal(shop.retention.usedBytes, 0)
  })

  test('an interrupted put leaves nothing', async () => {
    await withFile(async (path) => {
      const first = await openShop({ path })
      await first.put('ab', 1)
      const lease = first.retention.beginPut(1, false)
      for (const letter of 'bc') await lease.put(digestOf(content(letter)), content(letter))
      first.retention.close()
      const second = await openShop({ path, blocks: first.blocks })
      assert.equal(await second.leaves(), 'ab')
      assert.equal(second.retention.usedBytes, await second.blockBytes())
      second.retention.close()
    })
  })

  test('an interrupted fetch is kept and goes on', async () => {
    await withFile(async (path) => {
      const first = await openShop({ path })
      const ref = { digest: digestOf(content('x')), size: 12 }
      const lease = first.retention.beginFetch(ref, 1)
      await lease.put(digestOf(content('a')), content('a'))
      first.retention.close()
      const second = await openShop({ path, blocks: first.blocks })
      assert.equal(await second.leaves(), 'a')
      assert.throws(
        () => second.retention.pin(ref, 1, false),
        (error) => isTesseraError(error, 'storage/not-found'),
      )
      await second.retention.collect({ keepFromRound: 2, maxBytes: 1e9 })
      assert.equal(await second.leaves(), '')
      second.retention.close()
    })
  })

  test('blocks that no blob holds are removed at the next start', async () => {
    const blocks = new MemoryBlocks()
    await blocks.put(digestOf(content('z')), content('z'))
    const { leaves } = await openShop({ blocks })
    assert.equal(await leaves(), '')
  })
})

describe('any order of puts, pins and collections', () => {
  const blobs = ['a', 'ab', 'abc', 'abcd', 'cdef', 'cc', 'efghij', 'f']
  const step = fc.oneof(
    fc.record({ put: fc.constantFrom(...blobs), round: fc.nat(6), keep: fc.boolean() }),
    fc.record({ collect: fc.nat(8), maxBytes: fc.constantFrom(0, 200, 1e9) }),
  )

  test('every blob that should be here is whole, and nothing else takes space', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
        const shop = await openShop()
        const model = new Map<string, { round: number; keep: boolean }>()
        for (const one of steps) {
          if ('put' in one) {
            await shop.put(one.put, one.round, one.keep)
            const known = model.get(one.put) ?? { round: 0, keep: false }
            model.set(one.put, { round: Math.max(one.round, known.round), keep: one.keep || known.keep })
          } else {
            await shop.retention.collect({ keepFromRound: one.collect, maxBytes: one.maxBytes })
            for (const letters of await collected(shop, model, one)) model.delete(letters)
          }
          const wanted = new Set([...model.keys()].join(''))
          assert.equal(await shop.leaves(), [...wanted].sort().join(''))
          assert.equal(shop.retention.usedBytes, await shop.blockBytes())
        }
      }),
      { numRuns: 60 },
    )
  })

  /** The blobs that a collection has to have deleted. Under a middling limit that depends on sizes; then the store is asked. */
  async function collected(
    shop: Shop,
    model: ReadonlyMap<string, { round: number; keep: boolean }>,
    { collect, maxBytes }: { collect: number; maxBytes: number },
  ): Promise<string[]> {
    const gone: string[] = []
    for (const [letters, { round, keep }] of model) {
      if (keep) continue
      const due = round < collect || maxBytes === 0
      if (due || (maxBytes === 200 && !(await holds(shop, letters)))) gone.push(letters)
    }
    return gone
  }

  async function holds(shop: Shop, letters: string): Promise<boolean> {
    const ref = await importBlob(content(letters), { put: async () => {}, maxBytes: 1e6, profile })
    return shop.manifest.find(ref) !== undefined
  }
})

describe('the manifest', () => {
  test('is locked while a store is open', async () => {
    await withFile(async (path) => {
      const first = new Manifest(path)
      assert.throws(
        () => new Manifest(path),
        (error) => isTesseraError(error, 'storage/in-use'),
      )
      first.close()
      new Manifest(path).close()
    })
  })

  test('damaged, or a folder, is storage/manifest with a hint', async () => {
    await withFile(async (path) => {
      await writeFile(path, 'this is not a database, and long enough to be taken for one'.repeat(20))
      for (const bad of [path, join(path, '..')]) {
        assert.throws(
          () => new Manifest(bad),
          (error) => isTesseraError(error, 'storage/manifest') && error.hint !== undefined,
        )
      }
    })
  })

  test('rounds are whole numbers from 0', async () => {
    const { retention } = await openShop()
    for (const round of [-1, 0.5, Number.NaN]) {
      assert.throws(
        () => retention.beginPut(round, false),
        (error) => isTesseraError(error, 'storage/bad-round'),
      )
    }
  })
})

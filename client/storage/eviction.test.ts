import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, type TestContext, test } from 'node:test'
import { isTesseraError } from '@tessera/protocol/errors'
import fc from 'fast-check'
import { type BlobRef, digestOf } from './blobRef.ts'
import type { BlockStore } from './blockStore.ts'
import { importBlob } from './importer.ts'
import { Manifest } from './manifest.ts'
import { MemoryBlocks } from './memoryBlocks.ts'
import type { Retention } from './retention.ts'
import { content, openShop, profile } from './retentionShop.ts'

const isQuota = (error: unknown) => isTesseraError(error, 'storage/quota')

/** Reads single leaves of a data set that is longer than anyone has room for, as samples are read. */
function dataSet(retention: Retention, size = 4_000) {
  const ref: BlobRef = { digest: digestOf(content('!')), size }
  return async (letters: string) => {
    for (const letter of letters) {
      const lease = retention.beginFetch(ref, 'cached', true)
      try {
        const digest = digestOf(content(letter))
        if ((await lease.get(digest)) === undefined) await lease.put(digest, content(letter))
      } finally {
        lease.release()
      }
    }
  }
}

async function fetchWhole(retention: Retention, letters: string, round: number): Promise<void> {
  const blocks: { digest: `0x${string}`; bytes: Uint8Array }[] = []
  const put = async (digest: `0x${string}`, bytes: Uint8Array) => void blocks.push({ digest, bytes })
  const ref = await importBlob(content(letters), { put, maxBytes: 1e6, profile })
  const lease = retention.beginFetch(ref, round)
  try {
    for (const { digest, bytes } of blocks) await lease.put(digest, bytes)
    lease.complete(ref)
  } finally {
    lease.release()
  }
}

describe('rounds that are protected', () => {
  test('stay, however little room is left, and the rest goes first come first', async () => {
    const { retention, put, leaves } = await openShop()
    for (const [index, letters] of ['ab', 'cd', 'ef', 'gh'].entries()) await put(letters, index + 1)
    const half = retention.usedBytes / 2
    await retention.collect({ keepFromRound: 0, protectedFromRound: 4, maxBytes: half })
    assert.equal(await leaves(), 'efgh')
    await retention.collect({ keepFromRound: 0, protectedFromRound: 3, maxBytes: 0 })
    assert.equal(await leaves(), 'efgh')
    await retention.collect({ keepFromRound: 0, protectedFromRound: 4, maxBytes: 0 })
    assert.equal(await leaves(), 'gh')
  })

  test('are not deleted for a new blob either: that is refused, with how much it takes', async () => {
    const { retention, put, leaves } = await openShop({ quotaBytes: 200 })
    await put('ab', 1)
    await assert.rejects(fetchWhole(retention, 'cdefghijk', 2), (error) => {
      assert.ok(isTesseraError(error, 'storage/quota'))
      const { usedBytes, askedBytes, quotaBytes } = error.context as Record<string, number>
      assert.equal(quotaBytes, 200)
      assert.match(error.hint ?? '', new RegExp(`at least ${Number(usedBytes) + Number(askedBytes)} bytes`))
      return true
    })
    assert.equal(await leaves(), 'ab')
  })

  test('a blob that is asked for while a collection is on its way to it stays', async () => {
    let retention: Retention | undefined
    let wanted: BlobRef | undefined
    const shop = await openShop({
      wrap: (blocks) => ({
        get: (digest) => blocks.get(digest),
        put: (digest, bytes) => blocks.put(digest, bytes),
        sizeOf: (digest) => blocks.sizeOf(digest),
        list: () => blocks.list(),
        delete: (digest) => {
          if (wanted !== undefined) retention?.pin(wanted, 9, false)
          return blocks.delete(digest)
        },
      }),
    })
    retention = shop.retention
    await shop.put('ab', 1)
    wanted = await shop.put('cd', 1)
    assert.equal((await retention.collect({ keepFromRound: 5, maxBytes: 1e9 })).blobs, 1)
    assert.equal(await shop.leaves(), 'cd')
  })
})

describe('the cache', () => {
  test('makes room for a blob of a round, the least recently used block first, and for nothing else', async () => {
    const { retention, put, leaves } = await openShop({ quotaBytes: 24 })
    const read = dataSet(retention)
    await read('abcdef')
    assert.equal(retention.usedBytes, 24)
    await read('ab')
    await put('x', 1)
    assert.equal(await leaves(), 'abdefx')
    await fetchWhole(retention, 'y', 1)
    assert.equal(await leaves(), 'abefxy')
    assert.equal(retention.usedBytes, 24)
  })

  test('makes room for itself', async () => {
    const { retention, leaves } = await openShop({ quotaBytes: 16 })
    await dataSet(retention)('abcdefgh')
    assert.equal(await leaves(), 'efgh')
  })

  test('has none to make when all is of rounds', async () => {
    const { retention, put, leaves } = await openShop({ quotaBytes: 8 })
    await put('a', 1)
    await put('b', 2)
    await assert.rejects(dataSet(retention)('c'), isQuota)
    assert.equal(await leaves(), 'ab')
  })

  test('is not what a round has asked for since, nor what is kept', async () => {
    const { retention, put, leaves } = await openShop({ quotaBytes: 12 })
    const read = dataSet(retention, 4)
    const whole = { digest: digestOf(content('a')), size: 4 }
    for (const letter of 'ab') {
      const lease = retention.beginFetch({ digest: digestOf(content(letter)), size: 4 }, 'cached')
      await lease.put(digestOf(content(letter)), content(letter))
      lease.complete({ digest: digestOf(content(letter)), size: 4 })
      lease.release()
    }
    retention.beginFetch(whole, 3).release()
    retention.pin({ digest: digestOf(content('b')), size: 4 }, 0, true)
    await read('c')
    await put('d', 1)
    assert.equal(await leaves(), 'abd')
    await assert.rejects(put('e', 1), isQuota)
  })

  test('goes with old rounds, by what was not used for longest, when a collection has to make room', async () => {
    const { retention, put, leaves } = await openShop()
    const read = dataSet(retention)
    await read('a')
    await put('b', 1)
    await read('c')
    await put('d', 2)
    await read('a')
    await retention.collect({ keepFromRound: 0, protectedFromRound: 9, maxBytes: 8 })
    assert.equal(await leaves(), 'ad')
  })

  test('a block that is evicted while it is read again is there in the end', async () => {
    const gate = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const shop = await openShop({
      quotaBytes: 8,
      wrap: (blocks) => ({
        get: (digest) => blocks.get(digest),
        put: (digest, bytes) => blocks.put(digest, bytes),
        sizeOf: (digest) => blocks.sizeOf(digest),
        list: () => blocks.list(),
        delete: async (digest) => {
          begun.resolve()
          await gate.promise
          return blocks.delete(digest)
        },
      }),
    })
    const read = dataSet(shop.retention)
    await read('ab')
    const put = shop.put('x', 1)
    await begun.promise
    const again = read('a')
    await new Promise((resolve) => setImmediate(resolve))
    gate.resolve()
    await Promise.all([put, again])
    assert.equal(await shop.leaves(), 'ax')
    assert.equal(shop.retention.usedBytes, await shop.blockBytes())
  })
})

describe('the quota', () => {
  const job = fc.oneof(
    fc.record({ put: fc.constantFrom('abc', 'cd', 'efgh', 'i', 'jkl'), round: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ fetch: fc.constantFrom('abc', 'mnop', 'qr', 'st'), round: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ read: fc.constantFrom('abz', 'uvwx', 'yz', 'efg') }),
    fc.record({ collect: fc.integer({ min: 1, max: 5 }) }),
  )
  type Job = typeof job extends fc.Arbitrary<infer J> ? J : never

  test('holds at every moment, whatever goes on at the same time', async () => {
    const run = fc.asyncProperty(
      fc.array(fc.array(job, { maxLength: 6 }), { minLength: 2, maxLength: 5 }),
      fc.integer({ min: 150, max: 900 }),
      fc.scheduler(),
      async (lanes, quotaBytes, scheduler) => {
        const disk = new MemoryBlocks()
        let isOver = false
        const turn = () => (isOver ? Promise.resolve() : scheduler.schedule(Promise.resolve()))
        let shop: Awaited<ReturnType<typeof openShop>> | undefined
        const check = async () => {
          const stored = (await Array.fromAsync(disk.list())).reduce((total, { bytes }) => total + bytes, 0)
          assert.ok(stored <= quotaBytes, `${stored} bytes on disk, quota ${quotaBytes}`)
          assert.ok((shop?.retention.usedBytes ?? 0) <= quotaBytes)
        }
        const wrap = (blocks: BlockStore): BlockStore => ({
          get: (digest) => turn().then(() => blocks.get(digest)),
          put: async (digest, bytes) => {
            await turn()
            await blocks.put(digest, bytes)
            await check()
          },
          sizeOf: (digest) => blocks.sizeOf(digest),
          list: () => blocks.list(),
          delete: (digest) => turn().then(() => blocks.delete(digest)),
        })
        shop = await openShop({ quotaBytes, blocks: disk, wrap })
        const { retention, put, blockBytes } = shop
        const read = dataSet(retention)
        const lane = async (jobs: readonly Job[]) => {
          for (const one of jobs) {
            await perform(one).catch((error: unknown) => {
              if (!isQuota(error)) throw error
            })
          }
        }
        const perform = async (one: Job) => {
          if ('put' in one) await put(one.put, one.round)
          else if ('fetch' in one) await fetchWhole(retention, one.fetch, one.round)
          else if ('read' in one) await read(one.read)
          else await retention.collect({ keepFromRound: one.collect, maxBytes: quotaBytes / 2 })
        }
        await scheduler.waitFor(Promise.all(lanes.map(lane)))
        isOver = true
        assert.equal(retention.usedBytes, await blockBytes())
        // Nothing is promised to anyone any more: what is free can be had.
        await retention.collect({ keepFromRound: 9, maxBytes: 0 })
        assert.equal(retention.usedBytes, 0)
        assert.equal(await blockBytes(), 0)
        await fetchWhole(retention, 'a', 9)
      },
    )
    await fc.assert(run, { numRuns: 40 })
  })

  test('deletions that are asked for twice do not reach the blob that comes next', async () => {
    const shop = await openShop()
    await shop.put('ab', 1)
    const remove = shop.blocks.delete
    shop.blocks.delete = () => Promise.reject(new Error('disk busy'))
    await assert.rejects(shop.retention.collect({ keepFromRound: 2, maxBytes: 1e9 }), /disk busy/)
    shop.blocks.delete = remove
    const collect = () => shop.retention.collect({ keepFromRound: 2, maxBytes: 1e9 })
    const [, , put] = await Promise.all([collect(), collect(), collect().then(() => shop.put('cd', 5)), collect()])
    shop.retention.pin(put, 6, false)
    assert.equal(await shop.leaves(), 'cd')
  })

  test('does not count a block whose file could not be written', async () => {
    let isFull = false
    const shop = await openShop({
      wrap: (blocks) => ({
        get: (digest) => blocks.get(digest),
        put: (digest, bytes) => (isFull ? Promise.reject(new Error('disk full')) : blocks.put(digest, bytes)),
        sizeOf: (digest) => blocks.sizeOf(digest),
        list: () => blocks.list(),
        delete: (digest) => blocks.delete(digest),
      }),
    })
    const ref = { digest: digestOf(content('!')), size: 12 }
    const lease = shop.retention.beginFetch(ref, 1)
    await lease.put(digestOf(content('a')), content('a'))
    isFull = true
    await assert.rejects(lease.put(digestOf(content('b')), content('b')), /disk full/)
    assert.equal(shop.retention.usedBytes, 4)
    isFull = false
    await lease.put(digestOf(content('b')), content('b'))
    assert.equal(shop.retention.usedBytes, await shop.blockBytes())
    lease.release()
  })
})

describe('what is kept for good', () => {
  test('is an ordinary blob of its round once that has ended', async () => {
    const { retention, put, leaves } = await openShop()
    const ref = await put('ab', 3, true)
    await retention.collect({ keepFromRound: 9, maxBytes: 0 })
    retention.unpin(ref)
    retention.unpin({ digest: digestOf(content('z')), size: 4 })
    await retention.collect({ keepFromRound: 3, maxBytes: 1e9 })
    assert.equal(await leaves(), 'ab')
    await retention.collect({ keepFromRound: 4, maxBytes: 1e9 })
    assert.equal(await leaves(), '')
  })

  test('each block counts once in what takes how much, for whoever keeps it longest', async () => {
    const { retention, put } = await openShop()
    await put('a', 1, true)
    await put('b', 2)
    await put('c', 5)
    await put('c', 4)
    await dataSet(retention)('adb')
    const ref = await put('b', 7)
    assert.equal(retention.heldBytes(ref), 4)
    assert.equal(retention.heldBytes({ ...ref, size: 5 }), 0)
    const told = retention.holdings().map(({ keep, round, bytes }) => `${keep ? 'kept' : round}: ${bytes}`)
    assert.deepEqual(told.sort(), ['-1: 4', '5: 4', '7: 4', 'kept: 4'])
  })
})

describe('the manifest', () => {
  async function place(t: TestContext): Promise<string> {
    const dir = await mkdtemp(join(tmpdir(), 'tessera-manifest-'))
    t.after(() => rm(dir, { recursive: true, force: true }))
    return join(dir, 'manifest.sqlite')
  }

  test('of another run keeps nothing for good, and its rounds are over', async (t) => {
    const path = await place(t)
    const first = await openShop({ path })
    await first.put('ab', 1, true)
    first.manifest.setScope('run 1')
    await first.put('cd', 900)
    first.manifest.setScope('run 1')
    await first.retention.collect({ keepFromRound: 2, maxBytes: 1e9 })
    assert.equal(await first.leaves(), 'abcd', 'it is still the same run')
    first.retention.close()
    const manifest = new Manifest(path)
    manifest.setScope('run 2')
    manifest.close()
    const second = await openShop({ path, blocks: first.blocks })
    await second.put('ef', 1)
    await second.retention.collect({ keepFromRound: 1, maxBytes: 1e9 })
    assert.equal(await second.leaves(), 'ef')
    second.retention.close()
  })

  test('of the layout before this one is taken over', async (t) => {
    const path = await place(t)
    const old = new DatabaseSync(path)
    old.exec(`
      CREATE TABLE blob (id INTEGER PRIMARY KEY, digest TEXT, size INTEGER, round INTEGER NOT NULL, keep INTEGER NOT NULL,
        state TEXT NOT NULL, UNIQUE (digest, size));
      CREATE TABLE block (digest TEXT NOT NULL, blob INTEGER NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (digest, blob)) WITHOUT ROWID;
      CREATE INDEX block_blob ON block (blob);`)
    const blocks = new MemoryBlocks()
    for (const [letter, round] of [
      ['a', 3],
      ['b', Number.MAX_SAFE_INTEGER],
    ] as const) {
      const digest = digestOf(content(letter))
      await blocks.put(digest, content(letter))
      const add = old.prepare(`INSERT INTO blob (digest, size, round, keep, state) VALUES (?, 4, ?, 0, 'full')`)
      const { lastInsertRowid } = add.run(digest, round)
      old.prepare('INSERT INTO block VALUES (?, ?, 4)').run(digest, lastInsertRowid)
    }
    old.close()
    const { retention, leaves } = await openShop({ path, blocks })
    assert.equal(retention.usedBytes, 8)
    assert.deepEqual(
      retention.holdings().map(({ round }) => round),
      [-1, 3],
    )
    await retention.collect({ keepFromRound: 0, protectedFromRound: 3, maxBytes: 0 })
    assert.equal(await leaves(), 'a')
    retention.close()
  })

  test('of a later layout is refused', async (t) => {
    const path = await place(t)
    const later = new DatabaseSync(path)
    later.exec('PRAGMA user_version = 99')
    later.close()
    assert.throws(
      () => new Manifest(path),
      (error) => isTesseraError(error, 'storage/manifest') && /version/.test(error.hint ?? ''),
    )
  })

  test('forgets blocks whose files are gone or cut short, and removes what is left of them', async (t) => {
    const path = await place(t)
    const first = await openShop({ path })
    const ref = await first.put('abc', 1)
    await first.put('d', 1)
    first.retention.close()
    await first.blocks.delete(digestOf(content('b')))
    const cut: BlockStore = {
      get: (digest) => first.blocks.get(digest),
      put: (digest, bytes) => first.blocks.put(digest, bytes),
      sizeOf: (digest) => first.blocks.sizeOf(digest),
      delete: (digest) => first.blocks.delete(digest),
      list: async function* () {
        for await (const { digest, bytes } of first.blocks.list())
          yield { digest, bytes: digest === digestOf(content('c')) ? bytes - 1 : bytes }
      },
    }
    const second = await openShop({ path, blocks: first.blocks, wrap: () => cut })
    assert.equal(await second.leaves(), 'ad')
    assert.equal(second.retention.usedBytes, await second.blockBytes())
    assert.throws(
      () => second.retention.pin(ref, 2, false),
      (error) => isTesseraError(error, 'storage/not-found'),
      'it is not whole any more',
    )
    second.retention.close()
  })
})

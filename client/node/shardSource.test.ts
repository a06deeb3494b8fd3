import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { BlobStore, ReadOptions } from '@tessera/storage/blobStore'
import { author } from '@tessera/storage/testSource'
import type { ByteRange } from '@tessera/storage/verifiedFetcher'
import { shardSource } from './shardSource.ts'
import { memoryStore, serve } from './testing/parts.ts'

const MIB = 2 ** 20
const SIZE = 9 * MIB + 17

const bytes = new Uint8Array(SIZE)
for (let at = 0; at < SIZE; at++) bytes[at] = (at * 2_654_435_761) >>> 24

/** A source over a store that has nothing yet, and what it asked the store for. */
async function scene(t: TestContext) {
  const creator = await memoryStore(t)
  const ref = await creator.put(bytes, { round: 0, maxBytes: SIZE })
  const gateway = await serve(t, creator)
  const own = await memoryStore(t)
  const asked: ByteRange[] = []
  const store: Pick<BlobStore, 'readRange'> = {
    readRange: (of, range, options: ReadOptions) => {
      asked.push(range)
      return own.readRange(of, range, options)
    },
  }
  const source = shardSource({ store, ref, sources: () => [author(gateway.url)], deadlineMs: 60_000 })
  return { source, own, ref, asked, gateway }
}

test('reads come out right wherever they lie, and the blocks that hold them are fetched once', async (t) => {
  const { source, own, ref, asked } = await scene(t)
  assert.equal(source.size, SIZE)
  for (const [offset, length] of [
    [5, 10],
    [MIB - 3, 6],
    [100, 1],
    [SIZE - 4, 4],
    [3 * MIB - 1, MIB + 2],
  ] as const)
    assert.deepEqual(await source.read(offset, length), bytes.subarray(offset, offset + length))
  assert.deepEqual(
    asked.map(({ offset }) => offset / MIB),
    [0, 1, 9, 2, 3, 4],
  )
  assert.equal(await own.has(ref), 'partial')
})

test('what reaches beyond the end is shorter', async (t) => {
  const { source } = await scene(t)
  assert.deepEqual(await source.read(SIZE - 4, 10), bytes.subarray(SIZE - 4))
  assert.equal((await source.read(SIZE + 5, 10)).length, 0)
})

test('few blocks are kept, the least recently used goes first', async (t) => {
  const { source, asked } = await scene(t)
  for (let block = 0; block < 8; block++) await source.read(block * MIB, 1)
  await source.read(0, 1)
  await source.read(8 * MIB, 1)
  assert.equal(asked.length, 9)
  await source.read(0, 1)
  assert.equal(asked.length, 9, 'block 0 was used, so block 1 went')
  await source.read(MIB, 1)
  assert.equal(asked.length, 10)
})

test('a read that failed is tried again by the next', async (t) => {
  const { source, own, asked, gateway } = await scene(t)
  const stop = new AbortController()
  const reading = source.read(0, 1, stop.signal)
  stop.abort(new Error('enough'))
  await assert.rejects(reading)
  assert.deepEqual(await source.read(0, 1), bytes.subarray(0, 1))
  assert.equal(asked.length, 2)
  await gateway.close()
  await assert.rejects(source.read(MIB, 1), { code: 'storage/unreachable' })
  // From disk when it is there.
  assert.deepEqual(await source.read(7, 1), bytes.subarray(7, 8))
  assert.ok(own.usedBytes > MIB)
})

test('a source that was closed has forgotten its blocks', async (t) => {
  const { source, asked } = await scene(t)
  await source.read(0, 1)
  await source.close?.()
  await source.read(0, 1)
  assert.equal(asked.length, 2)
})

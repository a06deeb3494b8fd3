import assert from 'node:assert/strict'
import { mkdtemp, open, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { type ByteSource, memorySource, openFileSource } from './byteSource.ts'
import {
  batches,
  ShardedDataset,
  type ShardLayout,
  samplesPerShard,
  shardBytes,
  type TokenBytes,
  tokenBytesFor,
} from './shardedDataset.ts'

const folder = await mkdtemp(join(tmpdir(), 'tessera-shards-'))
after(() => rm(folder, { recursive: true }))

/** Token `position` of the stream that the shards of these tests hold. */
function tokenAt(position: number, vocabSize: number): number {
  return (position * 7919) % vocabSize
}

function shardOf(layout: ShardLayout, vocabSize: number, shard: number): Uint8Array {
  const samples = samplesPerShard(layout)[shard]!
  const bytes = new Uint8Array(shardBytes(layout, samples))
  const view = new DataView(bytes.buffer)
  for (let i = 0; i <= samples * layout.sampleTokens; i++) {
    const token = tokenAt(shard * layout.shardSamples * layout.sampleTokens + i, vocabSize)
    if (layout.tokenBytes === 1) view.setUint8(i, token)
    else if (layout.tokenBytes === 2) view.setUint16(2 * i, token, true)
    else view.setUint32(4 * i, token, true)
  }
  return bytes
}

function layoutOf(fields: Partial<ShardLayout>): ShardLayout {
  return { tokenBytes: 2, sampleTokens: 4, trainSamples: 7, heldOutSamples: 3, shardSamples: 4, ...fields }
}

function datasetOf(layout: ShardLayout, vocabSize: number): ShardedDataset {
  return new ShardedDataset({
    layout,
    vocabSize,
    open: async (shard) => memorySource(shardOf(layout, vocabSize, shard)),
  })
}

test('sample i is tokens i T to i T + T of the stream, whatever the shards', async () => {
  const sizes = fc.record({
    tokenBytes: fc.constantFrom<TokenBytes>(1, 2, 4),
    sampleTokens: fc.integer({ min: 1, max: 9 }),
    trainSamples: fc.integer({ min: 1, max: 20 }),
    heldOutSamples: fc.nat(5),
    shardSamples: fc.integer({ min: 1, max: 12 }),
  })
  await fc.assert(
    fc.asyncProperty(sizes, fc.array(fc.nat(), { maxLength: 30 }), async (layout, picks) => {
      const vocabSize = layout.tokenBytes === 1 ? 256 : layout.tokenBytes === 2 ? 65_536 : 2 ** 20
      const dataset = datasetOf(layout, vocabSize)
      const indices = picks.map((pick) => pick % (layout.trainSamples + layout.heldOutSamples))
      const expected = indices.flatMap((index) =>
        Array.from({ length: layout.sampleTokens + 1 }, (_, i) => tokenAt(index * layout.sampleTokens + i, vocabSize)),
      )
      assert.deepEqual([...(await dataset.samples(indices))], expected)
    }),
  )
})

test('tokens are as wide as the vocabulary needs', () => {
  assert.deepEqual([256, 257, 65_536, 65_537, 2 ** 20].map(tokenBytesFor), [1, 2, 2, 4, 4])
})

test('each shard is opened once for a request and few stay open', async () => {
  const layout = layoutOf({ trainSamples: 40, shardSamples: 2 })
  const opened: number[] = []
  let open = 0
  let most = 0
  const dataset = new ShardedDataset({
    layout,
    vocabSize: 1000,
    maxOpen: 3,
    open: async (shard) => {
      opened.push(shard)
      most = Math.max(most, ++open)
      return { ...memorySource(shardOf(layout, 1000, shard)), close: async () => void open-- }
    },
  })
  await dataset.samples([30, 1, 31, 0, 30])
  assert.deepEqual(opened, [0, 15])
  await dataset.samples([0, 30])
  assert.deepEqual(opened, [0, 15], 'still open')
  await dataset.samples(Array.from({ length: 40 }, (_, i) => i))
  assert.equal(open, 3)
  assert.ok(most <= 4)
  await dataset.close()
  assert.equal(open, 0)
  assert.equal((await dataset.samples([5])).length, 5, 'opened again')
})

test('requests at once share a shard, and one that is read stays open', async () => {
  const layout = layoutOf({ trainSamples: 8, heldOutSamples: 0, shardSamples: 4 })
  const gate = Promise.withResolvers<void>()
  const closed: number[] = []
  const dataset = new ShardedDataset({
    layout,
    vocabSize: 1000,
    maxOpen: 0,
    open: async (shard): Promise<ByteSource> => {
      const source = memorySource(shardOf(layout, 1000, shard))
      const read: ByteSource['read'] = async (offset, length) => {
        if (shard === 0) await gate.promise
        assert.ok(!closed.includes(shard), 'read after it was closed')
        return source.read(offset, length)
      }
      return { size: source.size, read, close: async () => void closed.push(shard) }
    },
  })
  const waiting = [dataset.samples([0]), dataset.samples([3])]
  await dataset.samples([7])
  assert.deepEqual(closed, [1])
  gate.resolve()
  await Promise.all(waiting)
  assert.deepEqual(closed, [1, 0])
})

test('who gave up waiting for a shard does not end the wait of others', async () => {
  const layout = layoutOf({})
  const attempts: PromiseWithResolvers<ByteSource>[] = []
  const dataset = new ShardedDataset({
    layout,
    vocabSize: 1000,
    open: (_shard, signal) => {
      const attempt = Promise.withResolvers<ByteSource>()
      signal?.addEventListener('abort', () => attempt.reject(signal.reason))
      attempts.push(attempt)
      return attempt.promise
    },
  })
  const controller = new AbortController()
  const first = dataset.samples([0], controller.signal)
  const second = dataset.samples([0])
  controller.abort(new Error('enough'))
  await assert.rejects(first, /enough/)
  while (attempts.length < 2) await new Promise(setImmediate)
  attempts[1]!.resolve(memorySource(shardOf(layout, 1000, 0)))
  assert.equal((await second).length, 5)
})

test('an error to open is told, and the next request tries again', async () => {
  const layout = layoutOf({})
  let fails = true
  const dataset = new ShardedDataset({
    layout,
    vocabSize: 1000,
    open: async (shard) => {
      if (fails) throw new Error('not there')
      return memorySource(shardOf(layout, 1000, shard))
    },
  })
  await assert.rejects(dataset.samples([0]), /not there/)
  fails = false
  assert.equal((await dataset.samples([0])).length, 5)
})

test('what does not fit is refused', async () => {
  const layout = layoutOf({})
  const dataset = datasetOf(layout, 1000)
  for (const index of [-1, 10, 1.5, Number.NaN])
    await assert.rejects(dataset.samples([0, index]), { code: 'dataset/no-such-sample' })
  const cut = (bytes: number) =>
    new ShardedDataset({ layout, vocabSize: 1000, open: async () => memorySource(new Uint8Array(bytes)) }).samples([0])
  for (const bytes of [0, 33, 35]) await assert.rejects(cut(bytes), { code: 'dataset/wrong-size' })
  const large = datasetOf(layout, 1000)
  await assert.rejects(
    new ShardedDataset({ layout, vocabSize: 20, open: async (i) => memorySource(shardOf(layout, 1000, i)) }).samples([
      1,
    ]),
    { code: 'dataset/bad-token' },
  )
  assert.ok(await large.samples([1]))
  const shrunk: ByteSource = { size: shardBytes(layout, 4), read: async () => new Uint8Array(3) }
  await assert.rejects(new ShardedDataset({ layout, vocabSize: 20, open: async () => shrunk }).samples([1]), {
    code: 'dataset/short-read',
  })
  const bad: Partial<ShardLayout>[] = [
    { tokenBytes: 3 as TokenBytes },
    { sampleTokens: 0 },
    { trainSamples: 0 },
    { heldOutSamples: -1 },
    { shardSamples: 0.5 },
    { trainSamples: 2 ** 52 },
  ]
  for (const fields of bad) assert.throws(() => datasetOf(layoutOf(fields), 1000), { code: 'dataset/bad-layout' })
  assert.throws(() => datasetOf(layout, 0), { code: 'dataset/bad-layout' })
})

test('a signal ends reading', async () => {
  await assert.rejects(datasetOf(layoutOf({}), 1000).samples([0], AbortSignal.abort(new Error('enough'))), /enough/)
})

test('batches are the first samples asked for', async () => {
  const dataset = datasetOf(layoutOf({}), 1000)
  const tokens = await batches(dataset, [5, 2, 9, 1, 0], { batch: 2, steps: 2 })
  assert.deepEqual(tokens, await dataset.samples([5, 2, 9, 1]))
  await assert.rejects(batches(dataset, [1, 2, 3], { batch: 2, steps: 2 }), { code: 'dataset/too-few-samples' })
})

test('a shard larger than 4 GiB is read without holding it', async () => {
  const path = join(folder, 'large.tokens')
  const layout = layoutOf({
    sampleTokens: 1024,
    trainSamples: 2 ** 21 + 2 ** 19,
    heldOutSamples: 0,
    shardSamples: 2 ** 22,
  })
  await (await open(path, 'w')).close()
  // Blocks of zeroes take no room on the disk.
  await truncate(path, shardBytes(layout, layout.trainSamples))
  const last = layout.trainSamples - 1
  const handle = await open(path, 'r+')
  await handle.write(Uint8Array.of(0x39, 0x05), 0, 2, last * 2048)
  await handle.close()
  const dataset = new ShardedDataset({ layout, vocabSize: 50_000, open: () => openFileSource(path) })
  const before = process.memoryUsage().rss
  for (let round = 0; round < 20; round++) {
    const indices = Array.from({ length: 64 }, (_, i) => ((i * 64 + round) * 40_503) % layout.trainSamples)
    await dataset.samples(indices)
  }
  assert.equal((await dataset.samples([last]))[0], 0x0539)
  assert.ok(process.memoryUsage().rss - before < 2 ** 27, 'far less than the file')
  await dataset.close()
})

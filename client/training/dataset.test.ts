import assert from 'node:assert/strict'
import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { batches, DatasetView, datasetBytes, fileSource, memorySource } from './dataset.ts'

const folder = await mkdtemp(join(tmpdir(), 'tessera-dataset-'))
after(() => rm(folder, { recursive: true }))

const bytes = Uint8Array.from({ length: 100 }, (_, index) => index)

test('sample i is T + 1 bytes from i * T, and the last ones are held out', async () => {
  const view = new DatasetView(memorySource(bytes), { context: 10, heldOutSamples: 2 })
  assert.deepEqual([view.trainSamples, view.heldOutSamples, view.context], [7, 2, 10])
  const tokens = await view.samples([0, 8])
  assert.deepEqual(Array.from(tokens.subarray(0, 11)), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  assert.deepEqual(Array.from(tokens.subarray(11)), [80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90])
})

test('any data set is cut into as many samples as fit, each next to the other', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 3, maxLength: 60 }),
      fc.integer({ min: 1, max: 9 }),
      async (data, context) => {
        fc.pre(data.length > context)
        const view = new DatasetView(memorySource(data), { context, heldOutSamples: 0 })
        assert.ok(datasetBytes(view.trainSamples, context) <= data.length)
        assert.ok(datasetBytes(view.trainSamples + 1, context) > data.length)
        for (let index = 0; index < view.trainSamples; index++)
          assert.deepEqual(
            await view.samples([index]),
            Int32Array.from(data.subarray(index * context, index * context + context + 1)),
          )
      },
    ),
  )
})

test('a file is read by ranges like memory', async () => {
  const path = join(folder, 'data')
  await writeFile(path, bytes)
  const handle = await open(path)
  try {
    const shape = { context: 10, heldOutSamples: 1 }
    const fromFile = new DatasetView(await fileSource(handle), shape)
    const indices = [7, 0, 3]
    assert.deepEqual(
      await fromFile.samples(indices),
      await new DatasetView(memorySource(bytes), shape).samples(indices),
    )
    const reason = new Error('enough')
    await assert.rejects(fromFile.samples([0], AbortSignal.abort(reason)), reason)
    await truncate(path, 40)
    await assert.rejects(fromFile.samples([6]), { code: 'dataset/short-read' })
  } finally {
    await handle.close()
  }
})

test('batches are the samples in the order given', async () => {
  const view = new DatasetView(memorySource(bytes), { context: 10, heldOutSamples: 1 })
  const tokens = await batches(view, [3, 1, 2, 0, 7], { batch: 2, steps: 2 })
  assert.deepEqual(tokens, await view.samples([3, 1, 2, 0]))
  await assert.rejects(batches(view, [1, 2, 3], { batch: 2, steps: 2 }), { code: 'dataset/too-few-samples' })
})

test('a view that cannot be is refused', async () => {
  const source = memorySource(bytes)
  const view = new DatasetView(source, { context: 10, heldOutSamples: 1 })
  for (const index of [-1, 9, 1.5, Number.NaN])
    await assert.rejects(view.samples([index]), { code: 'dataset/no-such-sample' })
  for (const shape of [
    { context: 0, heldOutSamples: 0 },
    { context: 1.5, heldOutSamples: 0 },
    { context: 1, heldOutSamples: -1 },
  ])
    assert.throws(() => new DatasetView(source, shape), { code: 'dataset/bad-shape' })
  for (const shape of [
    { context: 100, heldOutSamples: 0 },
    { context: 10, heldOutSamples: 9 },
  ])
    assert.throws(() => new DatasetView(source, shape), { code: 'dataset/too-small' })
  assert.throws(() => new DatasetView(memorySource(new Uint8Array(0)), { context: 1, heldOutSamples: 0 }), {
    code: 'dataset/too-small',
  })
})

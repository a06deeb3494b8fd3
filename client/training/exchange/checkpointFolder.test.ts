import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { CheckpointFolder, readSmallFile } from './checkpointFolder.ts'
import { safetensors, temporaryFolder, writeFiles } from './temporaryFolder.fixture.ts'

const a = { a: { shape: [2], values: [1, 2] } }
const b = { b: { shape: [1], values: [3] } }
const index = (map: unknown): unknown => ({ metadata: { total_size: 12 }, weight_map: map })
const INDEX = 'model.safetensors.index.json'

test('tensors of several files are one set', async (context) => {
  const folder = await temporaryFolder(context)
  await writeFiles(folder, {
    [INDEX]: index({ b: 'two.safetensors', a: 'one.safetensors' }),
    'one.safetensors': safetensors(a),
    'two.safetensors': safetensors(b),
  })
  const checkpoint = await CheckpointFolder.open(folder)
  assert.deepEqual([...checkpoint.tensors.keys()].sort(), ['a', 'b'])
  assert.deepEqual(await checkpoint.read('a', 1, 1), Float32Array.of(2))
  assert.deepEqual(await checkpoint.read('b', 0, 1), Float32Array.of(3))
  await assert.rejects(checkpoint.read('c', 0, 1), { code: 'safetensors/bad-tensor' })
  await checkpoint.close()
})

test('a single file goes before an index, as in transformers', async (context) => {
  const folder = await temporaryFolder(context)
  await writeFiles(folder, { [INDEX]: 'no JSON', 'model.safetensors': safetensors(a) })
  const checkpoint = await CheckpointFolder.open(folder)
  assert.deepEqual([...checkpoint.tensors.keys()], ['a'])
  await checkpoint.close()
})

const many = Object.fromEntries(Array.from({ length: 513 }, (_, number) => [`t${number}`, `${number}.safetensors`]))
const refused: Readonly<Record<string, unknown>> = {
  'no JSON': '{',
  'no map': {},
  'a map that is a list': index([]),
  'no files': index({}),
  'too many files': index(many),
  'a path upwards': index({ a: '../one.safetensors' }),
  'a path downwards': index({ a: 'sub/one.safetensors' }),
  'a path of Windows': index({ a: 'sub\\one.safetensors' }),
  'an absolute path': index({ a: '/etc/passwd' }),
  'a hidden file': index({ a: '.safetensors' }),
  'another kind of file': index({ a: 'one.bin' }),
  'a number for a file': index({ a: 1 }),
  'a name twice': '{"weight_map":{"a":"one.safetensors","a":"two.safetensors"}}',
  'a tensor that is not there': index({ a: 'one.safetensors', c: 'one.safetensors' }),
  'a tensor in the wrong file': index({ a: 'two.safetensors', b: 'two.safetensors' }),
  'a tensor the index leaves out': index({ b: 'two.safetensors', c: 'one.safetensors' }),
}

for (const [what, content] of Object.entries(refused))
  test(`an index is refused: ${what}`, async (context) => {
    const folder = await temporaryFolder(context)
    await writeFiles(folder, {
      'inner/model.safetensors.index.json': content,
      'inner/one.safetensors': safetensors(a),
      'inner/two.safetensors': safetensors(b),
      'inner/sub/one.safetensors': safetensors(a),
      'one.safetensors': safetensors(a),
    })
    await assert.rejects(CheckpointFolder.open(join(folder, 'inner')), { code: 'safetensors/bad-index' })
  })

test('what cannot be read is named', async (context) => {
  const folder = await temporaryFolder(context)
  const refusedAs = { code: 'safetensors/unreadable' }
  await assert.rejects(CheckpointFolder.open(folder), refusedAs)
  await assert.rejects(CheckpointFolder.open(join(folder, 'nowhere')), refusedAs)
  await writeFiles(folder, { [INDEX]: index({ a: 'gone.safetensors' }), 'big.json': new Uint8Array(11), 'sub/x': '' })
  await assert.rejects(CheckpointFolder.open(folder), refusedAs)
  await assert.rejects(readSmallFile(join(folder, 'big.json'), 10), refusedAs)
  await assert.rejects(readSmallFile(join(folder, 'sub'), 10_000), refusedAs)
  assert.equal((await readSmallFile(join(folder, 'big.json'), 11))?.length, 11)
  assert.equal(await readSmallFile(join(folder, 'none.json'), 10), undefined)
})

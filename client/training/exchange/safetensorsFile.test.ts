import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ByteSource, memorySource } from '../data/byteSource.ts'
import { SafetensorsFile } from './safetensorsFile.ts'
import { rawSafetensors, safetensors } from './temporaryFolder.fixture.ts'

const values = Float32Array.from({ length: 24 }, (_, index) => index / 7)
const bytes = safetensors({ odd: { shape: [1], values: [5] }, table: { shape: [6, 4], values } })

test('ranges of a tensor are read, and nothing else', async () => {
  const asked: [number, number][] = []
  const memory = memorySource(bytes)
  const file = await SafetensorsFile.open({
    size: memory.size,
    read: (offset, length) => {
      asked.push([offset, length])
      return memory.read(offset, length)
    },
  })
  assert.deepEqual(await file.read('table', 5, 3), values.subarray(5, 8))
  const start = file.header.tensors.get('table')!.start
  assert.deepEqual(asked.slice(1), [
    [8, start - 8 - 4],
    [start + 20, 12],
  ])
})

test('each kind of float becomes float32', async () => {
  const kinds = {
    F64: { size: 8, data: new Uint8Array(Float64Array.of(1 / 3, -2).buffer) },
    F32: { size: 4, data: new Uint8Array(Float32Array.of(1 / 3, -2).buffer) },
    F16: { size: 2, data: new Uint8Array(Uint16Array.of(0x3555, 0xc000).buffer) },
    BF16: { size: 2, data: new Uint8Array(Uint16Array.of(0x3eab, 0xc000).buffer) },
  }
  const expected = { F64: Math.fround(1 / 3), F32: Math.fround(1 / 3), F16: 0x555 / 4096, BF16: 0xab / 512 }
  for (const [dtype, { size, data }] of Object.entries(kinds)) {
    // A byte before it, so that the tensor lies at an offset that no typed array could begin at.
    const entry = `"x":{"dtype":"${dtype}","shape":[2],"data_offsets":[1,${1 + 2 * size}]}`
    const header = `{"u":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},${entry}}`
    const file = await SafetensorsFile.open(memorySource(rawSafetensors(header, Uint8Array.of(9, ...data))))
    assert.deepEqual([...(await file.read('x', 0, 2))], [expected[dtype as keyof typeof expected], -2], dtype)
  }
})

test('what the file does not have is refused', async () => {
  const file = await SafetensorsFile.open(memorySource(bytes))
  const refused = { code: 'safetensors/bad-tensor' }
  await assert.rejects(file.read('chair', 0, 1), refused)
  await assert.rejects(file.read('table', 20, 5), refused)
  await assert.rejects(file.read('table', -1, 1), refused)
  const whole = '{"x":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}}'
  const integers = await SafetensorsFile.open(memorySource(rawSafetensors(whole, new Uint8Array(4))))
  await assert.rejects(integers.read('x', 0, 1), refused)
})

/** Gives at most 5 bytes at a time, and none from `end` on. */
function halting(end: number): ByteSource {
  return {
    size: bytes.length,
    read: async (offset, length) => bytes.slice(offset, Math.max(offset, Math.min(offset + length, offset + 5, end))),
  }
}

test('a source that gives little at a time is asked again', async () => {
  const file = await SafetensorsFile.open(halting(bytes.length))
  assert.deepEqual(await file.read('table', 0, 24), values)
})

test('a file that was cut while it was read is told of', async () => {
  let source = memorySource(bytes)
  const file = await SafetensorsFile.open({ size: bytes.length, read: (at, length) => source.read(at, length) })
  source = memorySource(bytes.subarray(0, bytes.length - 1))
  await assert.rejects(file.read('table', 0, 24), { code: 'safetensors/unreadable' })
})

test('a stop is heard', async () => {
  const reason = new Error('enough')
  const source: ByteSource = {
    size: bytes.length,
    read: async (at, length, signal) => {
      signal?.throwIfAborted()
      return bytes.subarray(at, at + length)
    },
  }
  await assert.rejects(SafetensorsFile.open(source, AbortSignal.abort(reason)), reason)
})

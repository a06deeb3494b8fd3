// What a strict reader accepts and refuses, by hand and by chance.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isTesseraError } from '@tessera/protocol/errors'
import fc from 'fast-check'
import { memorySource } from '../data/byteSource.ts'
import { SafetensorsFile } from './safetensorsFile.ts'
import { encodeHeader, headerLength, MAX_HEADER_BYTES, parseHeader } from './safetensorsHeader.ts'
import { rawSafetensors, safetensors } from './temporaryFolder.fixture.ts'

const BAD = { code: 'safetensors/bad-header' }
const one = '"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}'

async function opened(bytes: Uint8Array): Promise<SafetensorsFile> {
  return SafetensorsFile.open(memorySource(bytes))
}

test('a file as the reference implementation writes it', async () => {
  // Made with `safetensors.numpy.save({'a': float32 [[1, 2]], 'b': float16 [3]}, metadata={'k': 'v'})` of safetensors 0.8.0.
  const header =
    '{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"b":{"dtype":"F16","shape":[1],"data_offsets":[8,10]}}'
  const data = Uint8Array.of(0, 0, 128, 63, 0, 0, 0, 64, 0, 66)
  const file = await opened(rawSafetensors(header.padEnd(Math.ceil(header.length / 8) * 8), data))
  assert.deepEqual(file.header.metadata, { k: 'v' })
  assert.deepEqual(await file.read('a', 0, 2), Float32Array.of(1, 2))
  assert.deepEqual(await file.read('b', 0, 1), Float32Array.of(3))
  assert.deepEqual(file.header.tensors.get('a')?.shape, [1, 2])
})

test('empty tensors, scalars and files without tensors are proper', async () => {
  const empty = '"e":{"dtype":"F32","shape":[3,0],"data_offsets":[0,0]}'
  const scalar = '"s":{"dtype":"F32","shape":[],"data_offsets":[0,4]}'
  const file = await opened(rawSafetensors(`{${scalar},${empty}}`, new Uint8Array(4)))
  assert.equal((await file.read('e', 0, 0)).length, 0)
  assert.equal((await file.read('s', 0, 1)).length, 1)
  assert.equal((await opened(rawSafetensors('{}'))).header.tensors.size, 0)
})

const refused: Readonly<Record<string, Uint8Array>> = {
  'nothing at all': new Uint8Array(),
  'less than a length': new Uint8Array(7),
  'a header longer than the file': rawSafetensors('{}').with(0, 3),
  'a header of 2^63 bytes': rawSafetensors('{}').with(7, 0x80),
  'an empty header': rawSafetensors(''),
  'no JSON': rawSafetensors('{"a":'),
  'no object': rawSafetensors('[]'),
  'a space before the object': rawSafetensors(' {}'),
  'no UTF-8': rawSafetensors(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)),
  'a byte-order mark': rawSafetensors('\ufeff{}'),
  'a name twice': rawSafetensors(`{${one},${one}}`, new Uint8Array(8)),
  'a name twice, once in escapes': rawSafetensors(`{${one},${one.replace('"a"', '"\\u0061"')}}`, new Uint8Array(8)),
  'a field twice': rawSafetensors(
    '{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
    new Uint8Array(8),
  ),
  'metadata that is no text': rawSafetensors('{"__metadata__":{"a":1}}'),
  'metadata that is a list': rawSafetensors('{"__metadata__":[]}'),
  'a tensor that is no object': rawSafetensors('{"a":1}'),
  'a field too many': rawSafetensors('{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0],"more":1}}'),
  'an unknown dtype': rawSafetensors('{"a":{"dtype":"F31","shape":[0],"data_offsets":[0,0]}}'),
  'a dtype of the prototype': rawSafetensors('{"a":{"dtype":"toString","shape":[0],"data_offsets":[0,0]}}'),
  'no dtype': rawSafetensors('{"a":{"shape":[0],"data_offsets":[0,0]}}'),
  'no shape': rawSafetensors('{"a":{"dtype":"F32","data_offsets":[0,0]}}'),
  'a negative size': rawSafetensors('{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,0]}}'),
  'half a size': rawSafetensors('{"a":{"dtype":"F32","shape":[0.5],"data_offsets":[0,2]}}', new Uint8Array(2)),
  'nine axes': rawSafetensors('{"a":{"dtype":"F32","shape":[0,0,0,0,0,0,0,0,0],"data_offsets":[0,0]}}'),
  'sizes that overflow': rawSafetensors(
    '{"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,0]}}',
  ),
  'no offsets': rawSafetensors('{"a":{"dtype":"F32","shape":[0]}}'),
  'three offsets': rawSafetensors('{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0,0]}}'),
  'offsets backwards': rawSafetensors('{"a":{"dtype":"F32","shape":[0],"data_offsets":[4,0]}}', new Uint8Array(4)),
  'a shape that is not its bytes': rawSafetensors(`{${one.replace('[2]', '[3]')}}`, new Uint8Array(8)),
  'data behind the end': rawSafetensors(`{${one}}`, new Uint8Array(7)),
  'data nobody owns at the end': rawSafetensors(`{${one}}`, new Uint8Array(9)),
  'a hole': rawSafetensors(`{${one},"b":{"dtype":"U8","shape":[1],"data_offsets":[9,10]}}`, new Uint8Array(10)),
  'a hole at the start': rawSafetensors(`{${one.replace('[0,8]', '[1,9]')}}`, new Uint8Array(9)),
  'an overlap': rawSafetensors(`{${one},"b":{"dtype":"U8","shape":[4],"data_offsets":[7,11]}}`, new Uint8Array(11)),
  'the same bytes twice': rawSafetensors(`{${one},${one.replace('"a"', '"b"')}}`, new Uint8Array(8)),
}

for (const [what, bytes] of Object.entries(refused)) test(`refused: ${what}`, () => assert.rejects(opened(bytes), BAD))

test('a header beyond the limit is refused before anything is read', () => {
  const start = new Uint8Array(8)
  new DataView(start.buffer).setBigUint64(0, BigInt(MAX_HEADER_BYTES + 1), true)
  assert.throws(() => headerLength(start, 2 ** 40), BAD)
})

const shapes = fc.array(fc.nat({ max: 4 }), { maxLength: 3 })
const tensors = fc.dictionary(fc.string({ minLength: 1 }), shapes, { maxKeys: 6 }).map((named) =>
  Object.entries(named)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, shape], index) => ({ name, shape, dtype: (['F32', 'BF16', 'F64', 'U8'] as const)[index % 4]! })),
)

test('what is written is what is read', () => {
  fc.assert(
    fc.property(tensors, fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }), (list, metadata) => {
      const bytes = encodeHeader(list, metadata)
      assert.equal(bytes.length % 8, 0)
      const sizes = { F32: 4, BF16: 2, F64: 8, U8: 1 }
      const data = list.reduce((sum, { dtype, shape }) => sum + shape.reduce((a, b) => a * b, sizes[dtype]), 0)
      const length = headerLength(bytes, bytes.length + data)
      const header = parseHeader(bytes.subarray(8, 8 + length), bytes.length + data)
      assert.deepEqual(header.metadata, metadata)
      assert.deepEqual(
        new Set([...header.tensors.values()].map(({ name, dtype, shape }) => JSON.stringify({ name, dtype, shape }))),
        new Set(list.map(({ name, dtype, shape }) => JSON.stringify({ name, dtype, shape }))),
      )
    }),
  )
})

test('a damaged file is refused or still covers its data exactly once', async () => {
  const good = safetensors({
    first: { shape: [2, 3], values: [1, 2, 3, 4, 5, 6] },
    'second "name"': { shape: [4], values: [7, 8, 9, 10] },
    third: { shape: [], values: [11] },
  })
  const edits = fc.array(fc.tuple(fc.nat({ max: good.length - 1 }), fc.nat({ max: 255 })), {
    minLength: 1,
    maxLength: 3,
  })
  const cut = fc.integer({ min: -20, max: 20 })
  await fc.assert(
    fc.asyncProperty(edits, cut, async (changes, more) => {
      const bytes = new Uint8Array(good.length + more)
      bytes.set(good.subarray(0, bytes.length))
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
      let file: SafetensorsFile
      try {
        file = await opened(bytes)
      } catch (error) {
        assert.ok(isTesseraError(error, 'safetensors/bad-header'), String(error))
        return
      }
      const spans = [...file.header.tensors.values()]
      const total = spans.reduce((sum, span) => sum + span.bytes, 0)
      assert.equal(spans.at(-1)!.start + spans.at(-1)!.bytes, bytes.length)
      assert.equal(spans[0]!.start + total, bytes.length)
    }),
    { numRuns: 3000 },
  )
})

test('no bytes at all crash the reader', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      await assert.rejects(opened(rawSafetensors(bytes)), BAD)
    }),
  )
})

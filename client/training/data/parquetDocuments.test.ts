import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer'
import { type ByteSource, memorySource } from './byteSource.ts'
import { type Passage, START } from './documents.ts'
import { contentsOf, folderWith, optionsFor, streamsOf } from './folders.fixture.ts'
import { readParquet } from './parquetDocuments.ts'
import { type PrepareProgress, prepareData } from './prepareData.ts'

const OPTIONS = { field: 'text', maxDocumentBytes: 2 ** 20, passageBytes: 2 ** 16 }

type Codec = 'SNAPPY' | 'UNCOMPRESSED' | 'ZSTD' | 'GZIP' | 'BROTLI'

const compressors = { ZSTD: zstdCompressSync, GZIP: gzipSync, BROTLI: brotliCompressSync }

function fileOf(columnData: ColumnSource[], rowGroupSize = 100, codec: Codec = 'SNAPPY'): Uint8Array {
  return new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize, codec, compressors }))
}

function textColumn(data: (string | null)[]): ColumnSource {
  return { name: 'text', data, type: 'STRING', nullable: true }
}

async function read(bytes: Uint8Array, start = START, options = OPTIONS): Promise<Passage[]> {
  return Array.fromAsync(readParquet(memorySource(bytes), start, options))
}

function contents(passages: readonly Passage[]): (readonly [number, string])[] {
  return passages.map(({ cursor, content }) => [cursor.offset, 'text' in content ? content.text : content.defect])
}

test('the rows of a column come in order, from any row on, in any grouping', async () => {
  const texts = fc.array(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).map((text) => `${text}.`),
    {
      minLength: 1,
      maxLength: 50,
    },
  )
  await fc.assert(
    fc.asyncProperty(
      texts,
      fc.integer({ min: 1, max: 20 }),
      fc.nat(50),
      fc.constantFrom<Codec>('SNAPPY', 'UNCOMPRESSED', 'ZSTD', 'GZIP', 'BROTLI'),
      async (data, groupSize, from, codec) => {
        const id: ColumnSource = { name: 'id', data: data.map((_, i) => i), type: 'INT32' }
        const bytes = fileOf([id, textColumn(data)], groupSize, codec)
        const expected = data.map((text, row) => [row, text.toWellFormed()] as const).slice(from)
        assert.deepEqual(contents(await read(bytes, { offset: from, line: 0 })), expected)
      },
    ),
    { numRuns: 60 },
  )
})

test('rows without text, too long or not UTF-8 are told', async () => {
  const bytes = fileOf([textColumn(['one', null, ' ', 'x'.repeat(100), 'five'])])
  assert.deepEqual(contents(await read(bytes, START, { ...OPTIONS, maxDocumentBytes: 99 })), [
    [0, 'one'],
    [1, 'missing-field'],
    [2, 'empty'],
    [3, 'too-long'],
    [4, 'five'],
  ])
  const raw = [Uint8Array.of(0x61), Uint8Array.of(0xff)]
  const binary = fileOf([{ name: 'text', data: raw, type: 'BYTE_ARRAY' }])
  assert.deepEqual(contents(await read(binary)), [
    [0, 'a'],
    [1, 'not-utf8'],
  ])
})

test('a column that is not there or holds no text is a mistake of who asked', async () => {
  const bytes = fileOf([
    { name: 'id', data: [1, 2], type: 'INT32' },
    { name: 'meta', data: [{ a: 1 }, { a: 2 }], type: 'JSON' },
    textColumn(['a', 'b']),
  ])
  await assert.rejects(read(bytes, START, { ...OPTIONS, field: 'body' }), {
    code: 'data/no-column',
    context: { field: 'body', columns: ['id', 'meta', 'text'] },
  })
  for (const field of ['id', 'meta'])
    await assert.rejects(read(bytes, START, { ...OPTIONS, field }), { code: 'data/column-type' })
})

test('a file cut short or with other bytes in it is told and never hangs', async () => {
  const texts = Array.from({ length: 60 }, (_, i) => `text number ${i} of some length`)
  const whole = fileOf([textColumn(texts)], 20)
  for (const length of [0, 3, 11, whole.length / 2, whole.length - 1])
    assert.deepEqual(contents(await read(whole.slice(0, length))), [[0, 'bad-parquet']])
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const bytes = whole.slice()
      bytes[at]! ^= flip
      const passages = await read(bytes).catch((error: { code?: string }) => {
        assert.match(String(error.code), /^data\/(no-column|column-type)$/)
        return []
      })
      assert.ok(passages.length <= 60)
    }),
    { numRuns: 300 },
  )
})

test('a group that is broken is told once, and those after it are read', async () => {
  const texts = Array.from({ length: 30 }, (_, i) => `text number ${i} of some length`)
  const bytes = fileOf([textColumn(texts)], 10, 'UNCOMPRESSED')
  // The header of the first page of the first group stands after the magic number.
  bytes.fill(0xff, 4, 12)
  const passages = contents(await read(bytes))
  assert.deepEqual(passages[0], [0, 'bad-parquet'])
  assert.deepEqual(passages.slice(1), texts.map((text, row) => [row, text]).slice(10))
})

test('a source that fails is not a broken file', async () => {
  const whole = memorySource(fileOf([textColumn(['a'])]))
  const controller = new AbortController()
  const aborting: ByteSource = {
    size: whole.size,
    read: async () => {
      controller.abort(new Error('enough'))
      throw new Error('cut')
    },
  }
  const reading = Array.fromAsync(readParquet(aborting, START, OPTIONS, controller.signal))
  await assert.rejects(reading, /enough/)
})

test('a data set of Parquet goes on after an interruption', async (t) => {
  const texts = Array.from({ length: 80 }, (_, i) => `row ${i} has the number ${i * i}`)
  const folder = await folderWith(t, {
    'in/a.parquet': fileOf([textColumn(texts.slice(0, 50))], 7),
    'in/b.parquet': fileOf([textColumn(texts.slice(50))], 30),
  })
  await prepareData(optionsFor(folder))
  const whole = await contentsOf(join(folder, 'out'))
  const { train } = await streamsOf(join(folder, 'out'))
  assert.equal(Buffer.from(train).toString(), texts.join('').slice(0, train.length))
  for (const stop of [3, 20, 49, 55]) {
    await rm(join(folder, 'out'), { recursive: true })
    const onProgress = ({ documents }: PrepareProgress) => {
      if (documents === stop) throw new Error('stop')
    }
    await assert.rejects(prepareData(optionsFor(folder, { onProgress })), /stop/)
    await prepareData(optionsFor(folder))
    assert.deepEqual(await contentsOf(join(folder, 'out')), whole)
  }
})

test('a broken file among others is skipped where that is asked for', async (t) => {
  const folder = await folderWith(t, { 'in/b.parquet': fileOf([textColumn(['enough text for a sample'])]) })
  await writeFile(join(folder, 'in/a.parquet'), 'not Parquet')
  await assert.rejects(prepareData(optionsFor(folder)), { code: 'data/bad-document' })
  await rm(join(folder, 'out'), { recursive: true })
  const { skipped, counts } = await prepareData(optionsFor(folder, { onBadDocument: 'skip' }))
  assert.deepEqual(skipped.counts, { 'bad-parquet': 1 })
  assert.equal(counts.trainDocuments, 1)
})

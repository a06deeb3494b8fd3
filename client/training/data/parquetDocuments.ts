// Parquet: the texts of one column, a row group at a time. Numbers of groups and pages are held against limits before memory is
// taken for them, since the library takes them as they are. Runs within a page are the library's: a file made to harm can still
// make this process slow or large.

import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { TesseraError } from '@tessera/protocol/errors'
import { type AsyncBuffer, type FileMetaData, type PageHeader, parquetMetadataAsync, parquetRead } from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'
import { compressors } from 'hyparquet-compressors'
import type { ByteSource } from './byteSource.ts'
import { type Cursor, decodeText, type Passage, type ReadLimits } from './documents.ts'

export interface ParquetOptions extends ReadLimits {
  readonly field: string
}

/** Node's own where there is one: they stop at the length that the page was said to have. */
const decompressors: typeof compressors = {
  ...compressors,
  GZIP: (input, length) => gunzipSync(input, { maxOutputLength: Math.max(1, length) }),
  BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
  ZSTD: (input, length) => zstdDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
}

const MAX_METADATA_BYTES = 2 ** 27
/** A column of a row group, which is in memory as a whole. Writers make groups of at most 1 GB, over all columns. */
const MAX_COLUMN_BYTES = 2 ** 30
const MAX_GROUP_ROWS = 2 ** 25

/**
 * Throws `data/no-column` and `data/column-type`, which are mistakes in what was asked for and not in a document.
 */
export async function* readParquet(
  source: ByteSource,
  start: Cursor,
  options: ParquetOptions,
  signal?: AbortSignal,
): AsyncGenerator<Passage> {
  const file = bufferOf(source, signal)
  let metadata: FileMetaData
  try {
    metadata = await readMetadata(source, file)
  } catch (cause) {
    signal?.throwIfAborted()
    yield { cursor: start, content: { defect: 'bad-parquet', cause }, endsDocument: true }
    return
  }
  checkColumn(metadata, options.field)
  let first = 0
  for (const [index, group] of metadata.row_groups.entries()) {
    const end = first + Number(group.num_rows)
    if (end > start.offset) yield* readGroup({ file, metadata, index, first, end }, start, options, signal)
    first = end
  }
}

interface Group {
  readonly file: AsyncBuffer
  readonly metadata: FileMetaData
  readonly index: number
  /** Rows of the file before this group, and with it. */
  readonly first: number
  readonly end: number
}

async function* readGroup(
  group: Group,
  start: Cursor,
  options: ParquetOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<Passage> {
  let values: readonly unknown[]
  try {
    await checkGroup(group, options.field)
    values = await columnOf(group, options.field)
  } catch (cause) {
    signal?.throwIfAborted()
    const cursor = { offset: Math.max(start.offset, group.first), line: 0 }
    yield { cursor, content: { defect: 'bad-parquet', cause }, endsDocument: true }
    return
  }
  for (let row = Math.max(start.offset, group.first); row < group.end; row++) {
    const value = values[row - group.first]
    const cursor = { offset: row, line: 0 }
    yield { cursor, content: contentOf(value, options.maxDocumentBytes), endsDocument: true }
  }
}

function contentOf(value: unknown, most: number): Passage['content'] {
  if (!(value instanceof Uint8Array)) return { defect: 'missing-field' }
  return value.length > most ? { defect: 'too-long' } : decodeText(value)
}

async function columnOf({ file, metadata, first, end }: Group, field: string): Promise<readonly unknown[]> {
  let rows: readonly (readonly unknown[])[] = []
  await parquetRead({
    file,
    metadata,
    columns: [field],
    rowStart: first,
    rowEnd: end,
    compressors: decompressors,
    // Text is decoded here, strictly; the library puts U+FFFD for what is not UTF-8.
    parsers: { stringFromBytes: (bytes) => bytes },
    onComplete: (read) => {
      rows = read
    },
  })
  if (rows.length !== end - first) throw new RangeError(`a group of ${end - first} rows has ${rows.length}`)
  return rows.map((row) => row[0])
}

async function readMetadata(source: ByteSource, file: AsyncBuffer): Promise<FileMetaData> {
  const tail = await source.read(Math.max(0, source.size - 8), 8)
  if (tail.length < 8) throw new RangeError('the file is too short')
  const size = new DataView(tail.buffer, tail.byteOffset, 8).getUint32(0, true)
  if (size > MAX_METADATA_BYTES) throw new RangeError(`metadata of ${size} bytes`)
  const metadata = await parquetMetadataAsync(file, { geoparquet: false })
  const rows = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0)
  if (rows !== Number(metadata.num_rows)) throw new RangeError(`${rows} rows in groups, ${metadata.num_rows} in all`)
  return metadata
}

/** Numbers of a group and of the pages in its column: a page of a few bytes may say that it holds billions of values. */
async function checkGroup({ file, metadata, index, first, end }: Group, field: string): Promise<void> {
  const group = metadata.row_groups[index]
  const column = group?.columns.find(({ meta_data: data }) => data?.path_in_schema.join('.') === field)?.meta_data
  if (column === undefined) throw new RangeError(`group ${index} has no column ${field}`)
  const size = Number(column.total_compressed_size)
  const from = Number(column.dictionary_page_offset ?? column.data_page_offset)
  const within = from >= 4 && size >= 0 && from + size <= file.byteLength
  if (!within || end - first > MAX_GROUP_ROWS || size > MAX_COLUMN_BYTES)
    throw new RangeError(`group ${index} has ${end - first} rows in ${size} bytes from ${from} on`)
  const view = new DataView(await file.slice(from, from + size))
  const reader = { view, offset: 0 }
  let uncompressed = 0
  while (reader.offset < view.byteLength - 1) {
    const header = parquetHeader(reader)
    checkPage(header, end - first)
    uncompressed += header.uncompressed_page_size
    reader.offset += header.compressed_page_size
    if (uncompressed > MAX_COLUMN_BYTES || reader.offset > view.byteLength)
      throw new RangeError(`the pages of group ${index} have more bytes than it`)
  }
}

/** What the decoder takes memory and time by. */
function checkPage(header: PageHeader, rows: number): void {
  const { type, data_page_header: v1, data_page_header_v2: v2, dictionary_page_header: dictionary } = header
  const page =
    type === 'DATA_PAGE' ? v1 : type === 'DATA_PAGE_V2' ? v2 : type === 'DICTIONARY_PAGE' ? dictionary : undefined
  const count = (value: number | undefined, most: number) =>
    Number.isInteger(value) && Number(value) >= 0 && Number(value) <= most
  const sizes =
    count(header.compressed_page_size, MAX_COLUMN_BYTES) && count(header.uncompressed_page_size, MAX_COLUMN_BYTES)
  if (!sizes || page?.encoding === undefined || !count(page.num_values, rows))
    throw new RangeError(`a ${type} of ${page?.num_values} values in ${header.uncompressed_page_size} bytes`)
  if (v2 === undefined || type !== 'DATA_PAGE_V2') return
  const levels = v2.definition_levels_byte_length + v2.repetition_levels_byte_length
  const sound =
    count(v2.num_nulls, v2.num_values) && v2.num_rows === v2.num_values && v2.repetition_levels_byte_length === 0
  if (!sound || !count(levels, Math.min(header.compressed_page_size, header.uncompressed_page_size)))
    throw new RangeError(`a page of ${v2.num_rows} rows with ${levels} bytes of levels`)
}

function checkColumn(metadata: FileMetaData, field: string): void {
  const columns = topLevel(metadata)
  const column = columns.find(({ name }) => name === field)
  if (column === undefined)
    throw new TesseraError('data/no-column', `there is no column ${field}`, {
      hint: 'Name the column that holds the text',
      context: { field, columns: columns.map(({ name }) => name).slice(0, 50) },
    })
  const { type, converted_type: converted, logical_type: logical } = column
  const plain = type === 'BYTE_ARRAY' && (converted ?? 'UTF8') === 'UTF8' && (logical?.type ?? 'STRING') === 'STRING'
  if (plain && column.repetition_type !== 'REPEATED') return
  throw new TesseraError(
    'data/column-type',
    `column ${field} holds ${logical?.type ?? converted ?? type ?? 'groups'}, not text`,
    {
      hint: 'Name a column of strings',
      context: { field, type: logical?.type ?? converted ?? type },
    },
  )
}

/** The schema is a tree written depth first, the root before the columns. */
function topLevel({ schema }: FileMetaData): FileMetaData['schema'] {
  const out: FileMetaData['schema'] = []
  // How many elements deep children are still to come, by the elements left to read.
  let skip = 0
  for (const element of schema.slice(1)) {
    if (skip === 0) out.push(element)
    else skip--
    skip += element.num_children ?? 0
  }
  return out
}

function bufferOf(source: ByteSource, signal: AbortSignal | undefined): AsyncBuffer {
  return {
    byteLength: source.size,
    slice: async (start, end = source.size) => {
      const bytes = await source.read(start, end - start, signal)
      if (bytes.length !== end - start) throw new RangeError(`${bytes.length} of ${end - start} bytes at ${start}`)
      return bytes.slice().buffer
    },
  }
}

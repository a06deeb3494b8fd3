// Text, JSON lines and Parquet to a folder of token shards with a manifest. The same command after an interruption goes on where it
// was, and the bytes are those of a run without one. Not the order of training: that is permuted, by a key, when samples are drawn.

import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { TesseraError } from '@tessera/protocol/errors'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import {
  type DatasetManifest,
  type DatasetSettings,
  MANIFEST_NAME,
  manifestText,
  parseDatasetManifest,
  type TokenizerReference,
} from './datasetManifest.ts'
import { badDocument, type Cursor, type Passage, START } from './documents.ts'
import {
  BEGINNING,
  checkSettings,
  JOURNAL_NAME,
  type Journal,
  readIfThere,
  readJournal,
  writeJournal,
  writeWhole,
} from './journal.ts'
import { readJsonl } from './jsonlDocuments.ts'
import { type Address, HELD_OUT_NAME, Packer, type PackerState } from './packer.ts'
import { readParquet } from './parquetDocuments.ts'
import { tokenBytesFor } from './shardedDataset.ts'
import { changedSource, digestOf, findSources, type OpenedSource, openSource, type SourceFile } from './sourceFiles.ts'
import { readText } from './textDocuments.ts'

export interface PrepareProgress {
  /** First all files are digested, then they are packed. */
  readonly phase: 'digest' | 'pack'
  /** Of the source files. */
  readonly bytes: number
  readonly totalBytes: number
  readonly documents: number
  readonly tokens: number
  readonly shards: number
}

export interface PrepareOptions {
  /** Files and folders. */
  readonly sources: readonly string[]
  /** Where the shards go: empty, or what an interrupted call of the same kind has left. */
  readonly folder: string
  readonly tokenizer: Tokenizer
  readonly tokenizerReference: TokenizerReference
  /** T */
  readonly sampleTokens: number
  /** Samples of a shard; by default so many that it has about 64 MiB. */
  readonly shardSamples?: number
  /** Share of the documents that is held out, by a hash of each with the seed. Default 0.01. */
  readonly heldOutFraction?: number
  readonly heldOutSeed?: string
  readonly maxHeldOutSamples?: number
  /** Of JSON lines and Parquet. Default `text`. */
  readonly field?: string
  /** The line that stands between documents of text files. Without one they are read in passages. */
  readonly separator?: string
  /** What special tokens are that are written out in documents. Default `text`: nobody's document ends another. */
  readonly specialTokens?: 'token' | 'text'
  readonly onBadDocument?: 'fail' | 'skip'
  readonly maxDocumentBytes?: number
  readonly passageBytes?: number
  /** The address of a shard, by its bytes; may store them. */
  readonly address: Address
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: PrepareProgress) => void
}

const SHARD_BYTES = 2 ** 26

/**
 * Throws `data/no-source`, `data/source-changed`, `data/bad-document`, `data/no-column`, `data/column-type`, `data/folder-in-use`,
 * `data/other-settings`, `data/bad-journal`, `data/bad-manifest`, `data/bad-option`, `data/too-small`, `data/too-many-shards`, what
 * `address` throws, and the signal's reason.
 */
export async function prepareData(options: PrepareOptions): Promise<DatasetManifest> {
  const settings = settingsOf(options)
  const files = await findSources(options.sources, options.signal)
  await mkdir(options.folder, { recursive: true })
  const done = await finished(options, settings, files)
  if (done !== undefined) return done
  const journal = await begun(options, settings, files)
  const manifest = await pack(options, files, journal)
  await writeWhole(options.folder, MANIFEST_NAME, manifestText(manifest))
  for (const name of [HELD_OUT_NAME, JOURNAL_NAME]) await rm(join(options.folder, name), { force: true })
  return manifest
}

function settingsOf(options: PrepareOptions): DatasetSettings {
  const { tokenizer, sampleTokens } = options
  const { vocabSize, startOfText = -1, endOfText = -1 } = tokenizer
  const perShard = Math.floor(SHARD_BYTES / (sampleTokens * tokenBytesFor(vocabSize)))
  const settings: DatasetSettings = {
    tokenizer: options.tokenizerReference,
    vocabSize,
    startOfText,
    endOfText,
    sampleTokens,
    shardSamples: options.shardSamples ?? Math.max(1, perShard),
    heldOutFraction: options.heldOutFraction ?? 0.01,
    heldOutSeed: options.heldOutSeed ?? '',
    maxHeldOutSamples: options.maxHeldOutSamples ?? 0,
    field: options.field ?? 'text',
    separator: options.separator ?? '',
    specialTokens: options.specialTokens ?? 'text',
    onBadDocument: options.onBadDocument ?? 'fail',
    maxDocumentBytes: options.maxDocumentBytes ?? 2 ** 24,
    passageBytes: options.passageBytes ?? 2 ** 16,
  }
  const whole = (value: number, least: number, most: number) =>
    Number.isInteger(value) && value >= least && value <= most
  const { shardSamples, heldOutFraction, maxHeldOutSamples, maxDocumentBytes, passageBytes } = settings
  const counts =
    whole(sampleTokens, 1, 2 ** 20) && whole(shardSamples, 1, 2 ** 32) && whole(maxHeldOutSamples, 0, 2 ** 32)
  const sizes = whole(maxDocumentBytes, 1, 2 ** 28) && whole(passageBytes, 16, 2 ** 28) && whole(vocabSize, 1, 2 ** 20)
  if (counts && sizes && heldOutFraction >= 0 && heldOutFraction < 1) return settings
  throw new TesseraError('data/bad-option', 'a size, a count or the share to hold out is not possible', {
    hint: 'Sizes and counts are whole numbers; the share to hold out is from 0 to below 1',
    context: { sampleTokens, shardSamples, heldOutFraction, maxHeldOutSamples, maxDocumentBytes, passageBytes },
  })
}

/** The manifest, if this was all done before. */
async function finished(
  options: PrepareOptions,
  settings: DatasetSettings,
  files: readonly SourceFile[],
): Promise<DatasetManifest | undefined> {
  const bytes = await readIfThere(join(options.folder, MANIFEST_NAME))
  if (bytes === undefined) return undefined
  const manifest = parseDatasetManifest(bytes)
  checkSettings(manifest.settings, settings)
  const sources = await digestAll(options, files)
  checkSources(manifest.sources, sources)
  return manifest
}

/** The journal of the interrupted call, or of one that begins. */
async function begun(
  options: PrepareOptions,
  settings: DatasetSettings,
  files: readonly SourceFile[],
): Promise<Journal> {
  const { folder } = options
  const known = await readJournal(folder)
  if (known === undefined) {
    const there = (await readdir(folder)).filter((name) => name !== `${JOURNAL_NAME}.part`)
    if (there.length > 0)
      throw new TesseraError('data/folder-in-use', `${folder} has other files`, {
        hint: 'Name an empty folder, or one in which this was begun',
        context: { folder, files: there.slice(0, 10) },
      })
    const sources = await digestAll(options, files)
    const journal: Journal = { version: 1, settings, sources, shards: [], last: -1, position: BEGINNING, taken: 0 }
    await writeJournal(folder, journal)
    return journal
  }
  checkSettings(known.settings, settings)
  const untouched =
    known.sources.length === files.length && known.sources.every((source, i) => source.stamp === files[i]?.stamp)
  const sources = untouched ? known.sources : await digestAll(options, files)
  checkSources(known.sources, sources)
  return { ...known, sources }
}

async function digestAll(options: PrepareOptions, files: readonly SourceFile[]): Promise<Journal['sources']> {
  const totalBytes = sizeOf(files)
  let bytes = 0
  const onBytes = (count: number) => {
    bytes += count
    options.onProgress?.({ phase: 'digest', bytes, totalBytes, documents: 0, tokens: 0, shards: 0 })
  }
  const sources: Journal['sources'][number][] = []
  for (const file of files) {
    const sha256 = await digestOf(file, { signal: options.signal, onBytes })
    sources.push({ name: file.name, size: file.size, sha256, stamp: file.stamp })
  }
  return sources
}

function checkSources(begun: DatasetManifest['sources'], now: DatasetManifest['sources']): void {
  for (let i = 0; i < Math.max(begun.length, now.length); i++) {
    const source = begun[i] ?? now[i]
    if (source !== undefined && (begun[i]?.name !== now[i]?.name || begun[i]?.sha256 !== now[i]?.sha256))
      throw changedSource(source)
  }
}

async function pack(options: PrepareOptions, files: readonly SourceFile[], journal: Journal): Promise<DatasetManifest> {
  const { folder, tokenizer, address, signal } = options
  const { settings, sources } = journal
  const onShard = (state: PackerState) => writeJournal(folder, { version: 1, settings, sources, ...state })
  const packer = await Packer.open({ folder, settings, tokenizer, address, signal, onShard }, journal)
  try {
    for (let index = journal.position.file; index < files.length; index++)
      await packFile(
        packer,
        options,
        settings,
        files,
        index,
        index === journal.position.file ? journal.position.cursor : START,
      )
    const { trainSamples, heldOutSamples, shards, counts, skipped } = await packer.finish()
    const { sampleTokens, shardSamples, vocabSize } = settings
    const tokenBytes = tokenBytesFor(vocabSize)
    return {
      version: 1,
      data: { tokenBytes, sampleTokens, trainSamples, heldOutSamples, shardSamples, shards },
      settings,
      counts,
      skipped,
      sources: sources.map(({ name, size, sha256 }) => ({ name, size, sha256 })),
    }
  } finally {
    await packer.close()
  }
}

async function packFile(
  packer: Packer,
  options: PrepareOptions,
  settings: DatasetSettings,
  files: readonly SourceFile[],
  index: number,
  start: Cursor,
): Promise<void> {
  const file = files[index] as SourceFile
  const opened = await openSource(file)
  const before = sizeOf(files.slice(0, index))
  try {
    for await (const passage of passagesOf(file, opened, start, settings, options.signal)) {
      options.signal?.throwIfAborted()
      if ('defect' in passage.content) {
        // What looks like a fault of the file may be that it is being written.
        await opened.checkUnchanged()
        if (settings.onBadDocument === 'fail') throw badDocument(file.name, file.format, passage)
      }
      await packer.take(passage, index, file.name, file.format)
      const bytes = before + (file.format === 'parquet' ? 0 : passage.cursor.offset)
      options.onProgress?.({ phase: 'pack', bytes, totalBytes: sizeOf(files), ...packer.progress })
    }
    await opened.checkUnchanged()
  } finally {
    await opened.close()
  }
}

function passagesOf(
  file: SourceFile,
  { source }: OpenedSource,
  start: Cursor,
  settings: DatasetSettings,
  signal: AbortSignal | undefined,
): AsyncIterable<Passage> | Iterable<Passage> {
  const { field, maxDocumentBytes, passageBytes } = settings
  const separator = settings.separator === '' ? undefined : settings.separator
  if (file.size === 0) return [{ cursor: START, content: { defect: 'empty' }, endsDocument: true }]
  if (file.format === 'jsonl') return readJsonl(source, start, { field, maxDocumentBytes, passageBytes }, signal)
  if (file.format === 'parquet') return readParquet(source, start, { field, maxDocumentBytes, passageBytes }, signal)
  return readText(source, start, { separator, maxDocumentBytes, passageBytes }, signal)
}

function sizeOf(files: readonly SourceFile[]): number {
  return files.reduce((size, file) => size + file.size, 0)
}

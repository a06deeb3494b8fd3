// What a data set in the making has done so far, so that the same command goes on after an interruption. Written anew after each
// shard, by a rename, so that it is whole or the one before; the folder holds at least what it says.

import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { canonicalJson, decodeJson, type Json, type Refusal } from '@tessera/protocol/canonicalJson'
import { TesseraError } from '@tessera/protocol/errors'
import { JsonFields } from '@tessera/protocol/jsonFields'
import type { BlobReference } from '@tessera/protocol/manifest'
import {
  type DatasetCounts,
  type DatasetSettings,
  type DatasetSource,
  MAX_SHARDS,
  readBlob,
  readCounts,
  readSettings,
  readSkipped,
  type SkippedDocuments,
} from './datasetManifest.ts'
import { type Cursor, START } from './documents.ts'

export type Side = 'train' | 'heldOut'

/** The state of the work before a passage. */
export interface Position {
  /** Number of the source file, and where in it the passage begins. */
  readonly file: number
  readonly cursor: Cursor
  /** The side on which a document has begun and not ended. */
  readonly open: Side | 'none'
  readonly counts: DatasetCounts
  readonly skipped: SkippedDocuments
}

export interface Journal {
  readonly version: 1
  readonly settings: DatasetSettings
  readonly sources: readonly (DatasetSource & { readonly stamp: string })[]
  /** Complete shards. */
  readonly shards: readonly BlobReference[]
  /** The token that the last of them ended with; -1 before the first. */
  readonly last: number
  readonly position: Position
  /** Training tokens of the passage at `position` that the shards already hold. */
  readonly taken: number
}

export const BEGINNING: Position = {
  file: 0,
  cursor: START,
  open: 'none',
  counts: { trainDocuments: 0, heldOutDocuments: 0, trainTokens: 0, heldOutTokens: 0 },
  skipped: { counts: {}, examples: [] },
}

export const JOURNAL_NAME = 'journal.json'
const MAX_BYTES = 2 ** 28
const MAX_COUNT = Number.MAX_SAFE_INTEGER
const REFUSAL: Refusal = {
  code: 'data/bad-journal',
  hint: 'Empty the folder and prepare the data set anew',
}

/** Writes `text` to `name` in `folder`, whole or not at all. */
export async function writeWhole(folder: string, name: string, text: string): Promise<void> {
  const path = join(folder, name)
  const handle = await open(`${path}.part`, 'w')
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(`${path}.part`, path)
}

export async function writeJournal(folder: string, journal: Journal): Promise<void> {
  await writeWhole(folder, JOURNAL_NAME, JSON.stringify(journal))
}

/** The journal in `folder`; undefined if there is none. Throws `data/bad-journal`. */
export async function readJournal(folder: string): Promise<Journal | undefined> {
  const bytes = await readIfThere(join(folder, JOURNAL_NAME))
  return bytes === undefined
    ? undefined
    : JsonFields.read(decodeJson(bytes, MAX_BYTES, REFUSAL), '', REFUSAL, (fields) => ({
        version: fields.choice('version', [1]),
        settings: fields.object('settings', readSettings),
        sources: fields.list('sources', 2 ** 20, (item, path) => JsonFields.read(item, path, REFUSAL, readSource)),
        shards: fields.list('shards', MAX_SHARDS, (item, path) => JsonFields.read(item, path, REFUSAL, readBlob)),
        last: fields.integer('last', -1, 2 ** 20),
        position: fields.object('position', readPosition),
        taken: fields.integer('taken', 0, MAX_COUNT),
      }))
}

/** The bytes of a file, undefined if there is none. */
export async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function readSource(fields: JsonFields): DatasetSource & { readonly stamp: string } {
  return {
    name: fields.text('name', 4096),
    size: fields.integer('size', 0, MAX_COUNT),
    sha256: fields.hex('sha256', 32),
    stamp: fields.text('stamp', 200),
  }
}

function readPosition(fields: JsonFields): Position {
  return {
    file: fields.integer('file', 0, 2 ** 20),
    cursor: fields.object('cursor', (cursor) => ({
      offset: cursor.integer('offset', 0, MAX_COUNT),
      line: cursor.integer('line', 0, MAX_COUNT),
    })),
    open: fields.choice('open', ['train', 'heldOut', 'none']),
    counts: fields.object('counts', readCounts),
    skipped: fields.object('skipped', readSkipped),
  }
}

/** Throws `data/other-settings` if a data set was begun otherwise than is asked for now. */
export function checkSettings(begun: DatasetSettings, asked: DatasetSettings): void {
  const names = Object.keys(asked) as (keyof DatasetSettings)[]
  const differ = names.filter((name) => canonicalJson(begun[name] as Json) !== canonicalJson(asked[name] as Json))
  if (differ.length === 0) return
  throw new TesseraError('data/other-settings', `the data set here was begun with another ${differ.join(', ')}`, {
    hint: 'Repeat the command with the options it was begun with, or use an empty folder',
    context: Object.fromEntries(differ.map((name) => [name, { begun: begun[name], asked: asked[name] }])),
  })
}

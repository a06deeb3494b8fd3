// The files that a data set is made of: found, told apart by their ending, digested, and held against change while they are read.

import { createHash } from 'node:crypto'
import { type FileHandle, open, readdir, stat } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import type { ByteSource } from './byteSource.ts'
import type { Format } from './documents.ts'

const FORMATS: Readonly<Record<string, Format>> = {
  '.txt': 'text',
  '.text': 'text',
  '.md': 'text',
  '.markdown': 'text',
  '.rst': 'text',
  '.tex': 'text',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.parquet': 'parquet',
}
const PIECE = 2 ** 22

export interface SourceFile {
  readonly path: string
  /** What the manifest calls it: the path from the folder that was named, without what lies above. */
  readonly name: string
  readonly format: Format
  readonly size: number
  /** What changes when the file is written to. */
  readonly stamp: string
}

/**
 * The files in `paths`, folders walked, in the order given and within a folder by name. A file that is named itself is text
 * whatever its ending; in folders, files of other endings, hidden ones and links are left out.
 * Throws `data/no-source` for a path that cannot be read, or when there is no file at all.
 */
export async function findSources(paths: readonly string[], signal?: AbortSignal): Promise<SourceFile[]> {
  const found = new Map<string, SourceFile>()
  for (const path of paths)
    for (const file of await filesIn(path, basename(path), true, signal)) found.set(file.path, file)
  if (found.size > 0) return [...found.values()]
  throw noSource(paths.join(', '), undefined)
}

async function filesIn(
  path: string,
  name: string,
  named: boolean,
  signal: AbortSignal | undefined,
): Promise<SourceFile[]> {
  signal?.throwIfAborted()
  const info = await stat(path, { bigint: true }).catch((cause: unknown) => {
    throw noSource(path, cause)
  })
  if (info.isFile()) {
    const format = FORMATS[extname(path).toLowerCase()] ?? (named ? 'text' : undefined)
    return format === undefined ? [] : [{ path, name, format, size: Number(info.size), stamp: stampOf(info) }]
  }
  if (!info.isDirectory()) throw noSource(path, undefined)
  const entries = await readdir(path, { withFileTypes: true })
  const names = entries.filter((entry) => (entry.isFile() || entry.isDirectory()) && !entry.name.startsWith('.'))
  const sorted = names.map((entry) => entry.name).sort((a, b) => (a < b ? -1 : 1))
  const files: SourceFile[] = []
  for (const inner of sorted) files.push(...(await filesIn(join(path, inner), `${name}/${inner}`, false, signal)))
  return files
}

/** SHA-256 of the file. Throws `data/source-changed`. */
export async function digestOf(
  file: SourceFile,
  options: { readonly signal?: AbortSignal | undefined; readonly onBytes?: (bytes: number) => void },
): Promise<Hex> {
  const opened = await openSource(file)
  try {
    const hash = createHash('sha256')
    for (let offset = 0; offset < file.size; ) {
      const bytes = await opened.source.read(offset, Math.min(PIECE, file.size - offset), options.signal)
      hash.update(bytes)
      offset += bytes.length
      options.onBytes?.(bytes.length)
    }
    await opened.checkUnchanged()
    return `0x${hash.digest('hex')}`
  } finally {
    await opened.close()
  }
}

export interface OpenedSource {
  readonly source: ByteSource
  /** Throws `data/source-changed` if the file is not what it was when it was found. */
  checkUnchanged(): Promise<void>
  close(): Promise<void>
}

/** Throws `data/no-source` and `data/source-changed`. */
export async function openSource(file: SourceFile): Promise<OpenedSource> {
  const handle = await open(file.path).catch((cause: unknown) => {
    throw noSource(file.path, cause)
  })
  const checkUnchanged = async () => {
    if (stampOf(await handle.stat({ bigint: true })) !== file.stamp) throw changedSource(file)
  }
  try {
    await checkUnchanged()
  } catch (error) {
    await handle.close()
    throw error
  }
  return { source: sourceOf(handle, file, checkUnchanged), checkUnchanged, close: () => handle.close() }
}

function sourceOf(handle: FileHandle, file: SourceFile, checkUnchanged: () => Promise<void>): ByteSource {
  return {
    size: file.size,
    read: async (offset, length, signal) => {
      signal?.throwIfAborted()
      const { bytesRead, buffer } = await handle.read(new Uint8Array(length), 0, length, offset)
      if (bytesRead < Math.min(length, file.size - offset)) await checkUnchanged()
      return buffer.subarray(0, bytesRead)
    },
  }
}

function stampOf(info: { size: bigint; mtimeNs: bigint; ctimeNs: bigint }): string {
  return `${info.size}-${info.mtimeNs}-${info.ctimeNs}`
}

export function changedSource({ name }: { readonly name: string }): TesseraError {
  return new TesseraError('data/source-changed', `${name} changed while the data set was being made`, {
    hint: 'Let nothing write to the files, and begin again in an empty folder',
    context: { name },
  })
}

function noSource(path: string, cause: unknown): TesseraError {
  return new TesseraError('data/no-source', `${path} has no file to read`, {
    hint: `Name files, or folders with files that end in ${Object.keys(FORMATS).join(' ')}`,
    context: { path },
    cause,
  })
}

// A corpus for a byte-level model from files on this machine: text gathered from files and folders, duplicates dropped, in a
// seeded order, so that the tail that will be held out is of the same kind as the rest. Used by whoever creates a run.

import { createHash } from 'node:crypto'
import { open, readdir, stat } from 'node:fs/promises'
import { basename, extname, join, sep } from 'node:path'
import { TesseraError } from '@tessera/protocol/errors'
import { Random } from './random.ts'

/** What counts as text in a folder. A file that is named itself is taken whatever it is called. */
const TEXT_EXTENSIONS = new Set(['.md', '.markdown', '.mdx', '.txt', '.text', '.rst', '.adoc', '.org', '.tex'])
const NEWLINE = 0x0a

export interface CorpusOptions {
  /** Files and folders; folders are walked. */
  readonly paths: readonly string[]
  /** Which of the files found in folders to take, by path; all text files if not given. */
  readonly accept?: (path: string) => boolean
  /** Stops when this much was gathered. */
  readonly maxBytes: number
  /** Fewer than this is an error; see `datasetBytes`. Default 1. */
  readonly minBytes?: number
  /** Order of the documents. Default 0. */
  readonly seed?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: { readonly documents: number; readonly bytes: number }) => void
}

export interface Corpus {
  /** The documents with a newline between them. */
  readonly bytes: Uint8Array
  readonly documents: number
  /** Documents left out because another was the same, byte for byte. */
  readonly duplicates: number
  /** Files found in folders that were left out. */
  readonly skipped: readonly { readonly path: string; readonly reason: SkipReason }[]
}

export type SkipReason = 'empty' | 'binary'

interface Candidate {
  readonly path: string
  /** Named by the caller, so a file that cannot be used is an error and not merely skipped. */
  readonly named: boolean
}

/**
 * The text under `paths`. Deterministic: same files, same seed, same bytes.
 * Throws `corpus/missing` for a path that cannot be read, `corpus/binary` and `corpus/empty` for a named file that is no text or
 * holds nothing, or when nothing else was found, and `corpus/too-small` for less than `minBytes`.
 */
export async function buildCorpus(options: CorpusOptions): Promise<Corpus> {
  const { maxBytes, minBytes = 1, signal, onProgress } = options
  const found = await findCandidates(options.paths, signal)
  const candidates = found.filter(({ named, path }) => named || (options.accept?.(path) ?? true))
  new Random(options.seed ?? 0).shuffle(candidates)
  const seen = new Set<string>()
  const documents: Uint8Array[] = []
  const skipped: { path: string; reason: SkipReason }[] = []
  let duplicates = 0
  let bytes = 0
  for (const candidate of candidates) {
    signal?.throwIfAborted()
    // One byte goes to the newline between two documents.
    const room = maxBytes - bytes - (documents.length > 0 ? 1 : 0)
    if (room < 1) break
    const { document, cut } = await readStart(candidate.path, room)
    const reason = unusable(document)
    if (cut && reason === 'empty') break
    if (reason !== undefined) {
      if (candidate.named) throw unusableFile(reason, candidate.path)
      skipped.push({ path: candidate.path, reason })
      continue
    }
    const digest = createHash('sha256').update(document).digest('hex')
    if (seen.has(digest)) {
      duplicates++
      continue
    }
    seen.add(digest)
    documents.push(document)
    bytes = maxBytes - room + document.length
    onProgress?.({ documents: documents.length, bytes })
  }
  if (documents.length === 0) throw nothingFound(options.paths, skipped)
  if (bytes < minBytes) throw tooSmall(bytes, minBytes)
  return { bytes: joined(documents, bytes), documents: documents.length, duplicates, skipped }
}

/** The documentation that came with the installed packages: enough text for a first run without a download. */
export function defaultCorpusPaths(root: string): string[] {
  return [join(root, 'node_modules')]
}

/**
 * Whether a file of a package is documentation to learn from. Change logs are left out: they are the larger half of all the
 * Markdown, and mostly hashes of commits, which no model can predict.
 */
export function isDocumentation(path: string): boolean {
  return extname(path).toLowerCase() === '.md' && !/change|history|release|licen[cs]e/i.test(basename(path))
}

/** All files under `paths`, each once, sorted by path. */
async function findCandidates(paths: readonly string[], signal: AbortSignal | undefined): Promise<Candidate[]> {
  const found = new Map<string, Candidate>()
  for (const path of paths) {
    signal?.throwIfAborted()
    const info = await stat(path).catch((cause: unknown) => {
      throw missing(path, cause)
    })
    if (info.isFile()) found.set(path, { path, named: true })
    else if (info.isDirectory())
      for (const file of await textFiles(path, signal)) found.set(file.path, found.get(file.path) ?? file)
    else throw missing(path, undefined)
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

/**
 * Text files in `folder`, at any depth. Links are not followed, so a walk cannot go in circles; hidden folders are left out, and
 * so are installed packages unless the folder is within them.
 */
async function textFiles(folder: string, signal: AbortSignal | undefined): Promise<Candidate[]> {
  signal?.throwIfAborted()
  const withPackages = folder.split(sep).includes('node_modules')
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw missing(folder, cause)
  })
  const files: Candidate[] = []
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isFile() && TEXT_EXTENSIONS.has(extname(entry.name).toLowerCase())) files.push({ path, named: false })
    const skip = entry.name.startsWith('.') || (entry.name === 'node_modules' && !withPackages)
    if (entry.isDirectory() && !skip) files.push(...(await textFiles(path, signal)))
  }
  return files
}

/** The first `limit` bytes of the file, and whether more follow; a character that the limit would cut in two is left out. */
async function readStart(path: string, limit: number): Promise<{ document: Uint8Array; cut: boolean }> {
  const handle = await open(path).catch((cause: unknown) => {
    throw missing(path, cause)
  })
  try {
    const { size } = await handle.stat()
    const length = Math.min(size, limit)
    const { bytesRead, buffer } = await handle.read(new Uint8Array(length), 0, length, 0)
    const start = buffer.subarray(0, bytesRead)
    return size > limit ? { document: wholeCharacters(start), cut: true } : { document: start, cut: false }
  } finally {
    await handle.close()
  }
}

/** `bytes` up to the start of its last character: in UTF-8 every byte of a character but the first is 10xxxxxx. */
function wholeCharacters(bytes: Uint8Array): Uint8Array {
  let end = bytes.length - 1
  while (end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end--
  return bytes.subarray(0, end)
}

function unusable(document: Uint8Array): SkipReason | undefined {
  if (document.includes(0)) return 'binary'
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(document)
    return text.trim() === '' ? 'empty' : undefined
  } catch (error) {
    if (error instanceof TypeError) return 'binary'
    throw error
  }
}

function joined(documents: readonly Uint8Array[], bytes: number): Uint8Array {
  const all = new Uint8Array(bytes).fill(NEWLINE)
  let offset = 0
  for (const document of documents) {
    all.set(document, offset)
    offset += document.length + 1
  }
  return all
}

function missing(path: string, cause: unknown): TesseraError {
  return new TesseraError('corpus/missing', `${path} cannot be read`, {
    context: { path },
    cause,
    hint: 'Name a text file or a folder that exists and may be read.',
  })
}

function unusableFile(reason: SkipReason, path: string): TesseraError {
  if (reason === 'empty')
    return new TesseraError('corpus/empty', `${path} holds no text`, {
      context: { path },
      hint: 'Name a file with text in it.',
    })
  return new TesseraError('corpus/binary', `${path} is not text in UTF-8`, {
    context: { path },
    hint: 'Convert the file to UTF-8 text, or name another.',
  })
}

function nothingFound(paths: readonly string[], skipped: Corpus['skipped']): TesseraError {
  const code = skipped.some((file) => file.reason === 'binary') ? 'corpus/binary' : 'corpus/empty'
  return new TesseraError(code, 'there is no text in the given paths', {
    context: { paths, skipped: skipped.length },
    hint: `Folders are searched for ${[...TEXT_EXTENSIONS].join(' ')}; name a folder that has such files, in UTF-8.`,
  })
}

function tooSmall(bytes: number, minBytes: number): TesseraError {
  return new TesseraError('corpus/too-small', `the text has ${bytes} bytes where at least ${minBytes} are needed`, {
    context: { bytes, minBytes },
    hint: 'Add more text, or use a model with a shorter context and fewer held-out samples.',
  })
}

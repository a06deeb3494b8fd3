// Plain text: with a separator, the documents between lines that are just the separator; without, the whole file is one document,
// which is read in passages that end at an empty line, or at a line end where there is none for long.

import type { ByteSource } from './byteSource.ts'
import { type Cursor, decodeText, type Passage, type ReadLimits, START } from './documents.ts'
import { type Line, readLines } from './lines.ts'

export interface TextOptions extends ReadLimits {
  readonly separator?: string | undefined
}

export async function* readText(
  source: ByteSource,
  start: Cursor,
  options: TextOptions,
  signal?: AbortSignal,
): AsyncGenerator<Passage> {
  const passages =
    options.separator === undefined
      ? readPassages(source, start, options, signal)
      : readSeparated(source, start, options, options.separator, signal)
  for await (const { lines, endsDocument } of passages) {
    const cursor = (lines[0] as Line).cursor
    const bytes = withoutMark(joined(lines), cursor)
    yield { cursor, content: bytes.includes(0) ? { defect: 'binary' } : decodeText(bytes), endsDocument }
  }
}

interface Gathered {
  readonly lines: readonly Line[]
  readonly endsDocument: boolean
}

async function* readPassages(
  source: ByteSource,
  start: Cursor,
  { passageBytes }: TextOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<Gathered> {
  let lines: Line[] = []
  let size = 0
  // One passage waits, since only the end of the file says that it was the last.
  let waiting: Line[] = []
  for await (const line of readLines(source, start, passageBytes, signal)) {
    if (waiting.length > 0) yield { lines: waiting, endsDocument: false }
    waiting = []
    lines.push(line)
    size += line.bytes.length
    if ((size >= passageBytes && isBlank(line)) || size >= 2 * passageBytes) {
      waiting = lines
      lines = []
      size = 0
    }
  }
  if (waiting.length + lines.length > 0) yield { lines: [...waiting, ...lines], endsDocument: true }
}

async function* readSeparated(
  source: ByteSource,
  start: Cursor,
  { maxDocumentBytes }: TextOptions,
  separator: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Gathered> {
  let lines: Line[] = []
  let size = 0
  for await (const line of readLines(source, start, maxDocumentBytes, signal)) {
    if (isSeparator(line, separator)) {
      if (!lines.every(isBlank)) yield { lines, endsDocument: true }
      lines = []
      size = 0
      continue
    }
    lines.push(line)
    size += line.bytes.length
    // A document that is too long ends here rather than being dropped: text has no other bounds than these.
    if (size >= maxDocumentBytes) {
      yield { lines, endsDocument: true }
      lines = []
      size = 0
    }
  }
  if (!lines.every(isBlank)) yield { lines, endsDocument: true }
}

function isSeparator(line: Line, separator: string): boolean {
  if (line.continues || line.bytes.length > separator.length * 3 + 2) return false
  return new TextDecoder().decode(line.bytes).replace(/\r?\n$/, '') === separator
}

function isBlank({ bytes }: Line): boolean {
  return bytes.every((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d))
}

function joined(lines: readonly Line[]): Uint8Array {
  const out = new Uint8Array(lines.reduce((size, { bytes }) => size + bytes.length, 0))
  let offset = 0
  for (const { bytes } of lines) {
    out.set(bytes, offset)
    offset += bytes.length
  }
  return out
}

/** Without the byte order mark that some programs put at the start of a file. */
export function withoutMark(bytes: Uint8Array, cursor: Cursor): Uint8Array {
  const marked = cursor.offset === START.offset && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  return marked ? bytes.subarray(3) : bytes
}

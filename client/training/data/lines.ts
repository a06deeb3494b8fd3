// The lines of a file, read in pieces, so that neither the file nor a line of it need fit into memory.

import type { ByteSource } from './byteSource.ts'
import type { Cursor } from './documents.ts'

const PIECE = 2 ** 20
const NEWLINE = 0x0a

export interface Line {
  readonly cursor: Cursor
  /** With its newline. */
  readonly bytes: Uint8Array
  /** True where the line is longer than the limit and goes on in the next. */
  readonly continues: boolean
}

/** Lines from `start` on. A line of more than `most` bytes comes in parts that end between characters of UTF-8. */
export async function* readLines(
  source: ByteSource,
  start: Cursor,
  most: number,
  signal?: AbortSignal,
): AsyncGenerator<Line> {
  let cursor = start
  let rest = new Uint8Array()
  for (let read = start.offset; ; ) {
    const piece = await source.read(read, Math.min(PIECE, source.size - read), signal)
    read += piece.length
    const last = read >= source.size || piece.length === 0
    let bytes = joined(rest, piece)
    for (let cut = cutOf(bytes, most, last); cut.length > 0; cut = cutOf(bytes, most, last)) {
      yield { cursor, bytes: bytes.subarray(0, cut.length), continues: cut.continues }
      cursor = { offset: cursor.offset + cut.length, line: cursor.line + (cut.endsLine ? 1 : 0) }
      bytes = bytes.subarray(cut.length)
    }
    if (last) return
    rest = bytes.slice()
  }
}

/** How much of `bytes` to give next; nothing while the end of a line may still come. */
function cutOf(bytes: Uint8Array, most: number, last: boolean) {
  const newline = bytes.indexOf(NEWLINE)
  if (newline >= 0 && newline < most) return { length: newline + 1, endsLine: true, continues: false }
  const length = bytes.length > most ? wholeCharacters(bytes, most) : last ? bytes.length : 0
  return { length, endsLine: false, continues: length < bytes.length }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b
  const out = new Uint8Array(a.length + b.length)
  out.set(a)
  out.set(b, a.length)
  return out
}

/** At most `length`, and where a character begins, unless there is none near: all its bytes but the first are 10xxxxxx. */
function wholeCharacters(bytes: Uint8Array, length: number): number {
  for (let end = length; end > length - 4 && end > 0; end--) if (((bytes[end] as number) & 0xc0) !== 0x80) return end
  return length
}

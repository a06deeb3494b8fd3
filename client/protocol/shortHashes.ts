// SHA-256 of many short messages, as the trees need it: by the kernel four at a time, or one by one where there is none.

import { type Kernel, loadKernel } from './kernel/kernel.ts'
import { MAX_SHORT_MESSAGE, ShortSha256 } from './shortSha256.ts'

const HASH = 32
const LANES = 4

/** Writes message `index` from byte 0 on and returns its length, MAX_SHORT_MESSAGE at most. Must not hash anything itself. */
export type WriteMessage = (message: Uint8Array, index: number) => number

/**
 * Writes the hashes of `count` messages to `out`, one after the other.
 * @throws RangeError when a message is too long, which is a mistake of the caller.
 */
export function hashShort(count: number, write: WriteMessage, out: Uint8Array): void {
  const kernel = loadKernel()
  if (kernel !== undefined) hashByFours(kernel, count, write, out)
  else hashOneByOne(count, write, out)
}

/** What the kernel does, in TypeScript. */
export function hashOneByOne(count: number, write: WriteMessage, out: Uint8Array): void {
  const hasher = new ShortSha256()
  for (let i = 0; i < count; i++) hasher.digest(write(hasher.message, i), out, HASH * i)
}

function hashByFours({ at, bytes, calls, words }: Kernel, count: number, write: WriteMessage, out: Uint8Array): void {
  const messages = Array.from({ length: LANES }, (_, lane) => {
    const start = at.messagesAt + lane * at.messageStride
    return bytes.subarray(start, start + MAX_SHORT_MESSAGE)
  })
  for (let first = 0; first < count; first += LANES) {
    const used = Math.min(LANES, count - first)
    for (const [lane, message] of messages.entries()) {
      const length = lane < used ? write(message, first + lane) : 0
      if (length > MAX_SHORT_MESSAGE) throw new RangeError(`${length} bytes are no short message`)
      words[at.lengthsAt / 4 + lane] = length
    }
    calls.hashFour()
    out.set(bytes.subarray(at.digestsAt, at.digestsAt + HASH * used), HASH * first)
  }
}

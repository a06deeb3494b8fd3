// Compression of whole answers, off the event loop. What a reader accepts is its own header's to say.

import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

export type Encoding = 'br' | 'gzip' | 'identity'

/** Shorter ones gain nothing. */
const MIN_BYTES = 1_024
/** Beyond this the best compression takes seconds. */
const LARGE_BYTES = 2_000_000

const brotli = promisify(brotliCompress)
const zip = promisify(gzip)

/** The best encoding that an `accept-encoding` header allows. */
export function encodingFor(accepted: string | undefined, bytes: number): Encoding {
  if (accepted === undefined || bytes < MIN_BYTES) return 'identity'
  const names = accepted
    .toLowerCase()
    .split(',')
    .map((part) => part.split(';').map((word) => word.trim()))
    .filter(([, weight = 'q=1']) => !/^q=0(\.0*)?$/.test(weight))
    .map(([name]) => name)
  if (names.includes('br')) return 'br'
  return names.includes('gzip') ? 'gzip' : 'identity'
}

/** @param isKept Compressed once and sent often: worth a better compression. */
export async function compress(bytes: Uint8Array, encoding: Encoding, isKept: boolean): Promise<Uint8Array> {
  if (encoding === 'identity') return bytes
  if (encoding === 'gzip') return await zip(bytes)
  const quality = isKept && bytes.length < LARGE_BYTES ? 9 : 5
  return await brotli(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  })
}

// Packed big-endian integers and concatenation: the `u8(x)`, `u64(x)` and `‖` of contracts/README.md.

import { TesseraError } from './errors.ts'

/** All parts in a row, as `abi.encodePacked` would lay them out. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/**
 * `value` as an unsigned big-endian integer of `size` bytes.
 * @throws `protocol/out-of-range` when it is negative or does not fit.
 */
export function packUint(value: bigint | number, size: number): Uint8Array {
  const out = new Uint8Array(size)
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw outOfRange(value, size)
  let rest = BigInt(value)
  if (rest < 0n || rest >> BigInt(8 * size) !== 0n) throw outOfRange(value, size)
  for (let at = size - 1; at >= 0; at--) {
    out[at] = Number(rest & 0xffn)
    rest >>= 8n
  }
  return out
}

export const u8 = (value: bigint | number): Uint8Array => packUint(value, 1)
export const u64 = (value: bigint | number): Uint8Array => packUint(value, 8)

/** The bytes read as one unsigned big-endian integer. */
export function unpackUint(bytes: Uint8Array): bigint {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return value
}

export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

function outOfRange(value: bigint | number, size: number): TesseraError {
  return new TesseraError('protocol/out-of-range', `${value} does not fit ${size} unsigned bytes`, {
    hint: 'Check the number against the field of contracts/README.md that it is meant for',
    context: { value: String(value), size },
  })
}

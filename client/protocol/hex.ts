// Bytes as 0x-prefixed hexadecimal text, the form that chain clients use. Not a codec of numbers: see bytes.ts.

import { hexToBytes as nobleToBytes, bytesToHex as nobleToHex } from '@noble/hashes/utils.js'
import { TesseraError } from './errors.ts'

export type Hex = `0x${string}`

const PATTERN = /^0x(?:[0-9a-fA-F]{2})*$/

/** True when `value` is whole bytes of 0x hexadecimal and, if given, exactly `length` bytes. */
export function isHex(value: unknown, length?: number): value is Hex {
  if (typeof value !== 'string') return false
  if (length !== undefined && value.length !== 2 + 2 * length) return false
  return PATTERN.test(value)
}

/** Lower-case hexadecimal of `bytes`. */
export function bytesToHex(bytes: Uint8Array): Hex {
  return `0x${nobleToHex(bytes)}`
}

/**
 * The bytes that `hex` writes down; with `length`, exactly that many.
 * @throws `protocol/bad-hex`
 */
export function hexToBytes(hex: string, length?: number): Uint8Array {
  if (!isHex(hex, length)) {
    const wanted = length === undefined ? 'whole bytes' : `${length} bytes`
    throw new TesseraError('protocol/bad-hex', `expected ${wanted} of 0x hexadecimal`, {
      hint: 'Pass digests as 0x and 64 digits, addresses as 0x and 40 digits',
      context: { value: String(hex).slice(0, 80), length },
    })
  }
  return nobleToBytes(hex.slice(2))
}

/** Lower case, so that an address (checksummed or not) can be compared and used as a key. */
export function lowerHex(hex: Hex): Hex {
  return hex.toLowerCase() as Hex
}

/** Equality of what is written, whatever the case of the digits. */
export function sameHex(a: Hex, b: Hex): boolean {
  return a === b || a.toLowerCase() === b.toLowerCase()
}

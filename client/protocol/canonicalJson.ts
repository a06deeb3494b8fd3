// JSON in one form only: keys sorted, no spaces, numbers as the shortest text that reads back the same. Documents with a digest
// (manifests, receipts) are written and read this way, so that one content has one address.

import { TesseraError } from './errors.ts'

/** What a document may consist of. Undefined properties are left out. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/**
 * @throws `protocol/not-json` for a number that is not finite.
 */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonicalJson(item)).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value as { readonly [key: string]: Json | undefined })
      .filter((field): field is [string, Json] => field[1] !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`)
    return `{${fields.join(',')}}`
  }
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new TesseraError('protocol/not-json', `${value} cannot be written as JSON`, {
      hint: 'Check where the number comes from; a document holds finite numbers only',
    })
  return JSON.stringify(value)
}

export function encodeJson(value: Json): Uint8Array {
  return new TextEncoder().encode(canonicalJson(value))
}

/** What to throw when a document is not as it must be. */
export interface Refusal {
  readonly code: string
  readonly hint: string
}

/**
 * The value that `bytes` hold; size is checked before anything is decoded.
 * @throws the refusal's code when the bytes are too many, not UTF-8 or not JSON.
 */
export function decodeJson(bytes: Uint8Array, maxBytes: number, refusal: Refusal): unknown {
  if (bytes.length > maxBytes)
    throw refuse(refusal, 'document', `is ${bytes.length} bytes, at most ${maxBytes} are allowed`)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw refuse(refusal, 'document', 'is not JSON in UTF-8', error)
  }
}

/** The error for one field of a document. */
export function refuse({ code, hint }: Refusal, field: string, what: string, cause?: unknown): TesseraError {
  return new TesseraError(code, `${field} ${what}`, { hint, context: { field }, cause })
}

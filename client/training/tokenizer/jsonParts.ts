// Reads the parts of a tokenizer.json, which comes from strangers. Unlike the protocol's documents it may have fields that nobody
// here knows; what is read has the right type or the file is refused.

import { TesseraError } from '@tessera/protocol/errors'

export type Part = Readonly<Record<string, unknown>>

/** `value` as an object; `where` is its path in the file. Throws `tokenizer/bad-file`, as everything here. */
export function partOf(value: unknown, where: string): Part {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Part
  throw badFile(where, 'is no object')
}

export function listOf(value: unknown, where: string, most: number): readonly unknown[] {
  if (!Array.isArray(value)) throw badFile(where, 'is no list')
  if (value.length > most) throw badFile(where, `has ${value.length} entries, more than ${most}`)
  return value
}

export function textOf(value: unknown, where: string, fallback?: string): string {
  if (typeof value === 'string') return value
  if ((value === undefined || value === null) && fallback !== undefined) return fallback
  throw badFile(where, 'is no text')
}

export function flagOf(value: unknown, where: string, fallback: boolean): boolean {
  if (typeof value === 'boolean') return value
  if (value === undefined || value === null) return fallback
  throw badFile(where, 'is neither true nor false')
}

/** A whole number from 0 to `most`. */
export function countOf(value: unknown, where: string, most: number, fallback?: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most) return value
  if ((value === undefined || value === null) && fallback !== undefined) return fallback
  throw badFile(where, `is no whole number from 0 to ${most}`)
}

export function badFile(where: string, problem: string, cause?: unknown): TesseraError {
  return new TesseraError('tokenizer/bad-file', `${where} of the tokenizer ${problem}`, {
    hint: 'Use the tokenizer.json that was published with the model, unchanged',
    context: { where },
    cause,
  })
}

/** What the reference can do and this program cannot do the same way, so that it refuses rather than give other tokens. */
export function unsupported(where: string, what: string): TesseraError {
  return new TesseraError(
    'tokenizer/unsupported',
    `${where} of the tokenizer is ${what}, which gives no exact tokens here`,
    {
      hint: 'Use a model with a byte-level or SentencePiece-like BPE tokenizer, WordPiece, or Unigram without a character map',
      context: { where, what },
    },
  )
}

// Where a page of rows goes on: the key of the last row before, as an opaque word. Rows are found by their key and not by their
// number, so new rows in front move nothing, and a reorganisation that took the row away leaves the place.

import { TesseraError } from '@tessera/protocol/errors'

/** Of one key: numbers, and texts as they are in the database. */
export type CursorKey = readonly (number | string)[]
type Kind = 'number' | 'text'
type KeyOf<K extends readonly Kind[]> = { readonly [I in keyof K]: K[I] extends 'number' ? number : string }

const MAX_TEXT = 128

export function cursorOf(key: CursorKey): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

/**
 * The key in a cursor; undefined for the first page.
 * @throws `indexer/bad-cursor`
 */
export function keyOf<const K extends readonly Kind[]>(cursor: string | undefined, kinds: K): KeyOf<K> | undefined {
  if (cursor === undefined) return undefined
  const key = parsed(cursor)
  if (!Array.isArray(key) || key.length !== kinds.length || !key.every((part, i) => fits(part, kinds[i])))
    throw new TesseraError('indexer/bad-cursor', 'this is no cursor of this route', {
      hint: 'Give the `next` of the page before as it was, or none for the first page',
    })
  // SAFETY: as many parts as there are kinds, each of its kind.
  return key as unknown as KeyOf<K>
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined
  }
}

function fits(part: unknown, kind: Kind | undefined): boolean {
  if (kind === 'number') return Number.isSafeInteger(part) && Number(part) >= 0
  return typeof part === 'string' && part.length <= MAX_TEXT && /^[\w-]*$/.test(part)
}

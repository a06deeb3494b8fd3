// The parameters of a request, strictly: each has one meaning on every route, what is unknown, twice there or out of bounds is refused.

import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import type { InPath, InQuery } from '../api/params.ts'
import { type RouteName, routes } from '../api/routes.ts'

/** The most rows of one page, and how many there are when nobody says. */
const MAX_LIMIT = 500
const DEFAULT_LIMIT = 50
const MAX_CHARACTERS = 256

const STATUSES = ['absent', 'unrevealed', 'rejected', 'included', 'pending'] as const

const readers = {
  run: wholeNumber,
  round: wholeNumber,
  epoch: wholeNumber,
  slot: wholeNumber,
  from: wholeNumber,
  operator: address,
  address,
  limit: (text: string): number | undefined => {
    const limit = wholeNumber(text)
    return limit === undefined || limit < 1 || limit > MAX_LIMIT ? undefined : limit
  },
  // What it says is its page's to judge: cursor.ts.
  cursor: (text: string): string | undefined => (/^[\w-]+$/.test(text) ? text : undefined),
  status: (text: string) => STATUSES.find((known) => known === text),
}

const ACCEPTED: Readonly<Record<keyof typeof readers, string>> = {
  run: 'a whole number',
  round: 'a whole number',
  epoch: 'a whole number',
  slot: 'a whole number',
  from: 'a whole number',
  operator: 'an address: 0x and 40 hexadecimal digits',
  address: 'an address: 0x and 40 hexadecimal digits',
  limit: `a whole number from 1 to ${MAX_LIMIT}`,
  cursor: 'the `next` of the page before',
  status: `one of ${STATUSES.join(', ')}`,
}

type Values = { readonly [K in keyof typeof readers]: NonNullable<ReturnType<(typeof readers)[K]>> }
type Name = keyof Values

/** What a route is asked with. `limit` is always there where a route has one. */
export type Parsed<N extends RouteName> = {
  readonly [K in Extract<InPath<(typeof routes)[N]['path']>, Name>]: Values[K]
} & { readonly [K in Extract<InQuery<N>, Name>]: K extends 'limit' ? number : Values[K] | undefined }

/** @throws `indexer/bad-parameter` */
export function readParameters<N extends RouteName>(
  name: N,
  path: Readonly<Record<string, string>>,
  query: URLSearchParams,
): Parsed<N> {
  const route: { readonly path: string; readonly query?: readonly string[] } = routes[name]
  const known = route.query ?? []
  const values: Record<string, unknown> = known.includes('limit') ? { limit: DEFAULT_LIMIT } : {}
  for (const [key, text] of Object.entries(path)) values[key] = read(key, text)
  const seen = new Set<string>()
  for (const [key, text] of query) {
    if (!known.includes(key) || seen.has(key)) throw unknownOrTwice(known)
    seen.add(key)
    values[key] = read(key, text)
  }
  // SAFETY: a value for each parameter of the path and for those of the query that are given, each read by its own reader.
  return values as unknown as Parsed<N>
}

function read(key: string, text: string): unknown {
  const name = key as Name
  const value = text.length > MAX_CHARACTERS ? undefined : readers[name](text)
  if (value !== undefined) return value
  throw new TesseraError('indexer/bad-parameter', `${name} is not ${ACCEPTED[name]}`, {
    hint: `Give ${ACCEPTED[name]}`,
    context: { name },
  })
}

// Names that a stranger made up are not repeated.
function unknownOrTwice(known: readonly string[]): TesseraError {
  return new TesseraError('indexer/bad-parameter', 'a parameter is unknown or given twice', {
    hint: known.length === 0 ? 'This route has none' : `This route has ${known.join(', ')}`,
  })
}

function wholeNumber(text: string): number | undefined {
  const value = /^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN
  return Number.isSafeInteger(value) ? value : undefined
}

/** In lower case; a checksum is not looked at, since nothing is sent there. */
function address(text: string): Hex | undefined {
  return /^0x[\da-f]{40}$/i.test(text) ? (text.toLowerCase() as Hex) : undefined
}

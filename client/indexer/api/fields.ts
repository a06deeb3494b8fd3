// The kinds of values that answers of the indexer are made of. A codec each: the server encodes, the dashboard decodes, and what
// does not fit is refused on both sides. Runs in a browser.

import type { Hex } from '@tessera/protocol/hex'
import * as z from 'zod/mini'

/** Bytes as 0x and lower-case digits. */
export const hex = z.custom<Hex>((value) => typeof value === 'string' && /^0x([0-9a-f]{2})*$/.test(value))
/** 20 bytes. */
export const address = z.custom<Hex>((value) => typeof value === 'string' && /^0x[0-9a-f]{40}$/.test(value))
/** 32 bytes. */
export const hash = z.custom<Hex>((value) => typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value))

/** A whole number of any size, as decimal digits on the wire: wei, units of a token, shares, votes. */
export const big = z.codec(z.string().check(z.regex(/^-?(0|[1-9]\d{0,77})$/)), z.bigint(), {
  decode: (digits) => BigInt(digits),
  encode: (value) => value.toString(),
})

/** Unix seconds. */
export const time = z.int().check(z.nonnegative())
/** A number of something, also of a run, a round, an epoch, a slot. */
export const count = z.int().check(z.nonnegative())
/** Any finite number: a loss in nats per token, a factor, a rating. */
export const real = z.number()
export const text = z.string()
export const flag = z.boolean()
export const object = z.object
export const list = z.array
export const orNull = z.nullable
export const choice = z.enum

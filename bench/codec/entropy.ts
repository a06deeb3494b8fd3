// The least bits that what a contribution says can take, to compare the bits it took. Counting only: nothing is encoded here.
//
// A record of n entries out of `valid` places, of which h are high, says: which places, one of C(valid, n) sets; which of them are
// high, one of C(n, h); a sign each; and two levels, whose 16 bits are taken as they are. No code is shorter on average when sets
// and signs are uniform, as they are to good approximation within a chunk.

import type { StateLayout } from '@tessera/protocol/layout'
import { RECORD_HEAD_BITS, recordShape } from '@tessera/protocol/recordShape'

export interface EntropyBounds {
  /** As above, all records together, bits. */
  readonly format: number
  /** Places and two bits a value: what the simplest scheme of the same precision would need, with levels for free. */
  readonly simple: number
}

export function entropyBounds(layout: StateLayout, k: number): EntropyBounds {
  const byValid = new Map<number, EntropyBounds>()
  let format = 0
  let simple = 0
  for (const { valid } of layout.chunks) {
    const known = byValid.get(valid) ?? recordBounds(valid, k)
    byValid.set(valid, known)
    format += known.format
    simple += known.simple
  }
  return { format, simple }
}

function recordBounds(valid: number, k: number): EntropyBounds {
  const { entries, highs } = recordShape(valid, k)
  const places = log2Choose(valid, entries)
  return {
    format: RECORD_HEAD_BITS + places + log2Choose(entries, highs) + entries,
    simple: places + 2 * entries,
  }
}

/** log2 of the number of sets of k out of n. */
export function log2Choose(n: number, k: number): number {
  let bits = 0
  for (let i = 1; i <= k; i++) bits += Math.log2((n - k + i) / i)
  return bits
}

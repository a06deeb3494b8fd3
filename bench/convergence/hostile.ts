// What hostile peers send. They know everything: the state, the rule, and what the honest peers of the round send.

import { compressUpdate } from '@tessera/protocol/compress'
import type { Contribution } from '@tessera/protocol/contribution'
import { recordOf } from '@tessera/protocol/contribution'
import type { StateLayout } from '@tessera/protocol/layout'
import { ZERO_ADDRESS, ZERO_HASH } from '@tessera/protocol/tags'
import { Random } from '@tessera/training/random'
import { CODEC } from './setting.ts'

/** Just below the largest magnitude that can be said. */
const LARGEST = 127

/** An honest header; the simulation does not look at it. */
export const HEADER = {
  run: 0n,
  round: 0n,
  miner: ZERO_ADDRESS,
  innerSteps: 1,
  samples: 1,
  baseRoot: ZERO_HASH,
}

/** Random coordinates to random sides. */
export function noise(layout: StateLayout, random: Random): Contribution {
  const update = new Float32Array(layout.parameters)
  for (const { offset, valid } of layout.chunks)
    for (const place of draw(valid, random)) update[offset + place] = random.below(2) === 0 ? LARGEST : -LARGEST
  return compressUpdate({ update, layout, codec: CODEC, header: HEADER }).contribution
}

/**
 * Coordinates that none of `others` sends, in an order fixed by `seed` and to sides fixed by it: the same ones round after round,
 * so that the state is carried away.
 */
export function lone(layout: StateLayout, others: readonly Contribution[], seed: number): Contribution {
  const update = new Float32Array(layout.parameters)
  for (const chunk of layout.chunks) {
    const { offset, valid } = chunk
    const sent = new Set(others.flatMap((other) => [...recordOf(other, chunk).indices]))
    const random = new Random(seed, chunk.index)
    const order = random.shuffle(Array.from({ length: valid }, (_, place) => place))
    const free = order.filter((place) => !sent.has(place))
    const chosen = [...free, ...order.filter((place) => sent.has(place))].slice(0, CODEC.k)
    for (const place of chosen) update[offset + place] = (place * 0x9e3779b1 + seed) & 0x10000 ? LARGEST : -LARGEST
  }
  return compressUpdate({ update, layout, codec: CODEC, header: HEADER }).contribution
}

function draw(valid: number, random: Random): Set<number> {
  const places = new Set<number>()
  while (places.size < Math.min(valid, CODEC.k)) places.add(random.below(valid))
  return places
}

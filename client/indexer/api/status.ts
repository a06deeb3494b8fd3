// How the indexer itself fares, as it answers.

import type * as z from 'zod/mini'
import { address, choice, count, flag, hash, list, object, orNull, text, time } from './fields.ts'

const block = object({ number: count, hash, timestamp: time })

export const status = object({
  version: text,
  chainId: count,
  genesisHash: hash,
  /** Unix seconds by the indexer's clock. */
  now: time,
  startedAt: time,
  /** Newest block that the RPC server told of, and that is indexed. */
  head: orNull(block),
  indexed: orNull(block),
  database: object({ kind: choice(['sqlite', 'postgres']), events: count, bytes: orNull(count) }),
  rpc: object({ ok: flag, latencyMs: orNull(count), error: orNull(text), checkedAt: orNull(time) }),
  /** Blocks that the chain lost, newest first, at most 20. */
  reorgs: list(object({ at: time, from: count, to: orNull(count) })),
  observer: object({ on: flag, error: orNull(text), runs: list(object({ run: count, round: count, behind: count })) }),
  gateways: list(
    object({
      url: text,
      operator: orNull(address),
      ok: flag,
      latencyMs: orNull(count),
      error: orNull(text),
      checkedAt: time,
    }),
  ),
})

/** What the live stream tells. A page that shows one of the named things asks for it again. */
export const live = object({
  block,
  /** Runs with an event in the new blocks. */
  runs: list(count),
  /** Holders and operators with one. */
  accounts: list(address),
  /** Set when the chain lost blocks: everything that is shown may be wrong. */
  reorg: flag,
  /** Runs of which the observer found something new. */
  observed: list(count),
})

export type LiveMessage = z.output<typeof live>

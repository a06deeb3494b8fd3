// Where a miner begins while the round before is not decided: the settled state, moved by the step that the rule would make of the
// miner's own contribution to that round alone. Others' are not there yet; without its own it would make the same step twice. Nobody
// checks it: what is sent is how far the steps have moved. What it is worth is measured in bench/convergence.

import type { CodecPool } from '@tessera/node/codecPool/pool'
import type { RunBundle } from '@tessera/node/runBundle'
import { maxContributionBytes } from '@tessera/protocol/contribution'
import type { BlobStore } from '@tessera/storage/blobStore'
import { toFloat } from '@tessera/training/parameters'
import type { ContributionRecord } from './contributionRecord.ts'

export interface OwnEstimateRequest {
  readonly bundle: Pick<RunBundle, 'manifest' | 'layout'>
  readonly codec: Pick<CodecPool, 'decode' | 'aggregate'>
  /** Has what the miner has sent. */
  readonly store: Pick<BlobStore, 'read'>
  /** The settled state; not written to. */
  readonly state: Int32Array
  /** The contribution to the round that is not decided, and that round. */
  readonly own: ContributionRecord
  readonly round: bigint
  readonly signal: AbortSignal
}

/** From one's own disk: a block takes milliseconds. */
const DEADLINE_MS = 60_000

/** As floats. Errors: those of the store and of the codec. */
export async function ownEstimate(request: OwnEstimateRequest): Promise<Float32Array> {
  const { bundle, codec, store, state, own, round, signal } = request
  const { layout, manifest } = bundle
  const maxBytes = maxContributionBytes(layout, manifest.codec)
  const reading = { sources: [], deadlineMs: DEADLINE_MS, maxBytes, round: Number(round), signal }
  const blob = await store.read({ digest: own.digest, size: own.size }, reading)
  const contribution = await codec.decode(blob, { layout, codec: manifest.codec }, { signal })
  const params = manifest.aggregation
  return toFloat(await codec.aggregate({ state, contributions: [contribution], layout, params }, { signal }))
}

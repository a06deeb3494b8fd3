// A checkpoint of a run for whoever only reads: follows the chain, fetches what the run is made of, and recomputes every state up to
// the round that is asked for, each held against its root on chain. No key, no stake, no part in the run.

import { join } from 'node:path'
import type { Chain } from '@tessera/chain/clients'
import { RunFollower } from '@tessera/chain/follow'
import type { BlobSource } from '@tessera/protocol/blobSource'
import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import type { RunState } from '@tessera/protocol/runState'
import { lineageOf, sourcesFor } from '@tessera/protocol/runView'
import { openEmbeddedStore } from '@tessera/storage/embeddedStore'
import { CodecPool } from './codecPool/pool.ts'
import { ContributionReader } from './contributionReader.ts'
import { foldRound } from './foldRound.ts'
import { Replica } from './replica.ts'
import { fetchRunBundle, type RunBundle } from './runBundle.ts'

/** How long the run's own blobs, and a single contribution, may take to arrive. */
const BUNDLE_DEADLINE_MS = 10 * 60_000
const CONTRIBUTION_DEADLINE_MS = 60_000
/** No operator has it, so that nobody is left out of those who may be asked. */
const NOBODY: Hex = `0x${'00'.repeat(20)}`

export interface OpenCheckpointRequest {
  readonly chain: Chain
  readonly run: bigint
  /** The last final round if not given; 0 is the genesis. */
  readonly round?: bigint | undefined
  /** Where blobs and states are kept, so that the next call goes on from there; one process at a time. */
  readonly folder: string
  readonly quotaBytes: number
  /** Gateways to ask after the members of the run. */
  readonly mirrors: readonly string[]
  /** Fetch over plain HTTP and from addresses of this machine. */
  readonly allowPrivate: boolean
  readonly signal: AbortSignal
  /** Rounds folded in, of those that are final. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void
}

export interface Checkpoint {
  readonly bundle: RunBundle
  /** int32 in units of 2^-24. */
  readonly state: Int32Array
  readonly round: bigint
  /** As the contract has it. */
  readonly root: Hex
}

/**
 * @throws `node/unknown-run`, `node/no-such-checkpoint`, and what following, fetching and folding throw. The caller reads the data
 * set, if at all, before `close`.
 */
export async function openCheckpoint(
  request: OpenCheckpointRequest,
): Promise<Checkpoint & { readonly close: () => Promise<void> }> {
  const { chain, run, folder, signal, mirrors } = request
  const follower = new RunFollower({ chain, run })
  await follower.poll(signal)
  const state = follower.current?.state
  const params = state?.params
  if (state === undefined || params === undefined || params === null) throw unknownRun(run)
  const { quotaBytes, allowPrivate: allowLoopback } = request
  const store = await openEmbeddedStore({ dir: join(folder, 'blobs'), quotaBytes, allowLoopback })
  try {
    const sources = (author: Hex | undefined): readonly BlobSource[] =>
      sourcesFor({ state, author, self: NOBODY, mirrors, random: Math.random })
    const bundle = await fetchRunBundle({
      params,
      store,
      sources: () => sources(undefined),
      deadlineMs: BUNDLE_DEADLINE_MS,
      signal,
    })
    const { layout, genesis, manifest } = bundle
    const codec = new CodecPool()
    const replica = await Replica.open({
      run,
      folder: join(folder, 'states'),
      layout,
      aggregation: manifest.aggregation,
      codec,
      genesis,
      genesisRoot: params.genesisRoot,
      keep: 2,
    })
    const reader = new ContributionReader({
      bundle,
      store,
      sources,
      deadlineMs: CONTRIBUTION_DEADLINE_MS,
      signal,
      codec,
    })
    try {
      await foldUpTo(state, replica, reader, request)
    } finally {
      await codec.close()
    }
    const { root, round } = replica
    return { bundle, state: replica.state, round, root, close: () => store.close() }
  } catch (error) {
    await store.close()
    throw error
  }
}

async function foldUpTo(
  state: RunState,
  replica: Replica,
  reader: ContributionReader,
  { round, signal, onProgress }: OpenCheckpointRequest,
): Promise<void> {
  const all = lineageOf(state)
  const lineage = round === undefined ? all : all.filter((final) => final.round <= round)
  if (round !== undefined && round !== 0n && lineage.at(-1)?.round !== round)
    throw noSuchCheckpoint(round, all.at(-1)?.round)
  for (;;) {
    const next = await replica.next(lineage)
    if (next === undefined) return
    signal.throwIfAborted()
    await foldRound({ replica, reader, state, next })
    onProgress?.({ done: lineage.findIndex((final) => final.round === next.round) + 1, total: lineage.length })
  }
}

function unknownRun(run: bigint): TesseraError {
  return new TesseraError('node/unknown-run', `there is no run ${run} on this chain`, {
    hint: 'Give the number of an existing run with --run, or the deployment file of another network',
  })
}

function noSuchCheckpoint(round: bigint, last: bigint | undefined): TesseraError {
  return new TesseraError('node/no-such-checkpoint', `round ${round} is not final, so it left no state`, {
    hint: `The last final round is ${last ?? 'the genesis, 0'}; rounds without a quorum are void`,
    context: { round: String(round), last: last === undefined ? null : String(last) },
  })
}

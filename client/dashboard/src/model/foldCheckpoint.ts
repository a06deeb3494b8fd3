// A checkpoint worked out in the browser: from the genesis, or the newest state that was worked out before, the included contributions
// of each final round are fetched, checked and folded in by the protocol's own code, and each root is held against the contract's. It
// takes nobody's word for a state.

import { aggregate } from '@tessera/protocol/aggregate'
import { checkRevealed } from '@tessera/protocol/checkRevealed'
import { type Contribution, decodeContribution, maxContributionBytes } from '@tessera/protocol/contribution'
import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import type { BlobReference } from '@tessera/protocol/manifest'
import type { RunState } from '@tessera/protocol/runState'
import { type FinalRound, includedIn, lineageOf, type Revealed } from '@tessera/protocol/runView'
import { decodeState, genesisRoot, stateRoot, stateTree } from '@tessera/protocol/state'
import type { RunDefinition } from '@tessera/training/runDefinition'
import type { StateCache } from './stateCache.ts'

/** Bytes of a blob that the chain names. */
export type ReadBlob = (query: {
  readonly ref: BlobReference
  readonly author: Hex | null
  readonly maxBytes: number
}) => Promise<Uint8Array>

export interface FoldScene {
  /** As the chain tells it. */
  readonly state: RunState
  readonly definition: RunDefinition
  readonly read: ReadBlob
  readonly cache: StateCache
  readonly signal: AbortSignal
}

/** What is to be done for a checkpoint. */
export interface FoldPlan {
  /** From the genesis up to the checkpoint. */
  readonly lineage: readonly FinalRound[]
  /** Final rounds of it that a kept state already holds. */
  readonly skipped: number
  readonly rounds: number
  /** To be fetched. */
  readonly bytes: number
}

export interface Folded {
  /** int32 in units of 2^-24. */
  readonly state: Int32Array
  readonly round: bigint
  readonly root: Hex
}

/** Told after each round that was folded, with both roots, which are equal. */
export type OnRound = (done: { readonly round: bigint; readonly root: Hex; readonly bytes: number }) => void

/** A state is kept at every so many rounds, so that a visit that is cut short is not for nothing. */
const KEEP_EVERY = 25

/**
 * @param round 0 for the genesis; the last final round if not given.
 * @throws `model/no-such-checkpoint`
 */
export async function planFold({ state, definition, cache }: FoldScene, round?: bigint): Promise<FoldPlan> {
  const all = lineageOf(state)
  const lineage = round === undefined ? all : all.filter((final) => final.round <= round)
  if (round !== undefined && round !== 0n && lineage.at(-1)?.round !== round)
    throw noSuchCheckpoint(round, all.at(-1)?.round)
  const kept = await cache.roots()
  const skipped = lineage.findLastIndex(({ root }) => kept.has(root)) + 1
  const todo = lineage.slice(skipped)
  const included = todo.flatMap(({ round: each }) => includedIn(state, each))
  const genesis = skipped === 0 ? definition.manifest.genesis.size : 0
  const bytes = included.reduce((sum, { size }) => sum + Number(size), genesis)
  return { lineage, skipped, rounds: todo.length, bytes }
}

/**
 * @throws `model/root-mismatch`, `model/invalid-included`, what reading throws, the signal's reason
 */
export async function foldCheckpoint(scene: FoldScene, plan: FoldPlan, onRound: OnRound = () => {}): Promise<Folded> {
  const { state: run, cache, signal } = scene
  let held = await startOf(scene, plan)
  const first = plan.lineage.findIndex(({ root }) => root === held.root) + 1
  const todo = plan.lineage.slice(first)
  for (const [index, final] of todo.entries()) {
    signal.throwIfAborted()
    const included = includedIn(run, final.round)
    const contributions = await Promise.all(included.map((revealed) => contributionOf(scene, revealed)))
    signal.throwIfAborted()
    const { layout, manifest } = scene.definition
    const state = aggregate(held.state, contributions, layout, manifest.aggregation)
    const root = rootOf(scene, final, state)
    if (root !== final.root) throw rootMismatch(final.round, root, final.root)
    held = { state, round: final.round, root }
    onRound({ round: final.round, root, bytes: included.reduce((sum, { size }) => sum + Number(size), 0) })
    if (index === todo.length - 1 || (index + 1) % KEEP_EVERY === 0) await cache.put(root, state)
  }
  return held
}

/** The newest state of the lineage that is kept and whole, else the genesis. */
async function startOf(scene: FoldScene, { lineage, skipped }: FoldPlan): Promise<Folded> {
  for (const final of lineage.slice(0, skipped).toReversed()) {
    const state = await scene.cache.get(final.root)
    const isWhole = state?.length === scene.definition.layout.parameters
    if (state !== undefined && isWhole && rootOf(scene, final, state) === final.root)
      return { state, round: final.round, root: final.root }
  }
  const { genesis } = scene.definition.manifest
  const { layout } = scene.definition
  const bytes = await scene.read({ ref: genesis, author: null, maxBytes: 4 * layout.parameters })
  const state = decodeState(bytes, layout)
  const root = genesisRoot(state, layout)
  const wanted = scene.state.params?.genesisRoot ?? genesis.root
  if (root !== wanted) throw rootMismatch(0n, root, wanted)
  return { state, round: 0n, root }
}

function rootOf({ state: { run }, definition }: FoldScene, { round, parentRoot }: FinalRound, state: Int32Array): Hex {
  return stateRoot({ run, round, parentRoot, treeRoot: stateTree(state, definition.layout).root })
}

async function contributionOf({ definition, read }: FoldScene, revealed: Revealed): Promise<Contribution> {
  const { layout, manifest } = definition
  const context = { layout, codec: manifest.codec }
  const ref = { digest: revealed.digest, size: Number(revealed.size) }
  const maxBytes = maxContributionBytes(layout, manifest.codec)
  const blob = await read({ ref, author: revealed.operator, maxBytes })
  const verdict = checkRevealed(decodeContribution(blob, context), revealed, { manifest })
  if (verdict.kind === 'valid') return verdict.contribution
  throw new TesseraError(
    'model/invalid-included',
    `round ${revealed.round} includes a contribution that is ${verdict.reason}`,
    {
      hint: 'Two thirds of the stake attested a set that breaks the rules: report it with run and round',
      context: { round: revealed.round, slot: revealed.slot, detail: verdict.detail },
    },
  )
}

function rootMismatch(round: bigint, computed: Hex, attested: Hex): TesseraError {
  return new TesseraError('model/root-mismatch', `round ${round}: computed ${computed}, the chain has ${attested}`, {
    hint: 'The included contributions do not give the root that was attested, or the RPC server lies: try another one, then report it',
    context: { round, computed, attested },
  })
}

function noSuchCheckpoint(round: bigint, last: bigint | undefined): TesseraError {
  return new TesseraError('model/no-such-checkpoint', `round ${round} is not final, so it left no state`, {
    hint: `The last final round is ${last ?? 'the genesis, 0'}; void rounds leave none`,
    context: { round, last },
  })
}

// A checkpoint walked back to the genesis: the roots on chain follow from one another, and the included blobs, fetched by their
// addresses and folded in by the protocol's own code, give each of them.

import type { RunState } from '@tessera/protocol/runState'
import { type FinalRound, lineageOf } from '@tessera/protocol/runView'
import type { ReadBlob } from '../model/foldCheckpoint.ts'
import { CHAIN_STEPS, replay } from './chainSteps.ts'
import type { Evidence } from './evidence.ts'
import { checkFold, checkManifest, type FoldTools, RUN_STEPS } from './runSteps.ts'
import type { Finder, StepLog, StepPlan } from './stepLog.ts'

export const CHECKPOINT_STEPS = [
  ...CHAIN_STEPS,
  {
    id: 'lineage',
    title: 'The checkpoint is in the lineage',
    about: 'Its round is final, and from it back to the genesis each root names the one before.',
  },
  ...RUN_STEPS,
  {
    id: 'row',
    title: 'The indexer shows the same',
    about: 'The root that this dashboard shows equals the chain’s.',
  },
  {
    id: 'loss',
    title: 'The loss on held-out text',
    about: 'Says what it takes to believe it.',
  },
] as const satisfies readonly StepPlan[]

export interface CheckpointQuery {
  readonly run: bigint
  /** 0: genesis. */
  readonly round: bigint
}

/** Errors: the signal's reason. */
export async function verifyCheckpoint(
  of: CheckpointQuery,
  evidence: Evidence,
  tools: FoldTools & { readonly log: StepLog },
  signal: AbortSignal,
): Promise<void> {
  const { log } = tools
  const replayed = await replay(log, evidence, of.run, signal)
  const final =
    replayed && (await log.run('lineage', signal, (find) => checkLineage(find, replayed.followed.state, of)))
  if (replayed === undefined || final === undefined)
    return log.skipWaiting('A step before has failed, and this one would rest on it')
  const { state } = replayed.followed
  const read: ReadBlob = (query) => evidence.readBlob({ ...query, state, signal })
  const definition = await log.run('manifest', signal, (find) => checkManifest(find, replayed.params, read))
  if (definition !== undefined) {
    const scene = { state, definition, read, cache: tools.cache, signal }
    await log.run('fold', signal, (find) => checkFold(find, scene, of.round, tools))
  }
  await log.run('row', signal, (find) => checkRow(find, evidence, final, of, signal))
  await log.run('loss', signal, async (find) => find.skip(NOT_PROVABLE))
  log.skipWaiting('A step before has failed, and this one would rest on it')
}

const NOT_PROVABLE =
  'Not provable by hashes: it is a measurement. Evaluate the checkpoint yourself, by `tessera evaluate`, on the run’s held-out shards'

/** The final round asked for; its root is the genesis' for round 0. */
async function checkLineage(find: Finder, state: RunState, { round }: CheckpointQuery): Promise<FinalRound> {
  const genesis = state.params?.genesisRoot ?? state.stateRoot
  const lineage = lineageOf(state)
  let parent = genesis
  for (const final of lineage) {
    if (final.round <= round) find.compare(`round ${final.round}: parent`, final.parentRoot, parent)
    parent = final.root
  }
  find.compare('root that the lineage ends with', parent, state.stateRoot)
  const found = lineage.find((final) => final.round === round)
  if (round === 0n) return { round, parentRoot: genesis, root: genesis }
  find.compare(
    `round ${round}`,
    found === undefined ? 'not final' : 'final',
    'final',
    'Void rounds leave no checkpoint',
  )
  find.says(
    `${found?.root ?? ''}, ${lineage.filter((final) => final.round <= round).length} final rounds after genesis`,
  )
  return found ?? { round, parentRoot: genesis, root: genesis }
}

async function checkRow(
  find: Finder,
  evidence: Evidence,
  final: FinalRound,
  { run, round }: CheckpointQuery,
  signal: AbortSignal,
): Promise<void> {
  if (round === 0n) return find.skip('The genesis is no round, so it has no row')
  const row = await evidence.round({ run: Number(run), round: Number(round) }, signal)
  const advice = 'The indexer is wrong: do not go by what it shows, and choose another one'
  find.compare('round', Number(round), row.round, advice)
  find.compare('how it ended', 'final', row.end, advice)
  find.compare('root', final.root, row.root, advice)
  find.compare('root before', final.parentRoot, row.parentRoot, advice)
}

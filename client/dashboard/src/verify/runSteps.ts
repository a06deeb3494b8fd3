// The steps from a run's registration to the state of a checkpoint, which a check of the checkpoint and the loading of its model share.

import type { RunParams } from '@tessera/protocol/events'
import { includedIn } from '@tessera/protocol/runView'
import type { RunDefinition } from '@tessera/training/runDefinition'
import {
  type Folded,
  type FoldPlan,
  type FoldScene,
  foldCheckpoint,
  planFold,
  type ReadBlob,
} from '../model/foldCheckpoint.ts'
import { fetchDefinition } from '../model/runDefinition.ts'
import type { StateCache } from '../model/stateCache.ts'
import type { Finder, StepPlan } from './stepLog.ts'
import { counted } from './words.ts'

export const RUN_STEPS = [
  {
    id: 'manifest',
    title: 'The run is what it registered',
    about: 'The manifest hashes to its digest on chain, and the programs built here are those that it names.',
  },
  {
    id: 'fold',
    title: 'The blobs give the roots',
    about:
      'Genesis and included contributions, fetched by their addresses and folded in here, give each root on chain.',
  },
] as const satisfies readonly StepPlan[]

export interface FoldTools {
  readonly cache: StateCache
  /** Asks whether to go on when there is much to do; rejects if not. */
  readonly confirm: (plan: FoldPlan) => Promise<void>
}

/** Errors: those of `fetchDefinition`. */
export async function checkManifest(find: Finder, params: RunParams, read: ReadBlob): Promise<RunDefinition> {
  const definition = await fetchDefinition(params, read)
  const { manifest, layout } = definition
  find.compare('genesis root', manifest.genesis.root, params.genesisRoot)
  find.says(`${manifest.name}: ${counted(layout.parameters, 'parameter')}`)
  return definition
}

/** @param round The last final one if not given. Errors: those of `planFold` and `foldCheckpoint`, and what `confirm` rejects with. */
export async function checkFold(
  find: Finder,
  scene: FoldScene,
  round: bigint | undefined,
  { confirm }: FoldTools,
): Promise<Folded> {
  const plan = await planFold(scene, round)
  await confirm(plan)
  const total = plan.rounds
  let done = 0
  find.progress(done, total, 'rounds')
  const roots = new Map(plan.lineage.map((final) => [final.round, final.root]))
  const folded = await foldCheckpoint(scene, plan, (step) => {
    const count = includedIn(scene.state, step.round).length
    find.compare(
      `round ${step.round}: root after ${counted(count, 'contribution')}`,
      step.root,
      roots.get(step.round) ?? null,
    )
    find.progress(++done, total, 'rounds')
  })
  const wanted = plan.lineage.at(-1)?.root ?? scene.state.params?.genesisRoot ?? null
  find.compare(folded.round === 0n ? 'root of the genesis' : `root of round ${folded.round}`, folded.root, wanted)
  const kept = plan.skipped === 0 ? '' : `, after ${plan.skipped} that this browser had worked out before`
  find.says(`${counted(plan.rounds, 'round')} folded${kept}`)
  return folded
}

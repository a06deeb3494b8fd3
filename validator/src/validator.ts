// A validator: opens its parts, wires its services, runs them until it is told to stop.

import { randomBytes } from 'node:crypto'
import type { Lifecycle } from '@tessera/agent/lifecycle'
import type { Resolved } from '@tessera/agent/optionTable'
import type { Followed } from '@tessera/chain/follow'
import { openNode, runNode } from '@tessera/node/node'
import { slotOf as slotIn } from '@tessera/node/runView'
import { Announcer } from '@tessera/node/services/announcer'
import { BlobKeeper } from '@tessera/node/services/blobKeeper'
import { Claimer } from '@tessera/node/services/claimer'
import { Keeper } from '@tessera/node/services/keeper'
import { StateKeeper } from '@tessera/node/services/stateKeeper'
import type { Hex } from '@tessera/protocol/hex'
import { Evaluator as LossProgram } from '@tessera/training/evaluator'
import { openMetrics } from './metrics.ts'
import { Observer } from './observer.ts'
import type { validatorOptions } from './options.ts'
import { Attester } from './services/attester.ts'
import { Collector } from './services/collector.ts'
import { Evaluator } from './services/evaluator.ts'
import { Scorer } from './services/scorer.ts'
import { Settler } from './services/settler.ts'

/** Blocks that a validator lets each validator of a lower slot go first with what anyone may do. */
const PATIENCE_BLOCKS = 2

/** Runs until the lifecycle stops it; rejects when a part fails for good. */
export async function runValidator(options: Resolved<typeof validatorOptions>, lifecycle: Lifecycle): Promise<void> {
  const { metrics, handler } = openMetrics()
  const node = await openNode({ component: 'validator', options, lifecycle, routes: { '/metrics': handler } })
  const { operator, run, actor, bundle, journal, logger, replica, reader, signal, status, store } = node
  const { deployment } = node.chain
  const slotOf = (view: Followed): number | undefined => slotIn(view.state, 'validator', operator)
  const patience = (view: Followed): number => PATIENCE_BLOCKS * (slotOf(view) ?? 0)
  const salt = (): Uint8Array => randomBytes(32)

  const program = await LossProgram.create({
    program: bundle.programs.evaluate,
    config: bundle.model,
    batch: bundle.manifest.training.batch,
    device: options.device,
    threads: options.threads,
  })
  lifecycle.onClose('evaluation program', () => program.dispose())
  const collector = new Collector({ reader, journal, logger: logger.child('collector'), signal })
  const evaluator = new Evaluator({
    bundle,
    replica,
    program,
    collector,
    journal,
    logger: logger.child('evaluator'),
    maxMeasured: options.maxMeasured,
    signal,
  })
  lifecycle.onClose('evaluator', () => evaluator.close())
  const scorer = new Scorer({
    run,
    operator,
    slotOf,
    deployment,
    actor,
    journal,
    store,
    evaluator,
    logger: logger.child('scorer'),
    salt,
    signal,
  })
  const ratingOf = (miner: Hex): number => scorer.ratingOf(miner, node.follower.current?.state.round?.epoch ?? 0n)
  const observer = new Observer({
    bundle,
    replica,
    program,
    heldOutEvery: options.heldOutEvery,
    sampleEvery: options.sampleEvery,
    threads: options.threads,
    logger,
    status,
    metrics,
    signal,
  })

  await runNode(node, [
    new Announcer({ actor, deployment, operator, endpoint: node.endpoint }),
    new StateKeeper({ replica, reader, onState: (round, root) => observer.onState(round, root) }),
    collector,
    new Attester({
      run,
      slotOf,
      deployment,
      actor,
      journal,
      reader,
      collector,
      replica,
      logger: logger.child('attester'),
      ratingOf,
    }),
    new Keeper({ actor, deployment, run, patience }),
    evaluator,
    scorer,
    new Settler({ run, deployment, actor, patience }),
    new Claimer({ actor, deployment, operator, logger: logger.child('claimer') }),
    new BlobKeeper({ store, journal, keepRounds: options.keepRounds, quotaBytes: options.diskQuota * 1_000_000 }),
  ])
}

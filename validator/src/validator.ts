// A validator: opens its parts, wires its services, runs them until it is told to stop.

import { randomBytes } from 'node:crypto'
import type { Lifecycle } from '@tessera/agent/lifecycle'
import type { Logger } from '@tessera/agent/logger'
import { describeOptions } from '@tessera/agent/optionDocs'
import type { Resolved } from '@tessera/agent/optionTable'
import type { Followed } from '@tessera/chain/follow'
import { type Node, openNode, runNode } from '@tessera/node/node'
import { scoresClosed } from '@tessera/node/publishWhen'
import type { Service } from '@tessera/node/service'
import { Announcer } from '@tessera/node/services/announcer'
import { blobKeeperOf } from '@tessera/node/services/blobKeeper'
import { Claimer } from '@tessera/node/services/claimer'
import { Disclosure } from '@tessera/node/services/disclosure'
import { Keeper } from '@tessera/node/services/keeper'
import { StateKeeper } from '@tessera/node/services/stateKeeper'
import type { Hex } from '@tessera/protocol/hex'
import { slotOf as slotIn } from '@tessera/protocol/runView'
import { Evaluator as LossProgram } from '@tessera/training/evaluator'
import { LossGuard } from './lossGuard.ts'
import { openMetrics, type ValidatorMetrics } from './metrics.ts'
import { Observer } from './observer.ts'
import { validatorOptions } from './options.ts'
import { Attester } from './services/attester.ts'
import { Collector } from './services/collector.ts'
import { Evaluator } from './services/evaluator.ts'
import { Scorer } from './services/scorer.ts'
import { Settler } from './services/settler.ts'
import { TestLosses } from './testLosses.ts'

/** Blocks that a validator lets each validator of a lower slot go first with what anyone may do. */
const PATIENCE_BLOCKS = 2

/** Runs until the lifecycle stops it; rejects when a part fails for good. */
export async function runValidator(options: Resolved<typeof validatorOptions>, lifecycle: Lifecycle): Promise<void> {
  const { metrics, handler } = openMetrics()
  const node = await openNode({
    component: 'validator',
    options,
    lifecycle,
    metrics,
    routes: { '/metrics': handler },
    settings: describeOptions(validatorOptions, options),
  })
  const { bundle } = node
  const program = await LossProgram.create({
    program: bundle.programs.evaluate,
    config: bundle.model,
    batch: bundle.manifest.training.batch,
    device: node.device,
    threads: options.threads,
  })
  lifecycle.onClose('evaluation program', () => program.dispose())
  const services = wire(node, options, program, metrics)
  lifecycle.onClose('evaluator', () => services.evaluator.close())
  lifecycle.onClose('loss guard', () => services.guard.close())
  await runNode(node, services.inOrder)
}

/** The duties in the order in which they are asked: first know the state, then vote, then all that can wait. */
function wire(
  node: Node,
  options: Resolved<typeof validatorOptions>,
  program: LossProgram,
  metrics: ValidatorMetrics,
): { evaluator: Evaluator; guard: LossGuard; inOrder: readonly Service[] } {
  const { operator, run, actor, bundle, codec, journal, logger, replica, reader, signal, status, store } = node
  const { deployment } = node.chain
  const slotOf = (view: Followed): number | undefined => slotIn(view.state, 'validator', operator)
  const patience = (view: Followed): number => PATIENCE_BLOCKS * (slotOf(view) ?? 0)
  const log = (name: string): Logger => logger.child(name)
  const salt = (): Uint8Array => randomBytes(32)
  const { maxMeasured, heldOutEvery, sampleEvery, threads } = options

  const collector = new Collector({ reader, journal, logger: log('collector'), signal })
  const losses = new TestLosses({ bundle, program, signal })
  const guard = new LossGuard({ losses, logger: log('guard'), signal })
  const measuring = { bundle, replica, codec, losses, collector, journal, maxMeasured, signal }
  const evaluator = new Evaluator({ ...measuring, logger: log('evaluator') })
  const scoring = { run, operator, slotOf, deployment, actor, journal, store, evaluator, salt, signal }
  const scorer = new Scorer({ ...scoring, logger: log('scorer') })
  const ratingOf = (view: Followed, miner: Hex): number => scorer.ratingOf(view, miner)
  const { device } = node
  const watching = { bundle, replica, program, heldOutEvery, sampleEvery, device, threads, status, metrics, signal }
  const observer = new Observer({ ...watching, logger })
  const voting = { run, slotOf, deployment, actor, journal, reader, collector, replica, guard, ratingOf }
  return {
    evaluator,
    guard,
    inOrder: [
      new Announcer({ actor, deployment, operator, endpoint: node.endpoint }),
      new Disclosure({ publisher: node.publisher, isOpen: scoresClosed }),
      new StateKeeper({ replica, reader, onState: (round, root) => observer.onState(round, root) }),
      collector,
      new Attester({ ...voting, logger: log('attester') }),
      new Keeper({ actor, deployment, run, patience }),
      evaluator,
      scorer,
      new Settler({ run, deployment, actor, patience }),
      new Claimer({ actor, deployment, operator, tokens: options.claimTokens, logger: log('claimer') }),
      blobKeeperOf(node, metrics),
    ],
  }
}

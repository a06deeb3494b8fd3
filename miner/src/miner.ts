// A miner: opens its parts, wires its services, runs them until it is told to stop.

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Lifecycle } from '@tessera/agent/lifecycle'
import { describeOptions } from '@tessera/agent/optionDocs'
import type { Resolved } from '@tessera/agent/optionTable'
import type { Followed } from '@tessera/chain/follow'
import { type Node, openNode, runNode } from '@tessera/node/node'
import { commitsClosed } from '@tessera/node/publishWhen'
import { Announcer } from '@tessera/node/services/announcer'
import { blobKeeperOf } from '@tessera/node/services/blobKeeper'
import { Claimer } from '@tessera/node/services/claimer'
import { Disclosure } from '@tessera/node/services/disclosure'
import { Keeper } from '@tessera/node/services/keeper'
import { StateKeeper } from '@tessera/node/services/stateKeeper'
import type { Hex } from '@tessera/protocol/hex'
import { slotOf as slotIn } from '@tessera/protocol/runView'
import { type OverlapRule, trainingStart } from '@tessera/protocol/trainingStart'
import { Trainer as TrainProgram } from '@tessera/training/trainer'
import { readContribution } from './contributionRecord.ts'
import { type MinerMetrics, openMetrics } from './metrics.ts'
import { minerOptions } from './options.ts'
import { Publisher } from './services/publisher.ts'
import { ReceiptReader } from './services/receiptReader.ts'
import { Trainer } from './services/trainer.ts'
import { WorkFolder } from './work.ts'

/** Miners leave moving the run on to the validators first. */
const KEEPER_PATIENCE_BLOCKS = 8

/** Runs until the lifecycle stops it; rejects when a part fails for good. */
export async function runMiner(options: Resolved<typeof minerOptions>, lifecycle: Lifecycle): Promise<void> {
  const { metrics, handler } = openMetrics()
  const node = await openNode({
    component: 'miner',
    options,
    lifecycle,
    metrics,
    routes: { '/metrics': handler },
    settings: describeOptions(minerOptions, options),
  })
  const { operator, run, actor, journal, logger, replica, reader, signal, status, store } = node
  const { deployment } = node.chain
  const slotOf = (view: Followed): number | undefined => slotIn(view.state, 'miner', operator)
  const trainer = await openTrainer(node, options, metrics, slotOf)
  lifecycle.onClose('trainer', () => trainer.close())
  const { sources } = node
  const receipts = new ReceiptReader({ operator, store, sources, journal, logger: logger.child('receipts'), signal })
  lifecycle.onClose('receipts', () => receipts.close())

  await runNode(node, [
    new Announcer({ actor, deployment, operator, endpoint: node.endpoint }),
    new Disclosure({ publisher: node.publisher, isOpen: commitsClosed }),
    new StateKeeper({
      replica,
      reader,
      onState: (round, root) => {
        logger.info('state', { event: 'state', round, root })
        status.round({ round, root })
        metrics.stateRound.set(Number(round))
        return Promise.resolve()
      },
    }),
    trainer,
    new Publisher({ run, slotOf, deployment, actor, journal, training: node.bundle.manifest.training }),
    new Claimer({ actor, deployment, operator, tokens: options.claimTokens, logger: logger.child('claimer') }),
    receipts,
    new Keeper({ actor, deployment, run, patience: () => KEEPER_PATIENCE_BLOCKS }),
    blobKeeperOf(node, metrics),
  ])
}

/** The trainer with its program; both end with the trainer's close. */
async function openTrainer(
  node: Node,
  options: Resolved<typeof minerOptions>,
  metrics: MinerMetrics,
  slotOf: (view: Followed) => number | undefined,
): Promise<Trainer> {
  const { operator, run, bundle, codec, journal, logger, replica, signal, store, progress, clock } = node
  const program = await TrainProgram.create({
    program: bundle.programs.train,
    config: bundle.model,
    batch: bundle.manifest.training.batch,
    device: node.device,
    threads: options.threads,
  })
  const work = new WorkFolder({
    folder: join(options.data, 'work'),
    parameters: bundle.layout.parameters,
    counts: (round, seed) =>
      isOnChain(node.follower.current, round, seed, bundle.manifest.training) &&
      readContribution(journal, round, seed) !== undefined,
  })
  const salt = (): Uint8Array => randomBytes(32)
  const { stepsPerCall } = options
  const parts = { bundle, replica, codec, program, work, journal, store, progress, metrics, clock, signal }
  return new Trainer({ ...parts, run, operator, slotOf, stepsPerCall, salt, logger: logger.child('trainer') })
}

/** A round may have a namesake on a chain that lost it: what that one left over belongs to another state. */
function isOnChain(view: Followed | undefined, round: bigint, seed: Hex, rule: OverlapRule): boolean {
  return view !== undefined && trainingStart(view.state, round, rule)?.seed === seed
}

// Says how the model is doing: loss on held-out text after each round, and now and then a text that it writes.

import type { Logger } from '@tessera/agent/logger'
import type { Status } from '@tessera/agent/status'
import type { Replica } from '@tessera/node/replica'
import type { RunBundle } from '@tessera/node/runBundle'
import type { Hex } from '@tessera/protocol/hex'
import type { Evaluator } from '@tessera/training/evaluator'
import { Generator } from '@tessera/training/generate'
import { HeldOut } from '@tessera/training/heldOut'
import type { Device } from '@tessera/training/session'
import { SHOWCASE, writeText } from '@tessera/training/writing'
import type { ValidatorMetrics } from './metrics.ts'

export interface ObserverOptions {
  readonly bundle: RunBundle
  readonly replica: Replica
  readonly program: Evaluator
  readonly heldOutEvery: number
  readonly sampleEvery: number
  readonly device: Device
  readonly threads: number
  readonly logger: Logger
  readonly status: Status
  readonly metrics: ValidatorMetrics
  readonly signal: AbortSignal
}

export class Observer {
  readonly #options: ObserverOptions
  readonly #heldOut: HeldOut

  constructor(options: ObserverOptions) {
    this.#options = options
    this.#heldOut = new HeldOut({ data: options.bundle.data, program: options.program })
  }

  /** Called when the replica stands on the state after `round`. */
  async onState(round: bigint, root: Hex): Promise<void> {
    const { replica, logger, status, metrics, heldOutEvery, sampleEvery, signal } = this.#options
    const measures = every(heldOutEvery, round)
    const evalLoss = measures ? await this.#heldOut.loss(replica.parameters, signal) : undefined
    logger.info('state', { event: 'state', round, root, evalLoss })
    status.round({ round, root, evalLoss })
    metrics.stateRound.set(Number(round))
    if (evalLoss !== undefined) metrics.heldOutLoss.set(evalLoss)
    if (round > 0n && every(sampleEvery, round))
      logger.info('sample', { event: 'sample', round, lines: await this.#sample(Number(round)) })
  }

  /** Lines, since a logger escapes line breaks within a text. */
  async #sample(seed: number): Promise<string[]> {
    const { bundle, replica, device, threads, signal } = this.#options
    const { programs, model: config } = bundle
    const generator = await Generator.create({ program: programs.generate, config, device, threads })
    try {
      const { tokenizer } = bundle
      const { parameters } = replica
      const text = await writeText({ ...SHOWCASE, generator, tokenizer, parameters, seed, signal })
      return text.trim().split('\n')
    } finally {
      await generator.dispose()
    }
  }
}

function every(n: number, round: bigint): boolean {
  return n > 0 && round % BigInt(n) === 0n
}

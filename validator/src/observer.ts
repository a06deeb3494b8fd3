// Says how the model is doing: loss on held-out text after each round, and now and then a text that it writes.

import type { Logger } from '@tessera/agent/logger'
import type { Status } from '@tessera/agent/status'
import type { Replica } from '@tessera/node/replica'
import type { RunBundle } from '@tessera/node/runBundle'
import type { Hex } from '@tessera/protocol/hex'
import type { Evaluator } from '@tessera/training/evaluator'
import { Generator } from '@tessera/training/generate'
import type { Device } from '@tessera/training/session'
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

const SAMPLE_TOKENS = 160
const PROMPT = '\n# '
/** Measured after every round, so few enough to be quick; spread evenly over what is held out. */
const HELD_OUT_AT_MOST = 256
const TEMPERATURE = 0.8
const TOP_K = 40

export class Observer {
  readonly #options: ObserverOptions
  #heldOut: Int32Array | undefined

  constructor(options: ObserverOptions) {
    this.#options = options
  }

  /** Called when the replica stands on the state after `round`. */
  async onState(round: bigint, root: Hex): Promise<void> {
    const { bundle, logger, status, metrics, heldOutEvery, sampleEvery } = this.#options
    // A run may hold nothing out.
    const measures = every(heldOutEvery, round) && bundle.data.heldOutSamples > 0
    const evalLoss = measures ? await this.#heldOutLoss() : undefined
    logger.info('state', { event: 'state', round, root, evalLoss })
    status.round({ round, root, evalLoss })
    metrics.stateRound.set(Number(round))
    if (evalLoss !== undefined) metrics.heldOutLoss.set(evalLoss)
    if (round > 0n && every(sampleEvery, round))
      logger.info('sample', { event: 'sample', round, lines: await this.#sample(Number(round)) })
  }

  /** Mean loss over the held-out samples, nats per token. */
  async #heldOutLoss(): Promise<number> {
    const { bundle, replica, program, signal } = this.#options
    const { data } = bundle
    const count = Math.min(data.heldOutSamples, HELD_OUT_AT_MOST)
    const sample = (i: number): number => data.trainSamples + Math.floor((i * data.heldOutSamples) / count)
    this.#heldOut ??= await data.samples(
      Array.from({ length: count }, (_, i) => sample(i)),
      signal,
    )
    const losses = await program.loss({ parameters: replica.parameters, samples: this.#heldOut, signal })
    return losses.reduce((sum, loss) => sum + loss, 0) / losses.length
  }

  /** Lines, since a logger escapes line breaks within a text. */
  async #sample(seed: number): Promise<string[]> {
    const { bundle, replica, device, threads, signal } = this.#options
    const { programs, model: config } = bundle
    const generator = await Generator.create({ program: programs.generate, config, device, threads })
    try {
      const { tokenizer } = bundle
      const prompt = tokenizer.encode(PROMPT)
      const { startOfText, endOfText } = tokenizer
      const request = {
        parameters: replica.parameters,
        prompt: startOfText === undefined ? prompt : Int32Array.of(startOfText, ...prompt),
        maxTokens: SAMPLE_TOKENS,
        temperature: TEMPERATURE,
        topK: Math.min(TOP_K, bundle.model.vocabSize),
        seed,
        stop: endOfText === undefined ? [] : [endOfText],
        signal,
      }
      const tokens = [...prompt, ...(await Array.fromAsync(generator.generate(request)))]
      return tokenizer.decode(tokens).trim().split('\n')
    } finally {
      await generator.dispose()
    }
  }
}

function every(n: number, round: bigint): boolean {
  return n > 0 && round % BigInt(n) === 0n
}

// The loss guard: whether a proposed state is worse than the present one, measured on samples that nobody had in the round. It
// measures beside the loop and within a time, so that a vote is never missed for it.

import type { Logger } from '@tessera/agent/logger'
import type { Hex } from '@tessera/protocol/hex'
import type { RoundState, RunState } from '@tessera/protocol/runState'
import { toFloat } from '@tessera/training/parameters'
import type { TestLosses } from './testLosses.ts'

/**
 * A rise of the loss up to this is none, in nats per token: a hundredth of the perplexity. Devices differ by far less in float32, so
 * that validators agree. Who sends what raises the loss by less is for the scores.
 */
const MARGIN = 0.01
/**
 * Nor is one within so many standard errors of the mean difference, taken sample by sample: of 16 samples one round in 200 that
 * changes nothing comes out above three (Student's t), and is void for nothing.
 */
const ERRORS = 3

export interface Comparison {
  /** Mean of the differences, nats per token. */
  readonly rise: number
  /** Standard error of that mean. */
  readonly error: number
  readonly isWorse: boolean
}

/** Of the same samples under two states. A proposed state that gives no number is worse; a present one that gives none cannot be. */
export function compareLosses(present: Float32Array, proposed: Float32Array): Comparison {
  const differences = proposed.map((loss, sample) => loss - (present[sample] as number))
  const { length } = differences
  const rise = differences.reduce((sum, one) => sum + one, 0) / length
  const squares = differences.reduce((sum, one) => sum + (one - rise) ** 2, 0)
  const error = length < 2 ? 0 : Math.sqrt(squares / (length - 1) / length)
  const isWorse = present.every(Number.isFinite) && !(rise <= Math.max(MARGIN, ERRORS * error))
  return { rise, error, isWorse }
}

export interface GuardRequest {
  readonly state: RunState
  /** The present one of it. */
  readonly round: RoundState
  /** The state of the round's parent root, as floats; not written to. */
  readonly present: Float32Array
  readonly proposed: { readonly root: Hex; readonly state: Int32Array }
  /** Of the newest block, unix seconds. */
  readonly now: bigint
  /** When an answer has to be there, likewise. */
  readonly until: bigint
}

interface Measurement {
  readonly key: string
  readonly cancel: AbortController
  readonly done: Promise<void>
  worse?: boolean
  failure?: unknown
}

export class LossGuard {
  readonly #losses: TestLosses
  readonly #logger: Logger
  readonly #signal: AbortSignal
  #running: Measurement | undefined

  constructor(options: { losses: TestLosses; logger: Logger; signal: AbortSignal }) {
    this.#losses = options.losses
    this.#logger = options.logger
    this.#signal = options.signal
  }

  /**
   * Whether the proposed state is worse; undefined while that is being measured: to be asked again at the next look. When there is
   * no time left it is not called worse, since others measure too, and a vote that is missing helps nobody.
   */
  judge(request: GuardRequest): boolean | undefined {
    const { round, proposed, now, until } = request
    const key = `${round.trainSeed}/${proposed.root}`
    if (this.#running?.key !== key) {
      this.#running?.cancel.abort()
      this.#running = this.#begin(key, request)
    }
    const running = this.#running
    if (running.failure !== undefined) {
      this.#running = undefined
      throw running.failure
    }
    if (running.worse === undefined && now >= until) {
      running.cancel.abort()
      running.worse = false
      const context = { round: round.id, root: proposed.root }
      this.#logger.warn('the proposed model could not be measured in time, and is not called worse', context)
    }
    return running.worse
  }

  /** Waits for what is under way, which the signal has told to stop. */
  async close(): Promise<void> {
    await this.#running?.done
  }

  #begin(key: string, request: GuardRequest): Measurement {
    const cancel = new AbortController()
    const signal = AbortSignal.any([cancel.signal, this.#signal])
    const done = this.#measure(request, signal).then(
      (worse) => {
        measurement.worse ??= worse
      },
      (error: unknown) => {
        if (!signal.aborted) measurement.failure = error
      },
    )
    const measurement: Measurement = { key, cancel, done }
    return measurement
  }

  async #measure({ state, round, present, proposed }: GuardRequest, signal: AbortSignal): Promise<boolean> {
    // Before anything is waited for: the memory of a state is used again when another one is held.
    const next = toFloat(proposed.state)
    const samples = await this.#losses.drawn(state, round.id)
    const before = await this.#losses.ofForeign(present, samples, signal)
    const comparison = compareLosses(before, await this.#losses.ofForeign(next, samples, signal))
    const { rise, error, isWorse } = comparison
    const context = { event: 'guard', round: round.id, root: proposed.root, rise, error }
    if (isWorse) this.#logger.warn('the proposed model is worse than the present one', context)
    else this.#logger.info('the proposed model is not worse', context)
    return isWorse
  }
}

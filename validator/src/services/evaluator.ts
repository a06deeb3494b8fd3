// Measures the contributions of a round once its phases are over, while the next round trains: loss before and after applying
// each one alone, on samples its author trained on and on samples that nobody had.

import type { Journal } from '@tessera/agent/journal'
import type { Logger } from '@tessera/agent/logger'
import type { Followed } from '@tessera/chain/follow'
import type { CodecPool } from '@tessera/node/codecPool/pool'
import type { Replica } from '@tessera/node/replica'
import type { RunBundle } from '@tessera/node/runBundle'
import type { Service } from '@tessera/node/service'
import { hasSlot, slotsOf } from '@tessera/protocol/bitmap'
import type { Verdict } from '@tessera/protocol/checkRevealed'
import type { Contribution } from '@tessera/protocol/contribution'
import type { Hex } from '@tessera/protocol/hex'
import type { RoundState, RunState } from '@tessera/protocol/runState'
import type { Revealed } from '@tessera/protocol/runView'
import { lineageOf, revealedIn } from '@tessera/protocol/runView'
import type { Outcome } from '@tessera/protocol/score'
import { toFloat } from '@tessera/training/parameters'
import { readOutcomes, saveOutcomes } from '../outcomeBook.ts'
import { mean, type TestLosses } from '../testLosses.ts'
import type { Collected, Collector } from './collector.ts'

export interface EvaluatorOptions {
  readonly bundle: RunBundle
  readonly replica: Replica
  /** Aggregates; the caller closes it. */
  readonly codec: CodecPool
  readonly losses: TestLosses
  readonly collector: Collector
  readonly journal: Journal
  readonly logger: Logger
  /** At most so many contributions are measured in a round; the others count as valid. */
  readonly maxMeasured: number
  readonly signal: AbortSignal
}

export class Evaluator implements Service {
  readonly name = 'evaluator'
  readonly #options: EvaluatorOptions
  #running: Promise<void> | undefined
  #failure: unknown

  constructor(options: EvaluatorOptions) {
    this.#options = options
  }

  /** Starts on the oldest unmeasured round of the epochs that are not scored yet, and returns at once. */
  step(view: Followed): Promise<void> {
    if (this.#failure !== undefined) {
      const failure = this.#failure
      this.#failure = undefined
      return Promise.reject(failure)
    }
    const round = this.pending(view)[0]
    // Until this node has caught up it does not have the state that a round began from, and would call it unmeasured for good.
    const caughtUp = this.#options.replica.root === view.state.stateRoot
    if (this.#running === undefined && round !== undefined && caughtUp) {
      this.#running = this.#measureRound(view, round)
        .catch((error: unknown) => {
          if (!this.#options.signal.aborted) this.#failure = error
        })
        .finally(() => {
          this.#running = undefined
        })
    }
    return Promise.resolve()
  }

  /** The finished rounds that may still have to be measured, oldest first. */
  pending(view: Followed): readonly RoundState[] {
    return view.state.rounds.filter((round) => {
      const epoch = view.state.epochs.get(round.epoch)
      const open = epoch !== undefined && (epoch.phase === 'Open' || epoch.phase === 'Commit')
      return open && readOutcomes(this.#options.journal, round.id, round.trainSeed) === undefined
    })
  }

  async close(): Promise<void> {
    await this.#running
  }

  async #measureRound(view: Followed, round: RoundState): Promise<void> {
    const { journal, logger, collector } = this.#options
    const revealed = revealedIn(view.state, round.id)
    const base = await this.#options.replica.stateAt(round.parentRoot, lineageOf(view.state))
    // Kept here: later rounds push verdicts out of the reader while the last ones are waited for.
    const verdicts = new Map<Revealed, Verdict>()
    for (const one of revealed) {
      const verdict = await collector.read(one)
      if (verdict !== undefined) verdicts.set(one, verdict)
    }
    // What is missing because of a stop is not unfetchable.
    this.#options.signal.throwIfAborted()
    const judged = collector.judge(revealed, (one) => verdicts.get(one))
    collector.remember(revealed, (one) => verdicts.get(one))

    const outcomes = new Map<Hex, Outcome>()
    for (const slot of slotsOf(round.miners)) {
      const operator = round.minerOperators.get(slot)
      if (operator === undefined) continue
      const reason = hasSlot(round.committed, slot) ? 'unrevealed' : 'absent'
      outcomes.set(operator, { kind: 'zero', reason })
    }
    const measure = base === undefined ? undefined : await this.#measurer(view.state, round.id, base)
    const chosen = new Set(rotate(revealed, Number(round.id)).slice(0, this.#options.maxMeasured))
    for (const one of revealed) {
      const collected = judged.get(one.slot)
      outcomes.set(one.operator, await this.#outcome(one, collected, chosen.has(one) ? measure : undefined))
    }
    saveOutcomes(journal, round.id, round.trainSeed, outcomes)
    logger.info('measured', { event: 'measured', round: round.id, miners: summary(outcomes) })
  }

  async #outcome(
    revealed: Revealed,
    collected: Collected | undefined,
    measure: ((revealed: Revealed, contribution: Contribution) => Promise<Outcome>) | undefined,
  ): Promise<Outcome> {
    if (collected === undefined) return { kind: 'zero', reason: 'unfetchable' }
    if (collected.kind === 'fault') return { kind: 'zero', reason: collected.reason, detail: collected.detail }
    return measure === undefined ? { kind: 'unmeasured' } : await measure(revealed, collected.contribution)
  }

  async #measurer(
    state: RunState,
    round: bigint,
    base: Int32Array,
  ): Promise<(revealed: Revealed, contribution: Contribution) => Promise<Outcome>> {
    const { bundle, codec, losses, signal } = this.#options
    const { manifest, layout } = bundle
    const before = toFloat(base)
    const drawn = await losses.drawn(state, round)
    const drawnBefore = mean(await losses.of(before, drawn))

    return async (revealed, contribution) => {
      const own = await losses.own(state, round, revealed.slot, contribution.header.samples)
      const params = { clipQ8: manifest.aggregation.clipQ8, rateQ16: manifest.evaluation.rateQ16 }
      const after = toFloat(
        await codec.aggregate({ state: base, contributions: [contribution], layout, params }, { signal }),
      )
      return {
        kind: 'measured',
        ownBefore: mean(await losses.of(before, own)),
        ownAfter: mean(await losses.ofForeign(after, own)),
        drawnBefore,
        drawnAfter: mean(await losses.ofForeign(after, drawn)),
      }
    }
  }
}

/** Another one first each round, so that each is measured in turn when there are more than can be. */
function rotate<T>(items: readonly T[], by: number): readonly T[] {
  const at = items.length === 0 ? 0 : by % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}

function summary(outcomes: ReadonlyMap<Hex, Outcome>): Record<string, string> {
  return Object.fromEntries(
    [...outcomes].map(([operator, outcome]) => [
      operator,
      outcome.kind === 'measured'
        ? `drop ${(outcome.drawnBefore - outcome.drawnAfter).toFixed(4)}`
        : outcome.kind === 'zero'
          ? outcome.reason
          : 'valid',
    ]),
  )
}

// Whom validators include: the protocol's own ratings from measured drops in loss, and the rule of inclusion on top of them. One
// validator stands for all: they measure the same contributions on the same samples.

import { aggregate } from '@tessera/protocol/aggregate'
import type { Contribution } from '@tessera/protocol/contribution'
import type { Hex } from '@tessera/protocol/hex'
import type { StateLayout } from '@tessera/protocol/layout'
import { chooseIncluded } from '@tessera/protocol/rating'
import { emptyScoreState, type Outcome, type ScoreState, scoreEpoch } from '@tessera/protocol/score'
import type { SampleSource } from '@tessera/training/data/shardedDataset'
import type { Evaluator } from '@tessera/training/evaluator'
import { toFloat } from '@tessera/training/parameters'
import type { Assignment } from './text.ts'

/** As in the preset of the local network. */
const TEST_SAMPLES = 16
const ALONE = { clipQ8: 256, rateQ16: 32_768 }

interface RatedOptions {
  readonly text: SampleSource
  readonly assignment: Assignment
  readonly evaluator: Evaluator
  readonly layout: StateLayout
}

export class Ratings {
  readonly #options: RatedOptions
  #state: ScoreState = emptyScoreState
  #round = 0n

  constructor(options: RatedOptions) {
    this.#options = options
  }

  /** Slots to include of `peers`, by what was measured in earlier rounds. */
  chosen(peers: number): number[] {
    return chooseIncluded(
      this.ratings(peers).map((rating, slot) => ({ slot, rating })),
      peers,
    )
  }

  /** The ratings, by slot. */
  ratings(peers: number): number[] {
    return Array.from(
      { length: peers },
      (_, slot) => this.#state.miners[operatorOf(slot)]?.mu ?? Number.NEGATIVE_INFINITY,
    )
  }

  /** Measures all contributions of a round, included or not, on the state that they were trained from. */
  async measure(round: number, base: Int32Array, contributions: readonly Contribution[]): Promise<void> {
    const { text, assignment, evaluator, layout } = this.#options
    const before = toFloat(base)
    const drawn = await text.samples(assignment.drawn(TEST_SAMPLES))
    const loss = async (parameters: Float32Array, samples: Int32Array): Promise<number> =>
      mean(await evaluator.loss({ parameters, samples }))
    const lossAfter = (parameters: Float32Array, samples: Int32Array): Promise<number> =>
      loss(parameters, samples).catch(() => Number.NaN)
    const drawnBefore = await loss(before, drawn)
    const miners = []
    for (const [slot, contribution] of contributions.entries()) {
      const own = await text.samples(assignment.some(assignment.samplesOf(round, slot), TEST_SAMPLES))
      const after = toFloat(aggregate(base, [contribution], layout, ALONE))
      const outcome: Outcome = {
        kind: 'measured',
        ownBefore: await loss(before, own),
        ownAfter: await lossAfter(after, own),
        drawnBefore,
        drawnAfter: await lossAfter(after, drawn),
      }
      miners.push({ slot, operator: operatorOf(slot), outcome })
    }
    const { state } = scoreEpoch({
      run: 0n,
      epoch: this.#round,
      validator: operatorOf(255),
      slots: contributions.length,
      members: miners.map(({ slot, operator }) => ({ slot, operator })),
      rounds: [{ round: this.#round, miners }],
      previous: this.#state,
    })
    this.#round++
    this.#state = state
  }
}

function operatorOf(slot: number): Hex {
  return `0x${slot.toString(16).padStart(40, '0')}`
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

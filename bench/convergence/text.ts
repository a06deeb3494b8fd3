// The text that all runs learn from, and who gets which of it: the documentation of the installed packages, in a seeded order.
// Every method of a seed sees the same samples, each once.

import { buildCorpus, defaultCorpusPaths, isDocumentation } from '@tessera/training/corpus'
import { DatasetView, memorySource } from '@tessera/training/dataset'
import { Random } from '@tessera/training/random'
import { BATCH, HELD_OUT, MODEL, STEPS } from './setting.ts'

const CORPUS_BYTES = 5_000_000

/** @param root the repository's. */
export async function gatherText(root: string): Promise<Uint8Array> {
  const corpus = await buildCorpus({
    paths: defaultCorpusPaths(root),
    accept: isDocumentation,
    maxBytes: CORPUS_BYTES,
    minBytes: CORPUS_BYTES / 2,
  })
  return corpus.bytes
}

export function viewOf(bytes: Uint8Array): DatasetView {
  return new DatasetView(memorySource(bytes), { context: MODEL.context, heldOutSamples: HELD_OUT })
}

/** The last samples: no one trains on them. */
export function heldOut(text: DatasetView, count: number = HELD_OUT): Promise<Int32Array> {
  return text.samples(Array.from({ length: count }, (_, index) => text.trainSamples + index))
}

/** Samples of a peer in a round, and some that no one has in the whole run. */
export class Assignment {
  readonly #order: number[]
  readonly #peers: number
  readonly #used: number
  readonly #random: Random

  constructor(text: DatasetView, setting: { readonly peers: number; readonly rounds: number; readonly seed: number }) {
    this.#order = new Random(setting.seed, 1).shuffle(Array.from({ length: text.trainSamples }, (_, index) => index))
    this.#peers = setting.peers
    this.#used = setting.peers * setting.rounds * STEPS * BATCH
    this.#random = new Random(setting.seed, 2)
    if (this.#used >= text.trainSamples) throw new RangeError(`${this.#used} samples of ${text.trainSamples}`)
  }

  samplesOf(round: number, peer: number): readonly number[] {
    const from = (round * this.#peers + peer) * STEPS * BATCH
    return this.#order.slice(from, from + STEPS * BATCH)
  }

  /** @param count how many of those that no one trains on. */
  drawn(count: number): readonly number[] {
    const rest = this.#order.length - this.#used
    return Array.from({ length: count }, () => this.#order[this.#used + this.#random.below(rest)] as number)
  }

  /** @param samples `count` different ones of these. */
  some(samples: readonly number[], count: number): readonly number[] {
    return this.#random.shuffle([...samples]).slice(0, count)
  }
}

// The text that all runs learn from, and who gets which of it: the documentation of the installed packages, in a seeded order.
// Every method of a seed sees the same samples, each once.

import { buildCorpus, defaultCorpusPaths, isDocumentation } from '@tessera/training/corpus'
import { packedDataset, packTokens } from '@tessera/training/data/packTokens'
import type { SampleSource } from '@tessera/training/data/shardedDataset'
import { Random } from '@tessera/training/random'
import { BATCH, HELD_OUT, MODEL, START, STEPS } from './setting.ts'

const CORPUS_BYTES = 5_000_000
const START_SAMPLES = START.steps * START.batch
/** Samples that are left for validators to draw. */
const NEVER_TRAINED = 2000

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

export function viewOf(bytes: Uint8Array): SampleSource {
  const { vocabSize, context } = MODEL
  return packedDataset(packTokens(bytes, { vocabSize, context, heldOutSamples: HELD_OUT }), vocabSize)
}

/** The last samples: no one trains on them. */
export function heldOut(text: SampleSource, count: number = HELD_OUT): Promise<Int32Array> {
  return text.samples(Array.from({ length: count }, (_, index) => text.trainSamples + index))
}

/** Samples of a peer in a round, and some that no one has in the whole run. */
export class Assignment {
  readonly #order: number[]
  readonly #peers: number
  /** How many of the order runs train on; they begin again when they are through. */
  readonly #trained: number
  readonly #random: Random

  constructor(text: SampleSource, setting: { readonly peers: number; readonly seed: number }) {
    this.#order = new Random(setting.seed, 1).shuffle(Array.from({ length: text.trainSamples }, (_, index) => index))
    this.#peers = setting.peers
    this.#trained = text.trainSamples - START_SAMPLES - NEVER_TRAINED
    this.#random = new Random(setting.seed, 2)
  }

  /** Those of the common start: the last of the seed's order. */
  start(): readonly number[] {
    return this.#order.slice(-START_SAMPLES)
  }

  samplesOf(round: number, peer: number): readonly number[] {
    const from = (round * this.#peers + peer) * STEPS * BATCH
    return Array.from({ length: STEPS * BATCH }, (_, i) => this.#order[(from + i) % this.#trained] as number)
  }

  /** @param count how many of those that no one trains on. */
  drawn(count: number): readonly number[] {
    return Array.from({ length: count }, () => this.#order[this.#trained + this.#random.below(NEVER_TRAINED)] as number)
  }

  /** @param samples `count` different ones of these. */
  some(samples: readonly number[], count: number): readonly number[] {
    return this.#random.shuffle([...samples]).slice(0, count)
  }
}

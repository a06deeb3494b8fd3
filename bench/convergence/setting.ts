// What one run of the comparison is: who trains, by which method, under which rule, who of them is hostile. A setting is plain data,
// so its digest names its result in the cache.

import { createHash } from 'node:crypto'
import { canonicalJson, type Json } from '@tessera/protocol/canonicalJson'

export interface Rule {
  /**
   * protocol: section 5 of contracts/README.md. count, all: without its first step, and the sum of a coordinate's magnitudes is
   * divided by the number of those that sent it, or by that of all included.
   */
  readonly kind: 'protocol' | 'count' | 'all'
  /** Magnitudes are bounded by this times the chunk's lower median. */
  readonly clip: number
  /** Outer rate. */
  readonly rate: number
  /** What a peer keeps of what it did not send. */
  readonly feedback: number
}

/**
 * flip: the honest update negated; scaled: ten times too large; scaledFlip: both; lone: in every chunk coordinates that no honest
 * peer sends, each always to the same side, as large as can be said; pair: the same, and all hostile peers the same coordinates;
 * noise: coordinates and sides at random, as large as can be said.
 */
export type Attack = 'flip' | 'scaled' | 'scaledFlip' | 'lone' | 'pair' | 'noise'

export type Method =
  /** AdamW on the mean gradient of all peers in every step. */
  | { readonly kind: 'dense' }
  /** Outer Nesterov on the mean of uncompressed updates, in floating point. */
  | { readonly kind: 'diloco'; readonly outerRate: number; readonly momentum: number }
  | { readonly kind: 'tessera'; readonly rule: Rule }

export interface Setting {
  readonly method: Method
  /** Peers, hostile ones included. */
  readonly peers: number
  readonly rounds: number
  readonly seed: number
  /** Peak of the inner learning rate. */
  readonly learningRate: number
  /** Starts from parameters that had a dense start of their own; absent: from fresh ones. */
  readonly warm?: true
  readonly hostile?: { readonly count: number; readonly attack: Attack }
  /** Whom the validators include by what they measured before; absent: everyone. */
  readonly rated?: true
  /** Rounds overlap: contributions are trained from the state before the last round's; absent: from the last one. */
  readonly overlap?: Overlap
}

export interface Overlap {
  /**
   * What a peer takes its start from, besides that state: nothing; the step that the rule would make of its own last contribution
   * alone, times `scale`; or all of its own last update, what was not sent included.
   */
  readonly start: 'bare' | 'sent' | 'update'
  readonly scale: number
  /**
   * Inner steps after which the state that came of the round before is there: the peer goes on from it, moved by the steps that it
   * has done. Absent: it comes when the round is over.
   */
  readonly arrival?: number
}

/** Counted up when the simulation changes, so that older results are not mixed in. */
const VERSION = 6

/** Names the result of a setting. */
export function settingId(setting: Setting): string {
  const text = canonicalJson({ version: VERSION, ...setting } as unknown as Json)
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

/** Bytes of text, chosen so that a run of 8 peers is a minute on one core. */
export const MODEL = {
  vocabSize: 256,
  dModel: 64,
  layers: 1,
  heads: 2,
  ffn: 256,
  context: 64,
  ropeBase: 10_000,
  normEpsilon: 1e-5,
} as const

/** H: inner steps of a round; samples of a peer's step. */
export const STEPS = 15
export const BATCH = 8
export const CODEC = { chunkSize: 4096, k: 64 } as const
export const WARMUP_STEPS = 20
/**
 * What warm runs of a seed start from: dense AdamW steps on samples that no run has. DiLoCo was published from such a start.
 */
export const START = { steps: 240, batch: 64, learningRate: 4e-3 } as const
export const HELD_OUT = 1024

// The numbers of a network on one machine: the model, how it is trained, how a round is timed, what is paid. One place; the
// end-to-end tests take a smaller model and shorter phases, everything else is the same.

import type { Manifest } from '@tessera/protocol/manifest'
import type { ModelConfig } from '@tessera/training/model/config'

const TOKEN = 10n ** 18n

export interface Timing {
  readonly trainSeconds: number
  readonly commitSeconds: number
  readonly revealSeconds: number
  readonly attestSeconds: number
  readonly scoreCommitSeconds: number
  readonly scoreRevealSeconds: number
  readonly roundsPerEpoch: number
}

export interface Preset {
  readonly name: string
  readonly model: ModelConfig
  readonly heldOutSamples: number
  readonly codec: Manifest['codec']
  readonly aggregation: Manifest['aggregation']
  readonly training: Manifest['training']
  readonly evaluation: Manifest['evaluation']
  readonly timing: Timing
  /** Seed of the genesis parameters. */
  readonly seed: number
  /** Wei of the network's token: what an epoch takes of the run's grant, and what it opens with at least. */
  readonly epochPot: bigint
  readonly minPot: bigint
  /** Wei that the run is granted at the beginning; emission adds to it. */
  readonly grant: bigint
  /** For which a miner cannot be replaced. */
  readonly protectionEpochs: number
  readonly minerStake: bigint
  /** Wei, by validator; repeated when there are more validators. Unequal, so that the weighting is at work. */
  readonly validatorStakes: readonly bigint[]
  /** Wei that somebody without a node of its own stakes with a miner and with a validator each. */
  readonly delegation: bigint
}

const optimizer = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, clipNorm: 1 }

/**
 * 0.47 M parameters, byte level: 12 rounds in a few minutes on two cores. Two layers rather than four, and 60 steps a round: at
 * this size the loss is bound by how many tokens are seen in the time there is, not by what the model could hold.
 */
export const devnetPreset: Preset = {
  name: 'devnet-0.5M',
  model: {
    vocabSize: 256,
    dModel: 128,
    layers: 2,
    heads: 4,
    ffn: 352,
    context: 128,
    ropeBase: 10_000,
    normEpsilon: 1e-5,
  },
  heldOutSamples: 128,
  // 62 of 4096 rather than 64, which is 0.148 bits per parameter on large tensors: here the norms are sent in part or as a whole and
  // make it 0.149 in all; 63 would be 0.151.
  codec: { chunkSize: 4096, k: 62 },
  aggregation: { clipQ8: 256, rateQ16: 98_304 },
  training: {
    steps: 60,
    batch: 8,
    microBatches: 1,
    compute: 'float32',
    learningRate: { kind: 'cosine', peak: 4e-3, floor: 4e-4, warmupSteps: 20, totalSteps: 12_000 },
    feedbackDecay: 0.95,
    overlap: false,
    optimizer,
  },
  evaluation: { samples: 16, rateQ16: 32_768 },
  timing: {
    trainSeconds: 120,
    commitSeconds: 30,
    revealSeconds: 30,
    attestSeconds: 30,
    scoreCommitSeconds: 60,
    scoreRevealSeconds: 60,
    roundsPerEpoch: 3,
  },
  seed: 1,
  epochPot: 100n * TOKEN,
  minPot: TOKEN,
  grant: 10_000n * TOKEN,
  protectionEpochs: 10,
  minerStake: 1_000n * TOKEN,
  validatorStakes: [5_000n * TOKEN, 4_000n * TOKEN, 3_000n * TOKEN],
  delegation: 500n * TOKEN,
}

/**
 * To train a model of somebody's on from where it is: fewer and smaller steps, more time for them. Its own configuration takes the
 * place of the model here, but for the context.
 */
export const continuedPreset: Preset = {
  ...devnetPreset,
  name: 'devnet-continued',
  model: { ...devnetPreset.model, context: 256 },
  heldOutSamples: 32,
  training: {
    ...devnetPreset.training,
    steps: 8,
    batch: 4,
    learningRate: { kind: 'flat', peak: 2e-4, floor: 2e-4, warmupSteps: 8, totalSteps: 8 },
  },
  evaluation: { ...devnetPreset.evaluation, samples: 4 },
  timing: { ...devnetPreset.timing, trainSeconds: 1_200, revealSeconds: 120, attestSeconds: 120 },
}

/** Two thirds of the outer rate: what is best with a round of lag, by bench/convergence. */
const OVERLAPPED_RATE_Q16 = 65_536

/** The same with rounds that overlap. */
export function overlapped(preset: Preset): Preset {
  const aggregation = { ...preset.aggregation, rateQ16: OVERLAPPED_RATE_Q16 }
  return { ...preset, aggregation, training: { ...preset.training, overlap: true } }
}

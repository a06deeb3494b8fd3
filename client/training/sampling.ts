// Choosing a token by the scores of all: temperature, the likeliest few (top-k), the likeliest that make up a share of the
// probability (top-p), and less of what was there already. In the order of Hugging Face's transformers.

import type { Random } from './random.ts'
import { badRequest, requireWhole } from './request.ts'

export interface SamplingOptions {
  /** 0 always takes the likeliest token; 1, the default, samples from the model's own distribution. */
  readonly temperature?: number
  /** Samples among this many likeliest tokens only. Default: all. */
  readonly topK?: number
  /** Samples among the fewest likeliest tokens that together have this probability (Holtzman et al. 2020). Default 1: all. */
  readonly topP?: number
  /** Scores of tokens that were there before are divided by this, or multiplied where negative (Keskar et al. 2019). Default 1. */
  readonly repetitionPenalty?: number
}

/** Throws `training/bad-request` naming the option that makes no sense. */
export function checkSampling(options: SamplingOptions): Required<SamplingOptions> {
  const { temperature = 1, topK = Number.MAX_SAFE_INTEGER, topP = 1, repetitionPenalty = 1 } = options
  requireWhole('topK', topK, 1)
  if (!(temperature >= 0 && temperature < Number.POSITIVE_INFINITY))
    throw badRequest('the temperature must be finite and not negative', { temperature })
  if (!(topP > 0 && topP <= 1)) throw badRequest('topP must be above 0 and at most 1', { topP })
  if (!(repetitionPenalty > 0 && repetitionPenalty < Number.POSITIVE_INFINITY))
    throw badRequest('the repetition penalty must be finite and above 0', { repetitionPenalty })
  return { temperature, topK, topP, repetitionPenalty }
}

/** Makes the tokens of `before` less likely in `logits`, in place, each once however often it was there. */
export function penalize(logits: Float32Array, before: Iterable<number>, penalty: number): void {
  if (penalty === 1) return
  for (const token of new Set(before)) {
    const logit = logits[token] ?? 0
    logits[token] = logit > 0 ? logit / penalty : logit * penalty
  }
}

/**
 * One token drawn with probability proportional to exp(logit / temperature) among those that top-k and then top-p leave; of equal
 * ones the lower token ranks first. Takes one number of `random`, none at temperature 0.
 */
export function sampleToken(logits: Float32Array, options: Required<SamplingOptions>, random: Random): number {
  const best = likeliest(logits)
  if (best < 0) throw badRequest('there is no token to choose from', { logits: logits.length })
  if (options.temperature === 0) return best
  const most = logits[best] ?? 0
  const tokens = withinTopK(logits, options.topK)
  // Relative to the largest, so that no exponential overflows.
  const weights = Float64Array.from(tokens, (token) => Math.exp(((logits[token] ?? 0) - most) / options.temperature))
  const kept = withinTopP(tokens, weights, options.topP)
  let rest = random.uniform() * kept.reduce((total, { weight }) => total + weight, 0)
  for (const { token, weight } of kept) {
    rest -= weight
    if (rest < 0) return token
  }
  // Rounding can leave a rest of zero or a little more after the last weight.
  return best
}

/** The first index of the largest value, -1 when there is none. */
function likeliest(logits: Float32Array): number {
  let best = logits.length > 0 ? 0 : -1
  for (let token = 1; token < logits.length; token++) if ((logits[token] ?? 0) > (logits[best] ?? 0)) best = token
  return best
}

/** The `topK` tokens of the largest logits, in rising order. */
function withinTopK(logits: Float32Array, topK: number): Uint32Array {
  if (topK >= logits.length) return Uint32Array.from(logits, (_, token) => token)
  // Sorting numbers is native and needs no ranking of all tokens: the smallest logit that is taken decides.
  const sorted = logits.toSorted()
  const least = sorted[logits.length - topK] ?? 0
  let ties = 0
  for (let rank = logits.length - topK; rank < logits.length && sorted[rank] === least; rank++) ties++
  const taken = new Uint32Array(topK)
  let count = 0
  for (let token = 0; token < logits.length; token++) {
    const logit = logits[token] ?? 0
    if (logit > least || (logit === least && ties-- > 0)) taken[count++] = token
  }
  return taken
}

interface Candidate {
  readonly token: number
  readonly weight: number
}

/** The fewest heaviest candidates that have the share `topP` of all weight; all of them, in rising order, when it is 1. */
function withinTopP(tokens: Uint32Array, weights: Float64Array, topP: number): Candidate[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  // A token is left out if all that are not heavier, at most n - 1 besides the heaviest, cannot make up the share that may be
  // missing. So a large vocabulary is never sorted whole. The heaviest has weight 1.
  const negligible = Math.min(1, ((1 - topP) * total) / Math.max(1, tokens.length - 1))
  const candidates: Candidate[] = []
  for (const [index, token] of tokens.entries()) {
    const weight = weights[index] ?? 0
    if (weight >= negligible) candidates.push({ token, weight })
  }
  if (topP === 1) return candidates
  candidates.sort((a, b) => b.weight - a.weight || a.token - b.token)
  let reached = 0
  const count = candidates.findIndex(({ weight }) => {
    reached += weight
    return reached >= topP * total
  })
  return count < 0 ? candidates : candidates.slice(0, count + 1)
}

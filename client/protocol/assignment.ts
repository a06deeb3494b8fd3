// Which samples a miner trains on, and which ones its work is tested on (contracts/README.md section 6). Sample numbers count
// the training part of the data set. *Positions* are places in the round's permutation of it: miner of rank j has j S to (j + 1) S - 1.

import { slotsOf } from './bitmap.ts'
import { TesseraError } from './errors.ts'
import { sha256 as defaultSha256, type Sha256 } from './hash.ts'
import type { Hex } from './hex.ts'
import { createPermutation } from './permutation.ts'

/**
 * Rank of a miner among those active in the round, by slot.
 * @throws `assignment/not-active`
 */
export function rankOf(miners: bigint, slot: number): number {
  const rank = slotsOf(miners).indexOf(slot)
  if (rank >= 0) return rank
  throw new TesseraError('assignment/not-active', `slot ${slot} takes no part in this round`, {
    hint: 'A miner is active from the round after it joined',
    context: { slot, miners: String(miners) },
  })
}

export interface TrainingRequest {
  readonly trainSeed: Hex
  /** N: samples in the training part. */
  readonly trainSamples: number
  readonly rank: number
  /** S: inner steps x batch of the manifest. */
  readonly count: number
}

/**
 * Samples of a miner in training order. Disjoint between the miners of a round as long as they need no more than there are.
 * @throws `assignment/bad-request`, `permutation/bad-size`
 */
export function trainingSamples(request: TrainingRequest, sha256: Sha256 = defaultSha256): number[] {
  const { trainSamples, rank, count } = request
  check({ rank, count })
  const permuted = createPermutation(request.trainSeed, trainSamples, sha256)
  return Array.from({ length: count }, (_, i) => permuted((rank * count + i) % trainSamples))
}

export interface OwnTestRequest {
  readonly trainSeed: Hex
  readonly testSeed: Hex
  readonly trainSamples: number
  readonly rank: number
  /** S: positions that the miner was given. */
  readonly assigned: number
  /** How many of them its contribution says it used, from the first on. */
  readonly used: number
  /** n: test samples wanted. */
  readonly count: number
}

/** Samples that the miner says it trained on, chosen by the test seed; all of them if it used fewer than `count`. Errors as trainingSamples. */
export function ownTestSamples(request: OwnTestRequest, sha256: Sha256 = defaultSha256): number[] {
  const { trainSamples, rank, assigned, used, count } = request
  check({ rank, count, used, assigned })
  const chosen = createPermutation(request.testSeed, used, sha256)
  const permuted = createPermutation(request.trainSeed, trainSamples, sha256)
  return Array.from({ length: Math.min(count, used) }, (_, i) => {
    const position = rank * assigned + chosen(i)
    return permuted(position % trainSamples)
  })
}

export interface DrawnTestRequest {
  readonly trainSeed: Hex
  readonly testSeed: Hex
  readonly trainSamples: number
  /** Miners active in the round. */
  readonly minerCount: number
  /** S */
  readonly assigned: number
  /** n */
  readonly count: number
}

/** Samples that nobody trained on in this round, the same for all miners; from all samples if fewer than `count` are left. Errors as trainingSamples. */
export function drawnTestSamples(request: DrawnTestRequest, sha256: Sha256 = defaultSha256): number[] {
  const { trainSamples, minerCount, assigned, count } = request
  check({ minerCount, count, assigned })
  const permuted = createPermutation(request.trainSeed, trainSamples, sha256)
  const given = minerCount * assigned
  const first = trainSamples - given >= count ? given : 0
  const chosen = createPermutation(request.testSeed, trainSamples - first, sha256)
  return Array.from({ length: Math.min(count, trainSamples) }, (_, i) => permuted(first + chosen(i)))
}

function check(numbers: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(numbers)) {
    const least = name === 'rank' || name === 'minerCount' ? 0 : 1
    if (Number.isInteger(value) && value >= least && value <= 2 ** 32) continue
    throw new TesseraError('assignment/bad-request', `${name} is ${value}`, {
      hint: 'Counts come from the manifest and from a contribution header that was checked',
      context: { ...numbers },
    })
  }
}

// What a round's miners train from and on: the state, the seed of the permutation, who has which part of it. Authors and those who
// check them ask here, so that they cannot differ (contracts/README.md section 6). What is done with it is for its users.

import { rankOf } from './assignment.ts'
import { countSlots } from './bitmap.ts'
import type { Hex } from './hex.ts'
import { type RoundState, type RunState, roundOf } from './runState.ts'
import { overlapSeed } from './seeds.ts'
import { ZERO_HASH } from './tags.ts'

/** Of the manifest's `training`. */
export interface OverlapRule {
  /** Whether a round is trained while the one before it is revealed and attested. */
  readonly overlap: boolean
}

export interface TrainingStart {
  readonly round: bigint
  /** Keys the permutation of the training samples. */
  readonly seed: Hex
  /** Root of the state that contributions are trained from. */
  readonly baseRoot: Hex
  /** How many parts of the permutation are given away, those of miners that are not there included. */
  readonly parts: number
  /** Which of them is the slot's. Errors: `assignment/not-active`. */
  readonly rankOf: (slot: number) => number
}

/**
 * Undefined as long as it is not known. With overlap it is known when commits of the round before close, from the state that was
 * final then: the round's miners are not known yet, so parts go by slot. Where the round before closed without a commitment, where there
 * is none, or where a refutation took the run elsewhere in between, nothing overlaps and the round's own opening gives seed and state.
 */
export function trainingStart(state: RunState, round: bigint, { overlap }: OverlapRule): TrainingStart | undefined {
  const found = roundOf(state, round)
  if (!overlap) {
    if (found === undefined) return undefined
    const { trainSeed: seed, parentRoot: baseRoot, miners } = found
    return { round, seed, baseRoot, parts: countSlots(miners), rankOf: (slot) => rankOf(miners, slot) }
  }
  const bySlot = { round, parts: state.params?.maxMiners ?? 0, rankOf: (slot: number) => slot }
  const before = roundOf(state, round - 1n)
  const parentRoot = found?.parentRoot ?? state.stateRoot
  if (before !== undefined && before.testSeed !== ZERO_HASH && leftBy(before) === parentRoot)
    return { ...bySlot, seed: overlapSeed(before.testSeed), baseRoot: before.parentRoot }
  return found === undefined ? undefined : { ...bySlot, seed: found.trainSeed, baseRoot: found.parentRoot }
}

/** The state that a round which is over left behind, whatever became of it later. */
function leftBy({ end, parentRoot }: RoundState): Hex {
  return end === null || end.kind === 'void' ? parentRoot : end.root
}

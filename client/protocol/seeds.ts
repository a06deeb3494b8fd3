// Randomness of a run (contracts/README.md section 6): what the miners opened, fixed before the block was known, mixed with the
// beacon's value of that block.

import { concatBytes, packUint, u8, u64 } from './bytes.ts'
import { keccak256 } from './hash.ts'
import { bytesToHex, type Hex, hexToBytes } from './hex.ts'
import { TAG_LEADER_SEED, TAG_OVERLAP_SEED, TAG_TEST_SEED, TAG_TRAIN_SEED } from './tags.ts'

export interface SeedFields {
  /** The beacon's value in the block of the transition. */
  readonly beacon: Hex
  /** The run's mix at that moment; zero before the first round with a reveal. */
  readonly mix: Hex
  readonly run: bigint
  readonly round: bigint
}

/**
 * The run's mix once a round's Reveal closes.
 * @param seals of those that revealed, in ascending order of slot: see seal.ts.
 */
export function mixSeals(mix: Hex, seals: readonly bigint[]): Hex {
  return bytesToHex(keccak256(concatBytes(hexToBytes(mix, 32), ...seals.map((seal) => packUint(seal, 32)))))
}

/** Decides who trains on what; made when the round opens. */
export function trainSeed(fields: SeedFields): Hex {
  return seed(TAG_TRAIN_SEED, fields)
}

/** Decides what is tested and who leads; made when commits close, so nobody knew it while training. */
export function testSeed(fields: SeedFields): Hex {
  return seed(TAG_TEST_SEED, fields)
}

/**
 * Decides who trains on what where rounds overlap: known when commits of the round before close. No contract needs it.
 * @param testSeedBefore that of the round before, which names run and round. Its own permutation tests that round.
 */
export function overlapSeed(testSeedBefore: Hex): Hex {
  return bytesToHex(keccak256(concatBytes(u8(TAG_OVERLAP_SEED), hexToBytes(testSeedBefore, 32))))
}

/** @param attempt leaders tried, this one included; from 1 to 255. */
export function leaderSeed(testSeedOfRound: Hex, attempt: number): Hex {
  return bytesToHex(keccak256(concatBytes(u8(TAG_LEADER_SEED), hexToBytes(testSeedOfRound, 32), u8(attempt))))
}

function seed(tag: number, { beacon, mix, run, round }: SeedFields): Hex {
  return bytesToHex(keccak256(concatBytes(u8(tag), hexToBytes(beacon, 32), hexToBytes(mix, 32), u64(run), u64(round))))
}

// What members of a played run decide: scores, medians cut into pages, the set that a leader includes. Pure, the same in each run.

import { keccak256 } from '@tessera/protocol/hash'
import { bytesToHex, type Hex } from '@tessera/protocol/hex'
import { encodeScores } from '@tessera/protocol/scoreCommitment'

const SCORES_OF_HASH = 16
const HALF = 2 ** 15

/**
 * A validator's scores of all miner slots. Half of each is the miner's, the same for all validators, half is the validator's own,
 * so that they disagree and medians clip; hardly a byte is zero, which costs most.
 */
export function scoresOf(run: bigint, epoch: number, validator: number, slots: number): Uint16Array {
  const [shared, own] = [noise(`${run} ${epoch} miner`, slots), noise(`${run} ${epoch} ${validator}`, slots)]
  return shared.map((score, slot) => Math.min(65_535, (score % HALF) + ((own[slot] ?? 0) % HALF) + 1))
}

/** Even over all of 16 bits, from a name. */
function noise(name: string, count: number): Uint16Array {
  const values = new Uint16Array(count)
  for (let i = 0; i < count; i += SCORES_OF_HASH) {
    const bytes = keccak256(new TextEncoder().encode(`${name} ${i}`))
    for (let j = 0; j < SCORES_OF_HASH && i + j < count; j++)
      values[i + j] = (bytes[2 * j] ?? 0) * 256 + (bytes[2 * j + 1] ?? 0)
  }
  return values
}

/**
 * Medians as the calls of a settlement bring them.
 * @param size slots of a page; all of them if not given.
 */
export function medianPages(medians: Uint16Array, size: number = medians.length): Hex[] {
  const pages = Math.ceil(medians.length / size)
  return Array.from({ length: pages }, (_, page) =>
    bytesToHex(encodeScores(medians.subarray(page * size, (page + 1) * size))),
  )
}

/** A bitmap of `count` miner slots, or of all if there are fewer, spread over all of them: the contract looks up to the highest. */
export function includedSlots(miners: number, count: number): bigint {
  const chosen = Math.min(miners, count)
  let bitmap = 0n
  for (let i = 0; i < chosen; i++) bitmap |= 1n << BigInt(miners - 1 - Math.floor((i * miners) / chosen))
  return bitmap
}

// What the coordinator stores of a commitment (SealLib): one word of 207 bits of a hash, one bit that says whether it was opened, 16
// bits of the number of the block that the commitment is in, and 32 bits of the round or epoch. The opened ones of a round make its
// part of the run's mix: see seeds.ts.

import { concatBytes } from './bytes.ts'
import { keccak256 } from './hash.ts'
import { bytesToHex, type Hex, hexToBytes } from './hex.ts'

const NUMBER = 2n ** 32n - 1n
const BLOCK = 2n ** 16n - 1n
const OPEN = 1n << 48n
const KEPT = OPEN - 1n

/**
 * @param number of the round or epoch; not zero.
 * @param block whose low 16 bits are kept.
 */
export function sealed(hash: Hex, number: bigint, block: bigint): bigint {
  return (BigInt(hash) & ~(OPEN | KEPT)) | ((block & BLOCK) << 32n) | (number & NUMBER)
}

/** The seal of a commitment once it is opened; its number and block stay. */
export function opened(hash: Hex, number: bigint, block: bigint): bigint {
  return sealed(hash, number, block) | OPEN
}

/** What stands for a contribution once it is revealed: nobody knew it before, since it needs the salt. */
export function disclosure(commitment: Hex, salt: Hex): Hex {
  return bytesToHex(keccak256(concatBytes(hexToBytes(commitment, 32), hexToBytes(salt, 32))))
}

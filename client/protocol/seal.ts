// What the coordinator stores of a commitment (SealLib): one word of 207 bits of a hash, one bit that says whether it was opened,
// and 48 bits of the round or epoch. The opened ones of a round make its part of the run's mix: see seeds.ts.

import { concatBytes } from './bytes.ts'
import { keccak256 } from './hash.ts'
import { bytesToHex, type Hex, hexToBytes } from './hex.ts'

const NUMBER = 2n ** 48n - 1n
const OPEN = 1n << 48n

/** @param number of the round or epoch; not zero, below 2^48. */
export function sealed(hash: Hex, number: bigint): bigint {
  return (BigInt(hash) & ~(OPEN | NUMBER)) | number
}

export function opened(hash: Hex, number: bigint): bigint {
  return sealed(hash, number) | OPEN
}

/** What stands for a contribution once it is revealed: nobody knew it before, since it needs the salt. */
export function disclosure(commitment: Hex, salt: Hex): Hex {
  return bytesToHex(keccak256(concatBytes(hexToBytes(commitment, 32), hexToBytes(salt, 32))))
}

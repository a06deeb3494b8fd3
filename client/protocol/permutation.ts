// A keyed permutation of [0, N) that gives any one position at once, without a table: a four-round Feistel network on the next
// even number of bits, walked along its cycle until the result is below N (contracts/README.md section 6).

import { TesseraError } from './errors.ts'
import { sha256 as defaultSha256, type Sha256 } from './hash.ts'
import { type Hex, hexToBytes } from './hex.ts'
import { TAG_PERMUTATION } from './tags.ts'

const ROUNDS = 4
/** Halves are then at most 16 bits, so every step is exact in 32-bit arithmetic. */
export const MAX_PERMUTATION_SIZE = 2 ** 32

/**
 * @param seed 32 bytes.
 * @param size N, from 1 to 2^32.
 * @returns the map from position to value. Expected cost: at most four walks of four hashes.
 * @throws `permutation/bad-size`; the map throws `permutation/bad-position`.
 */
export function createPermutation(
  seed: Hex,
  size: number,
  sha256: Sha256 = defaultSha256,
): (position: number) => number {
  if (!Number.isInteger(size) || size < 1 || size > MAX_PERMUTATION_SIZE)
    throw new TesseraError('permutation/bad-size', `cannot permute ${size} things`, {
      hint: 'Sizes are whole numbers from 1 to 2^32',
      context: { size },
    })
  // bitlen(N - 1); N - 1 fits 32 bits.
  const half = Math.max(1, Math.ceil((32 - Math.clz32(size - 1)) / 2))
  const span = 2 ** half
  const mask = span - 1
  // tag, seed, round, right half: written once, the last five bytes anew for each hash.
  const input = new Uint8Array(38)
  input[0] = TAG_PERMUTATION
  input.set(hexToBytes(seed, 32), 1)
  const view = new DataView(input.buffer)

  const walk = (value: number): number => {
    let left = Math.floor(value / span)
    let right = value % span
    for (let round = 0; round < ROUNDS; round++) {
      view.setUint8(33, round)
      view.setUint32(34, right)
      const digest = sha256(input)
      const first = ((digest[0] as number) << 24) | ((digest[1] as number) << 16) | ((digest[2] as number) << 8)
      const mixed = left ^ ((first | (digest[3] as number)) & mask)
      left = right
      right = mixed
    }
    return left * span + right
  }

  return (position) => {
    if (!Number.isInteger(position) || position < 0 || position >= size)
      throw new TesseraError('permutation/bad-position', `position ${position} of ${size} does not exist`, {
        hint: 'Positions are whole numbers below the size',
        context: { position, size },
      })
    let value = walk(position)
    while (value >= size) value = walk(value)
    return value
  }
}

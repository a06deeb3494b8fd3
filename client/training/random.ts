// A small seeded generator whose numbers are the same on every machine: 32-bit integer operations only. For initial weights,
// shuffles and sampling; not for secrets.

/** xoshiro128** (Blackman and Vigna 2018), its state filled by SplitMix32 steps over seed and stream. */
export class Random {
  #a = 0
  #b = 0
  #c = 0
  #d = 0

  /** `seed` is a whole number from 0 to 2^53 - 1; each `stream` (uint32) of a seed is an independent sequence. */
  constructor(seed: number, stream = 0) {
    if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`a seed must be a whole number, not ${seed}`)
    const words = [seed >>> 0, Math.floor(seed / 2 ** 32), stream >>> 0, 0x7e55e7a]
    // The second pass lets every word of the state depend on every word of the seed.
    for (let round = 0; round < 2; round++) {
      this.#a = splitMix(this.#d ^ (words[0] ?? 0))
      this.#b = splitMix(this.#a ^ (words[1] ?? 0))
      this.#c = splitMix(this.#b ^ (words[2] ?? 0))
      this.#d = splitMix(this.#c ^ (words[3] ?? 0))
    }
  }

  /** The next 32 bits. */
  uint32(): number {
    const result = Math.imul(rotateLeft(Math.imul(this.#b, 5), 7), 9) >>> 0
    const shifted = this.#b << 9
    this.#c ^= this.#a
    this.#d ^= this.#b
    this.#b ^= this.#c
    this.#a ^= this.#d
    this.#c ^= shifted
    this.#d = rotateLeft(this.#d, 11)
    return result
  }

  /** A multiple of 2^-32 in [0, 1). */
  uniform(): number {
    return this.uint32() / 2 ** 32
  }

  /** A whole number in [0, bound) without bias, for 1 <= bound <= 2^32: draws that would favour small numbers are redrawn. */
  below(bound: number): number {
    const fair = 2 ** 32 - (2 ** 32 % bound)
    for (;;) {
      const draw = this.uint32()
      if (draw < fair) return draw % bound
    }
  }

  /**
   * Nearly normal with mean 0 and variance 1: the sum of twelve uniform numbers, minus 6 (Irwin-Hall). The exact methods need a
   * logarithm and a cosine, whose last digits differ between engines; here every step is exact. It never exceeds 6 in size.
   */
  normal(): number {
    let sum = 0
    for (let draw = 0; draw < 12; draw++) sum += this.uint32()
    // The mean of a draw is 2^31 - 1/2, so twelve halves centre the sum.
    return (sum + 6) / 2 ** 32 - 6
  }

  /** `items` in random order (Fisher-Yates), in place. */
  shuffle<T>(items: T[]): T[] {
    for (let last = items.length - 1; last > 0; last--) {
      const other = this.below(last + 1)
      const swapped = items[other] as T
      items[other] = items[last] as T
      items[last] = swapped
    }
    return items
  }
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

function splitMix(word: number): number {
  const stepped = (word + 0x9e3779b9) | 0
  const once = Math.imul(stepped ^ (stepped >>> 16), 0x21f0aaad)
  const twice = Math.imul(once ^ (once >>> 15), 0x735a2d97)
  return (twice ^ (twice >>> 15)) >>> 0
}

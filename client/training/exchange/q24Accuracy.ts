// What quantisation to the shared state's units of 2^-24 did to weights, gathered piece by piece.

/** What the state keeps of the weights. */
export interface ImportAccuracy {
  /** Entries beyond +-128, moved to the end of the range. */
  readonly saturated: number
  /** Largest difference between a weight within the range and its entry; at most 2^-25. */
  readonly largestError: number
  /** Root of the mean square of those differences over that of the weights. */
  readonly relativeError: number
}

/** Units of the state in 1, and the size beyond which it saturates (one unit less above). */
const UNITS = 2 ** 24
const RANGE = 128

export class Q24Accuracy {
  #saturated = 0
  #largest = 0
  #squaredErrors = 0
  #squares = 0

  /** `entries` are the weights `values`, all finite, in units of the state. */
  add(values: Float32Array, entries: Int32Array): void {
    for (let index = 0; index < values.length; index++) {
      const value = values[index] as number
      if (Math.abs(value) > RANGE) {
        this.#saturated++
        continue
      }
      // 128 itself is one unit above the largest entry, which every float32 view of the state rounds up to it again.
      const error = value === RANGE ? 0 : Math.abs(value - (entries[index] as number) / UNITS)
      if (error > this.#largest) this.#largest = error
      this.#squaredErrors += error * error
      this.#squares += value * value
    }
  }

  result(): ImportAccuracy {
    return {
      saturated: this.#saturated,
      largestError: this.#largest,
      relativeError: this.#squares === 0 ? 0 : Math.sqrt(this.#squaredErrors / this.#squares),
    }
  }
}

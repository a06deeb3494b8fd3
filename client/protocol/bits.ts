// Bit streams, most significant bit first. The reader never reads past its end: a hostile record fails instead.

/** Writes into a buffer of the caller, which must be zeroed and large enough. */
export class BitWriter {
  readonly #bytes: Uint8Array
  #bit: number

  /** @param start first byte to write to. */
  constructor(bytes: Uint8Array, start = 0) {
    this.#bytes = bytes
    this.#bit = 8 * start
  }

  /** The low `count` bits of `value`; count from 0 to 24. */
  write(value: number, count: number): void {
    for (let left = count; left > 0; ) {
      const free = 8 - (this.#bit & 7)
      const take = Math.min(free, left)
      const piece = (value >>> (left - take)) & ((1 << take) - 1)
      const at = this.#bit >>> 3
      this.#bytes[at] = (this.#bytes[at] as number) | (piece << (free - take))
      this.#bit += take
      left -= take
    }
  }

  /** `count` ones and a zero. */
  writeUnary(count: number): void {
    for (let left = count; left > 0; left -= 16) this.write(0xffff, Math.min(16, left))
    this.write(0, 1)
  }

  /** The first byte that is still untouched. */
  get end(): number {
    return (this.#bit + 7) >>> 3
  }
}

/** Reads bits of `bytes` from byte `start` to byte `end`. Reading past the end gives -1, and so does every read after it. */
export class BitReader {
  readonly #bytes: Uint8Array
  readonly #last: number
  #bit: number

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes
    this.#bit = 8 * start
    this.#last = 8 * end
  }

  /** The next `count` bits (0 to 24) as a number, or -1. */
  read(count: number): number {
    if (this.#bit + count > this.#last) {
      this.#bit = this.#last + 1
      return -1
    }
    let value = 0
    for (let left = count; left > 0; ) {
      const have = 8 - (this.#bit & 7)
      const take = Math.min(have, left)
      const byte = this.#bytes[this.#bit >>> 3] as number
      value = (value << take) | ((byte >>> (have - take)) & ((1 << take) - 1))
      this.#bit += take
      left -= take
    }
    return value
  }

  /** Ones before the next zero, or -1 when there are more than `limit` or the end comes first. */
  readUnary(limit: number): number {
    for (let count = 0; count <= limit; count++) {
      const bit = this.read(1)
      if (bit <= 0) return bit === 0 ? count : -1
    }
    return -1
  }

  /** The bits that are left: fewer than 8 at the end of a record. */
  get left(): number {
    return this.#last - this.#bit
  }
}

// Writes bits, most significant first, into bytes. The reader is in recordReader.ts: it takes 32 bits at a time, which pays only
// where it knows what it reads.

export class BitWriter {
  readonly #bytes: Uint8Array
  #at: number
  /** Bits that do not fill a byte yet: fewer than 8 between calls. */
  #pending = 0
  #count = 0

  /** @param start first byte to write to. What was there before does not matter. */
  constructor(bytes: Uint8Array, start = 0) {
    this.#bytes = bytes
    this.#at = start
  }

  /** The low `count` bits of `value`, which has no others; count from 0 to 24. */
  write(value: number, count: number): void {
    const pending = (this.#pending << count) | value
    let left = this.#count + count
    // Storing keeps the low 8 bits only.
    for (; left >= 8; left -= 8) this.#bytes[this.#at++] = pending >>> (left - 8)
    this.#pending = pending & ((1 << left) - 1)
    this.#count = left
  }

  /** So many ones. */
  writeOnes(count: number): void {
    let left = count
    for (; left > 24; left -= 24) this.write(0xff_ffff, 24)
    this.write((1 << left) - 1, left)
  }

  /** Fills the byte with zeros. Returns the first byte that is still untouched. */
  finish(): number {
    if (this.#count > 0) this.write(0, 8 - this.#count)
    return this.#at
  }
}

// Which leaves of a blob are there, one bit each, the first leaf in the highest bit of the first byte. As bytes it travels between
// gateway and reader (?format=have); it says nothing that could be trusted, only where asking is worth it.

export class Bitfield {
  readonly length: number
  readonly #bytes: Uint8Array

  /** All bits are 0. */
  constructor(length: number) {
    this.length = length
    this.#bytes = new Uint8Array(bitfieldBytes(length))
  }

  /** What came from outside; undefined when it is not of exactly this many bits. Spare bits of the last byte are ignored. */
  static from(bytes: Uint8Array, length: number): Bitfield | undefined {
    if (bytes.length !== bitfieldBytes(length)) return undefined
    const field = new Bitfield(length)
    field.#bytes.set(bytes)
    return field
  }

  has(index: number): boolean {
    return index < this.length && ((this.#bytes[index >> 3] ?? 0) & (128 >> (index & 7))) !== 0
  }

  set(index: number, on = true): void {
    if (index >= this.length) return
    const at = index >> 3
    const mask = 128 >> (index & 7)
    this.#bytes[at] = on ? (this.#bytes[at] ?? 0) | mask : (this.#bytes[at] ?? 0) & ~mask
  }

  /** Whether all bits are 1. */
  get isFull(): boolean {
    for (let index = 0; index < this.length; index++) if (!this.has(index)) return false
    return true
  }

  /** A copy. */
  toBytes(): Uint8Array {
    return Uint8Array.from(this.#bytes)
  }
}

export function bitfieldBytes(bits: number): number {
  return Math.ceil(bits / 8)
}

// Where the cases of the golden vectors come from: bytes and numbers derived from a name by SHA-256, so that a vector never
// changes unless its rule does.

import { createHash } from 'node:crypto'
import { bytesToHex, type Hex } from '@tessera/protocol/hex'

export class CaseSource {
  readonly #name: string
  #count = 0

  constructor(name: string) {
    this.#name = name
  }

  bytes(length: number): Uint8Array {
    const out = new Uint8Array(length)
    for (let at = 0; at < length; at += 32) {
      const digest = createHash('sha256')
        .update(`${this.#name}/${this.#count++}`)
        .digest()
      out.set(digest.subarray(0, Math.min(32, length - at)), at)
    }
    return out
  }

  hash(): Hex {
    return bytesToHex(this.bytes(32))
  }

  address(): Hex {
    return bytesToHex(this.bytes(20))
  }

  /** A whole number from 0 to below `limit`, at most 2^48. */
  below(limit: number): number {
    return Number(this.big(6) % BigInt(limit))
  }

  /** An unsigned number of that many bytes. */
  big(bytes: number): bigint {
    return BigInt(bytesToHex(this.bytes(bytes)))
  }

  /** Ascending distinct numbers below `limit`. */
  subset(limit: number, size: number): number[] {
    const left = Array.from({ length: limit }, (_, i) => i)
    const chosen = Array.from({ length: size }, () => left.splice(this.below(left.length), 1)[0] as number)
    return chosen.sort((a, b) => a - b)
  }
}

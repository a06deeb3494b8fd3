// SHA-256 (FIPS 180-4) of short messages, for the trees: two hashes of less than 100 bytes for every chunk. Calls into a library
// cost several times what such a hash takes, since each makes objects; this one takes the message where it was put together and
// writes the digest where it belongs. Long messages are for hash.ts and its native peer.

/** Bytes of the longest message. */
export const MAX_SHORT_MESSAGE = 2048
const BLOCK = 64
/** A one bit and the length follow the message. */
const TAIL = 9

const START = Int32Array.of(
  0x6a09e667,
  0xbb67ae85,
  0x3c6ef372,
  0xa54ff53a,
  0x510e527f,
  0x9b05688c,
  0x1f83d9ab,
  0x5be0cd19,
)

// biome-ignore format: a table of 64 constants, the first bits of the cube roots of the first primes.
const ROUND = Int32Array.of(
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
)

/** Reusable; one for a whole tree. */
export class ShortSha256 {
  /** Where the message is put before `digest`. */
  readonly message = new Uint8Array(MAX_SHORT_MESSAGE + TAIL + BLOCK)
  readonly #view = new DataView(this.message.buffer)
  readonly #state = new Int32Array(8)
  readonly #schedule = new Int32Array(64)

  /**
   * Writes the hash of the first `length` bytes of `message` to `out` from `at` on. What follows them in `message` is lost.
   * @throws RangeError when there are more than MAX_SHORT_MESSAGE, which is a mistake of the caller.
   */
  digest(length: number, out: Uint8Array, at: number): void {
    if (length > MAX_SHORT_MESSAGE) throw new RangeError(`${length} bytes are no short message`)
    const end = Math.ceil((length + TAIL) / BLOCK) * BLOCK
    this.message[length] = 0x80
    this.message.fill(0, length + 1, end)
    this.#view.setUint32(end - 4, 8 * length)
    this.#state.set(START)
    for (let block = 0; block < end; block += BLOCK) this.#compress(block)
    for (let i = 0; i < 8; i++) {
      const word = this.#state[i] as number
      // Storing keeps the low 8 bits only.
      out[at + 4 * i] = word >>> 24
      out[at + 4 * i + 1] = word >>> 16
      out[at + 4 * i + 2] = word >>> 8
      out[at + 4 * i + 3] = word
    }
  }

  #compress(block: number): void {
    const w = this.#schedule
    const state = this.#state
    for (let i = 0; i < 16; i++) w[i] = this.#view.getInt32(block + 4 * i)
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15] as number
      const y = w[i - 2] as number
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
      w[i] = ((w[i - 16] as number) + s0 + (w[i - 7] as number) + s1) | 0
    }
    let [a, b, c, d] = [state[0] as number, state[1] as number, state[2] as number, state[3] as number]
    let [e, f, g, h] = [state[4] as number, state[5] as number, state[6] as number, state[7] as number]
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (ROUND[i] as number) + (w[i] as number)) | 0
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
      h = g
      g = f
      f = e
      e = (d + t1) | 0
      d = c
      c = b
      b = a
      a = (t1 + t2) | 0
    }
    state[0] = (state[0] as number) + a
    state[1] = (state[1] as number) + b
    state[2] = (state[2] as number) + c
    state[3] = (state[3] as number) + d
    state[4] = (state[4] as number) + e
    state[5] = (state[5] as number) + f
    state[6] = (state[6] as number) + g
    state[7] = (state[7] as number) + h
  }
}

// SHA-256 (FIPS 180-4) of four short messages at once, a lane of a vector for each, in AssemblyScript with SIMD. shortHashes.ts writes
// the messages and reads the digests. The messages may differ in length: a lane that is done keeps its state while others go on.

const LANES = 4
const BLOCK = 64
/** As MAX_SHORT_MESSAGE in shortSha256.ts. */
const MAX_MESSAGE = 2048

/** Bytes from one message to the next: room for the longest one and for what follows it. */
export const messageStride: usize = MAX_MESSAGE + 2 * BLOCK
export const messagesAt: usize = memory.data(LANES * (MAX_MESSAGE + 2 * BLOCK), 16)
/** Bytes of each message, uint32. */
export const lengthsAt: usize = memory.data(4 * LANES, 16)
export const digestsAt: usize = memory.data(32 * LANES, 16)

const scheduleAt: usize = memory.data(16 * 64, 16)
const stateAt: usize = memory.data(16 * 8, 16)
const startAt: usize = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
])
/** The first bits of the cube roots of the first primes. */
const roundsAt: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
])

/** Hashes all four; what follows each message is lost. */
export function hashFour(): void {
  let most = 0
  for (let lane = 0; lane < LANES; lane++) most = max(most, pad(lane))
  for (let word = 0; word < 8; word++)
    v128.store(stateAt + (<usize>word << 4), v128.load32_splat(startAt + (<usize>word << 2)))
  // Blocks that a message fills with its padding: see pad.
  const blocks = i32x4.shr_u(i32x4.add(v128.load(lengthsAt), i32x4.splat(8 + BLOCK)), 6)
  for (let block = 0; block < most; block++) {
    readBlock(messagesAt + <usize>(block * BLOCK))
    extend()
    compress(i32x4.gt_s(blocks, i32x4.splat(block)))
  }
  for (let word = 0; word < 8; word += 4) {
    const from = stateAt + (<usize>word << 4)
    transpose(v128.load(from), v128.load(from, 16), v128.load(from, 32), v128.load(from, 48))
    const to = digestsAt + (<usize>word << 2)
    v128.store(to, swapped(row0))
    v128.store(to, swapped(row1), 32)
    v128.store(to, swapped(row2), 64)
    v128.store(to, swapped(row3), 96)
  }
}

/** A one bit, zeros and the length in bits after the message; returns its blocks. */
function pad(lane: i32): i32 {
  const message = messagesAt + <usize>lane * messageStride
  const length = load<u32>(lengthsAt + (<usize>lane << 2))
  const blocks = (length + 8 + BLOCK) / BLOCK
  const end = blocks * BLOCK
  memory.fill(message + length, 0, end - length)
  store<u8>(message + length, 0x80)
  store<u32>(message + end - 4, bswap<u32>(length << 3))
  return <i32>blocks
}

/** The first 16 words of the schedule. */
function readBlock(from: usize): void {
  for (let word: usize = 0; word < 16; word += 4) {
    const at = from + (word << 2)
    transpose(
      swapped(v128.load(at)),
      swapped(v128.load(at + messageStride)),
      swapped(v128.load(at + 2 * messageStride)),
      swapped(v128.load(at + 3 * messageStride)),
    )
    const to = scheduleAt + (word << 4)
    v128.store(to, row0)
    v128.store(to, row1, 16)
    v128.store(to, row2, 32)
    v128.store(to, row3, 48)
  }
}

/** The other 48. */
function extend(): void {
  const end = scheduleAt + 16 * 64
  for (let to = scheduleAt + 16 * 16; to < end; to += 16) {
    const x = v128.load(to - 16 * 15)
    const y = v128.load(to - 16 * 2)
    const s0 = v128.xor(v128.xor(rotated(x, 7), rotated(x, 18)), i32x4.shr_u(x, 3))
    const s1 = v128.xor(v128.xor(rotated(y, 17), rotated(y, 19)), i32x4.shr_u(y, 10))
    const sum = i32x4.add(i32x4.add(v128.load(to - 16 * 16), s0), i32x4.add(v128.load(to - 16 * 7), s1))
    v128.store(to, sum)
  }
}

/** The 64 rounds; only the lanes that are all ones in `active` take the new state. */
function compress(active: v128): void {
  let a = v128.load(stateAt)
  let b = v128.load(stateAt, 16)
  let c = v128.load(stateAt, 32)
  let d = v128.load(stateAt, 48)
  let e = v128.load(stateAt, 64)
  let f = v128.load(stateAt, 80)
  let g = v128.load(stateAt, 96)
  let h = v128.load(stateAt, 112)
  for (let round: usize = 0; round < 64; round++) {
    const s1 = v128.xor(v128.xor(rotated(e, 6), rotated(e, 11)), rotated(e, 25))
    const choice = v128.xor(g, v128.and(e, v128.xor(f, g)))
    const word = i32x4.add(v128.load32_splat(roundsAt + (round << 2)), v128.load(scheduleAt + (round << 4)))
    const t1 = i32x4.add(i32x4.add(i32x4.add(h, word), s1), choice)
    const s0 = v128.xor(v128.xor(rotated(a, 2), rotated(a, 13)), rotated(a, 22))
    const majority = v128.or(v128.and(a, b), v128.and(c, v128.or(a, b)))
    h = g
    g = f
    f = e
    e = i32x4.add(d, t1)
    d = c
    c = b
    b = a
    a = i32x4.add(i32x4.add(t1, s0), majority)
  }
  addTo(0, a, active)
  addTo(16, b, active)
  addTo(32, c, active)
  addTo(48, d, active)
  addTo(64, e, active)
  addTo(80, f, active)
  addTo(96, g, active)
  addTo(112, h, active)
}

function addTo(word: usize, value: v128, active: v128): void {
  const at = stateAt + word
  v128.store(at, i32x4.add(v128.load(at), v128.and(value, active)))
}

@inline
function rotated(x: v128, count: i32): v128 {
  return v128.or(i32x4.shr_u(x, count), i32x4.shl(x, 32 - count))
}

/** The bytes of each word in the other order. */
@inline
function swapped(x: v128): v128 {
  return i8x16.shuffle(x, x, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12)
}

/** What `transpose` makes. */
let row0: v128 = i32x4.splat(0)
let row1: v128 = i32x4.splat(0)
let row2: v128 = i32x4.splat(0)
let row3: v128 = i32x4.splat(0)

/** Four words of four lanes from four lanes of four words, or back. */
function transpose(a: v128, b: v128, c: v128, d: v128): void {
  const ab = i32x4.shuffle(a, b, 0, 4, 1, 5)
  const cd = i32x4.shuffle(c, d, 0, 4, 1, 5)
  const abHigh = i32x4.shuffle(a, b, 2, 6, 3, 7)
  const cdHigh = i32x4.shuffle(c, d, 2, 6, 3, 7)
  row0 = i64x2.shuffle(ab, cd, 0, 2)
  row1 = i64x2.shuffle(ab, cd, 1, 3)
  row2 = i64x2.shuffle(abHigh, cdHigh, 0, 2)
  row3 = i64x2.shuffle(abHigh, cdHigh, 1, 3)
}

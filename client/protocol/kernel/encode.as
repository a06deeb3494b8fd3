// The encoder of one chunk, in AssemblyScript with SIMD: what scalarEncoder.ts does, bit for bit, sixteen entries at a time. The chunk
// and its delta are copied in, the record and what is left behind are copied out; nothing else is kept from one chunk to the next.
// deploy/kernel.ts compiles it; kernelEncoder.ts calls it and sees to it that all arguments are in range.

const LANES = 16
const MAX_CHUNK = 4096
const MAX_K = 512
const MAGNITUDE_BITS: i32 = 0x7fff_ffff
const NON_FINITE_KEY: i32 = 0x7f80_0000
/** As in topEntries.ts: every so manieth entry is in the sample. */
const SAMPLE_STRIDE = 17

// Room for a chunk, a whole group more and 8 bytes: a copy between memories is quick only if both are alike modulo 8.
export const chunkAt: usize = memory.data(4 * (MAX_CHUNK + LANES) + 8, 16)
export const deltaAt: usize = memory.data(4 * (MAX_CHUNK + LANES) + 8, 16)
/** Two float64: sums of the magnitudes of the high and of the other entries, added in ascending order of place. */
export const sumsAt: usize = memory.data(16, 16)
/** No record is longer than 1216 bytes; the writer stores 4 bytes more. */
export const recordAt: usize = memory.data(2048, 16)
/** Places of candidates, ascending, and their magnitudes' bits. */
const placesAt: usize = memory.data(2 * (MAX_CHUNK + LANES), 16)
const keysAt: usize = memory.data(4 * (MAX_CHUNK + LANES) + 16, 16)
/** place * 2 + (1 if negative), the high ones first, each group ascending. */
const entriesAt: usize = memory.data(2 * MAX_K, 16)

/** Entries that reach this key are candidates, until too few do. */
let floor: i32 = NON_FINITE_KEY
/** How many of the keys that equal the last bound are above it. */
let ties: i32 = 0

/** chunk = delta + decay * chunk, each step rounded to float32. Past `valid`, up to a whole group, both are zero. */
export function addDelta(chunk: usize, delta: usize, valid: i32, decay: f32): void {
  fillGroup(delta, valid)
  fillGroup(chunk, valid)
  const factor = f32x4.splat(decay)
  const end = chunk + (<usize>valid << 2)
  while (chunk < end) {
    const first = f32x4.add(v128.load(delta), f32x4.mul(factor, v128.load(chunk)))
    const second = f32x4.add(v128.load(delta, 16), f32x4.mul(factor, v128.load(chunk, 16)))
    v128.store(chunk, first)
    v128.store(chunk, second, 16)
    chunk += 32
    delta += 32
  }
}

/**
 * Chooses the `wanted` entries of largest magnitude and of those the `highs` largest; `slack` is how far below the last chosen one the
 * next chunk's floor is. Returns whether all that were looked at are finite, as all the others are.
 */
export function choose(chunk: usize, valid: i32, wanted: i32, highs: i32, slack: i32): bool {
  fillGroup(chunk, valid)
  let found = candidates(chunk, valid, floor)
  if (found < wanted) {
    floor = sampledFloor(chunk, valid, wanted)
    found = candidates(chunk, valid, floor)
  }
  if (found < wanted) {
    floor = 0
    found = candidates(chunk, valid, floor)
  }
  const greatest = greatestKey(found)
  if (greatest >= NON_FINITE_KEY) return false
  const least = bound(found, wanted, floor, greatest + 1)
  keep(found, wanted, least, ties)
  const leastHigh = highs > 0 ? bound(wanted, highs, least, greatest + 1) : NON_FINITE_KEY
  split(chunk, wanted, highs, leastHigh, ties)
  floor = max(0, least - slack)
  return true
}

/** Takes the levels off the chunk and writes the record of what `choose` chose; returns its length. */
export function write(
  chunk: usize,
  head: i32,
  high: f32,
  low: f32,
  wanted: i32,
  highs: i32,
  highRice: i32,
  lowRice: i32,
): i32 {
  takeOff(chunk, 0, highs, high)
  takeOff(chunk, highs, wanted, low)
  at = recordAt
  pending = 0
  pendingBits = 0
  put(head, 16)
  putGroup(0, highs, highRice)
  putGroup(highs, wanted, lowRice)
  const bytes = (pendingBits + 7) >>> 3
  store<u32>(at, bswap<u32>(<u32>(pending << (32 - pendingBits))))
  return <i32>(at - recordAt) + bytes
}

/** Zeros after the last entry, to a whole group: their places come last of all, so they are never chosen. */
function fillGroup(from: usize, valid: i32): void {
  const missing = -valid & (LANES - 1)
  if (missing > 0) memory.fill(from + (<usize>valid << 2), 0, missing << 2)
}

/** Notes the places whose keys are at least `least`, with the keys. After the last key stand three that nothing reaches. */
function candidates(chunk: usize, valid: i32, least: i32): i32 {
  const mask = i32x4.splat(MAGNITUDE_BITS)
  const below = i32x4.splat(least - 1)
  let place = placesAt
  let key = keysAt
  for (let i = 0; i < valid; i += LANES) {
    const from = chunk + (<usize>i << 2)
    const a = i32x4.gt_s(v128.and(v128.load(from), mask), below)
    const b = i32x4.gt_s(v128.and(v128.load(from, 16), mask), below)
    const c = i32x4.gt_s(v128.and(v128.load(from, 32), mask), below)
    const d = i32x4.gt_s(v128.and(v128.load(from, 48), mask), below)
    let reached = i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)))
    while (reached != 0) {
      const lane = ctz(reached)
      reached &= reached - 1
      store<u16>(place, i + lane)
      store<i32>(key, load<i32>(from + (<usize>lane << 2)) & MAGNITUDE_BITS)
      place += 2
      key += 4
    }
  }
  v128.store(key, i32x4.splat(-1))
  return <i32>((key - keysAt) >> 2)
}

/** A key that about two and a half times as many entries reach as are wanted. */
function sampledFloor(chunk: usize, valid: i32, wanted: i32): i32 {
  let count = 0
  for (let i = 0; i < valid; i += SAMPLE_STRIDE) {
    store<i32>(keysAt + (<usize>count << 2), load<i32>(chunk + (<usize>i << 2)) & MAGNITUDE_BITS)
    count++
  }
  v128.store(keysAt + (<usize>count << 2), i32x4.splat(-1))
  const rank = (2 * wanted * count) / valid + 4
  if (rank >= count) return 0
  return bound(count, rank, 0, MAGNITUDE_BITS)
}

function greatestKey(count: i32): i32 {
  let greatest = i32x4.splat(0)
  for (let i = 0; i < count; i += 4) greatest = i32x4.max_s(greatest, v128.load(keysAt + (<usize>i << 2)))
  return max(
    max(i32x4.extract_lane(greatest, 0), i32x4.extract_lane(greatest, 1)),
    max(i32x4.extract_lane(greatest, 2), i32x4.extract_lane(greatest, 3)),
  )
}

/**
 * Halves the range from `low`, which at least `wanted` of the first `count` keys reach, to `high`, which fewer do, until a bound parts
 * the `wanted` largest from the rest, or is a key of which only some, `ties`, are wanted. No branch depends on a single key.
 */
function bound(count: i32, wanted: i32, low: i32, high: i32): i32 {
  let above = 0
  while (high - low > 1) {
    const middle = low + ((high - low) >>> 1)
    const reaching = countFrom(count, middle)
    if (reaching == wanted) {
      ties = wanted
      return middle
    }
    if (reaching > wanted) low = middle
    else {
      high = middle
      above = reaching
    }
  }
  ties = wanted - above
  return low
}

/** How many of the first `count` keys are at least `least`. */
function countFrom(count: i32, least: i32): i32 {
  const below = i32x4.splat(least - 1)
  let reaching = i32x4.splat(0)
  for (let i = 0; i < count; i += 4)
    reaching = i32x4.sub(reaching, i32x4.gt_s(v128.load(keysAt + (<usize>i << 2)), below))
  return (
    i32x4.extract_lane(reaching, 0) +
    i32x4.extract_lane(reaching, 1) +
    i32x4.extract_lane(reaching, 2) +
    i32x4.extract_lane(reaching, 3)
  )
}

/** Leaves only the chosen candidates. Each is written where the next chosen one belongs and stays if it is one: no branch tells. */
function keep(found: i32, wanted: i32, least: i32, leastTies: i32): void {
  let kept: usize = 0
  for (let i = 0; i < found; i++) {
    const key = load<i32>(keysAt + (<usize>i << 2))
    store<u16>(placesAt + (kept << 1), load<u16>(placesAt + (<usize>i << 1)))
    store<i32>(keysAt + (kept << 2), key)
    const isTie = i32(key == least)
    kept += i32(key > least) | (isTie & i32(leastTies > 0))
    leastTies -= isTie
  }
  v128.store(keysAt + (<usize>wanted << 2), i32x4.splat(-1))
}

/** Parts the chosen candidates into high and other entries; no branch depends on which. */
function split(chunk: usize, wanted: i32, highs: i32, leastHigh: i32, highTies: i32): void {
  let high = entriesAt
  let low = entriesAt + (<usize>highs << 1)
  let highSum: f64 = 0
  let lowSum: f64 = 0
  for (let i = 0; i < wanted; i++) {
    const place = <i32>load<u16>(placesAt + (<usize>i << 1))
    const key = load<i32>(keysAt + (<usize>i << 2))
    const negative = load<u32>(chunk + (<usize>place << 2)) >>> 31
    // A zero is never negative to the format.
    const entry = (place << 1) | (negative & i32(key != 0))
    const isTie = i32(key == leastHigh)
    const isHigh = i32(key > leastHigh) | (isTie & i32(highTies > 0))
    highTies -= isTie
    store<u16>(select(high, low, isHigh != 0), entry)
    high += <usize>(isHigh << 1)
    low += <usize>((isHigh ^ 1) << 1)
    // The magnitude or, its bits masked, zero.
    highSum += <f64>reinterpret<f32>(key & -isHigh)
    lowSum += <f64>reinterpret<f32>(key & (isHigh - 1))
  }
  store<f64>(sumsAt, highSum)
  store<f64>(sumsAt, lowSum, 8)
}

function takeOff(chunk: usize, from: i32, to: i32, level: f32): void {
  for (let i = from; i < to; i++) {
    const entry = <u32>load<u16>(entriesAt + (<usize>i << 1))
    const place = chunk + (<usize>(entry >>> 1) << 2)
    // Minus the level for a positive entry.
    const signed = reinterpret<f32>(reinterpret<u32>(level) ^ ((~entry & 1) << 31))
    store<f32>(place, load<f32>(place) + signed)
  }
}

let at: usize = 0
let pending: u64 = 0
/** Fewer than 32 between calls. */
let pendingBits: i32 = 0

/** The low `count` bits of `value`, which has no others; count up to 32. */
function put(value: u32, count: i32): void {
  pending = (pending << count) | value
  pendingBits += count
  if (pendingBits >= 32) {
    pendingBits -= 32
    store<u32>(at, bswap<u32>(<u32>(pending >>> pendingBits)))
    at += 4
  }
}

/** As writeGroup in recordWriter.ts: the gap by its Rice code, then the sign. */
function putGroup(from: i32, to: i32, rice: i32): void {
  const plain = (1 << rice) - 1
  const tailBits = rice + 2
  let next = 0
  for (let i = from; i < to; i++) {
    const entry = <i32>load<u16>(entriesAt + (<usize>i << 1))
    const gap = (entry >>> 1) - next
    next = (entry >>> 1) + 1
    let ones = gap >>> rice
    for (; ones + tailBits > 32; ones -= min(ones, 24)) put((1 << min(ones, 24)) - 1, min(ones, 24))
    put((((1 << ones) - 1) << tailBits) | ((gap & plain) << 1) | (entry & 1), ones + tailBits)
  }
}

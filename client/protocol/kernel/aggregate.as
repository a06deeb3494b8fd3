// The update rule of one chunk and the check of records, in AssemblyScript with SIMD: what recordReader.ts and chunkAccumulator.ts do,
// bit for bit, except that a bad record is only refused here and named there. kernelAggregator.ts and kernelChecker.ts call it and see
// to it that all arguments are in range; deploy/kernel.ts compiles it.
//
// Bytes of records are read as 64-bit words, most significant bit first, and there is no instruction for that. So they lie mirrored,
// the first byte last: a record "at `top`" has byte i at address top - 1 - i.

const MAX_CHUNK = 4096
const MAX_K = 512
const MAX_MINERS = 64
const GROUP = 64
const MAX_RECORD = 1216
/** What a vector more than is needed may touch, and reading beyond a record's end. */
const MARGIN = 16
const MAX_MAGNITUDE_CODE: u32 = 863
const HEAD_BITS = 16
/** Bits of a 64-bit window that are always there, whatever bit of its first byte it starts at. */
const WINDOW_BITS = 57

/** Bytes that come in, before they are mirrored: at most a group's records. */
export const maxStaged: i32 = GROUP * MAX_RECORD
export const stagedAt: usize = memory.data(GROUP * MAX_RECORD + MARGIN, 16)
const mirrorAt: usize = memory.data(GROUP * MAX_RECORD + MAX_RECORD + 2 * MARGIN, 16)
/** Where a group that is checked is mirrored to. */
export const groupTop: usize = mirrorAt + GROUP * MAX_RECORD + MAX_RECORD + 2 * MARGIN
/** Uint32: how far from the first record's start each record of a check ends. */
export const endsAt: usize = memory.data(4 * GROUP, 16)

/** For each contribution a piece of it, mirrored, with the records of some chunks to come. */
export const windowBytes: i32 = 4096
export const windowStride: i32 = 4096 + MARGIN
const windowsAt: usize = memory.data(MAX_RECORD + MARGIN + MAX_MINERS * (4096 + MARGIN), 16)
/** Top of the first one; each further one is windowStride higher. */
export const firstWindowTop: usize = windowsAt + MAX_RECORD + MARGIN + 4096 + MARGIN
/** Uint32 pairs: top of a chunk's record of each contribution, and its length. */
export const recordsAt: usize = memory.data(8 * MAX_MINERS, 16)

/** place * 2 + (1 if negative), record after record, the high ones first. */
const entriesAt: usize = memory.data(2 * MAX_MINERS * MAX_K, 16)
/** Int32, with a vector of greatest values behind the last one. */
const lowsAt: usize = memory.data(4 * MAX_MINERS + 16, 16)
const highsAt: usize = memory.data(4 * MAX_MINERS + 16, 16)
/** Numbers of the records that are kept. */
const keptAt: usize = memory.data(MAX_MINERS, 16)
/** By place: 1 while it is high in the record at hand. All zeros between records. */
const marksAt: usize = memory.data(MAX_CHUNK, 16)
/** By place, int8: how many say plus, less how many say minus. */
const votesAt: usize = memory.data(MAX_CHUNK, 16)
/** By place, int64: 256 times the sum of signed magnitudes, plus the count of them. All zeros between chunks. */
const sumsAt: usize = memory.data(8 * MAX_CHUNK, 16)
/** Places with a count. */
const touchedAt: usize = memory.data(2 * MAX_CHUNK + 16, 16)
/** By count, float64: the root that the sum is divided by. */
const rootsAt: usize = memory.data(8 * (MAX_MINERS + 1), 16)
/** How many were kept when the roots were computed. */
let rootsFor: i32 = 0

// The shape of the records at hand.
let valid: i32 = 0
let entries: i32 = 0
let highs: i32 = 0
let highRice: i32 = 0
let lowRice: i32 = 0

// Of the record at hand: the bit that comes next, and whether a place came twice.
let bit: i32 = 0
let isTwice: bool = false
// Of the record that was read last.
let low: i32 = 0
let high: i32 = 0

export function setShape(ofValid: i32, ofEntries: i32, ofHighs: i32, ofHighRice: i32, ofLowRice: i32): void {
  valid = ofValid
  entries = ofEntries
  highs = ofHighs
  highRice = ofHighRice
  lowRice = ofLowRice
}

/** Mirrors `length` bytes, and up to 15 more, from `from` to `top`. */
export function mirror(from: usize, length: i32, top: usize): void {
  const end = from + length
  while (from < end) {
    const bytes = v128.load(from)
    top -= 16
    v128.store(top, i8x16.shuffle(bytes, bytes, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0))
    from += 16
  }
}

/** Checks `count` (64 or less) records in a row and notes where each ends; returns how many are good before one is not. */
export function check(top: usize, count: i32): i32 {
  let end = 0
  for (let i = 0; i < count; i++) {
    const length = read(top - end, entriesAt, false)
    if (length < 0) return i
    end += length
    store<u32>(endsAt + (<usize>i << 2), end)
  }
  return count
}

/** Steps the chunk by `count` (1 to 64) records; clip and rate as in the rule. Returns whether all records are good: else nothing happens. */
export function fold(chunk: usize, count: i32, clip: i32, rate: i32): bool {
  memory.fill(votesAt, 0, MAX_CHUNK)
  const stride = <usize>entries << 1
  let to = entriesAt
  for (let i = 0; i < count; i++) {
    const record = recordsAt + (<usize>i << 3)
    if (read(load<u32>(record), to, true) != load<i32>(record, 4)) return false
    store<i32>(lowsAt + (<usize>i << 2), low)
    store<i32>(highsAt + (<usize>i << 2), high)
    to += stride
  }
  const kept = keepAgreeing(count)
  if (kept == 0) return true
  const lowBound = bound(lowsAt, count, clip)
  const highBound = bound(highsAt, count, clip)
  let touched = touchedAt
  for (let i = 0; i < kept; i++) {
    const record = <usize>load<u8>(keptAt + i)
    const from = entriesAt + record * stride
    const middle = from + (<usize>highs << 1)
    touched = sum(from, middle, min(<i64>load<i32>(highsAt + (record << 2)), highBound), touched)
    touched = sum(middle, from + stride, min(<i64>load<i32>(lowsAt + (record << 2)), lowBound), touched)
  }
  if (kept != rootsFor) computeRoots(kept)
  step(chunk, touched, rate)
  return true
}

/**
 * Reads the record at `top` and writes its entries to `to`; `voting`: and counts their signs. Returns its length in bytes, -1 if it is
 * bad. Places ascend below `valid`, so no input makes it read much further than the longest record.
 */
@inline
function read(top: usize, to: usize, voting: bool): i32 {
  const head = <u32>load<u16>(top - 2)
  if (!readLevels(head >>> 6, head & 63)) return -1
  const middle = to + (<usize>highs << 1)
  bit = HEAD_BITS
  if (!readGroup(top, to, middle, highRice, true, voting)) return forget()
  if (!readGroup(top, middle, to + (<usize>entries << 1), lowRice, false, voting)) return forget()
  for (let entry = to; entry < middle; entry += 2) store<u8>(marksAt + (<usize>load<u16>(entry) >>> 1), 0)
  const length = (bit + 7) >>> 3
  const padding = <u32>load<u8>(top - length) & ((1 << (-bit & 7)) - 1)
  return padding == 0 && !isTwice ? length : -1
}

/**
 * Reads entries to `from` to before `to`. Four at a time, if 57 bits hold them: checks and what waits for memory are shared then.
 * Returns whether their places are below `valid`.
 */
@inline
function readGroup(top: usize, from: usize, to: usize, rice: i32, isHigh: bool, voting: bool): bool {
  const end2 = valid << 1
  const scale = rice + 1
  const tail: u64 = rice + 2
  const shift: u64 = 62 - rice
  let at = bit
  let next2 = 0
  let twice: u32 = 0
  while (from < to) {
    if (from + 8 <= to) {
      let window = windowAt(top, at)
      // The ones; then the zero, the plain bits and the sign as one number.
      const ones0 = clz(~window)
      window <<= ones0
      const a = next2 + (<i32>ones0 << scale) + <i32>(window >>> shift)
      window <<= tail
      const ones1 = clz(~window)
      window <<= ones1
      const b = (a | 1) + 1 + (<i32>ones1 << scale) + <i32>(window >>> shift)
      window <<= tail
      const ones2 = clz(~window)
      window <<= ones2
      const c = (b | 1) + 1 + (<i32>ones2 << scale) + <i32>(window >>> shift)
      window <<= tail
      const ones3 = clz(~window)
      window <<= ones3
      const d = (c | 1) + 1 + (<i32>ones3 << scale) + <i32>(window >>> shift)
      const used = <i32>(ones0 + ones1 + ones2 + ones3) + (<i32>tail << 2)
      if (used <= WINDOW_BITS) {
        if (d >= end2) return false
        twice |= put(from, a, isHigh, voting)
        twice |= put(from + 2, b, isHigh, voting)
        twice |= put(from + 4, c, isHigh, voting)
        twice |= put(from + 6, d, isHigh, voting)
        next2 = (d | 1) + 1
        at += used
        from += 8
        continue
      }
    }
    let window = windowAt(top, at)
    let ones = clz(~window)
    while (ones + tail > <u64>WINDOW_BITS) {
      next2 += 32 << scale
      if (next2 >= end2) return false
      at += 32
      window = windowAt(top, at)
      ones = clz(~window)
    }
    const entry = next2 + (<i32>ones << scale) + <i32>((window << ones) >>> shift)
    if (entry >= end2) return false
    twice |= put(from, entry, isHigh, voting)
    next2 = (entry | 1) + 1
    at += <i32>(ones + tail)
    from += 2
  }
  bit = at
  isTwice = twice != 0
  return true
}

/** WINDOW_BITS bits from bit `at` of the record on, or some more, in the highest places. */
@inline
function windowAt(top: usize, at: i32): u64 {
  return load<u64>(top - 8 - <usize>(at >>> 3)) << (at & 7)
}

/** Notes an entry. Returns 1 if it is a low one whose place is high. */
@inline
function put(to: usize, entry: i32, isHigh: bool, voting: bool): u32 {
  const place = <usize>(entry >>> 1)
  store<u16>(to, entry)
  if (voting) store<i8>(votesAt + place, load<i8>(votesAt + place) + <i8>(1 - ((entry & 1) << 1)))
  if (!isHigh) return load<u8>(marksAt + place)
  store<u8>(marksAt + place, 1)
  return 0
}

/** Leaves no mark of a bad record. */
function forget(): i32 {
  memory.fill(marksAt, 0, MAX_CHUNK)
  return -1
}

/** As magnitudeValue, lowMagnitude and isCanonicalRatio. Returns whether codes are in their canonical form. */
@inline
function readLevels(code: u32, ratio: u32): bool {
  if (code - 1 >= MAX_MAGNITUDE_CODE) return false
  const value = code < 64 ? code : (32 + (code & 31)) << ((code >>> 5) - 1)
  const share = max<u64>(1, (<u64>value * (ratio + 1)) >>> 6)
  const less = max<u64>(1, (<u64>value * ratio) >>> 6)
  high = value
  low = <i32>share
  return (ratio == 0 || less < share) && (highs > 0 || low == high)
}

/** Notes the records that do not contradict the others, and returns how many. */
function keepAgreeing(count: i32): i32 {
  let kept = 0
  let from = entriesAt
  const stride = <usize>entries << 1
  for (let i = 0; i < count; i++) {
    let balance = 0
    const end = from + stride
    for (; from < end; from += 2) {
      const entry = <i32>load<u16>(from)
      const vote = <i32>load<i8>(votesAt + <usize>(entry >>> 1))
      // What the others say, times the own sign; then the sign of that, without a branch.
      const negative = -(entry & 1)
      const sided = (vote ^ negative) - negative - 1
      balance += (sided >> 31) | (-sided >>> 31)
    }
    store<u8>(keptAt + kept, i)
    kept += i32(balance >= 0)
  }
  return kept
}

/** Clip times the lower median of `count` values. */
function bound(values: usize, count: i32, clip: i32): i64 {
  v128.store(values + (<usize>count << 2), i32x4.splat(i32.MAX_VALUE))
  const rank = (count - 1) >>> 1
  let median = 0
  for (let i = 0; i < count; i++) {
    median = load<i32>(values + (<usize>i << 2))
    const one = i32x4.splat(median)
    let below = i32x4.splat(0)
    let upTo = i32x4.splat(0)
    for (let j = 0; j < count; j += 4) {
      const others = v128.load(values + (<usize>j << 2))
      below = i32x4.sub(below, i32x4.lt_s(others, one))
      upTo = i32x4.sub(upTo, i32x4.le_s(others, one))
    }
    if (lanes(below) <= rank && rank < lanes(upTo)) break
  }
  return (<i64>median * clip) >> 8
}

@inline
function lanes(sums: v128): i32 {
  return (
    i32x4.extract_lane(sums, 0) +
    i32x4.extract_lane(sums, 1) +
    i32x4.extract_lane(sums, 2) +
    i32x4.extract_lane(sums, 3)
  )
}

/** Adds entries with their signs; each place is noted as touched and stays so if it was not before: no branch tells. */
function sum(from: usize, end: usize, magnitude: i64, touched: usize): usize {
  const scaled = magnitude << 8
  for (; from < end; from += 2) {
    const entry = <i32>load<u16>(from)
    const at = sumsAt + (<usize>(entry >>> 1) << 3)
    const before = load<i64>(at)
    store<u16>(touched, entry >>> 1)
    touched += <usize>i32(before == 0) << 1
    const negative = -(<i64>entry & 1)
    store<i64>(at, before + ((scaled ^ negative) - negative) + 1)
  }
  return touched
}

/** 256 sqrt(n kept), rounded down: see chunkAccumulator.ts for why this is it, and for the division below. */
function computeRoots(kept: i32): void {
  for (let n = 1; n <= kept; n++) store<f64>(rootsAt + (<usize>n << 3), Math.floor(Math.sqrt(<f64>(65536 * n * kept))))
  rootsFor = kept
}

function step(chunk: usize, end: usize, rate: i32): void {
  for (let from = touchedAt; from < end; from += 2) {
    const place = <usize>load<u16>(from)
    const at = sumsAt + (place << 3)
    const both = load<i64>(at)
    store<i64>(at, 0)
    const count = both & 255
    const mean = <i64>(<f64>(both - count) / load<f64>(rootsAt + (<usize>count << 3)))
    const product = mean * rate
    const toZero = (product + ((product >> 63) & 65535)) >> 16
    const entry = chunk + (place << 2)
    const next = <i64>load<i32>(entry) - toZero
    store<i32>(entry, <i32>max<i64>(min<i64>(next, i32.MAX_VALUE), i32.MIN_VALUE))
  }
}

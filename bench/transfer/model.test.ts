import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bucketTime, type Exchange, leastTime, type NodeClass, type RoundPlan, roundTime, seedUpload } from './model.ts'

const GOODPUT = 1_448 / 1_500
const TWENTY: NodeClass = { count: 20, upMbps: 110, downMbps: 500, blobs: 1 }
const LARGE: Exchange = { blobBytes: 1.31e9, classes: [TWENTY] }

function near(actual: number, expected: number, share = 1e-9): void {
  assert.ok(Math.abs(actual - expected) <= share * expected, `${actual} is not ${expected}`)
}

test('twenty peers alone are bound by what they can upload: nineteen blobs each', () => {
  const { limit, seconds } = leastTime(LARGE)
  assert.equal(limit, 'upload of all')
  near(seconds, ((19 * 8 * 1.31e9) / (110e6 * GOODPUT)) * (1 + 52 / 3_000))
})

test('with upload to spare it is their download, and a slow author is waited for', () => {
  const seed: NodeClass = { count: 1, upMbps: 100_000, downMbps: null, blobs: 0 }
  const rich = leastTime({ ...LARGE, classes: [TWENTY, seed] })
  assert.equal(rich.limit, 'download')
  near(rich.seconds, (19 * 8 * 1.31e9) / (500e6 * GOODPUT))
  const slow: NodeClass = { count: 1, upMbps: 1, downMbps: 500, blobs: 1 }
  const waiting = leastTime({ ...LARGE, classes: [{ ...TWENTY, count: 19 }, slow, seed] })
  assert.deepEqual(waiting, { limit: 'first copy', seconds: (8 * 1.31e9) / (1e6 * GOODPUT) })
})

test('a seed wants its own copies as well', () => {
  const tiny: Exchange = { blobBytes: 1e6, classes: [{ count: 2, upMbps: 8, downMbps: null, blobs: 1 }] }
  const alone = leastTime(tiny).seconds
  const idle: NodeClass = { count: 1, upMbps: 0.001, downMbps: null, blobs: 0 }
  // Two blobs have to move without it, four with it.
  near(leastTime({ ...tiny, classes: [...tiny.classes, idle] }).seconds / alone, 2, 1e-3)
})

test('time is proportional to size and inverse to rates', () => {
  const half = leastTime({ ...LARGE, blobBytes: LARGE.blobBytes / 2 }).seconds
  near(2 * half, leastTime(LARGE).seconds)
  const fast = { ...TWENTY, upMbps: 220, downMbps: 1_000 }
  near(leastTime({ ...LARGE, classes: [fast] }).seconds, half)
})

test('through a bucket nobody begins before all has been uploaded', () => {
  near(bucketTime(LARGE), (8 * 1.31e9) / (110e6 * GOODPUT) + (19 * 8 * 1.31e9) / (500e6 * GOODPUT))
})

const PLAN: RoundPlan = { train: 1_200, encode: 10, commit: 12, transfer: 400, apply: 30, settle: 36, overlap: false }

test('in sequence everything counts, with overlap the longer of training and settling', () => {
  assert.deepEqual(roundTime(PLAN), { period: 1_688, utilisation: 1_200 / 1_688 })
  assert.deepEqual(roundTime({ ...PLAN, overlap: true }), { period: 1_222, utilisation: 1_200 / 1_222 })
  const long = roundTime({ ...PLAN, overlap: true, transfer: 1_800 })
  assert.deepEqual(long, { period: 1_866, utilisation: 1_200 / 1_866 })
})

test('the upload that seeds must add is the least that keeps the time', () => {
  const wanted = 1_100
  const mbps = seedUpload(LARGE, wanted)
  const within = (up: number): boolean => {
    const seed: NodeClass = { count: 1, upMbps: up, downMbps: null, blobs: 0 }
    return leastTime({ ...LARGE, classes: [TWENTY, seed] }).seconds <= wanted
  }
  assert.ok(within(mbps) && !within(mbps - 5), `${mbps}`)
  assert.equal(seedUpload(LARGE, 3_000), 0)
  // Nineteen blobs do not pass 500 Mb/s in that time, whoever sends them.
  assert.equal(seedUpload(LARGE, 300), Number.POSITIVE_INFINITY)
})

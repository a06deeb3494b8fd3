import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BenchResult } from '../bench.ts'
import { calculated } from './large.ts'
import { type Outcome, requireDelivered } from './play.ts'
import { BUSY, type Played, playedResults, predicted, stateFinalResults } from './results.ts'
import { BUCKET, HOSTILE, linksOf, type Scenario, SWARM, withSeed } from './scenario.ts'

const BLOB = 18.5e6
const WORK = { parameters: 1e9, threads: 2, encodeSeconds: 2, aggregateSeconds: 5, rootSeconds: 3 } as const
const SEEDED = withSeed(2_500)

function outcome(seconds: number, changes: Partial<Outcome> = {}): Outcome {
  const bytes = { mean: 19 * BLOB, most: 19 * BLOB }
  const machine = { cpuShare: 0.5, lostShare: 0.001, latestMs: 1, peakBytes: 1e8 }
  return { seconds, medianSeconds: seconds, failures: [], received: bytes, sent: bytes, ...machine, ...changes }
}

function played(scenario: Scenario, slowdown: number, changes: Partial<Outcome> = {}): Played {
  const expected = predicted(scenario, BLOB)
  return { scenario, parameters: 1e9, blobBytes: BLOB, expected, outcome: outcome(slowdown * expected, changes) }
}

function named(results: readonly BenchResult[], part: string): BenchResult {
  const found = results.find(({ metric }) => metric.includes(part))
  assert.ok(found !== undefined, part)
  return found
}

test('a scenario has a link for each node: peers, the slow author first, then the seeds or the bucket, then the bad ones', () => {
  assert.equal(linksOf(SWARM).length, 20)
  assert.deepEqual(linksOf(BUCKET)[20], { upMbps: null, downMbps: null, delayMs: 2 })
  assert.equal(linksOf(SEEDED)[20]?.upMbps, 2_500)
  const hostile = linksOf(HOSTILE)
  assert.deepEqual([hostile[0]?.upMbps, hostile[1]?.upMbps], [10, 110])
  // Two liars, and of the two dead one that has an address.
  assert.equal(hostile.length, 23)
})

test('each exchange stands beside the bucket’s of the same size, and beside its own calculation', () => {
  const bucket = played(BUCKET, 1.1)
  const swarm = played(SWARM, 1.05)
  const results = playedResults([bucket, swarm])
  const row = named(results, 'all have all: peers only')
  assert.equal(row.peerValue, bucket.outcome.seconds)
  const beside = results.filter(({ metric }) => metric.includes('calculation'))
  assert.deepEqual(
    beside.map(({ ok }) => ok),
    [true, true],
  )
  const slow = playedResults([played(SWARM, 1.3)])
  assert.equal(named(slow, 'calculation').ok, false)
  assert.equal(named(slow, 'all have all').peerValue, null)
})

test('what a busy machine measured is not judged', () => {
  const results = playedResults([played(SWARM, 1.3, { cpuShare: BUSY })])
  assert.equal(named(results, 'calculation').ok, null)
})

test('a peer that received much more than it wanted misses the target', () => {
  const received = { mean: 1.2 * 19 * BLOB, most: 0 }
  assert.equal(named(playedResults([played(SWARM, 1, { received })]), 'received').ok, false)
  assert.equal(named(playedResults([played(SWARM, 1)]), 'received').ok, true)
})

test('a state is final after computing, transfer and four blocks', () => {
  const one = played(SWARM, 1)
  const row = named(stateFinalResults([one], WORK), 'state final')
  assert.equal(row.value, one.outcome.seconds + 10 + 48)
})

test('blobs that did not arrive end the benchmark with their codes', () => {
  requireDelivered(SWARM, outcome(1))
  const failures = ['storage/deadline', 'storage/deadline', 'storage/timeout']
  assert.throws(() => requireDelivered(SWARM, outcome(1, { failures })), {
    code: 'bench/not-delivered',
    message: /3 blobs.*storage\/deadline, storage\/timeout/,
  })
})

test('72 B parameters: overlap and seeds together reach the target, either alone does not', () => {
  const results = calculated([played(SWARM, 1), played(SEEDED, 1)], WORK)
  const value = (part: string): number => named(results, part).value
  const both = named(results, 'utilisation, seeds of 2.5 Gb/s, overlap')
  assert.ok(both.ok === true && both.value >= 0.945, String(both.value))
  // 19 blobs of 1.33 GB at 110 Mb/s take more than half an hour.
  assert.ok(value('utilisation, peers only, overlap') < 0.6)
  assert.ok(value('utilisation, seeds of 2.5 Gb/s, in sequence') < 0.6)
  assert.ok(value('utilisation, peers only, in sequence') < value('utilisation, peers only, overlap'))
  const needed = value('upload of seeds')
  assert.ok(needed > 1 && needed < 2.5, String(needed))
})

test('what was played slower than calculated, and a computer that is slow, count at 72 B too', () => {
  const judged = 'utilisation, seeds of 2.5 Gb/s, overlap'
  assert.equal(named(calculated([played(SWARM, 1), played(SEEDED, 1.5)], WORK), judged).ok, false)
  const slow = { ...WORK, rootSeconds: 20 }
  assert.equal(named(calculated([played(SWARM, 1), played(SEEDED, 1)], slow), judged).ok, false)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkedSeries, mergeSeries, nextFrom, type Series } from './mergeSeries.ts'

/** Rounds from `first` to `last`; the loss is known up to `lossTo`. */
function rounds(first: number, last: number, { gas = 1, lossTo = last } = {}): Series {
  const round = Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at)
  const each = <T>(value: (round: number) => T): T[] => round.map(value)
  return {
    from: first,
    round,
    epoch: each((n) => Math.ceil(n / 4)),
    void: each(() => ''),
    openedAt: each((n) => n * 100),
    closedAt: each((n) => n * 100 + 90),
    loss: each((n) => (n <= lossTo ? 5 - n / 1_000 : null)),
    tokens: each((n) => n * 1_000),
    committed: each(() => 2),
    revealed: each(() => 2),
    included: each(() => 1),
    bytes: each(() => 10),
    gas: each(() => gas),
    cells: each(() => 'ri'),
    votes: each(() => 'v'),
  }
}

test('the end takes the place of what it overlaps, and goes on', () => {
  const merged = mergeSeries(rounds(1, 100), rounds(90, 103, { gas: 2 }))
  assert.deepEqual(
    merged.round,
    Array.from({ length: 103 }, (_, at) => at + 1),
  )
  assert.equal(merged.gas[88], 1)
  assert.equal(merged.gas[89], 2)
  assert.equal(merged.from, 1)
  assert.equal(checkedSeries(1, merged), merged)
})

test('an end that starts right behind joins; one that leaves a gap stands alone', () => {
  assert.equal(mergeSeries(rounds(1, 10), rounds(11, 12)).round.length, 12)
  assert.deepEqual(mergeSeries(rounds(1, 10), rounds(20, 21)).round, [20, 21])
})

test('a chain that got shorter does not keep its old end', () => {
  assert.deepEqual(mergeSeries(rounds(1, 10), rounds(5, 7)).round, [1, 2, 3, 4, 5, 6, 7])
})

test('nothing new leaves what is known, nothing known leaves what is new', () => {
  const known = rounds(1, 3)
  assert.equal(mergeSeries(known, rounds(4, 3)), known)
  assert.equal(mergeSeries(undefined, known), known)
  assert.equal(mergeSeries(known, rounds(2, 3)), known)
  assert.equal(mergeSeries(known, rounds(1, 3)), known)
  assert.notEqual(mergeSeries(known, rounds(2, 3, { gas: 9 })), known)
})

test('the last 64 rounds are asked for again', () => {
  assert.equal(nextFrom(undefined), undefined)
  assert.equal(nextFrom(rounds(1, 0)), undefined)
  assert.equal(nextFrom(rounds(1, 10)), 1)
  assert.equal(nextFrom(rounds(1, 1_000)), 937)
})

test('a loss that is not there yet is asked for again, unless it is too long ago', () => {
  assert.equal(nextFrom(rounds(1, 1_000, { lossTo: 500 })), 501)
  assert.equal(nextFrom(rounds(1, 6_190, { lossTo: 500 })), 6_190 - 1_024 + 1)
})

test('columns of different lengths and rounds out of order are no series', () => {
  assert.deepEqual(checkedSeries(1, rounds(1, 5)).round, [1, 2, 3, 4, 5])
  for (const bad of [
    { ...rounds(1, 5), gas: [1] },
    { ...rounds(1, 3), round: [1, 3, 2] },
  ])
    assert.throws(() => checkedSeries(7, bad), { code: 'dashboard/bad-series' })
})

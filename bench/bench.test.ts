import assert from 'node:assert/strict'
import { test } from 'node:test'
import { benchResult } from './bench.ts'

test('the ratio is ours by theirs, and targets are on either number', () => {
  const base = { metric: 'm', value: 3, unit: 's', peer: 'p', peerValue: 2 }
  assert.equal(benchResult(base).ratio, 1.5)
  assert.equal(benchResult({ ...base, target: 'ratio >= 1.5' }).ok, true)
  assert.equal(benchResult({ ...base, target: 'ratio >= 1.51' }).ok, false)
  assert.equal(benchResult({ ...base, target: 'value <= 3' }).ok, true)
  assert.equal(benchResult({ ...base, target: 'value <= 2.9' }).ok, false)
})

test('without a peer, a target on the ratio is not judged and one on the value is', () => {
  const alone = { metric: 'm', value: 3, unit: 's', peer: 'p' }
  assert.deepEqual(benchResult({ ...alone, target: 'ratio >= 1' }), {
    ...alone,
    peerValue: null,
    ratio: null,
    target: 'ratio >= 1',
    ok: null,
  })
  assert.equal(benchResult({ ...alone, target: 'value >= 3' }).ok, true)
})

test('no target, no verdict', () => {
  assert.equal(benchResult({ metric: 'm', value: 3, unit: 's' }).ok, null)
})

test('a measurement that is no number meets no target', () => {
  const failed = { metric: 'm', value: Number.NaN, unit: 's' }
  assert.equal(benchResult({ ...failed, target: 'value <= 1' }).ok, false)
  assert.equal(benchResult({ ...failed, target: 'value >= 1' }).ok, false)
})

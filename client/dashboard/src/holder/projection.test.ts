import assert from 'node:assert/strict'
import { test } from 'node:test'
import { projectionOf } from './projection.ts'

const TOKEN = 10n ** 18n
const pace = { epochs: 10, seconds: 31_557_600 / 100, stake: 1_000n * TOKEN, earned: TOKEN }

test('a hundredth of a year is a hundred times as much in a year', () => {
  const projection = projectionOf(pace)
  assert.equal(projection?.perYear, 100n * TOKEN)
  assert.equal(projection?.part, 0.1)
  assert.match(projection?.assumptions.join(' ') ?? '', /last 10 epochs, which took 3 d 15 h/)
})

test('nothing is projected from too little', () => {
  for (const little of [{ epochs: 2 }, { seconds: 86_399 }, { stake: 0n }, { earned: -1n }])
    assert.equal(projectionOf({ ...pace, ...little }), undefined)
  assert.equal(projectionOf(null), undefined)
  assert.equal(projectionOf({ ...pace, earned: 0n })?.part, 0)
})

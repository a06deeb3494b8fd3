import assert from 'node:assert/strict'
import { test } from 'node:test'
import { weightsOf } from './weights.ts'

const of = (...typed: readonly string[]) => weightsOf(new Map(typed.map((text, at) => [at + 1, text] as const)))

test('percentages become parts, and nothing is no part', () => {
  assert.deepEqual(of('60', '', ' 12.5 ', '0'), {
    parts: [
      { run: 1, bps: 6_000 },
      { run: 3, bps: 1_250 },
    ],
    sum: 7_250,
    problem: undefined,
  })
  assert.equal(of('100').problem, undefined)
})

test('what makes no vote is said', () => {
  assert.match(of('', '').problem ?? '', /at least one/)
  assert.match(of('60', '41').problem ?? '', /101 % together/)
  assert.match(of('1e2').problem ?? '', /run 1 in percent/)
  assert.match(of('1.234').problem ?? '', /run 1/)
  assert.match(weightsOf(new Map(Array.from({ length: 9 }, (_, run) => [run, '1']))).problem ?? '', /8 runs/)
})

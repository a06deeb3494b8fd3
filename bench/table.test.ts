import assert from 'node:assert/strict'
import { test } from 'node:test'
import { benchResult } from './bench.ts'
import { numberText, resultTable } from './table.ts'

test('numbers have four significant digits, or no decimals and their thousands apart', () => {
  assert.deepEqual([0.15, 1, 123.456, 0.000123456, 999.96].map(numberText), ['0.15', '1', '123.5', '0.0001235', '1000'])
  assert.deepEqual([1000, 1234567.8, -54321].map(numberText), ['1 000', '1 234 568', '-54 321'])
  assert.equal(numberText(Number.NaN), 'NaN')
})

test('columns are as wide as their widest cell, numbers to the right, and no line ends in blanks', () => {
  const table = resultTable([
    benchResult({
      metric: 'speed',
      value: 12345,
      unit: 'tokens/s',
      peer: 'them',
      peerValue: 10000,
      target: 'ratio >= 1',
    }),
    benchResult({ metric: 'a longer name', value: 0.5, unit: '' }),
  ])
  assert.deepEqual(table.split('\n'), [
    'metric          value  unit      peer  peer value  ratio  target',
    'speed          12 345  tokens/s  them      10 000  1.234  ratio >= 1  ok',
    'a longer name     0.5',
  ])
})

test('a target that is missed, and one that nothing can be judged by, say so', () => {
  const missed = benchResult({ metric: 'm', value: 1, unit: '', peer: 'p', peerValue: 2, target: 'ratio >= 1' })
  const alone = benchResult({ metric: 'm', value: 1, unit: '', peer: 'p', target: 'ratio >= 1' })
  const [, first = '', second = ''] = resultTable([missed, alone]).split('\n')
  assert.match(first, /0\.5 {2}ratio >= 1 {2}MISSED$/)
  assert.match(second, /ratio >= 1 {2}not judged$/)
})

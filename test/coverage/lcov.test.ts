import assert from 'node:assert/strict'
import { test } from 'node:test'
import { missedRows, percent, reached, readLcov } from './lcov.ts'

const report = `TN:
SF:contracts/A.sol
DA:3,1
DA:4,0
DA:5,0
DA:9,12
DA:7,0
LH:2
LF:5
end_of_record
SF:contracts\\B.sol
DA:1,2
LH:1
LF:1
end_of_record
`

test('each file has its lines, and those that nothing reached', () => {
  assert.deepEqual(readLcov(report), [
    { file: 'contracts/A.sol', lines: 5, missed: [4, 5, 7] },
    { file: 'contracts/B.sol', lines: 1, missed: [] },
  ])
})

test('a line that one of two records reached is reached', () => {
  const again = 'SF:contracts/A.sol\r\nDA:4,1\r\nend_of_record\r\n'
  assert.deepEqual(readLcov(report + again)[0], { file: 'contracts/A.sol', lines: 5, missed: [5, 7] })
})

test('the part that was reached is of all lines, and nothing of an empty report', () => {
  assert.equal(reached(readLcov(report)), 0.5)
  assert.equal(reached(readLcov('TN:\n')), 0)
})

test('the rows name what is missing, the worst file first', () => {
  const other = 'SF:contracts/C.sol\nDA:1,0\nend_of_record\n'
  assert.deepEqual(missedRows(readLcov(report + other)), [
    ' 0.00 %  contracts/C.sol  1',
    '40.00 %  contracts/A.sol  4-5, 7',
  ])
})

test('per cent are rounded down', () => {
  assert.equal(percent(0.979_999), '97.99 %')
  assert.equal(percent(0.999_999), '99.99 %')
  assert.equal(percent(1), '100.00 %')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkSizes } from './sizes.ts'
import { plantedTree } from './tree.ts'

const lines = (count: number): string => 'x\n'.repeat(count)

test('each kind of file has its limit, and the limit itself passes', () => {
  const limits: readonly (readonly [string, number])[] = [
    ['miner/src/a.ts', 400],
    ['miner/src/a.test.ts', 600],
    ['test/solidity/A.t.sol', 600],
    ['contracts/A.sol', 450],
    ['contracts/libraries/A.sol', 250],
    ['contracts/interfaces/IA.sol', 350],
  ]
  for (const [file, limit] of limits) {
    assert.deepEqual(checkSizes(plantedTree({ [file]: lines(limit) })).findings, [], file)
    const { findings } = checkSizes(plantedTree({ [file]: lines(limit + 1) }))
    assert.equal(findings.length, 1, file)
    assert.match(findings[0]!.message, new RegExp(`^${limit + 1} lines: the limit of .* is ${limit}$`))
  }
})

test('generated files have no limit of lines; every file has one of bytes', () => {
  const tree = plantedTree({ 'client/chain/generated/a.ts': lines(2000), 'a.bin': 'x'.repeat(1_000_001) })
  assert.deepEqual(checkSizes(tree).findings, [
    { file: 'a.bin', message: '1000001 bytes: git is for files up to 1000000' },
  ])
})

test('the summary names median, ninth decile and maximum', () => {
  const files = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`a${i}.ts`, lines(i + 1)]))
  assert.deepEqual(checkSizes(plantedTree(files)).notes, [
    'scripts        10 files, lines: median 5, p90 9, longest 10',
  ])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groups, planTests } from './groups.ts'

const one = [
  'bench/a.test.ts',
  'client/agent/a.test.ts',
  'client/chain/a.test.ts',
  'deploy/a.test.ts',
  'miner/src/a.test.ts',
  'test/e2e/a.test.ts',
  'test/integration/a.test.ts',
  'test/solidity/A.t.sol',
  'validator/src/a.test.ts',
]

function planned(files: readonly string[], selection: readonly string[]): unknown {
  const plan = planTests(files, selection)
  return 'problem' in plan ? plan.problem : plan.groups.map(({ group, files }) => [group.name, ...files])
}

test('without a selection every file runs, in the order of the groups', () => {
  const plan = planned(one, []) as string[][]
  assert.deepEqual(
    plan.map(([name]) => name),
    groups.map(({ name }) => name),
  )
  assert.deepEqual(plan.flatMap(([, ...files]) => files).sort(), one)
})

test('a selection is a group, a folder or a file', () => {
  assert.deepEqual(planned(one, ['miner', 'client/chain/']), [
    ['client', 'client/chain/a.test.ts'],
    ['miner', 'miner/src/a.test.ts'],
  ])
  assert.deepEqual(planned(one, ['./test/solidity/A.t.sol']), [['solidity', 'test/solidity/A.t.sol']])
  assert.deepEqual(planned(one, ['test\\e2e']), [['e2e', 'test/e2e/a.test.ts']])
})

test('what would never run is a problem', () => {
  assert.match(String(planned(one, ['mine'])), /^no test is named mine; groups: solidity, client/)
  assert.equal(planned([...one, 'test/new/a.test.ts'], []), 'no group runs test/new/a.test.ts')
  assert.equal(planned([...one, 'client/A.t.sol'], ['miner']), 'no group runs client/A.t.sol')
})

test('a group without files stays in the plan when it is asked for, and only then', () => {
  const withoutMiner = one.filter((file) => !file.startsWith('miner/'))
  assert.deepEqual(planned(withoutMiner, ['miner']), [['miner']])
  assert.equal((planned(withoutMiner, []) as string[][]).length, groups.length)
  assert.deepEqual(planned(withoutMiner, ['client/agent']), [['client', 'client/agent/a.test.ts']])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkInvariants } from './invariants.ts'
import { plantedTree } from './tree.ts'

const suite =
  'contract T {\n  function invariant_a() public {}\n  // function test_gone() public {}\n  function test_b_when() public {}\n}'

function found(rows: string, extra: Readonly<Record<string, string>> = {}): string[] {
  const page = `# The protocol\n\n## 9. Invariants\n\n| id | says | test |\n| --- | --- | --- |\n${rows}\n\n## 10. Issues\n\n| I-99 | x | y |\n`
  const tree = plantedTree({ 'contracts/README.md': page, 'test/solidity/invariant/T.t.sol': suite, ...extra })
  return checkInvariants(tree).findings.map(({ file, line, message }) => `${file}:${line} ${message}`)
}

test('a row passes with its file as a link, a path or a name', () => {
  const rows = `| I-01 | a | [T.t.sol](../test/solidity/invariant/T.t.sol) \`invariant_a\` |
| I-02 | a \\| b | \`test/solidity/invariant/T.t.sol\`: \`test_b_when\`, \`invariant_a\` |
| I-03 | c | T.t.sol, invariant_a |`
  assert.deepEqual(found(rows, { 'contracts/A.sol': '// INVARIANT: I-02' }), [])
})

test('a row without a test that exists is found', () => {
  const rows = `| I-01 | a | T.t.sol invariant_other |
| I-02 | a | T.t.sol test_gone |
| I-03 | a | [T](../test/U.t.sol) test_b_when |
| I-04 | a | T.t.sol |
| I-05 | a | invariant_a |
| I-05 | a | T.t.sol invariant_a |`
  assert.deepEqual(found(rows), [
    'contracts/README.md:7 I-01: invariant_other is not in T.t.sol',
    'contracts/README.md:8 I-02: test_gone is not in T.t.sol',
    'contracts/README.md:9 I-03: test/U.t.sol does not exist',
    'contracts/README.md:10 I-04: names no function test_... or invariant_...',
    'contracts/README.md:11 I-05: names no file',
    'contracts/README.md:12 I-05: stands twice',
  ])
})

test('a number that the table lacks, an empty table and a missing page are found', () => {
  const row = '| I-01 | a | T.t.sol invariant_a |'
  assert.deepEqual(found(row, { 'contracts/A.sol': '\n// INVARIANT: I-07' }), [
    'contracts/A.sol:2 I-07 is not in the table of contracts/README.md',
  ])
  assert.match(found('').join(), /has no row/)
  assert.equal(checkInvariants(plantedTree({})).findings.length, 1)
})

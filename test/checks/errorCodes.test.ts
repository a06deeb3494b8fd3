import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkCustomErrors, checkErrorCodes } from './errorCodes.ts'
import { plantedTree } from './tree.ts'

const source = `
throw new TesseraError('disk/full', 'a')
throw new TesseraError(b ? 'disk/gone' : 'disk/read-only', 'a')
throw fault('disk/slow')
const type = 'text/html'
`

const unexpected = (name: string) => `no test under test/solidity expects ${name}: name ${name}.selector in one`

function found(texts: Readonly<Record<string, string>>): string[] {
  return checkErrorCodes(plantedTree(texts)).findings.map(({ file, line, message }) => `${file}:${line} ${message}`)
}

test('a code that no test names is found, wherever it is thrown', () => {
  const tests = { 'a.test.ts': "'disk/full-of-it'", 'b.ts': "'disk/slow'", 'test/checks/c.test.ts': "'disk/gone'" }
  assert.deepEqual(found({ 'a.ts': source, ...tests }), [
    'a.ts:2 disk/full is in no test',
    'a.ts:3 disk/gone is in no test',
    'a.ts:3 disk/read-only is in no test',
    'a.ts:4 disk/slow is in no test',
  ])
})

test('a code in a test passes, also in a pattern and in a helper of the tests', () => {
  const tests = { 'a.test.ts': "'disk/full'; /disk\\/gone/; `disk/read-only`", 'test/integration/b.ts': "'disk/slow'" }
  assert.deepEqual(found({ 'a.ts': source, ...tests }), [])
})

test('a code that is put together is found', () => {
  assert.deepEqual(found({ 'a.ts': 'throw new TesseraError(`disk/$' + '{a}`, b)' }), [
    'a.ts:1 write the code out, so that it can be found',
  ])
})

test('a custom error that no Solidity test expects is found, also one that is only imported', () => {
  const tree = plantedTree({
    'contracts/interfaces/IA.sol': 'interface IA {\n  error AFull(uint256 a);\n  error AGone();\n  // error AOld();\n}',
    'contracts/libraries/L.sol': '/* error No(); */ error LBad(\n  uint256 a\n);',
    'test/solidity/A.t.sol':
      'import {IA, AGone} from "A";\nIA.AFull.selector; // AGone.selector\n LBadly.selector; LBad.selectors',
  })
  assert.deepEqual(checkCustomErrors(tree).findings, [
    { file: 'contracts/interfaces/IA.sol', line: 3, message: unexpected('AGone') },
    { file: 'contracts/libraries/L.sol', line: 1, message: unexpected('LBad') },
  ])
})

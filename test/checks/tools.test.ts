// The checks that run a tool, each on a folder with a planted violation and on one without: that the tool is called, that our
// settings reach it, and that what it says is understood.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkDependencies, knipFindings } from './dependencies.ts'
import {
  biomeFindings,
  checkSolidityLayout,
  checkSolidityLint,
  checkTypeScriptStyle,
  prettierFindings,
  solhintFindings,
} from './format.ts'
import { checkGenerated } from './generated.ts'
import { plantedFolder } from './plantedFolder.ts'
import { checkTypes, typeFindings } from './types.ts'

const broken = { code: 2, stdout: 'no', stderr: 'it broke' }
const head = '// SPDX-License-Identifier: Apache-2.0\npragma solidity 0.8.34;\n'

test('style: biome reports layout, lint and long functions', async (t) => {
  const body = '  console.log(1)\n'.repeat(61)
  const root = plantedFolder(t, {
    'layout.ts': 'export const a = "1";\n',
    'any.ts': 'export const a: any = 1\n',
    'long.ts': `export function long(): void {\n${body.replaceAll('console.log', 'String')}}\n`,
    'long.test.ts': `export function long(): void {\n${body.replaceAll('console.log', 'String')}}\n`,
  })
  const { findings } = await checkTypeScriptStyle(root)
  const found = findings
    .map(({ file, line, message }) => `${file}:${line} ${/\[.*\]|layout/.exec(message)?.[0]}`)
    .sort()
  assert.deepEqual(found, [
    'any.ts:1 [lint/suspicious/noExplicitAny]',
    'layout.ts:1 layout',
    'long.ts:1 [lint/complexity/noExcessiveLinesPerFunction]',
  ])
})

test('style: a clean folder passes', async (t) => {
  assert.deepEqual(await checkTypeScriptStyle(plantedFolder(t, { 'a.ts': 'export const a = 1\n' })), { findings: [] })
})

test('layout: prettier reports Solidity that it would write otherwise, and what it cannot read', async (t) => {
  const root = plantedFolder(t, {
    'contracts/A.sol': `${head}contract A { uint256 public a; }\n`,
    'contracts/B.sol': `${head}\ncontract B {\n    uint256 public b;\n}\n`,
    'test/solidity/C.sol': `${head}contract C {\n`,
  })
  const { findings } = await checkSolidityLayout(root)
  assert.deepEqual(findings[0], { file: 'contracts/A.sol', message: 'layout: run `npm run format`' })
  assert.match(findings[1]!.message, /test\/solidity\/C\.sol.*syntax/s)
  assert.equal(findings.length, 2)
})

test('solhint: reports contracts by our rules, and tests by fewer', async (t) => {
  const text = `${head}import "./B.sol";\nfunction who() view returns (address) {\n    return tx.origin;\n}\n`
  const { findings } = await checkSolidityLint(
    plantedFolder(t, { 'contracts/A.sol': text, 'test/solidity/A.sol': text }),
  )
  const found = findings.map(({ file, line, message }) => `${file}:${line} ${/\[.*\]/.exec(message)?.[0]}`)
  assert.deepEqual(found, [
    'contracts/A.sol:3 [Error/no-global-import]',
    'contracts/A.sol:5 [Error/avoid-tx-origin]',
    'test/solidity/A.sol:3 [Error/no-global-import]',
  ])
})

test('types: the compiler reports with file and line', async (t) => {
  const root = plantedFolder(t, {
    'package.json': '{ "type": "module" }',
    'test/a.ts': 'export const a = 1\nexport const b: string = a\n',
  })
  const { findings } = await checkTypes(root, ['.'])
  assert.deepEqual(
    findings.map(({ file, line }) => `${file}:${line}`),
    ['test/a.ts:2'],
  )
  assert.match(findings[0]!.message, /^TS2322: Type 'number'/)
})

test('dependencies: knip reports what is unused and what is unlisted', async (t) => {
  const root = plantedFolder(t, {
    'package.json': '{\n  "name": "planted",\n  "dependencies": {\n    "ethers": "1"\n  }\n}\n',
    'index.ts': "import { z } from 'left-pad'\n\nconsole.log(z)\n",
  })
  const { findings } = await checkDependencies(root)
  assert.deepEqual(findings, [
    { file: 'package.json', line: 4, message: 'ethers is named and never used' },
    { file: 'index.ts', line: 1, message: 'left-pad is used and not named in the nearest package.json' },
  ])
})

test('generated: a generator that fails or is missing is reported', async (t) => {
  const root = plantedFolder(t, {
    'fresh.ts': "if (!process.argv.includes('--check')) process.exit(1)\n",
    'stale.ts': "console.error('a.ts is stale')\nprocess.exitCode = 1\n",
  })
  const { findings } = await checkGenerated(['fresh.ts', 'stale.ts', 'missing.ts'], root)
  assert.deepEqual(findings, [
    { file: 'stale.ts', message: 'a.ts is stale\nrun `npm run gen`' },
    { file: 'missing.ts', message: 'does not exist' },
  ])
})

test('a tool that fails without saying where is a finding, not a pass', () => {
  const found = [biomeFindings(broken, '/'), solhintFindings(broken), typeFindings(broken), knipFindings(broken)]
  for (const findings of found) {
    assert.equal(findings.length, 1)
    assert.match(findings[0]!.message, /failed: no\nit broke/)
  }
  assert.deepEqual(prettierFindings('it broke'), [{ message: 'it broke' }])
})

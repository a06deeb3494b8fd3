import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkExports } from './exports.ts'
import { plantedTree } from './tree.ts'

const base = {
  'package.json': '{ "scripts": { "gen": "hardhat build && node deploy/gen.ts" } }',
  'miner/package.json': '{ "name": "@tessera/miner", "exports": { "./*": "./src/*.ts" } }',
}

function found(texts: Readonly<Record<string, string>>): string[] {
  const { findings } = checkExports(plantedTree({ ...base, ...texts }))
  return findings.map(({ file, line, message }) => `${file}${line === undefined ? '' : `:${line}`} ${message}`)
}

test('what a program imports passes, however it is started', () => {
  const files = {
    'miner/src/main.ts': "import { a, type T } from './a.ts'\nnew Worker(new URL('./worker.ts', import.meta.url))",
    'miner/src/a.ts': 'export const a = 1\nexport type T = 1',
    'miner/src/worker.ts': "import * as b from './b.ts'",
    'miner/src/b.ts': 'export const b = 1',
    'deploy/gen.ts': "const { c } = await import('@tessera/miner/c')",
    'miner/src/c.ts': 'export const c = 1',
    'deploy/modules/m.ts': 'export default 1',
    'deploy/tool.ts': 'if (import.meta.main) run()',
    'test/dashboard/d.e2e.ts': "import { d } from './d.ts'",
    'test/dashboard/d.ts': 'export const d = 1',
  }
  assert.deepEqual(found(files), [])
})

test('an export that nobody imports is found; a type that its own file uses is not', () => {
  const files = {
    'miner/src/main.ts': "import { a } from './a.ts'",
    'miner/src/a.ts':
      'export const a = (x: Used): void => b()\nexport function b(): void {}\nexport type Used = 1\nexport type Unused = 1',
  }
  assert.deepEqual(found(files), [
    'miner/src/a.ts:2 nobody imports b: drop the export',
    'miner/src/a.ts:4 nobody imports Unused: drop the export',
  ])
})

test('a file that no program reaches is found, with what it imports', () => {
  assert.deepEqual(found({ 'miner/src/a.ts': "import { b } from './b.ts'", 'miner/src/b.ts': 'export const b = 1' }), [
    'miner/src/a.ts no program reaches this file',
    'miner/src/b.ts no program reaches this file',
  ])
})

test('what only tests use is found unless it says so', () => {
  const files = {
    'miner/src/main.ts': "import { a } from './a.ts'",
    'miner/src/a.ts':
      'export const a = f()\nexport const b = 1\n/** @testonly */\nexport const c = 1\nexport function f(): void {}',
    'miner/src/d.ts': 'export const d = 1',
    'miner/src/e.ts': '// A fake. @testonly\n\nexport const e = 1\n',
    'miner/src/a.test.ts':
      "import { b, c, f } from './a.ts'\nimport { d } from './d.ts'\nimport { e } from './e.ts'\nimport { h } from '../../test/h.ts'\nfork('g.fixture.ts')",
    'miner/src/g.fixture.ts': 'process.exit()',
    'miner/src/h.fixture.ts': '// Not `@testonly`',
    'test/h.ts': 'export const h = 1',
  }
  assert.deepEqual(found(files), [
    'miner/src/a.ts:2 only tests use b: drop it, or say @testonly in its doc comment',
    'miner/src/d.ts only tests reach this file: drop it, or say @testonly at its head',
    'miner/src/h.fixture.ts no test reaches this file',
  ])
})

test('what is for tests and used by none of them, or by a program, is found', () => {
  const files = {
    'miner/src/main.ts': "import { a } from './a.ts'\nimport { e } from './e.ts'",
    'miner/src/a.ts': '/** @testonly */\nexport const a = 1\n/** @testonly */\nexport const b = 1',
    'miner/src/e.ts': '// A fake. @testonly\n\nexport const e = 1\n',
    'miner/src/f.ts': '// A fake. @testonly\n\nexport const f = 1\n',
  }
  assert.deepEqual(found(files), [
    'miner/src/a.ts:4 nobody imports b: drop the export (it is @testonly, but no test uses it)',
    'miner/src/e.ts no test reaches this file',
    'miner/src/f.ts no test reaches this file',
    'miner/src/main.ts:1 a is @testonly',
    'miner/src/main.ts:2 miner/src/e.ts is @testonly',
  ])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkImports } from './imports.ts'
import { layers } from './layers.ts'
import { plantedTree } from './tree.ts'

const packages = Object.fromEntries(
  Object.entries(layers)
    .filter(([, layer]) => layer.byPath !== true)
    .map(([name, layer]) => {
      const pattern = name === 'miner' || name === 'validator' ? './src/*.ts' : './*.ts'
      return [`${layer.folder}package.json`, JSON.stringify({ name: `@tessera/${name}`, exports: { './*': pattern } })]
    }),
)

function found(texts: Readonly<Record<string, string>>): string[] {
  const { findings } = checkImports(plantedTree({ ...packages, ...texts }))
  return findings.map(({ file, line, message }) => `${file}${line === undefined ? '' : `:${line}`} ${message}`)
}

test('an import downwards passes, in every way of writing one', () => {
  const text = [
    "import { a } from '@tessera/protocol/errors'",
    "import type { B } from '@tessera/training/deep/b'",
    "import * as c from './c.ts'",
    "import 'node:fs'",
    "export { d } from '@tessera/agent/d'",
    "const e = await import('@tessera/chain/e')",
    "type F = import('@tessera/storage/f').F",
    "const worker = new URL('../../validator/src/main.ts', import.meta.url)",
  ]
  assert.deepEqual(found({ 'miner/src/a.ts': text.join('\n'), 'miner/src/c.ts': 'export {}' }), [])
})

test('an import upwards or sideways is found, in every way of writing one', () => {
  const text = [
    "import { a } from '@tessera/validator/a'",
    "import type { b } from '@tessera/deploy/b'",
    "export * from '@tessera/test/c'",
    "const d = await import('@tessera/bench/d')",
    "type E = import('@tessera/cli/e').E",
    "import { f } from '../../contracts/f.ts'",
  ]
  assert.deepEqual(found({ 'miner/src/a.ts': text.join('\n') }), [
    'miner/src/a.ts:1 miner may not import validator (validator/src/a.ts)',
    'miner/src/a.ts:2 miner may not import deploy (deploy/b.ts)',
    'miner/src/a.ts:6 miner may not import contracts/f.ts, which is in no layer',
    'miner/src/a.ts:3 miner may not import test (test/c.ts)',
    'miner/src/a.ts:4 miner may not import bench (bench/d.ts)',
    'miner/src/a.ts:5 miner may not import cli (client/cli/e.ts)',
  ])
})

test('what a #name stands for under any condition is imported', () => {
  const name = '@tessera/training'
  const imports = { '#runtime': { browser: 'onnxruntime-web/wasm', default: 'onnxruntime-node' } }
  const own = { '#math': { browser: './portable.ts', default: '../node/native.ts' } }
  const file = { name, exports: { './*': './*.ts' }, imports: { ...imports, ...own } }
  const text = "import { a } from '#runtime'\nimport { b } from '#math'"
  assert.deepEqual(found({ 'client/training/package.json': JSON.stringify(file), 'client/training/a.ts': text }), [
    'client/training/a.ts:1 onnxruntime-web may be imported only in client/training/session.ts, client/training/runtimeFiles.ts, client/dashboard/src/work/worker.ts: one place owns sessions and their release',
    'client/training/a.ts:1 onnxruntime-node may be imported only in client/training/session.ts, client/training/runtimeFiles.ts, bench/: one place owns sessions and their release',
    'client/training/a.ts:2 training may not import node (client/node/native.ts)',
  ])
})

test('the middle packages are blind to each other, and tests are not exempt', () => {
  const middle = ['chain', 'storage', 'training', 'agent']
  for (const from of middle) {
    for (const to of middle.filter((name) => name !== from)) {
      const file = `client/${from}/a.test.ts`
      assert.deepEqual(found({ [file]: `import { b } from '@tessera/${to}/b'` }), [
        `${file}:1 ${from} may not import ${to} (client/${to}/b.ts)`,
      ])
    }
  }
})

test('deploy may not import the programs that it starts', () => {
  assert.deepEqual(found({ 'deploy/a.ts': "import { main } from '@tessera/miner/main'" }), [
    'deploy/a.ts:1 deploy may not import miner (miner/src/main.ts)',
  ])
})

test('a path into another package is found', () => {
  assert.deepEqual(found({ 'miner/src/a.ts': "import { b } from '../../client/protocol/b.ts'" }), [
    'miner/src/a.ts:1 write @tessera/protocol/... instead of a path into another package',
  ])
})

test('the protocol imports no built-in, except in its tests', () => {
  assert.deepEqual(
    found({
      'client/protocol/a.ts': "import { b } from 'node:fs'\nimport c from 'path'",
      'client/protocol/a.test.ts': "import { b } from 'node:fs'",
    }),
    [
      'client/protocol/a.ts:1 client/protocol/ runs in a browser, so it may not import node:fs',
      'client/protocol/a.ts:2 client/protocol/ runs in a browser, so it may not import node:path',
    ],
  )
})

test('the dashboard gets of the indexer what runs in a browser', () => {
  const api = { 'client/indexer/api/a.ts': 'export {}', 'client/indexer/server/b.ts': 'export {}' }
  assert.deepEqual(
    found({
      ...api,
      'client/dashboard/src/c.ts': "import '@tessera/indexer/api/a'\nimport '@tessera/indexer/server/b'",
      'client/indexer/api/d.ts': "import '../server/b.ts'\nimport 'node:fs'",
      'client/indexer/server/e.ts': "import '../api/a.ts'\nimport 'node:fs'",
    }),
    [
      'client/dashboard/src/c.ts:2 client/dashboard/src/ runs in a browser, so it may not import client/indexer/server/b.ts, which does not',
      'client/indexer/api/d.ts:1 client/indexer/api/ runs in a browser, so it may not import client/indexer/server/b.ts, which does not',
      'client/indexer/api/d.ts:2 client/indexer/api/ runs in a browser, so it may not import node:fs',
    ],
  )
})

test('a package with one owner is found elsewhere', () => {
  const allowed = {
    'client/training/session.ts': "import { a } from 'onnxruntime-node'",
    'client/agent/keystore.ts': "import { a } from 'ethers/wallet'",
    'client/chain/a.ts': "import { a } from 'viem/chains'",
  }
  assert.deepEqual(found(allowed), [])
  const files = found({
    'client/training/other.ts': "import { a } from 'onnxruntime-node'",
    'miner/src/a.ts': "import { a } from 'ethers/wallet'",
    'client/agent/a.ts': "import { a } from 'viem/chains'",
  }).map((text) => text.split(' ').slice(0, 2).join(' '))
  assert.deepEqual(files, [
    'client/agent/a.ts:1 viem',
    'client/training/other.ts:1 onnxruntime-node',
    'miner/src/a.ts:1 ethers',
  ])
})

test('a circle is found once, and a diamond is none', () => {
  const circle = {
    'client/chain/a.ts': "import { b } from './b.ts'",
    'client/chain/b.ts': "import type { c } from './c.ts'",
    'client/chain/c.ts': "import { a } from './a.ts'",
  }
  assert.deepEqual(found(circle), [
    'client/chain/a.ts circular import: client/chain/a.ts -> client/chain/b.ts -> client/chain/c.ts -> client/chain/a.ts',
  ])
  const diamond = {
    'client/chain/a.ts': "import './b.ts'\nimport './c.ts'",
    'client/chain/b.ts': "import './d.ts'",
    'client/chain/c.ts': "import './d.ts'",
    'client/chain/d.ts': 'export {}',
  }
  assert.deepEqual(found(diamond), [])
})

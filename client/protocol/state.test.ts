import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesToHex, type Hex, hexToBytes } from './hex.ts'
import { createLayout } from './layout.ts'
import { decodeState, encodeState, genesisRoot, stateLeaf, stateRoot, stateTree } from './state.ts'
import { readCases, type VectorCase, vectorUrl } from './vectors.fixture.ts'

const readVectors = (name: string): VectorCase => JSON.parse(readFileSync(vectorUrl(name), 'utf8')) as VectorCase

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest()
const vectors = readVectors('state')

test('leaves are those of the golden vectors, and the README’s formula', () => {
  for (const { index, entries, leaf } of readCases<{ index: number; entries: number[]; leaf: Hex }>(
    vectors,
    'leafCase',
    'leafCount',
  )) {
    const text = Buffer.alloc(5 + 4 * entries.length)
    text.writeUInt8(1)
    text.writeUInt32BE(index, 1)
    for (const [i, entry] of entries.entries()) text.writeInt32BE(entry, 5 + 4 * i)
    assert.equal(bytesToHex(sha256(text)), leaf)
    assert.equal(bytesToHex(stateLeaf(index, Int32Array.from(entries))), leaf)
  }
})

test('trees of whole states are those of the golden vectors, with either hash', () => {
  type Case = { tensorSizes: number[]; chunkSize: number; state: number[]; treeRoot: Hex; genesisRoot: Hex }
  for (const item of readCases<Case>(vectors, 'stateCase', 'stateCount')) {
    const layout = createLayout(item.tensorSizes, item.chunkSize)
    const state = Int32Array.from(item.state)
    assert.equal(bytesToHex(stateTree(state, layout).root), item.treeRoot)
    assert.equal(bytesToHex(stateTree(state, layout, { sha256 }).root), item.treeRoot)
    assert.equal(genesisRoot(state, layout), item.genesisRoot)
  }
})

test('state roots bind run, round, parent and tree', () => {
  const rows = Array.from({ length: vectors.rootCount as number }, (_, i) => {
    const at = (name: string): string => (vectors[name] as string[])[i]!
    return {
      run: BigInt(at('rootRun')),
      round: BigInt(at('rootRound')),
      parentRoot: at('rootParentRoot') as Hex,
      treeRoot: at('rootTreeRoot') as Hex,
      root: at('rootRoot'),
    }
  })
  for (const { root, treeRoot, ...fields } of rows)
    assert.equal(stateRoot({ ...fields, treeRoot: hexToBytes(treeRoot) }), root)
})

test('a state survives its stored form', () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 100 }), (entries) => {
      const state = Int32Array.from(entries)
      const layout = createLayout([entries.length])
      assert.deepEqual(decodeState(encodeState(state), layout), state)
    }),
  )
})

test('a state of another length is refused', () => {
  const layout = createLayout([3, 4])
  assert.throws(() => stateTree(new Int32Array(6), layout), { code: 'state/length' })
  assert.throws(() => decodeState(new Uint8Array(29), layout), { code: 'state/length' })
})

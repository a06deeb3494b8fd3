import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { concatBytes } from './bytes.ts'
import { bytesToHex, type Hex, hexToBytes } from './hex.ts'
import { merkleProof, merkleTree, verifyMerkleProof } from './merkle.ts'
import { readCases, type VectorCase, vectorUrl } from './vectors.fixture.ts'

const readVectors = (name: string): VectorCase => JSON.parse(readFileSync(vectorUrl(name), 'utf8')) as VectorCase

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest()

/** The rule of the README, word for word. */
function slowRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return leaves[0]!
  const next: Uint8Array[] = []
  for (let i = 0; i < leaves.length; i += 2) {
    const right = leaves[i + 1]
    next.push(right === undefined ? leaves[i]! : sha256(concatBytes(Uint8Array.of(2), leaves[i]!, right)))
  }
  return slowRoot(next)
}

const leavesOf = (count: number, seed: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => sha256(Buffer.from(`${seed}/${i}`)))

test('roots and proofs are those of the golden vectors', () => {
  for (const item of readCases<{ leafCount: number; leaves: Hex[]; root: Hex } & Record<string, Hex[]>>(
    readVectors('merkle'),
  )) {
    const leaves = item.leaves.map((leaf) => hexToBytes(leaf, 32))
    assert.equal(bytesToHex(slowRoot(leaves)), item.root)
    for (const [index, leaf] of leaves.entries()) {
      const proof = item[`proof${index}`]!.map((node) => hexToBytes(node, 32))
      assert.ok(verifyMerkleProof({ leaf, index, leafCount: item.leafCount, proof, root: hexToBytes(item.root) }))
    }
  }
})

test('every leaf proves itself and nothing else', () => {
  const shape = fc.record({ count: fc.integer({ min: 1, max: 70 }), seed: fc.nat(), pick: fc.nat(), wrong: fc.nat() })
  fc.assert(
    fc.property(shape, ({ count, seed, pick, wrong }) => {
      const leaves = leavesOf(count, seed)
      const tree = merkleTree(concatBytes(...leaves))
      assert.deepEqual(Buffer.from(tree.root), Buffer.from(slowRoot(leaves)))
      const index = pick % count
      const claim = { leaf: leaves[index]!, index, leafCount: count, proof: merkleProof(tree, index), root: tree.root }
      assert.ok(verifyMerkleProof(claim))
      const other = wrong % count
      assert.equal(verifyMerkleProof({ ...claim, index: other }), other === index)
      assert.equal(verifyMerkleProof({ ...claim, leaf: leaves[other]! }), other === index)
      assert.equal(verifyMerkleProof({ ...claim, root: leavesOf(1, seed + 1)[0]! }), false)
      assert.equal(verifyMerkleProof({ ...claim, proof: [...claim.proof, tree.root] }), false, 'a longer proof')
      if (count > 1)
        assert.equal(verifyMerkleProof({ ...claim, proof: claim.proof.slice(1) }), false, 'a shorter proof')
    }),
  )
})

test('an inner node does not pass for a leaf', () => {
  const leaves = leavesOf(4, 1)
  const tree = merkleTree(concatBytes(...leaves))
  const level = tree.levels[1]!
  const claim = { leaf: level.slice(0, 32), index: 0, leafCount: 2, proof: [level.slice(32)], root: tree.root }
  assert.ok(
    verifyMerkleProof(claim),
    'with another number of leaves it would, so that number is the verifier’s to know',
  )
  assert.equal(verifyMerkleProof({ ...claim, leafCount: 4 }), false)
})

test('nonsense is refused', () => {
  const tree = merkleTree(new Uint8Array(96))
  assert.throws(() => merkleTree(new Uint8Array(0)), { code: 'merkle/empty' })
  assert.throws(() => merkleTree(new Uint8Array(33)), { code: 'merkle/bad-length' })
  for (const index of [-1, 3, 0.5]) assert.throws(() => merkleProof(tree, index), { code: 'merkle/bad-index' })
  const claim = { leaf: new Uint8Array(32), index: 0, leafCount: 1, proof: [], root: new Uint8Array(32) }
  assert.ok(verifyMerkleProof(claim))
  for (const wrong of [{ index: 1 }, { index: -1 }, { index: 0.5 }, { leafCount: 0.5 }, { leaf: new Uint8Array(31) }])
    assert.equal(verifyMerkleProof({ ...claim, ...wrong }), false)
  const two = merkleTree(new Uint8Array(64))
  const short = { ...claim, leafCount: 2, root: two.root, proof: [new Uint8Array(31)] }
  assert.equal(verifyMerkleProof(short), false, 'a sibling of another size')
})

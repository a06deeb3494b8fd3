// The Merkle tree of contracts/README.md section 3: neighbours are paired, an odd last node moves up unchanged.
// Leaves are hashed by the caller, with a tag of their own, so a node can never pass for a leaf.

import { bytesEqual } from './bytes.ts'
import { TesseraError } from './errors.ts'
import { hashShort } from './shortHashes.ts'
import { TAG_TREE_NODE } from './tags.ts'

const NODE = 32

export interface MerkleTree {
  readonly leafCount: number
  /** Levels from the leaves (index 0) to the root, 32 bytes a node. */
  readonly levels: readonly Uint8Array[]
  readonly root: Uint8Array
}

/**
 * @param leaves leaf hashes in a row, 32 bytes each. Kept as level 0, not copied.
 * @throws `merkle/empty` without a leaf, `merkle/bad-length` when the bytes are no whole number of leaves.
 */
export function merkleTree(leaves: Uint8Array): MerkleTree {
  if (leaves.length === 0)
    throw new TesseraError('merkle/empty', 'a tree needs at least one leaf', {
      hint: 'Check that the state has chunks',
    })
  checkWhole(leaves.length)
  const levels: Uint8Array[] = [leaves]
  let level = leaves
  while (level.length > NODE) {
    const pairs = Math.floor(level.length / (2 * NODE))
    const next = new Uint8Array(NODE * Math.ceil(level.length / (2 * NODE)))
    hashPairs(level, pairs, next)
    if (next.length > NODE * pairs) next.set(level.subarray(2 * NODE * pairs), NODE * pairs)
    levels.push(next)
    level = next
  }
  return { leafCount: leaves.length / NODE, levels, root: level }
}

/**
 * Siblings of leaf `index` from the leaf up, with nothing for a level at which the node moves up.
 * @throws `merkle/bad-index`
 */
export function merkleProof(tree: MerkleTree, index: number): Uint8Array[] {
  checkIndex(index, tree.leafCount)
  const proof: Uint8Array[] = []
  let at = index
  for (const level of tree.levels.slice(0, -1)) {
    const sibling = at ^ 1
    if (NODE * sibling < level.length) proof.push(level.slice(NODE * sibling, NODE * (sibling + 1)))
    at >>= 1
  }
  return proof
}

/** What a proof claims: that `leaf` is number `index` of the `leafCount` leaves under `root`. */
export interface MerkleClaim {
  readonly leaf: Uint8Array
  readonly index: number
  readonly leafCount: number
  readonly proof: readonly Uint8Array[]
  readonly root: Uint8Array
}

/** True when the claim holds. Programs make proofs and contracts check them, so it is @testonly as yet. A proof of the wrong length, or with a sibling that is not 32 bytes, is simply false. */
export function verifyMerkleProof(claim: MerkleClaim): boolean {
  const { leaf, index, leafCount, proof, root } = claim
  if (!Number.isInteger(leafCount) || !Number.isInteger(index) || index < 0 || index >= leafCount) return false
  if (leaf.length !== NODE) return false
  const pair = new Uint8Array(2 * NODE)
  let node = leaf
  let used = 0
  for (let at = index, width = leafCount; width > 1; at = Math.floor(at / 2), width = Math.ceil(width / 2)) {
    if (at === width - 1 && at % 2 === 0) continue
    const sibling = proof[used++]
    if (sibling === undefined || sibling.length !== NODE) return false
    pair.set(at % 2 === 0 ? node : sibling)
    pair.set(at % 2 === 0 ? sibling : node, NODE)
    node = new Uint8Array(NODE)
    hashPairs(pair, 1, node)
  }
  return used === proof.length && bytesEqual(node, root)
}

/** Writes the nodes above the first `pairs` pairs of `nodes` to `out`. */
function hashPairs(nodes: Uint8Array, pairs: number, out: Uint8Array): void {
  const write = (message: Uint8Array, pair: number): number => {
    message[0] = TAG_TREE_NODE
    message.set(nodes.subarray(2 * NODE * pair, 2 * NODE * (pair + 1)), 1)
    return 1 + 2 * NODE
  }
  hashShort(pairs, write, out)
}

function checkWhole(length: number): void {
  if (length % NODE === 0) return
  throw new TesseraError('merkle/bad-length', `${length} bytes are no whole number of 32-byte leaves`, {
    hint: 'Pass leaf hashes, not the data they were made from',
    context: { length },
  })
}

function checkIndex(index: number, leafCount: number): void {
  if (Number.isInteger(index) && index >= 0 && index < leafCount) return
  throw new TesseraError('merkle/bad-index', `leaf ${index} of ${leafCount} does not exist`, {
    hint: 'Leaves count from 0',
    context: { index, leafCount },
  })
}

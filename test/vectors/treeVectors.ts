// Cases of trees and state: contracts/README.md section 3.

import { concatBytes } from '@tessera/protocol/bytes'
import { bytesToHex, hexToBytes } from '@tessera/protocol/hex'
import { createLayout } from '@tessera/protocol/layout'
import { merkleProof, merkleTree } from '@tessera/protocol/merkle'
import { genesisRoot, stateLeaf, stateRoot, stateTree } from '@tessera/protocol/state'
import { INT32_MAX, INT32_MIN, ZERO_HASH } from '@tessera/protocol/tags'
import { columns, numbered, prefixed, type VectorCase, type VectorFile } from './file.ts'
import { CaseSource } from './source.ts'

/** Every shape up to 9 leaves, and some with nodes that move up several levels. */
const LEAF_COUNTS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 17]

export function merkleVectors(): VectorFile {
  const source = new CaseSource('merkle')
  return numbered(
    LEAF_COUNTS.map((leafCount): VectorCase => {
      const leaves = Array.from({ length: leafCount }, () => source.hash())
      const tree = merkleTree(concatBytes(...leaves.map((leaf) => hexToBytes(leaf))))
      const proofs = leaves.map((_, i) => [`proof${i}`, merkleProof(tree, i).map((node) => bytesToHex(node))] as const)
      return { leafCount, leaves, root: bytesToHex(tree.root), ...Object.fromEntries(proofs) }
    }),
  )
}

export function stateVectors(): VectorFile {
  const source = new CaseSource('state')
  const entries = (length: number): number[] =>
    Array.from({ length }, (_, i) => [INT32_MIN, INT32_MAX, 0, -1, 1][i] ?? source.below(2 ** 32) - 2 ** 31)
  const leaves = [1, 2, 5, 64, 100].map((length, i): VectorCase => {
    const values = entries(length)
    const index = [0, 1, 255, 65_536, 2 ** 32 - 1][i] as number
    return { index, entries: values, leaf: bytesToHex(stateLeaf(index, Int32Array.from(values))) }
  })
  const whole = [[1], [16], [17, 1, 40], [100, 3]].map((tensorSizes): VectorCase => {
    const layout = createLayout(tensorSizes, 16)
    const state = Int32Array.from(entries(layout.parameters))
    const treeRoot = bytesToHex(stateTree(state, layout).root)
    return { tensorSizes, chunkSize: 16, state: [...state], treeRoot, genesisRoot: genesisRoot(state, layout) }
  })
  const roots = Array.from({ length: 6 }, (_, i) => {
    const [run, round] =
      i === 0 ? [0n, 0n] : i === 1 ? [2n ** 64n - 1n, 2n ** 64n - 1n] : [source.big(8), source.big(8)]
    const parentRoot = i === 0 ? ZERO_HASH : source.hash()
    const treeRoot = source.hash()
    const root = stateRoot({ run, round, parentRoot, treeRoot: hexToBytes(treeRoot) })
    return { run: String(run), round: String(round), parentRoot, treeRoot, root }
  })
  return {
    ...prefixed('leaf', numbered(leaves)),
    ...prefixed('state', numbered(whole)),
    ...prefixed('root', columns(roots)),
  }
}

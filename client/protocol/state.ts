// Hashes and stored form of the state (contracts/README.md section 3). How the state changes is aggregate.ts.

import { concatBytes, u8, u64 } from './bytes.ts'
import { TesseraError } from './errors.ts'
import { sha256 as defaultSha256, type Sha256 } from './hash.ts'
import { bytesToHex, type Hex, hexToBytes } from './hex.ts'
import type { StateLayout } from './layout.ts'
import { type MerkleTree, merkleTree } from './merkle.ts'
import { TAG_STATE_LEAF, TAG_STATE_ROOT, ZERO_HASH } from './tags.ts'

const LEAF_HEAD = 5

/** Leaf hash of one chunk. `entries` are its valid entries only. */
export function stateLeaf(chunkIndex: number, entries: Int32Array, sha256: Sha256 = defaultSha256): Uint8Array {
  const buffer = new Uint8Array(LEAF_HEAD + 4 * entries.length)
  writeLeaf(new DataView(buffer.buffer), chunkIndex, entries, 0, entries.length)
  return sha256(buffer)
}

/**
 * The tree over all chunks of a dense state.
 * @throws `state/length` when the state is not that of the layout.
 */
export function stateTree(
  state: Int32Array,
  layout: StateLayout,
  options: { readonly sha256?: Sha256 } = {},
): MerkleTree {
  checkLength(state.length, layout.parameters)
  const sha256 = options.sha256 ?? defaultSha256
  const leaves = new Uint8Array(32 * layout.chunks.length)
  const buffer = new Uint8Array(LEAF_HEAD + 4 * layout.chunkSize)
  const view = new DataView(buffer.buffer)
  for (const { index, offset, valid } of layout.chunks) {
    writeLeaf(view, index, state, offset, valid)
    leaves.set(sha256(buffer.subarray(0, LEAF_HEAD + 4 * valid)), 32 * index)
  }
  return merkleTree(leaves)
}

/** What a state root binds together. */
export interface StateRootFields {
  readonly run: bigint
  readonly round: bigint
  readonly parentRoot: Hex
  readonly treeRoot: Uint8Array
}

export function stateRoot(fields: StateRootFields): Hex {
  const parent = hexToBytes(fields.parentRoot, 32)
  return bytesToHex(
    defaultSha256(concatBytes(u8(TAG_STATE_ROOT), u64(fields.run), u64(fields.round), parent, fields.treeRoot)),
  )
}

/** Root of a genesis state: run and round 0, no parent. The same for every run that starts from it. */
export function genesisRoot(state: Int32Array, layout: StateLayout, options: { readonly sha256?: Sha256 } = {}): Hex {
  return stateRoot({ run: 0n, round: 0n, parentRoot: ZERO_HASH, treeRoot: stateTree(state, layout, options).root })
}

/** The stored form (genesis blobs, checkpoints): int32 big-endian, tensors in a row, no padding. */
export function encodeState(state: Int32Array): Uint8Array {
  const bytes = new Uint8Array(4 * state.length)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < state.length; i++) view.setInt32(4 * i, state[i] as number)
  return bytes
}

/**
 * Inverse of encodeState. Whether it is the right state is for its root to say.
 * @throws `state/length`
 */
export function decodeState(bytes: Uint8Array, layout: StateLayout): Int32Array {
  checkLength(bytes.length, 4 * layout.parameters)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const state = new Int32Array(layout.parameters)
  for (let i = 0; i < state.length; i++) state[i] = view.getInt32(4 * i)
  return state
}

function writeLeaf(view: DataView, chunkIndex: number, state: Int32Array, offset: number, valid: number): void {
  view.setUint8(0, TAG_STATE_LEAF)
  view.setUint32(1, chunkIndex)
  for (let i = 0; i < valid; i++) view.setInt32(LEAF_HEAD + 4 * i, state[offset + i] as number)
}

function checkLength(length: number, wanted: number): void {
  if (length === wanted) return
  throw new TesseraError('state/length', `a state of length ${length}; the layout has ${wanted}`, {
    hint: 'Check that the state and the manifest are of the same run',
    context: { length, wanted },
  })
}

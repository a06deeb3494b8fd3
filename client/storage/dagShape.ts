// The shape of a blob's tree as a pure function of its size: profile `unixfs-v1-2025` (IPIP-499), a balanced tree of raw leaves.
// With the size known from the chain, every block's length and every node's link sizes are known before a byte arrives, so a tree that
// differs ends at its first differing node. Not the encoding of a node: dagNode.ts.

export interface DagProfile {
  /** Bytes in every leaf but the last. */
  readonly leafBytes: number
  /** Links in every node but the last of its level. */
  readonly maxLinks: number
}

/** The profile of every Tessera blob. Changing a number here changes every address. Tests take smaller ones to reach deep trees cheaply. */
export const PROFILE: DagProfile & { readonly name: 'unixfs-v1-2025' } = {
  name: 'unixfs-v1-2025',
  leafBytes: 2 ** 20,
  maxLinks: 1024,
}

/** Longest block that any IPFS implementation passes on: bitswap's and the trustless gateways' 2 MiB. */
export const MAX_BLOCK_BYTES = 2 ** 21

/** One block of the tree: the file bytes below it, and its height above the leaves (0: a raw leaf). */
export interface NodeShape {
  readonly size: number
  readonly height: number
}

/** The root of a blob of `size` bytes (`size` > 0): the lowest tree that holds them all. */
export function rootShape(size: number, profile: DagProfile = PROFILE): NodeShape {
  let height = 0
  for (let span = profile.leafBytes; span < size; span *= profile.maxLinks) height++
  return { size, height }
}

/** Children of `node` from left to right: all as full as their height allows, but for the last. Empty for a leaf. */
export function childShapes(node: NodeShape, profile: DagProfile = PROFILE): NodeShape[] {
  if (node.height === 0) return []
  const span = spanOf(node.height - 1, profile)
  const children: NodeShape[] = []
  for (let left = node.size; left > 0; left -= span) {
    children.push({ size: Math.min(left, span), height: node.height - 1 })
  }
  return children
}

/** What a node and everything below it comes to, in encoded bytes. */
export interface NodeMeasure {
  /** Exact length of this block. */
  readonly blockBytes: number
  /** Length of this block and of all below it: what UnixFS calls Tsize. Equal blocks are counted as often as they are linked. */
  readonly treeBytes: number
}

/** Exact encoded lengths, by arithmetic alone: O(height), nothing is built. */
export function measureNode(node: NodeShape, profile: DagProfile = PROFILE): NodeMeasure {
  if (node.height === 0) return { blockBytes: node.size, treeBytes: node.size }
  const span = spanOf(node.height - 1, profile)
  const full = Math.ceil(node.size / span) - 1
  const lastSize = node.size - full * span
  const last = measureNode({ size: lastSize, height: node.height - 1 }, profile)
  const fullChild = full === 0 ? last : measureNode({ size: span, height: node.height - 1 }, profile)

  const links = full * linkBytes(fullChild.treeBytes) + linkBytes(last.treeBytes)
  // UnixFS: type, fileSize, then one blockSizes entry for each child.
  const unixfs = 2 + field(node.size) + full * field(span) + field(lastSize)
  const blockBytes = links + 1 + varintBytes(unixfs) + unixfs
  return { blockBytes, treeBytes: blockBytes + full * fullChild.treeBytes + last.treeBytes }
}

/** File bytes below a full node of this height. */
function spanOf(height: number, profile: DagProfile): number {
  return profile.leafBytes * profile.maxLinks ** height
}

// PBLink: Hash (tag, length, 36 bytes of CIDv1 with sha2-256), Name (tag, length 0), Tsize; then its own tag and length in the node.
function linkBytes(tsize: number): number {
  const body = 2 + 36 + 2 + field(tsize)
  return 1 + varintBytes(body) + body
}

/** A protobuf number field with a one-byte tag. */
function field(value: number): number {
  return 1 + varintBytes(value)
}

function varintBytes(value: number): number {
  let bytes = 1
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++
  return bytes
}

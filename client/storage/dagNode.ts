// One dag-pb node of a blob's tree. Given the shape, a node has exactly one encoding for given child digests, so a received node is
// checked by encoding what it should have been and comparing: inline data, modes, lying sizes, identity links and spare bytes all fail.

import { decode, encode, prepare } from '@ipld/dag-pb'
import { bytesEqual } from '@tessera/protocol/bytes'
import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { UnixFS } from 'ipfs-unixfs'
import { cidOfBlock, DAG_PB_CODEC, digestOfCid, RAW_CODEC } from './blobRef.ts'
import { childShapes, type DagProfile, measureNode, type NodeShape, PROFILE } from './dagShape.ts'

/** Codec of a block of this shape. */
export function codecOf(shape: NodeShape): number {
  return shape.height === 0 ? RAW_CODEC : DAG_PB_CODEC
}

/** The node over `children`, from left to right. */
function encodeNode(children: readonly ChildBlock[], profile: DagProfile): Uint8Array {
  const Links = children.map((child) => ({
    Hash: cidOfBlock(child.digest, codecOf(child.shape)),
    Name: '',
    Tsize: measureNode(child.shape, profile).treeBytes,
  }))
  const Data = new UnixFS({ type: 'file', blockSizes: children.map((child) => BigInt(child.shape.size)) }).marshal()
  return encode(prepare({ Data, Links }))
}

/** A block that a node links to, with what is demanded of it. */
export interface ChildBlock {
  readonly digest: Hex
  readonly shape: NodeShape
}

/**
 * Checks a block whose hash has been verified against its shape; returns its children from left to right, none for a leaf.
 * @throws `storage/shape` when a leaf has another length, or a node is not byte for byte the one of this shape
 */
export function decodeBlock(bytes: Uint8Array, shape: NodeShape, profile: DagProfile = PROFILE): ChildBlock[] {
  const { blockBytes } = measureNode(shape, profile)
  if (bytes.length !== blockBytes) throw misshapen(shape, 'length', { expected: blockBytes, actual: bytes.length })
  if (shape.height === 0) return []
  const links = linksOf(bytes)
  if (links === undefined) throw misshapen(shape, 'links', {})
  const children = childShapes(shape, profile)
  if (links.length !== children.length)
    throw misshapen(shape, 'links', { expected: children.length, actual: links.length })
  const blocks = links.map(({ digest }, index) => ({ digest, shape: children[index] as NodeShape }))
  if (!bytesEqual(encodeNode(blocks, profile), bytes)) throw misshapen(shape, 'encoding', {})
  return blocks
}

/** The size of the blob that a root stands for, by its own word: `decodeBlock` holds it against that. Undefined when it is no root. */
export function sizeOfRoot(bytes: Uint8Array): number | undefined {
  try {
    const { Data } = decode(bytes as Parameters<typeof decode>[0])
    const size = Data && Number(UnixFS.unmarshal(Data).fileSize())
    return Number.isSafeInteger(size) && Number(size) > 0 ? size : undefined
  } catch {
    // As in linksOf: no dag-pb, or no UnixFS in it.
    return undefined
  }
}

/** What a dag-pb block links to, whatever its shape; undefined when it is no dag-pb block or has links outside the profile. */
export function linksOf(bytes: Uint8Array): { readonly digest: Hex; readonly codec: number }[] | undefined {
  try {
    const links: { digest: Hex; codec: number }[] = []
    for (const { Hash } of decode(bytes as Parameters<typeof decode>[0]).Links) {
      const digest = digestOfCid(Hash)
      if (digest === undefined) return undefined
      links.push({ digest, codec: Hash.code })
    }
    return links
  } catch {
    // The decoder's only way to say that these bytes are no dag-pb.
    return undefined
  }
}

function misshapen(shape: NodeShape, reason: string, context: Record<string, unknown>): TesseraError {
  return new TesseraError('storage/shape', `digest and size do not fit each other: wrong ${reason} of a tree block`, {
    hint: 'The reference on chain is invalid; no source can deliver it',
    context: { reason, size: shape.size, height: shape.height, ...context },
  })
}

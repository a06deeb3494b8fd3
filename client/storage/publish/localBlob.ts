// A blob that is here, block by block, for sending it elsewhere. Reads and checks; fetches nothing.

import type { Hex } from '@tessera/protocol/hex'
import { type BlobRef, RAW_CODEC } from '../blobRef.ts'
import type { PutBlock } from '../blobStore.ts'
import type { BlockStore } from '../blockStore.ts'
import { codecOf, decodeBlock } from '../dagNode.ts'
import { type DagProfile, type NodeShape, PROFILE, rootShape } from '../dagShape.ts'
import { notHere } from '../fault.ts'

export interface LocalBlob {
  readonly ref: BlobRef
  readonly blocks: Pick<BlockStore, 'get'>
  readonly profile?: DagProfile
}

/** Every block's name, each before its children; leaves are not read. @throws `storage/not-found`, `storage/shape` */
export async function* blocksOf({ ref, blocks, profile = PROFILE }: LocalBlob): AsyncGenerator<PutBlock> {
  yield* below({ digest: ref.digest, shape: rootShape(ref.size, profile) }, blocks, profile)
}

async function* below(
  node: { readonly digest: Hex; readonly shape: NodeShape },
  blocks: Pick<BlockStore, 'get'>,
  profile: DagProfile,
): AsyncGenerator<PutBlock> {
  yield { digest: node.digest, codec: codecOf(node.shape) }
  if (node.shape.height === 0) return
  const bytes = await blockHere(blocks, node.digest)
  for (const child of decodeBlock(bytes, node.shape, profile)) yield* below(child, blocks, profile)
}

/** The blob's bytes, a leaf at a time. @throws `storage/not-found`, `storage/shape` */
export async function* bytesOf(blob: LocalBlob): AsyncGenerator<Uint8Array> {
  for await (const { digest, codec } of blocksOf(blob)) {
    if (codec === RAW_CODEC) yield await blockHere(blob.blocks, digest)
  }
}

/** @throws `storage/not-found` */
export async function blockHere(blocks: Pick<BlockStore, 'get'>, digest: Hex): Promise<Uint8Array> {
  const bytes = await blocks.get(digest)
  if (bytes === undefined) throw notHere('a block of the blob', { block: digest })
  return bytes
}

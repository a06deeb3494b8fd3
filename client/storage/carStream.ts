// A tree of local blocks as one CARv1 stream, depth first, each block once. For uploads to other IPFS software and for mirrors;
// our own fetcher asks block by block, so that it can change its source in the middle.

import { CarWriter } from '@ipld/car/writer'
import type { Hex } from '@tessera/protocol/hex'
import { cidOfBlock, DAG_PB_CODEC } from './blobRef.ts'
import type { BlockStore } from './blockStore.ts'
import { linksOf } from './dagNode.ts'
import { notHere } from './fault.ts'

export interface CarRoot {
  readonly digest: Hex
  readonly codec: number
}

/**
 * Pieces of the CAR of everything under `root`. The pull of the reader sets the pace; memory is one block and the digests sent.
 * @throws `storage/not-found` at the first block that is not here, after the pieces before it
 */
export async function* carStream(root: CarRoot, blocks: BlockStore): AsyncGenerator<Uint8Array> {
  const header = CarWriter.create([cidOfBlock(root.digest, root.codec)])
  header.writer.close()
  yield* header.out
  // Each block once also bounds the stream: a node may link to one child a thousand times, on every level.
  const sent = new Set<Hex>()
  const ahead: CarRoot[] = [root]
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    if (sent.has(next.digest)) continue
    const bytes = await blocks.get(next.digest)
    if (bytes === undefined) throw notHere('a block of the tree', { block: next.digest })
    sent.add(next.digest)
    const section = CarWriter.createAppender()
    section.writer.put({ cid: cidOfBlock(next.digest, next.codec), bytes })
    section.writer.close()
    yield* section.out
    if (next.codec === DAG_PB_CODEC) ahead.push(...(linksOf(bytes) ?? []).toReversed())
  }
}

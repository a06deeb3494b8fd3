// What a store pins for a blob: not its root, which others may have pinned too and would lose with ours, but a small dag-cbor node of the
// store's own that links to it. So every store on a shared daemon has its own pin of a blob, and no pin of anyone else is ever touched.

import { encode } from '@ipld/dag-cbor'
import type { Hex } from '@tessera/protocol/hex'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { type BlobRef, cidOf, digestOf } from '../blobRef.ts'
import type { DagProfile } from '../dagShape.ts'

const DAG_CBOR = 0x71
const SHA2_256 = 0x12

export interface Holder {
  readonly digest: Hex
  readonly bytes: Uint8Array
  readonly cid: CID
}

/** The node that holds `ref` for the store with the name `store`. */
export function holderOf(ref: BlobRef, store: string, profile: DagProfile): Holder {
  const bytes = encode({ blob: cidOf(ref, profile), store })
  const digest = digestOf(bytes)
  return { digest, bytes, cid: holderCid(digest) }
}

export function holderCid(digest: Hex): CID {
  return CID.createV1(DAG_CBOR, createDigest(SHA2_256, Buffer.from(digest.slice(2), 'hex')))
}

/** The digest of a holder's CID; undefined for every other kind. */
export function holderDigest(cid: CID): Hex | undefined {
  if (cid.code !== DAG_CBOR || cid.multihash.code !== SHA2_256) return undefined
  return `0x${Buffer.from(cid.multihash.digest).toString('hex')}`
}

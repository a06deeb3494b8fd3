// What the chain says about a blob, 32 bytes of digest and a size, and the IPFS address that follows from it.
// Everything else of the address is fixed by the profile: CIDv1, sha2-256, and the codec by the size.

import { TesseraError } from '@tessera/protocol/errors'
import { bytesToHex, type Hex, hexToBytes, isHex } from '@tessera/protocol/hex'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { sha256Hex } from '#sha256'
import { type DagProfile, PROFILE } from './dagShape.ts'

export interface BlobRef {
  /** The 32 bytes of the root block's sha2-256, lower case. */
  readonly digest: Hex
  /** Length of the blob in bytes, more than 0. */
  readonly size: number
}

export const RAW_CODEC = 0x55
export const DAG_PB_CODEC = 0x70
const SHA2_256 = 0x12

/**
 * A reference from the chain, a file or a user, checked. `size` may be a bigint, as chain clients return it.
 * @throws `storage/bad-ref`
 */
export function parseBlobRef(value: unknown): BlobRef {
  if (typeof value !== 'object' || value === null) throw badRef('not an object')
  const { digest, size } = value as { digest?: unknown; size?: unknown }
  if (!isHex(digest, 32)) throw badRef('digest is not 0x and 64 hexadecimal digits')
  const bytes = typeof size === 'bigint' ? Number(size) : size
  if (typeof bytes !== 'number' || !Number.isSafeInteger(bytes) || bytes <= 0) {
    throw badRef('size is not a whole number of bytes from 1 to 2^53 - 1')
  }
  return { digest: digest.toLowerCase() as Hex, size: bytes }
}

/** The CID under which every IPFS implementation knows this blob. */
export function cidOf(ref: BlobRef, profile: DagProfile = PROFILE): CID {
  return cidOfBlock(ref.digest, ref.size <= profile.leafBytes ? RAW_CODEC : DAG_PB_CODEC)
}

/**
 * The reference of a blob whose CID and size are known: the inverse of `cidOf`. @testonly
 * @throws `storage/bad-cid`, `storage/bad-ref`
 */
export function refOf(cid: string, size: number, profile: DagProfile = PROFILE): BlobRef {
  const block = parseBlockCid(cid)
  const ref = parseBlobRef({ digest: block.digest, size })
  if (cidOf(ref, profile).code !== block.codec) {
    throw badRef(`a blob of ${size} bytes does not have the codec of ${cid}`)
  }
  return ref
}

/** The CID of one block of a tree, `codec` being RAW_CODEC for leaves and DAG_PB_CODEC for nodes. */
export function cidOfBlock(digest: Hex, codec: number): CID {
  return CID.createV1(codec, createDigest(SHA2_256, hexToBytes(digest, 32)))
}

// CIDv1 of either codec in base32 has 59 characters, in base16 73; anything far longer is not worth parsing.
const LONGEST_CID = 128

/**
 * A block's CID as text from outside: version 1, raw or dag-pb, sha2-256, nothing else. Identity CIDs in particular carry their own content
 * and have no place in a store of hashed blocks.
 * @throws `storage/bad-cid`
 */
export function parseBlockCid(text: string): { readonly digest: Hex; readonly codec: number } {
  if (text.length > LONGEST_CID) throw badCid(text)
  let cid: CID
  try {
    cid = CID.parse(text)
  } catch (cause) {
    throw badCid(text, cause)
  }
  const digest = digestOfCid(cid)
  if (digest === undefined) throw badCid(text)
  return { digest, codec: cid.code }
}

/** The digest of a CID of the only kind that the profile knows; undefined for every other kind. */
export function digestOfCid(cid: CID): Hex | undefined {
  const known = cid.version === 1 && (cid.code === RAW_CODEC || cid.code === DAG_PB_CODEC)
  if (!known || cid.multihash.code !== SHA2_256 || cid.multihash.digest.length !== 32) return undefined
  return bytesToHex(cid.multihash.digest)
}

/** sha2-256 of a block: the name under which it is stored. */
export function digestOf(bytes: Uint8Array): Hex {
  return sha256Hex(bytes)
}

function badRef(reason: string): TesseraError {
  return new TesseraError('storage/bad-ref', `not a blob reference: ${reason}`, {
    hint: 'A reference is { digest: 0x and 64 hexadecimal digits, size: bytes }, as the reveal on chain has them',
    context: { reason },
  })
}

function badCid(text: string, cause?: unknown): TesseraError {
  return new TesseraError('storage/bad-cid', 'not a CIDv1 of a raw or dag-pb block with sha2-256', {
    hint: 'Blobs are addressed with the profile unixfs-v1-2025; other CIDs are not served or read',
    context: { cid: text.slice(0, LONGEST_CID) },
    cause,
  })
}

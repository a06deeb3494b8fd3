// Where blocks lie: a map from sha2-256 digest to bytes that never returns anything else than what was asked for.
// Not aware of blobs, rounds or quotas (retention.ts). What every implementation must do is written down as tests in conformance.ts.

import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { digestOf } from './blobRef.ts'
import { MAX_BLOCK_BYTES } from './dagShape.ts'

export interface StoredBlock {
  readonly digest: Hex
  readonly bytes: number
}

export interface PutBlockOptions {
  /** The block survives a loss of power once this resolves. */
  readonly durable?: boolean
  /** The caller has just hashed these very bytes: they are not hashed again. A wrong block would still never be returned, but be gone. */
  readonly verified?: boolean
}

/**
 * Keys are lower-case digests, so a raw and a dag-pb CID of the same bytes are one block.
 * All methods throw `storage/disk-full`, `storage/no-access` or `storage/io` when the place they write to fails.
 */
export interface BlockStore {
  /** The block, its hash checked now. A block that has changed where it lies is removed and reported as missing. */
  get(digest: Hex): Promise<Uint8Array | undefined>
  /** Length of the block without reading it, undefined when missing. Does not check the hash. */
  sizeOf(digest: Hex): Promise<number | undefined>
  /**
   * Stores a block; storing it again changes nothing. Whoever reads at the same time sees the whole block or none.
   * @throws `storage/digest-mismatch`, `storage/block-too-large`
   */
  put(digest: Hex, bytes: Uint8Array, options?: PutBlockOptions): Promise<void>
  /** Removes a block and returns the bytes freed, 0 when there was none. */
  delete(digest: Hex): Promise<number>
  /** Every stored block, in no order. */
  list(): AsyncIterable<StoredBlock>
}

/** What every `put` checks first. */
export function checkBlock(digest: Hex, bytes: Uint8Array, verified = false): void {
  if (bytes.length > MAX_BLOCK_BYTES) {
    throw new TesseraError('storage/block-too-large', `a block of ${bytes.length} bytes`, {
      hint: `No IPFS node passes on blocks of more than ${MAX_BLOCK_BYTES} bytes; import the content as a tree`,
      context: { bytes: bytes.length, maxBytes: MAX_BLOCK_BYTES },
    })
  }
  if (verified) return
  const actual = digestOf(bytes)
  if (actual !== digest) {
    throw new TesseraError('storage/digest-mismatch', 'a block does not hash to the digest it was given under', {
      hint: 'Do not trust where these bytes came from',
      context: { expected: digest, actual },
    })
  }
}

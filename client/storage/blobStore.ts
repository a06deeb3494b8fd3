// Blobs by reference: put one under its address, read one from whoever has it, keep it for as long as the protocol needs it.
// The interface only; embeddedStore.ts implements it. Content that does not match its address is never returned.

import type { BlobSource } from '@tessera/protocol/blobSource'
import type { Hex } from '@tessera/protocol/hex'
import type { BlobRef } from './blobRef.ts'
import type { ByteSource } from './importer.ts'
import type { ByteRange, FetchProgress } from './verifiedFetcher.ts'

export interface PutOptions {
  /** The round it belongs to: it stays until rounds up to this one are collected. */
  readonly round: number
  readonly maxBytes: number
  /** Never collected. */
  readonly keep?: 'checkpoint'
  /** What the bytes must turn out to be: anything else is not kept. For bytes from a stranger. */
  readonly expect?: BlobRef
  /**
   * Told of each block once it can be read, children before parents, while later ones are still being cut. A store whose blocks come to
   * be there all at once tells of none.
   */
  readonly onBlock?: (block: PutBlock) => void
  readonly signal?: AbortSignal
}

export interface PutBlock {
  readonly digest: Hex
  readonly codec: number
}

export interface ReadOptions {
  /** The author first. Not needed for what is here. */
  readonly sources: readonly BlobSource[]
  /** For the whole blob, in milliseconds from the call. */
  readonly deadlineMs: number
  readonly maxBytes: number
  readonly round: number
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: FetchProgress) => void
}

export interface BlobStore {
  /**
   * Stores a blob and returns its reference. Once this resolves the blob survives a loss of power.
   * @throws `storage/too-large`, `storage/empty`, `storage/quota`, `storage/aborted`, `storage/digest-mismatch` when it is not what was
   *   expected; nothing is kept then
   */
  put(source: ByteSource, options: PutOptions): Promise<BlobRef>
  /**
   * The whole blob, verified, in memory. Blocks that are here are not fetched again; those that arrive before a failure are kept.
   * @throws what VerifiedFetcher.fetch throws, and `storage/quota`. With isContentFault the reference itself is proved wrong.
   */
  read(ref: BlobRef, options: ReadOptions): Promise<Uint8Array>
  /**
   * The bytes of a range, verified. Only the blocks that hold them are fetched, and kept: for blobs of which one needs little, or which
   * are too long to have whole.
   * @throws `storage/bad-range`, and what `read` throws
   */
  readRange(ref: BlobRef, range: ByteRange, options: ReadOptions): Promise<Uint8Array>
  /** As `read`, for blobs too long for memory: resolves when all of it is here and verified, then streams it in pieces of at most 1 MiB. */
  open(ref: BlobRef, options: ReadOptions): Promise<AsyncIterable<Uint8Array>>
  /** What is here, by the blocks' lengths: their hashes are checked when they are read. */
  has(ref: BlobRef): Promise<'full' | 'partial' | 'none'>
  /**
   * Keeps a blob that is here until rounds up to `round` are collected, or for good. Never shortens what was asked for before.
   * @throws `storage/not-found`
   */
  pin(ref: BlobRef, options: { readonly round: number; readonly keep?: 'checkpoint' }): Promise<void>
  /**
   * Deletes blobs of rounds before `keepFromRound`, then the oldest until at most `maxBytes` are used; never a checkpoint or a blob in use.
   * `maxBytes` may reach into rounds that can still be disputed: choose it with room to spare.
   */
  collect(options: {
    readonly keepFromRound: number
    readonly maxBytes: number
  }): Promise<{ freedBytes: number; blobs: number }>
  /** Ends what is under way with `storage/closed` and waits for it. */
  close(): Promise<void>
}

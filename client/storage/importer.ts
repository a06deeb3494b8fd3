// Bytes to blocks: the one place where an address is computed. The tree is built by ipfs-unixfs-importer under the fixed profile, so
// the address is the one that Kubo computes. Not a store: blocks are handed on one by one, or dropped when only the address is wanted.

import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { importByteStream } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { balanced } from 'ipfs-unixfs-importer/layout'
import type { CID } from 'multiformats/cid'
import { type BlobRef, digestOfCid } from './blobRef.ts'
import { type DagProfile, PROFILE } from './dagShape.ts'
import { abortFault, throwIfAborted, tooLarge } from './fault.ts'

export type ByteSource = Uint8Array | AsyncIterable<Uint8Array>

// Blocks hashed and written at a time: bounds the memory of an import to about this many MiB.
const BLOCKS_IN_HAND = 8

export interface ImportOptions {
  /** Receives every block before its parent; awaited, so a slow store holds the source back. */
  readonly put: (digest: Hex, bytes: Uint8Array, codec: number) => Promise<void>
  readonly maxBytes: number
  readonly profile?: DagProfile
  readonly signal?: AbortSignal | undefined
}

/**
 * Cuts `source` into blocks and returns the reference of the whole.
 * @throws `storage/too-large` as soon as more than `maxBytes` have come, `storage/empty` for no bytes at all, `storage/aborted`
 */
export async function importBlob(source: ByteSource, options: ImportOptions): Promise<BlobRef> {
  const { put, maxBytes, profile = PROFILE, signal } = options
  let size = 0
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const bytes of source instanceof Uint8Array ? [source] : untilAborted(source, signal)) {
      size += bytes.length
      if (size > maxBytes) throw tooLarge(size, maxBytes)
      // The importer emits a leaf of zero bytes for an empty piece; see also the check below.
      if (bytes.length > 0) yield bytes
    }
    if (size === 0) throw empty()
  }
  const store = {
    async put(cid: CID, bytes: unknown): Promise<CID> {
      throwIfAborted(signal)
      await put(knownDigest(cid), bytes as Uint8Array, cid.code)
      return cid
    },
  }
  throwIfAborted(signal)
  const { cid } = await importByteStream(counted(), store, {
    profile: PROFILE.name,
    chunker: fixedSize({ chunkSize: profile.leafBytes }),
    layout: balanced({ maxChildrenPerNode: profile.maxLinks }),
    blockWriteConcurrency: BLOCKS_IN_HAND,
  })
  return { digest: knownDigest(cid), size }
}

/** The reference that `source` would have, stored nowhere. Errors as importBlob. */
export function addressOf(
  source: ByteSource,
  options: { maxBytes?: number; signal?: AbortSignal; profile?: DagProfile } = {},
): Promise<BlobRef> {
  return importBlob(source, { maxBytes: Number.MAX_SAFE_INTEGER, ...options, put: async () => {} })
}

/** `source`, ended with an error when `signal` aborts even if the source never answers again. */
async function* untilAborted(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const aborted = Promise.withResolvers<never>()
  // It may lose every race below, and then nobody is left to hear it.
  aborted.promise.catch(() => {
    // Whoever races it has seen it; nobody else wants it.
  })
  const onAbort = () => aborted.reject(signal === undefined ? undefined : abortFault(signal))
  signal?.addEventListener('abort', onAbort, { once: true })
  const pieces = source[Symbol.asyncIterator]()
  try {
    throwIfAborted(signal)
    for (;;) {
      const piece = await Promise.race([pieces.next(), aborted.promise])
      if (piece.done) return
      yield piece.value
    }
  } finally {
    signal?.removeEventListener('abort', onAbort)
    // Lets the source clean up when it was left early. Not awaited: one that hangs may never answer.
    Promise.resolve(pieces.return?.()).catch(() => {
      // The import has ended already, with its own outcome.
    })
  }
}

function knownDigest(cid: CID): Hex {
  const digest = digestOfCid(cid)
  if (digest === undefined) {
    throw new TesseraError('storage/bad-cid', 'the importer made a CID outside the profile', {
      hint: 'The installed ipfs-unixfs-importer is not the one this was written for',
      context: { cid: cid.toString() },
    })
  }
  return digest
}

function empty(): TesseraError {
  return new TesseraError('storage/empty', 'a blob has at least one byte', {
    hint: 'Size 0 is not a valid reference on chain; do not publish an empty blob',
  })
}

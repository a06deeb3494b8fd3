// What is said between bench.ts and its nodes (peer.ts).

import type { BlobSource } from '@tessera/protocol/blobSource'
import type { BlobRef } from '@tessera/storage/blobRef'

/** Where a node's gateway, or a liar, listens. */
export const PORT = 4_001

export interface BlobAt {
  readonly ref: BlobRef
  readonly sources: readonly BlobSource[]
}

/** Seconds of this machine's clock from the start of all fetches to the end of this one. */
export interface Delivered {
  readonly seconds: number
  /** Code of the error, if it did not arrive. */
  readonly failure?: string
}

export interface Usage {
  /** Largest resident memory so far. */
  readonly peakBytes: number
}

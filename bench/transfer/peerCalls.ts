// What is said between bench.ts and its nodes (peer.ts).

import type { BlobRef } from '@tessera/storage/blobRef'

export interface SourceAt {
  readonly url: string
  readonly role: 'author' | 'peer' | 'mirror'
}

export interface BlobAt {
  readonly ref: BlobRef
  readonly sources: readonly SourceAt[]
}

/** Seconds of this machine's clock from the start of all fetches to the end of this one. */
export interface Delivered {
  readonly seconds: number
  /** Code of the error, if it did not arrive. */
  readonly failure?: string
}

export interface Usage {
  readonly peakBytes: number
  readonly cpuSeconds: number
}

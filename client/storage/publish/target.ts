// Where a node's blobs are published beside its own gateway: what every such place has to do. Not when (blobPublisher.ts).

import type { BlobRef } from '../blobRef.ts'
import type { PutBlock } from '../blobStore.ts'

/** A blob that is to be had from elsewhere too. */
export interface Publication {
  readonly ref: BlobRef
  readonly round: number
  /** Never removed: what a run is made of, checkpoints. */
  readonly keep: boolean
}

/** One publication on its way to one target. */
export interface Job extends Publication {
  /** What the target said of it last, over restarts: the number of a request, for instance. Empty at first. */
  readonly note: string
}

/** `done: false`: it is under way there; ask again after `againMs`. */
export type Outcome =
  | { readonly done: true; readonly note: string }
  | { readonly done: false; readonly note: string; readonly againMs: number }

/** A put that is under way, for a target that sends blocks before there is a blob. */
export interface Spread {
  /** Never waits, and never throws. */
  block(block: PutBlock): void
  /** The blob came to nothing. */
  stop(): void
}

/** All methods end with the signal's reason when it aborts. */
export interface Target {
  /** Its rows in the book go by this name: the same after a restart. */
  readonly name: string
  /** Others see what is sent there, so that nothing is before its round's commits are closed: they could commit a copy. */
  readonly isForeign: boolean
  wants(publication: Publication): boolean
  /** Looks once whether publishing can work at all. Throws what its operator has to change; retryable when it may only be down. */
  check(signal: AbortSignal): Promise<void>
  /** Called until it is done, also after a restart: goes on from what is there already. */
  publish(job: Job, signal: AbortSignal): Promise<Outcome>
  /** The blob's round is over for good, and so is that of every blob of an earlier round. */
  remove(job: Job, signal: AbortSignal): Promise<void>
  spread?(publication: Omit<Publication, 'ref'>, signal: AbortSignal): Spread
}

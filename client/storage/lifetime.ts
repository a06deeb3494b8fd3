// How long a blob stays, in the words of whoever asks for it and of the manifest. What is done about it: retention.ts.

/**
 * The round that a blob is read for, and stays for; or `cached`: a copy of what others keep, such as the data set. Blocks that are only
 * cached go as soon as their room is wanted, the least recently used first.
 */
export type RoundOrCache = number | 'cached'

/** The round of a blob that belongs to none: a copy that goes, block by block, as soon as its room is wanted. */
export const CACHED = -1

/** Bytes of the blocks whose most lasting holder is such a blob: kept for good, else of the latest round, else cached. */
export interface Holding {
  readonly keep: boolean
  /** Or CACHED. */
  readonly round: number
  readonly bytes: number
}

/** See BlobStore.collect. */
export interface CollectOptions {
  readonly keepFromRound: number
  /** None is protected if not given. */
  readonly protectedFromRound?: number
  readonly maxBytes: number
}

// What the pool and its workers say to each other. Large arrays are shared memory; only records and their hashes are handed over.

import type { AggregationParams } from '@tessera/protocol/aggregate'
import type { Delta } from '@tessera/protocol/chunkEncoder'
import type { EncodedChunks } from '@tessera/protocol/compress'
import type { Contribution } from '@tessera/protocol/contribution'
import type { CodecParams } from '@tessera/protocol/contributionHeader'
import { isTesseraError, TesseraError } from '@tessera/protocol/errors'

/** Chunks that a worker takes at a time: a whole number of groups, and a millisecond or so of work. */
export const PIECE = 128
/** The same where there is but one contribution to read. */
export const CHECK_PIECE = 1024

/** Places in the control array of a task: the next piece to take, and whether to take none. */
export const NEXT_PIECE = 0
export const STOP = 1

export type Work =
  | {
      readonly kind: 'compress'
      readonly update: Float32Array
      readonly delta: Delta | undefined
      readonly codec: CodecParams
    }
  | {
      readonly kind: 'aggregate'
      readonly before: Int32Array
      /** Becomes the next state. */
      readonly next: Int32Array
      readonly contributions: readonly Contribution[]
      readonly params: AggregationParams
    }
  | {
      readonly kind: 'check'
      /** Opened; its recordOffsets are filled in. */
      readonly contribution: Contribution
    }

export function pieceSize({ kind }: Work): number {
  return kind === 'check' ? CHECK_PIECE : PIECE
}

export interface Task {
  /** Counted by the pool; replies repeat it. */
  readonly id: number
  /** What the layout is made of: it is smaller than the layout. */
  readonly tensorSizes: readonly number[]
  readonly chunkSize: number
  /** Shared by all workers of a task. */
  readonly control: Int32Array
  readonly work: Work
}

export type Reply = { readonly task: number } & (
  | { readonly kind: 'piece'; readonly piece: number; readonly encoded?: EncodedChunks }
  | { readonly kind: 'end' }
  | { readonly kind: 'failed'; readonly piece: number; readonly error: ErrorParts }
)

/** An error as plain data: its class does not survive the way between threads. */
export interface ErrorParts {
  readonly message: string
  readonly stack: string | undefined
  /** Of a TesseraError. */
  readonly code?: string
  readonly hint?: string | undefined
  readonly retryable?: boolean
  readonly context?: Readonly<Record<string, unknown>>
}

export function errorParts(error: unknown): ErrorParts {
  if (!(error instanceof Error)) return { message: String(error), stack: undefined }
  const { message, stack } = error
  if (!isTesseraError(error)) return { message, stack }
  return { message, stack, code: error.code, hint: error.hint, retryable: error.retryable, context: error.context }
}

export function errorOf({ message, stack, code, hint, retryable, context }: ErrorParts): Error {
  if (code === undefined) {
    const error = new Error(message)
    if (stack !== undefined) error.stack = stack
    return error
  }
  return new TesseraError(code, message, {
    ...(hint === undefined ? {} : { hint }),
    ...(retryable === undefined ? {} : { retryable }),
    ...(context === undefined ? {} : { context }),
  })
}

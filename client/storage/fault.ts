// What can go wrong with a blob, as coded errors, and whose fault it is. The codes themselves are listed in README.md.
// Not here: errors of one place only, which are made where they are thrown.

import { isTesseraError, TesseraError } from '@tessera/protocol/errors'

// A code belongs here only if the bytes themselves prove it, so that every reader of the same reference comes to the same verdict.
const CONTENT_CODES: ReadonlySet<string> = new Set(['storage/shape', 'storage/bad-ref'])

/**
 * True when the reference itself is at fault: digest and size do not fit each other (proved by bytes that hash to the digest), or it is no
 * reference at all. Such a submission is invalid. Everything else means that the blob was not delivered, or trouble of our own.
 * `storage/too-large` is left out: it depends on the limit that the caller chose.
 */
export function isContentFault(error: unknown): boolean {
  return isTesseraError(error) && CONTENT_CODES.has(error.code)
}

// Full, forbidden or broken here, whatever others serve.
const LOCAL_CODES: ReadonlySet<string> = new Set(
  ['quota', 'disk-full', 'no-access', 'io', 'manifest'].map((name) => `storage/${name}`),
)

/** True for trouble of this machine: it says nothing about who has the blob, and asking elsewhere does not help. */
export function isLocalFault(error: unknown): boolean {
  return isTesseraError(error) && LOCAL_CODES.has(error.code)
}

/** The error of a call that its own caller ended. A TesseraError given as the abort reason is passed on as it is. */
export function abortFault(signal: AbortSignal): TesseraError {
  const reason: unknown = signal.reason
  if (reason instanceof TesseraError) return reason
  return new TesseraError('storage/aborted', 'the caller ended this call', {
    hint: 'Blocks that had arrived are kept: the next call goes on from there',
    cause: reason,
  })
}

/** @throws `storage/aborted` when `signal` has aborted (or its reason, if that is a TesseraError). */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortFault(signal)
}

export function tooLarge(size: number, maxBytes: number): TesseraError {
  return new TesseraError('storage/too-large', `${size} bytes, but at most ${maxBytes} are allowed`, {
    hint: 'The limit comes from the run; a larger blob is not a valid submission to it',
    context: { size, maxBytes },
  })
}

export function notHere(what: string, context: Record<string, unknown>): TesseraError {
  return new TesseraError('storage/not-found', `${what} is not in this store`, {
    retryable: true,
    hint: 'Read it from its author or another node first',
    context,
  })
}

export function privateAddress(hostname: string, address: string): TesseraError {
  return new TesseraError('storage/private-address', `${hostname} leads to ${address}, which is not a public address`, {
    hint: 'A node must be reachable from the internet; for a local network start with the development flag',
    context: { hostname, address },
  })
}

/** A failed file operation as one of ours: `storage/disk-full`, `storage/no-access` or `storage/io`. */
export function diskFault(error: unknown, path: string): TesseraError {
  if (error instanceof TesseraError) return error
  const cause = error
  const reason = errorCode(error)
  const context = { path, reason }
  if (reason === 'ENOSPC' || reason === 'EDQUOT') return diskFull(path, { context, cause })
  if (reason === 'EACCES' || reason === 'EPERM' || reason === 'EROFS') return noAccess(path, { context, cause })
  return new TesseraError(
    'storage/io',
    `file operation failed on ${path}${reason === undefined ? '' : ` (${reason})`}`,
    {
      retryable: reason === 'EMFILE' || reason === 'ENFILE' || reason === 'EBUSY' || reason === 'EAGAIN',
      hint: 'Check the disk and the data folder',
      context,
      cause,
    },
  )
}

interface Details {
  readonly context: Record<string, unknown>
  readonly cause: unknown
}

export function diskFull(path: string, details: Details): TesseraError {
  return new TesseraError('storage/disk-full', `no space left for ${path}`, {
    // Room comes back, by collections and by whoever looks after the disk.
    retryable: true,
    hint: 'Free some space, lower the quota, or keep fewer rounds',
    ...details,
  })
}

export function noAccess(path: string, details: Details): TesseraError {
  return new TesseraError('storage/no-access', `not allowed to use ${path}`, {
    hint: 'Give the account that runs this program read and write access to the data folder, on a disk that can be written to',
    ...details,
  })
}

/** The `code` of a Node error, such as ENOENT; undefined when it has none. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

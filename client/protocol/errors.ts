// The one error type of the whole program. Every failure that a user or another service can meet carries a stable code
// (`domain/reason`), whether the same call may succeed later, and what to do about it.

/** What an error says beyond its code. */
export interface ErrorOptions {
  /** True when the same call may succeed later without anybody changing anything. Decided where the error is thrown. */
  readonly retryable?: boolean
  /** One sentence: what the reader can do. */
  readonly hint?: string
  /** Values that explain the failure: sizes, digests, limits. Never secrets. */
  readonly context?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

export class TesseraError extends Error {
  override readonly name = 'TesseraError'
  /** Stable identifier, `domain/reason`, e.g. `storage/digest-mismatch`. Tests and scripts match on this. */
  readonly code: string
  readonly retryable: boolean
  readonly hint: string | undefined
  readonly context: Readonly<Record<string, unknown>>

  constructor(code: string, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryable = options.retryable ?? false
    this.hint = options.hint
    this.context = options.context ?? {}
  }
}

/** True when `error` is ours and, if given, carries `code`. */
export function isTesseraError(error: unknown, code?: string): error is TesseraError {
  return error instanceof TesseraError && (code === undefined || error.code === code)
}

/** The error as one line for a terminal: `code: message. hint`. */
export function errorLine(error: unknown): string {
  if (!(error instanceof TesseraError))
    return `internal/unexpected: ${error instanceof Error ? error.message : String(error)}`
  const hint = error.hint === undefined ? '' : `. ${error.hint}`
  return `${error.code}: ${error.message}${hint}`
}

// Makes values safe to put into one log line: strings without control characters, values bounded in depth and size, secrets by
// name left out. Not a serialiser: what comes out is for a reader and cannot be parsed back.

import { isTesseraError } from '@tessera/protocol/errors'

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue }

export interface PrintableLimits {
  /** Characters kept of one string. */
  readonly characters: number
  /** Levels of nesting. */
  readonly depth: number
  /** Entries kept of one array or object. */
  readonly entries: number
  /** Names whose values are left out, matched at the end of a key without case, `-` and `_`: `hotKeyPassword` is a `password`. */
  readonly secrets: readonly string[]
  /** Whether errors bring their stack. */
  readonly stacks: boolean
}

/** Names that never reach a log, whoever logs them. */
const SECRET_NAMES: readonly string[] = [
  'password',
  'passphrase',
  'privatekey',
  'secret',
  'mnemonic',
  'authorization',
  'apikey',
  'accesstoken',
  'bearertoken',
  'jwt',
  'cookie',
  'salt', // a commitment's salt opens it before the reveal
]

export const DEFAULT_LIMITS: PrintableLimits = {
  characters: 256,
  depth: 4,
  entries: 32,
  secrets: SECRET_NAMES,
  stacks: false,
}

export const REDACTED = '[redacted]'

// Control (C0, C1, DEL), format (bidirectional overrides, zero width), line and paragraph separators, lone surrogates: everything
// that could end a line, drive a terminal, or show text in another order than it is stored.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu
const URL_CREDENTIALS = /\/\/[^\s/?#@]+@/g
// Credentials that straddle the cut are still recognised when the `@` comes within this many characters after it.
const LOOK_AHEAD = 1024
const BYTES_SHOWN = 32
const STACK_LINES = 20

/** `text` on one line, without control characters and URL credentials, cut to `maxCharacters` with the missing count said. */
export function printable(text: string, maxCharacters: number = DEFAULT_LIMITS.characters): string {
  const open = text.slice(0, maxCharacters + LOOK_AHEAD).replace(URL_CREDENTIALS, `//${REDACTED}@`)
  const kept = open.slice(0, maxCharacters)
  const missing = text.length > maxCharacters + LOOK_AHEAD ? text.length - maxCharacters : open.length - kept.length
  return kept.replace(UNPRINTABLE, escaped) + (missing > 0 ? `...(+${missing} characters)` : '')
}

function escaped(character: string): string {
  if (character === '\n') return '\\n'
  if (character === '\r') return '\\r'
  if (character === '\t') return '\\t'
  const code = character.codePointAt(0) ?? 0
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}

/** Any value as JSON for a log: bigints as decimal text, bytes as a short hex, errors by their fields, all strings printable. */
export function printableValue(value: unknown, limits: PrintableLimits = DEFAULT_LIMITS): JsonValue {
  return convert(value, limits, limits.depth)
}

function convert(value: unknown, limits: PrintableLimits, depth: number): JsonValue {
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'string') return printable(value, limits.characters)
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'bigint') return printable(value.toString(), limits.characters)
  if (typeof value !== 'object') return `[${typeof value}]`
  if (ArrayBuffer.isView(value)) return bytesText(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString()
  if (depth === 0) return '[deep]'
  if (value instanceof Error) return errorRecord(value, limits, depth)
  if (Array.isArray(value) || value instanceof Set || value instanceof Map) return list(value, limits, depth)
  return record(Object.entries(value), limits, depth)
}

function bytesText(view: ArrayBufferView): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
  const shown = Buffer.from(bytes.subarray(0, BYTES_SHOWN)).toString('hex')
  return bytes.length > BYTES_SHOWN ? `0x${shown}...(${bytes.length} bytes)` : `0x${shown}`
}

function list(
  values: Iterable<unknown> & ({ length: number } | { size: number }),
  limits: PrintableLimits,
  depth: number,
) {
  const size = 'length' in values ? values.length : values.size
  const shown: JsonValue[] = []
  for (const value of values) {
    if (shown.length === limits.entries) break
    shown.push(convert(value, limits, depth - 1))
  }
  if (size > limits.entries) shown.push(`...(+${size - limits.entries} entries)`)
  return shown
}

function record(entries: readonly (readonly [string, unknown])[], limits: PrintableLimits, depth: number): JsonValue {
  const shown: [string, JsonValue][] = []
  for (const [key, value] of entries.slice(0, limits.entries)) {
    if (value === undefined) continue
    shown.push([printable(key, 64), isSecretName(key, limits.secrets) ? REDACTED : convert(value, limits, depth - 1)])
  }
  if (entries.length > limits.entries) shown.push(['...', `+${entries.length - limits.entries} entries`])
  // fromEntries makes even `__proto__` a plain own key.
  return Object.fromEntries(shown)
}

/** True when a value under this key must not be shown. */
function isSecretName(key: string, secrets: readonly string[]): boolean {
  const plain = key.toLowerCase().replace(/[-_]/g, '')
  return secrets.some((secret) => plain.endsWith(secret))
}

function errorRecord(error: Error, limits: PrintableLimits, depth: number): JsonValue {
  const ours = isTesseraError(error)
  const shownContext = ours && Object.keys(error.context).length > 0 ? error.context : undefined
  const causes = error instanceof AggregateError ? error.errors : error.cause
  return record(
    [
      ['code', ours ? error.code : 'internal/unexpected'],
      ['type', ours ? undefined : error.name],
      ['message', error.message],
      ['retryable', ours ? error.retryable : undefined],
      ['hint', ours ? error.hint : undefined],
      ['context', shownContext],
      ['cause', causes],
      ['stack', limits.stacks ? stackLines(error) : undefined],
    ],
    limits,
    depth,
  )
}

// The message, which may hold anything, comes first in a stack: only the lines of calls are kept.
function stackLines(error: Error): string[] {
  const lines = (error.stack ?? '').split('\n').filter((line) => /^ {4}at /.test(line))
  return lines.slice(0, STACK_LINES).map((line) => line.trim())
}

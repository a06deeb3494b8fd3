// The structured logger: `(message, context)`, JSON lines for machines, human lines on a terminal, one child per service. Only
// services log; libraries return or throw. No string can end a line or drive a terminal, wherever it came from (printable.ts).
//
// Levels by audience: error and fatal, the operator must act; warn, may have to; info, wants to know; debug, a developer; trace, all.

import { isTesseraError } from '@tessera/protocol/errors'
import { type Logger as PinoLogger, pino } from 'pino'
import { type Clock, systemClock } from './clock.ts'
import { humanLine } from './humanLine.ts'
import { DEFAULT_LIMITS, type PrintableLimits, printable, printableValue } from './printable.ts'
import type { Terminal } from './terminal.ts'

/** From the quietest cause to speak to the loudest. */
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

type Context = Readonly<Record<string, unknown>>

/** `message` is fixed text of the program; whatever varies goes into `context`. */
type Log = (message: string, context?: Context) => void

export interface Logger {
  readonly trace: Log
  readonly debug: Log
  readonly info: Log
  readonly warn: Log
  readonly error: Log
  readonly fatal: Log
  /** Logs an error with its code, hint, context and causes: warn when it is retryable, error otherwise. */
  failure(error: unknown, message: string, context?: Context): void
  /** A logger whose entries carry the service's name and, if given, further context. */
  child(service: string, context?: Context): Logger
  /** Whether an entry of this level would be written: asked before an expensive context is made. */
  isEnabled(level: LogLevel): boolean
}

export interface LoggerOptions {
  readonly level: LogLevel
  readonly terminal: Terminal
  /** `auto`: human lines on a terminal, JSON otherwise. */
  readonly format?: 'auto' | 'json' | 'human'
  /** Further names of keys whose values are left out, besides those of printable.ts. */
  readonly redact?: readonly string[]
  readonly service?: string
  readonly clock?: Clock
}

// Debug and trace are read while looking for a fault: they keep more of a string, and the stacks.
const DEVELOPER_CHARACTERS = 4096

/** The process's logger. Entries are written at once: a crash loses none that was logged before it. */
export function createLogger(options: LoggerOptions): Logger {
  const { terminal, clock = systemClock } = options
  const human = options.format === 'human' || (options.format !== 'json' && terminal.isTTY)
  const destination = {
    write(chunk: string) {
      const line = chunk.endsWith('\n') ? chunk.slice(0, -1) : chunk
      terminal.writeLine(human ? humanLine(line, terminal.hasColours) : line)
    },
  }
  const base = pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  )
  const detailed = options.level === 'debug' || options.level === 'trace'
  const secrets = (options.redact ?? []).map((name) => name.toLowerCase().replace(/[-_]/g, ''))
  const limits = { ...DEFAULT_LIMITS, stacks: detailed, secrets: [...DEFAULT_LIMITS.secrets, ...secrets] }
  return wrap(base, limits, options.service === undefined ? {} : { service: options.service }, {})
}

/** Takes everything, writes nothing: for code under test that is not about logging. @testonly */
export const silentLogger: Logger = {
  trace: ignore,
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  fatal: ignore,
  failure: ignore,
  child: () => silentLogger,
  isEnabled: () => false,
}

function ignore(): void {}

function wrap(
  base: PinoLogger,
  limits: PrintableLimits,
  who: { readonly service?: string },
  inherited: Context,
): Logger {
  const log = (level: LogLevel, message: string, context?: Context, error?: unknown): void => {
    if (!base.isLevelEnabled(level)) return
    const developer = level === 'debug' || level === 'trace'
    // An error that is not ours is a defect: its place is worth a stack at any level.
    const stacks = limits.stacks || (error !== undefined && !isTesseraError(error))
    const characters = developer ? DEVELOPER_CHARACTERS : limits.characters
    const bounds = { ...limits, stacks, characters }
    const all = { ...inherited, ...context }
    base[level](
      {
        ...who,
        ...(error === undefined ? {} : { error: printableValue(error, bounds) }),
        // Nested, so that no key of a context can pose as `level` or `service`.
        ...(Object.keys(all).length === 0 ? {} : { context: printableValue(all, bounds) }),
      },
      printable(message, bounds.characters),
    )
  }
  const at = (level: LogLevel) => (message: string, context?: Context) => log(level, message, context)
  return {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
    failure(error, message, context) {
      const known = error instanceof Error ? error : new Error(String(error))
      log(isTesseraError(known) && known.retryable ? 'warn' : 'error', message, context, known)
    },
    child: (service, context) => wrap(base, limits, { service: printable(service, 64) }, { ...inherited, ...context }),
    isEnabled: (level) => base.isLevelEnabled(level),
  }
}

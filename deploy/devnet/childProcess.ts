// One node of the network as a process of its own: started with the tree's Node, its JSON log lines go to a file and to a
// listener, and it ends with its parent, whatever ends the parent, because its standard input is a pipe from it.

import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { setPriority } from 'node:os'
import { createInterface } from 'node:readline'
import { TesseraError } from '@tessera/protocol/errors'

export interface ChildOptions {
  readonly name: string
  readonly main: string
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly logFile: string
  /** The Node that runs it; this one if not given. */
  readonly execPath?: string
  /** How far it stands back for others, as of `nice`; not at all if not given. */
  readonly niceness?: number
  /** Called with each log line: what it is about, with its message as `msg` and its level. */
  readonly onRecord: (record: Readonly<Record<string, unknown>>) => void
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** What the process last wrote to standard error: the one-line reason when it failed. */
  readonly lastWords: string
}

export interface Child {
  readonly name: string
  readonly exited: Promise<Exit>
  readonly running: boolean
  /** SIGTERM, and SIGKILL if it has not ended in time. */
  stop(): Promise<Exit>
  kill(signal: NodeJS.Signals): void
}

/** How long a node may take to finish its round's work, save and close. */
const STOP_LIMIT_MS = 15_000
const LAST_WORDS_LIMIT = 2_000

export function startChild(options: ChildOptions): Child {
  const log = createWriteStream(options.logFile, { flags: 'a', mode: 0o600 })
  const child = spawn(options.execPath ?? process.execPath, [options.main, ...options.argv], {
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C on the terminal reaches the parent only, which then stops its children in order.
    detached: true,
  })
  if (options.niceness !== undefined) standBack(child.pid, options.niceness)
  // Nothing is written to it; it breaks when the child ends first, which `exit` reports.
  child.stdin.on('error', () => undefined)
  let lastWords = ''
  let running = true
  createInterface({ input: child.stdout }).on('line', (line) => {
    log.write(`${line}\n`)
    const record = parseRecord(line)
    if (record !== undefined) options.onRecord(record)
  })
  child.stderr.on('data', (chunk: Buffer) => {
    log.write(chunk)
    lastWords = (lastWords + chunk.toString('utf8')).slice(-LAST_WORDS_LIMIT)
  })
  const exited = new Promise<Exit>((resolve, reject) => {
    child.on('error', (cause) => {
      running = false
      reject(
        new TesseraError('devnet/spawn-failed', `${options.name} could not be started: ${cause.message}`, { cause }),
      )
    })
    child.on('close', (code, signal) => {
      running = false
      // It has ended when its last words are in the file.
      log.end(() => resolve({ code, signal, lastWords: lastWords.trim() }))
    })
  })
  return {
    name: options.name,
    exited,
    get running() {
      return running
    },
    kill: (signal) => {
      child.kill(signal)
    },
    stop: async () => {
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
      if (running) child.kill('SIGTERM')
      try {
        return await exited
      } finally {
        clearTimeout(timer)
      }
    },
  }
}

/** A process that could not be started, or has ended already, stands back anyway. */
function standBack(pid: number | undefined, niceness: number): void {
  try {
    if (pid !== undefined) setPriority(pid, niceness)
  } catch {
    // `exited` tells.
  }
}

function parseRecord(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value !== 'object' || value === null) return undefined
    const { context, msg, level } = value as Record<string, unknown>
    return { ...(typeof context === 'object' ? context : {}), msg, level }
  } catch {
    // Not JSON after all; the line is in the log file.
    return undefined
  }
}

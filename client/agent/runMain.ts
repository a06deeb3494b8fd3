// Connects a program to its process: signals, exit code, the one line an error is worth, and a hard end when something hangs. The
// only file that sets exit codes or exits. The process is injected, so that tests run it without ending themselves.
//
// Exit codes: 0 done, or stopped by SIGTERM (a supervisor asked) or by the parent's end; 1 failed; 130 stopped by SIGINT.

import { errorLine, isTesseraError, TesseraError } from '@tessera/protocol/errors'
import { type Clock, systemClock } from './clock.ts'
import { CLOSE_LIMIT_MS, isStop, Lifecycle } from './lifecycle.ts'
import { printable } from './printable.ts'
import { type ParentHost, type ParentLink, watchParent } from './watchParent.ts'

/** The part of `process` that is used. */
export interface ProcessLike extends ParentHost {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdout: NodeJS.EventEmitter
  readonly stderr: NodeJS.EventEmitter & { write(text: string): unknown }
  exitCode?: number | string | null | undefined
  exit(code: number): void
  getActiveResourcesInfo(): string[]
}

export interface RunMainOptions {
  /** How long the program may take to stop, and again its closers. */
  readonly closeLimitMs?: number
  /** For a child process: what tells that the parent is gone. */
  readonly parent?: ParentLink
  /** How long the process may outlive its program before it is ended, milliseconds. */
  readonly lingerMs?: number
  readonly process?: ProcessLike
  readonly clock?: Clock
}

/** A whole program: it returns when it is done, or soon after the lifecycle's signal aborts. */
export type Main = (lifecycle: Lifecycle) => Promise<void>

const LINGER_MS = 2_000
const INTERRUPTED = 130
const LINE_CHARACTERS = 2_000

/** Runs `main` to its end as the whole life of this process. Never rejects: the outcome is the exit code. */
export async function runMain(main: Main, options: RunMainOptions = {}): Promise<void> {
  const { process: host = process, closeLimitMs = CLOSE_LIMIT_MS, clock = systemClock, lingerMs = LINGER_MS } = options
  const lifecycle = new Lifecycle({ clock, closeLimitMs })
  const run: Run = { host, lifecycle, errors: [], crash: Promise.withResolvers(), stopCode: undefined, hung: false }
  listen(run)

  const ended = new AbortController()
  await Promise.race([
    finish(run, main, options.parent),
    run.crash.promise,
    giveUp(run, clock, closeLimitMs, ended.signal),
  ])
  ended.abort()
  await lifecycle.close().catch((error: unknown) => {
    run.hung ||= isTesseraError(error, 'lifecycle/close-timeout')
    run.errors.push(error)
  })

  const debug = wantsStacks(host)
  for (const error of run.errors) host.stderr.write(report(error, debug))
  const code = run.errors.length > 0 ? 1 : (run.stopCode ?? 0)
  host.exitCode = code
  if (run.hung) host.exit(code)
  else endLeftovers(host, code, lingerMs)
}

interface Run {
  readonly host: ProcessLike
  readonly lifecycle: Lifecycle
  readonly errors: unknown[]
  readonly crash: PromiseWithResolvers<void>
  stopCode: number | undefined
  /** Something did not stop: the process has to be ended by force. */
  hung: boolean
}

// The listeners stay to the end of the process: a failure or a signal during shutdown counts too.
function listen(run: Run): void {
  const { host, lifecycle } = run
  const onSignal = (name: string, code: number) => () => {
    // The second signal means now: nothing that hangs may stand between the operator and the end of the process.
    if (run.stopCode !== undefined) host.exit(code === 0 ? 1 : code)
    run.stopCode ??= code
    lifecycle.stop(name)
  }
  const onCrash = (error: unknown) => {
    run.errors.push(unexpected(error))
    run.hung = true
    host.exitCode = 1
    lifecycle.stop('crash')
    run.crash.resolve()
  }
  const onPipeError = (error: unknown) => {
    // The reader of our output is gone (`| head`, a dead parent): stop, there is nobody left to tell.
    if ((error as { readonly code?: unknown }).code === 'EPIPE') lifecycle.stop('output closed')
    else onCrash(error)
  }
  host.on('SIGINT', onSignal('SIGINT', INTERRUPTED))
  host.on('SIGTERM', onSignal('SIGTERM', 0))
  host.on('unhandledRejection', onCrash)
  host.on('uncaughtException', onCrash)
  host.stdout.on('error', onPipeError)
  host.stderr.on('error', onPipeError)
}

async function finish(run: Run, main: Main, parent: ParentLink | undefined): Promise<void> {
  try {
    if (parent !== undefined) watchParent(run.lifecycle, parent, run.host)
    await main(run.lifecycle)
  } catch (error) {
    if (!isStop(error, run.lifecycle.signal)) run.errors.push(error)
  }
}

/** Resolves when the program was asked to stop and has not done so within the limit; `ended` says that it has. */
async function giveUp(run: Run, clock: Clock, limitMs: number, ended: AbortSignal): Promise<void> {
  const { signal } = run.lifecycle
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  try {
    await clock.sleep(limitMs, ended)
  } catch {
    return // `ended`: the usual case
  }
  run.hung = true
  const message = `the program did not stop within ${limitMs} ms`
  run.errors.push(new TesseraError('lifecycle/close-timeout', message, { hint: 'It is ended by force' }))
}

/** What nobody caught is a defect, whatever its type says. */
function unexpected(error: unknown): TesseraError {
  const message = error instanceof Error ? errorLine(error) : String(error)
  return new TesseraError('internal/unexpected', `uncaught: ${message}`, { cause: error, hint: 'Please report this' })
}

function wantsStacks({ argv, env }: ProcessLike): boolean {
  const flag = argv.findLast((word, at) => word.startsWith('--log-level=') || argv[at - 1] === '--log-level')
  const level = flag?.replace('--log-level=', '') ?? env.TESSERA_LOG_LEVEL
  return level === 'debug' || level === 'trace' || (env.TESSERA_DEBUG ?? '') !== ''
}

/** One line, and the stacks of the error and its causes when wanted or when it is a defect. */
function report(error: unknown, debug: boolean): string {
  const lines = [printable(errorLine(error), LINE_CHARACTERS)]
  if (debug || !isTesseraError(error) || error.code === 'internal/unexpected') {
    for (let cause: unknown = error; cause instanceof Error && lines.length < 100; cause = cause.cause) {
      if (cause !== error) lines.push(printable(`caused by ${errorLine(cause)}`, LINE_CHARACTERS))
      lines.push(...(cause.stack ?? '').split('\n').filter((line) => /^ {4}at /.test(line)))
    }
  }
  return `${lines.join('\n')}\n`
}

/** Everything is closed, so the process ends by itself; if something still holds it, that is named and cut off. */
function endLeftovers(host: ProcessLike, code: number, lingerMs: number): void {
  const timer = setTimeout(() => {
    const holding = host.getActiveResourcesInfo().join(', ')
    const error = new TesseraError('lifecycle/left-running', `something still runs: ${holding}`, {
      hint: 'Register it with onClose; the process is ended by force',
    })
    host.stderr.write(report(error, false))
    host.exit(code === 0 ? 1 : code)
  }, lingerMs)
  // Unreferenced: it fires only in a process that something else keeps alive.
  timer.unref()
}

// Starts the observer in a process of its own and answers what it asks of the book. If the process ends by itself (a graphics driver,
// memory), it is told of and started anew, later each time: what the book has is not done again.

import { type ChildProcess, fork } from 'node:child_process'
import { type Clock, systemClock } from '@tessera/agent/clock'
import { errorOf, errorParts } from '@tessera/node/codecPool/messages'
import { errorLine, TesseraError } from '@tessera/protocol/errors'
import type { ObserverBook } from './book.ts'
import type { ChildSettings, FromChild, ToChild } from './messages.ts'
import type { ObserverProgress } from './observer.ts'

export interface StartObserverOptions extends ChildSettings {
  readonly book: ObserverBook
  /** Something new of a run is in the book. */
  readonly onObserved: (run: bigint) => void
  /** Of a run, of the look at the chain, or of the process. None of them ends the observing. */
  readonly onError: (error: unknown, run: bigint | undefined) => void
  readonly signal: AbortSignal
  readonly clock?: Clock
  /** What the process runs; @testonly another one. */
  readonly script?: URL
}

export interface RunningObserver {
  progress(): ObserverProgress
  /** Stops the process and waits for its end. */
  close(): Promise<void>
}

const STOP_LIMIT_MS = 8_000
const FIRST_WAIT_MS = 2_000
const LONGEST_WAIT_MS = 10 * 60_000
const LAST_WORDS_LIMIT = 2_000

export function startObserver(options: StartObserverOptions): RunningObserver {
  const stop = new AbortController()
  const signal = AbortSignal.any([options.signal, stop.signal])
  let progress: ObserverProgress = { error: null, runs: [] }
  const running = keepRunning(options, signal, (update) => {
    progress = update(progress)
  })
  return {
    progress: () => progress,
    close: async () => {
      stop.abort()
      await running
    },
  }
}

type Update = (change: (progress: ObserverProgress) => ObserverProgress) => void

async function keepRunning(options: StartObserverOptions, signal: AbortSignal, update: Update): Promise<void> {
  const { clock = systemClock, onError } = options
  for (let wait = FIRST_WAIT_MS; !signal.aborted; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    const lastWords = await runOnce(options, signal, update)
    if (signal.aborted) return
    const error = ended(lastWords)
    update((progress) => ({ ...progress, error: errorLine(error) }))
    onError(error, undefined)
    // A sleep that the signal ends is how this ends.
    await clock.sleep(wait, signal).catch(() => undefined)
  }
}

/** Resolves with what the process wrote last to standard error, once it has ended. */
function runOnce(options: StartObserverOptions, signal: AbortSignal, update: Update): Promise<string> {
  const { rpcUrl, deploymentFile, folder, quotaBytes, mirrors, allowPrivate, device } = options
  const settings: ChildSettings = { rpcUrl, deploymentFile, folder, quotaBytes, mirrors, allowPrivate, device }
  const child = fork(options.script ?? new URL('./child.ts', import.meta.url), {
    serialization: 'advanced',
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  // A process that has ended hears nothing; `close` tells.
  const tell = (message: ToChild): void => void (child.connected && child.send(message, () => undefined))
  child.on('message', (message: FromChild) => hear(message, tell, options, update))
  tell({ kind: 'start', settings })
  let lastWords = ''
  child.stderr?.on('data', (piece: Buffer) => {
    lastWords = (lastWords + piece.toString('utf8')).slice(-LAST_WORDS_LIMIT)
  })
  const release = stopWith(child, signal, () => tell({ kind: 'stop' }))
  return new Promise((resolve) => {
    const finish = (words: string): void => {
      release()
      resolve(words.trim())
    }
    child.once('error', (error) => finish(error.message))
    child.once('close', () => finish(lastWords))
  })
}

/** Asks the process to stop when the signal aborts, and ends it if it does not. */
function stopWith(child: ChildProcess, signal: AbortSignal, ask: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  const onAbort = (): void => {
    ask()
    timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
  }
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  return () => {
    signal.removeEventListener('abort', onAbort)
    clearTimeout(timer)
  }
}

function hear(
  message: FromChild,
  tell: (message: ToChild) => void,
  { book, onObserved, onError }: StartObserverOptions,
  update: Update,
): void {
  if (message.kind === 'observed') onObserved(message.run)
  else if (message.kind === 'error') onError(errorOf(message.error), message.run)
  else if (message.kind === 'progress') update(() => message.progress)
  else {
    const { id, name, words } = message
    const call = book[name].bind(book) as (...words: readonly unknown[]) => Promise<unknown>
    call(...words).then(
      (value) => tell({ kind: 'answer', id, value }),
      (error: unknown) => tell({ kind: 'refusal', id, error: errorParts(error) }),
    )
  }
}

function ended(lastWords: string): TesseraError {
  return new TesseraError('observer/ended', 'the observer’s process has ended; it is started anew', {
    retryable: true,
    hint: lastWords.split('\n', 1)[0] ?? '',
    context: { lastWords },
  })
}

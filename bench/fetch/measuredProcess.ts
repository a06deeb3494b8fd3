// A program of this folder as a process of its own: started, asked, its memory read, ended. Linux only: memory is read from /proc.

import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { TesseraError } from '@tessera/protocol/errors'

/** Largest resident memory of a process since it began, bytes. */
export function peakOf(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return 1_024 * Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? Number.NaN)
}

/** The end of what a process wrote to standard error that an error shows. */
const LAST_WORDS = 2_000

export interface ProcessOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** A program of this folder, run by this Node as nodes are. */
export function nodeProcess(program: string, env: Readonly<Record<string, string>>, signal: AbortSignal) {
  const args = [
    '--import',
    new URL('../../deploy/setup/compileCache.mjs', import.meta.url).href,
    fileURLToPath(new URL(program, import.meta.url)),
  ]
  return new MeasuredProcess({ command: process.execPath, args, env, signal })
}

interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly error?: string
}

interface Waiting {
  resolve(value: unknown): void
  reject(reason: unknown): void
}

class MeasuredProcess {
  readonly #child: ChildProcess
  readonly #ended: Promise<void>
  readonly #waiting = new Map<number, Waiting>()
  #words = ''
  #asked = 0

  constructor({ command, args, env, signal }: ProcessOptions) {
    this.#child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      signal,
    })
    this.#child.stderr?.on('data', (piece: Buffer) => {
      this.#words = (this.#words + piece.toString()).slice(-LAST_WORDS)
    })
    // What ends it early is told to whoever waits for an answer.
    this.#child.on('error', (error) => {
      this.#words += error.message
    })
    this.#child.on('message', (answer: Answer) => this.#hear(answer))
    this.#ended = new Promise((resolve) => {
      const end = () => {
        for (const { reject } of this.#waiting.values()) reject(this.#failure())
        this.#waiting.clear()
        resolve()
      }
      // Not `close`, which does not come after a disconnect by this side; `close` alone when it could not be started.
      this.#child.once('exit', end)
      this.#child.once('close', end)
    })
  }

  /** @throws `bench/peer-failed` with what it says, also when it is gone */
  ask<T>(name: string, values: Readonly<Record<string, unknown>> = {}): Promise<T> {
    const id = this.#asked++
    return new Promise<T>((resolve, reject) => {
      if (!this.#running) return reject(this.#failure())
      this.#waiting.set(id, { resolve: (value) => resolve(value as T), reject })
      this.#child.send({ id, name, values })
    })
  }

  get #running(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  get peakBytes(): number {
    return peakOf(this.#child.pid)
  }

  #failure(reason = 'the process has ended'): TesseraError {
    return new TesseraError('bench/peer-failed', `${this.#child.spawnfile}: ${reason}: ${this.#words.trim()}`, {
      hint: 'See what it says; the benchmark needs a few GB of disk, memory and free ports of the loopback',
    })
  }

  async end(): Promise<void> {
    // It ends when nobody can ask it any more.
    if (this.#child.connected) this.#child.disconnect()
    await this.#ended
  }

  #hear({ id, result, error }: Answer): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error === undefined) waiting?.resolve(result)
    else waiting?.reject(this.#failure(error))
  }
}

export async function endAll(processes: readonly MeasuredProcess[]): Promise<void> {
  await Promise.all(processes.map((one) => one.end()))
}

// A process that answers requests, one JSON object a line in and one a line out: how a benchmark talks to programs that have to be
// processes of their own. Not the other side: lineServer.ts in TypeScript, python/serve.py in Python.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { TesseraError } from '@tessera/protocol/errors'

/** The end of what the process wrote to stderr that an error shows. */
const STDERR_CHARACTERS = 2000

export interface LineProcessOptions {
  /** What it is called in errors, e.g. `the Python peer`. */
  readonly title: string
  /** What to do when it fails. */
  readonly hint: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Kills it. */
  readonly signal: AbortSignal
}

export class LineProcess {
  readonly #options: LineProcessOptions
  readonly #child: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>
  #stderr = ''

  constructor(options: LineProcessOptions) {
    const { command, args, env, signal } = options
    this.#options = options
    this.#child = spawn(command, args, { signal, env: { ...process.env, ...env } })
    // An abort and a failure to start are met by whoever waits for an answer: the output ends.
    this.#child.on('error', (error) => {
      this.#stderr += error.message
    })
    this.#child.stdin.on('error', () => undefined)
    this.#child.stderr.on('data', (data: Buffer) => {
      this.#stderr = (this.#stderr + data.toString()).slice(-STDERR_CHARACTERS)
    })
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  /** Answers come in the order of the calls. @throws `bench/peer-failed` with what it says, also when it is gone; the signal's reason. */
  async call<T>(name: string, values: object = {}): Promise<T> {
    const { signal } = this.#options
    signal.throwIfAborted()
    this.#child.stdin.write(`${JSON.stringify({ call: name, with: values })}\n`)
    const line = await this.#lines.next()
    signal.throwIfAborted()
    if (line.done) throw this.#failed(name, this.#stderr)
    const answer = JSON.parse(line.value) as { readonly result?: T; readonly error?: string }
    if (answer.result === undefined) throw this.#failed(name, answer.error ?? '')
    return answer.result
  }

  /** Ends it whatever it does; `close` waits until it has. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }

  /** Lets the process end by itself, once it has answered. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined) return
    const ended = once(this.#child, 'close')
    this.#child.stdin.end()
    await ended
  }

  #failed(name: string, said: string): TesseraError {
    const { hint, title } = this.#options
    return new TesseraError('bench/peer-failed', `${title} failed at "${name}": ${said.trim()}`, {
      hint,
      context: { name },
    })
  }
}

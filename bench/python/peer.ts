// A Python process that answers requests, one at a time: how the two sides of a benchmark take turns. While it is not asked it does
// nothing, so our own side has the machine to itself.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { TesseraError } from '@tessera/protocol/errors'

/** The end of what the process wrote to stderr that an error shows. */
const STDERR_CHARACTERS = 2000

export interface PeerOptions {
  readonly root: string
  readonly python: string
  /** Path of the script, which calls serve() of serve.py. */
  readonly script: string
  readonly threads: number
  readonly signal: AbortSignal
}

export class PythonPeer {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>
  readonly #signal: AbortSignal
  #stderr = ''

  constructor({ root, python, script, threads, signal }: PeerOptions) {
    this.#signal = signal
    this.#child = spawn(python, [script], {
      signal,
      env: {
        ...process.env,
        PYTHONPATH: join(root, 'bench', 'python'),
        // The working tree stays as it is.
        PYTHONDONTWRITEBYTECODE: '1',
        OMP_NUM_THREADS: String(threads),
        MKL_NUM_THREADS: String(threads),
      },
    })
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

  /** @throws `bench/peer-failed` with what Python says, also when the process is gone; the signal's reason. */
  async call<T>(name: string, values: Readonly<Record<string, unknown>> = {}): Promise<T> {
    this.#signal.throwIfAborted()
    this.#child.stdin.write(`${JSON.stringify({ call: name, with: values })}\n`)
    const line = await this.#lines.next()
    this.#signal.throwIfAborted()
    if (line.done) throw failed(name, this.#stderr)
    const answer = JSON.parse(line.value) as { readonly result?: T; readonly error?: string }
    if (answer.result === undefined) throw failed(name, answer.error ?? '')
    return answer.result
  }

  /** Lets the process end by itself. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'close')
    this.#child.stdin.end()
    await ended
  }
}

function failed(name: string, said: string): TesseraError {
  return new TesseraError('bench/peer-failed', `the Python peer failed at "${name}": ${said.trim()}`, {
    hint: 'Leave the peer out with --no-install, or name another interpreter with --python',
    context: { name },
  })
}

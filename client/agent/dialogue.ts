// Questions to the person at a terminal, one line each; secrets are not shown while they are typed. Not for conversations: whoever
// reads many lines opens the input itself.

import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { TesseraError } from '@tessera/protocol/errors'

export interface AskOptions {
  /** What is typed is not shown. */
  readonly secret?: boolean
  readonly signal?: AbortSignal | undefined
}

/** Someone who answers. */
export interface Dialogue {
  /** One line, without its end. @throws dialogue/ended, or the signal's reason */
  ask(question: string, options?: AskOptions): Promise<string>
}

export interface DialogueParts {
  readonly input: NodeJS.ReadableStream
  /** Not the output of results: a question must not end up in a pipe. */
  readonly output: NodeJS.WritableStream
  /** Ctrl-C: the terminal is in raw mode while it is asked, and sends no signal. */
  readonly onInterrupt: () => void
}

export class TerminalDialogue implements Dialogue {
  readonly #parts: DialogueParts

  constructor(parts: DialogueParts) {
    this.#parts = parts
  }

  async ask(question: string, options: AskOptions = {}): Promise<string> {
    const { input, output, onInterrupt } = this.#parts
    const { secret = false, signal } = options
    signal?.throwIfAborted()
    const lines = createInterface({
      input,
      output: secret ? nowhere() : output,
      prompt: secret ? '' : question,
      terminal: true,
      historySize: 0,
    })
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const onAbort = (): void => reject(signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    lines.once('line', resolve)
    lines.once('close', () => reject(ended()))
    lines.on('SIGINT', onInterrupt)
    // Only now, in raw mode: who answers at once must not be shown his own password by the terminal.
    if (secret) output.write(question)
    lines.prompt()
    try {
      return await promise
    } finally {
      signal?.removeEventListener('abort', onAbort)
      lines.close()
      // What follows begins on a line of its own: nothing has shown the end of a secret, nor that of an abandoned answer.
      if (secret || signal?.aborted) output.write('\n')
    }
  }
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() })
}

function ended(): TesseraError {
  return new TesseraError('dialogue/ended', 'the input ended before the question was answered', {
    hint: 'Answer at the terminal, or give the answer by an option',
  })
}

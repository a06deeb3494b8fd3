// A thread of the pool, seen from outside: gives it tasks and sorts its replies. It may be given a task before it is through with the
// last one, which it then takes up at once.

import { Worker } from 'node:worker_threads'
import type { EncodedChunks } from '@tessera/protocol/compress'
import { TesseraError } from '@tessera/protocol/errors'
import { errorOf, type Reply, type Task } from './messages.ts'

export type OnPiece = (piece: number, encoded: EncodedChunks | undefined) => void

export interface Failure {
  /** -1 if it is of the thread and not of a piece. */
  readonly piece: number
  readonly error: Error
}

interface Order {
  readonly onPiece: OnPiece
  readonly finish: (failure?: Failure) => void
}

export class Thread {
  readonly #worker: Worker
  readonly #orders = new Map<number, Order>()

  constructor(script: URL) {
    this.#worker = new Worker(script)
    // An idle thread keeps no program alive.
    this.#worker.unref()
    this.#worker.on('message', (reply: Reply) => this.#onReply(reply))
    this.#worker.on('error', (cause) => this.#failAll(cause))
    this.#worker.on('exit', (code) => this.#failAll(new Error(`it ended with code ${code}`)))
  }

  get isAlive(): boolean {
    return this.#worker.threadId !== -1
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate()
  }

  /** The thread's share of a task; `stop` keeps the others from taking more pieces when it fails. */
  run(task: Task, onPiece: OnPiece, stop: () => void): Promise<Failure | undefined> {
    return new Promise((resolve) => {
      const finish = (failure?: Failure): void => {
        this.#orders.delete(task.id)
        if (this.#orders.size === 0) this.#worker.unref()
        if (failure !== undefined) stop()
        resolve(failure)
      }
      this.#orders.set(task.id, { onPiece, finish })
      this.#worker.ref()
      this.#worker.postMessage(task)
    })
  }

  #onReply(reply: Reply): void {
    const order = this.#orders.get(reply.task)
    if (reply.kind === 'piece') order?.onPiece(reply.piece, reply.encoded)
    else if (reply.kind === 'end') order?.finish()
    else order?.finish({ piece: reply.piece, error: errorOf(reply.error) })
  }

  #failAll(cause: unknown): void {
    for (const order of [...this.#orders.values()]) order.finish({ piece: -1, error: workerFailed(cause) })
  }
}

function workerFailed(cause: unknown): TesseraError {
  return new TesseraError('codec/worker-failed', 'a thread of the codec ended before its work did', {
    retryable: true,
    hint: 'It may have run out of memory; try again with fewer threads',
    cause,
  })
}

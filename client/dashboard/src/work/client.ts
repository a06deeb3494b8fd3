// A page's side of its worker: starts it when it is first needed, gives it jobs, hears how they go.

import { TesseraError } from '@tessera/protocol/errors'
import type { Step } from '../verify/stepLog.ts'
import type { Cost, FromWorker, JobName, Jobs, Order, ToldError, ToWorker, WorkNetwork } from './messages.ts'

export interface Listener {
  readonly onSteps?: (steps: readonly Step[]) => void
  /** Much is to be done: `agree` goes on, cancelling the job does not. */
  readonly onCost?: (cost: Cost, agree: () => void) => void
  readonly onText?: (piece: string) => void
}

export interface RunningJob<Name extends JobName> {
  /** Rejects with the error of the job, `work/cancelled`, or `work/worker-failed`. */
  readonly done: Promise<Jobs[Name]['result']>
  readonly cancel: () => void
}

interface Waiting {
  readonly listener: Listener
  readonly resolve: (result: Jobs[JobName]['result']) => void
  readonly reject: (error: unknown) => void
}

/** A worker, as its page sees it. */
export interface WorkerPort {
  send(message: ToWorker): void
  listen(onMessage: (message: FromWorker) => void, onFailure: (reason: string) => void): void
  end(): void
}

export class WorkClient {
  readonly #network: WorkNetwork
  readonly #open: () => WorkerPort
  readonly #waiting = new Map<number, Waiting>()
  #worker: WorkerPort | undefined
  #last = 0

  constructor(network: WorkNetwork, open: () => WorkerPort) {
    this.#network = network
    this.#open = open
  }

  start<Name extends JobName>(name: Name, of: Jobs[Name]['of'], listener: Listener = {}): RunningJob<Name> {
    const id = ++this.#last
    const { deployment, rpc, indexer, gateways } = this.#network
    const done = new Promise<Jobs[JobName]['result']>((resolve, reject) => {
      this.#waiting.set(id, { listener, resolve, reject })
    })
    // SAFETY: name and order are of one kind by this function's own type, which the union does not remember.
    const order = { name, of } as unknown as Order
    this.#send({ kind: 'start', id, network: { deployment, rpc, indexer, gateways }, order })
    const cancel = (): void => this.#send({ kind: 'cancel', id })
    return { done: done as Promise<Jobs[Name]['result']>, cancel }
  }

  /** Ends the worker, with its model. */
  close(): void {
    this.#worker?.end()
    this.#fail(new TesseraError('work/cancelled', 'the page was left', { retryable: true }))
  }

  #send(message: ToWorker): void {
    this.#worker ??= this.#listen(this.#open())
    this.#worker.send(message)
  }

  #listen(worker: WorkerPort): WorkerPort {
    worker.listen(
      (message) => this.#hear(message),
      (reason) => {
        worker.end()
        this.#fail(workerFailed(reason))
      },
    )
    return worker
  }

  #hear(message: FromWorker): void {
    const { id } = message
    const waiting = this.#waiting.get(id)
    if (waiting === undefined) return
    const { listener, resolve, reject } = waiting
    if (message.kind === 'steps') listener.onSteps?.(message.steps)
    else if (message.kind === 'text') listener.onText?.(message.piece)
    else if (message.kind === 'cost') listener.onCost?.(message.cost, () => this.#send({ kind: 'agree', id }))
    else {
      this.#waiting.delete(id)
      if (message.kind === 'done') resolve(message.result)
      else reject(errorOf(message.error))
    }
  }

  #fail(error: unknown): void {
    this.#worker = undefined
    const all = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject } of all) reject(error)
  }
}

function errorOf({ code, message, hint, retryable }: ToldError): Error {
  return code === '' ? new Error(message) : new TesseraError(code, message, { hint, retryable })
}

function workerFailed(reason: string): TesseraError {
  return new TesseraError('work/worker-failed', `the worker of this page has failed: ${reason}`, {
    retryable: true,
    hint: 'Load the page again; if a large model was loaded, the browser may have run out of memory',
  })
}

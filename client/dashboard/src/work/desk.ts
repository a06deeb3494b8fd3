// Takes the orders that come to a worker, does them, and tells how it goes. Knows nothing of workers itself: messages go in and out.

import { isTesseraError, TesseraError } from '@tessera/protocol/errors'
import type { FoldPlan } from '../model/foldCheckpoint.ts'
import { loadModel, MODEL_STEPS, type Model } from '../model/loadModel.ts'
import type { StateCache } from '../model/stateCache.ts'
import type { Evidence } from '../verify/evidence.ts'
import { type Step, StepLog, type StepPlan } from '../verify/stepLog.ts'
import { CHECKPOINT_STEPS, verifyCheckpoint } from '../verify/verifyCheckpoint.ts'
import { PAYOUT_STEPS, verifyPayout } from '../verify/verifyPayout.ts'
import type { FromWorker, JobName, Jobs, Order, ToldError, ToWorker, WorkNetwork, WriteRequest } from './messages.ts'
import { networkEvidence } from './networkEvidence.ts'

export interface DeskParts {
  readonly cache: () => Promise<StateCache>
  readonly tell: (message: FromWorker) => void
  /** Milliseconds, from any point on. */
  readonly now: () => number
  /** Lets messages in that wait. */
  readonly pause: () => Promise<void>
  /** Tests give their own. */
  readonly evidence?: (network: WorkNetwork) => Evidence
  /** Bytes that are fetched without asking. */
  readonly freeBytes?: number
}

/** What is more than this is asked about first: about a minute on a good line. */
const FREE_BYTES = 50_000_000
const FREE_ROUNDS = 500
/** Steps are told no more often, in ms: each telling copies them all. */
const TELL_EVERY = 100

interface UnderWay {
  readonly stop: AbortController
  agree: () => void
}

export class Desk {
  readonly #parts: DeskParts
  readonly #underWay = new Map<number, UnderWay>()
  #cache: Promise<StateCache> | undefined
  #model: Model | undefined

  constructor(parts: DeskParts) {
    this.#parts = parts
  }

  take(message: ToWorker): void {
    const known = this.#underWay.get(message.id)
    if (message.kind === 'cancel') known?.stop.abort(cancelled())
    else if (message.kind === 'agree') known?.agree()
    else void this.#start(message.id, message.network, message.order)
  }

  async #start(id: number, network: WorkNetwork, order: Order): Promise<void> {
    const stop = new AbortController()
    this.#underWay.set(id, { stop, agree: () => undefined })
    try {
      const result = await this.#do(id, network, order, stop.signal)
      this.#parts.tell({ id, kind: 'done', result })
    } catch (error) {
      this.#parts.tell({ id, kind: 'failed', error: told(error) })
    } finally {
      this.#underWay.delete(id)
    }
  }

  async #do(id: number, network: WorkNetwork, order: Order, signal: AbortSignal): Promise<Jobs[JobName]['result']> {
    if (order.name === 'write') return this.#write(id, order.of, signal)
    if (order.name === 'sample') return { text: await this.#loaded.sample({ ...order.of, signal }) }
    this.#cache ??= this.#parts.cache()
    const cache = await this.#cache
    const evidence = (this.#parts.evidence ?? networkEvidence)(network)
    const confirm = (plan: FoldPlan): Promise<void> => this.#confirm(id, plan, signal)
    if (order.name === 'verifyPayout') {
      const verify = (log: StepLog) => verifyPayout(order.of, evidence, log, signal)
      return (await this.#withLog(id, PAYOUT_STEPS, verify)) ?? null
    }
    if (order.name === 'verifyCheckpoint') {
      const verify = (log: StepLog) => verifyCheckpoint(order.of, evidence, { log, cache, confirm }, signal)
      await this.#withLog(id, CHECKPOINT_STEPS, verify)
      return null
    }
    await this.#model?.dispose()
    this.#model = undefined
    const load = (log: StepLog) => loadModel(order.of, evidence, { log, cache, confirm }, signal)
    this.#model = await this.#withLog(id, MODEL_STEPS, load)
    return this.#model?.facts ?? null
  }

  get #loaded(): Model {
    if (this.#model === undefined) throw noModel()
    return this.#model
  }

  async #write(id: number, of: WriteRequest, signal: AbortSignal): Promise<{ readonly text: string }> {
    let text = ''
    for await (const piece of this.#loaded.write({ ...of, signal })) {
      text += piece
      if (piece !== '') this.#parts.tell({ id, kind: 'text', piece })
      await this.#parts.pause()
    }
    return { text }
  }

  /** The last list of steps is always told. */
  async #withLog<T>(id: number, plans: readonly StepPlan[], work: (log: StepLog) => Promise<T>): Promise<T> {
    const { tell, now } = this.#parts
    let toldAt = Number.NEGATIVE_INFINITY
    let untold: readonly Step[] | undefined
    const flush = (): void => {
      if (untold !== undefined) tell({ id, kind: 'steps', steps: untold })
      untold = undefined
    }
    const log = new StepLog(plans, (steps) => {
      untold = steps
      if (now() - toldAt < TELL_EVERY) return
      toldAt = now()
      flush()
    })
    try {
      return await work(log)
    } finally {
      flush()
    }
  }

  #confirm(id: number, { rounds, bytes }: FoldPlan, signal: AbortSignal): Promise<void> {
    if (rounds <= FREE_ROUNDS && bytes <= (this.#parts.freeBytes ?? FREE_BYTES)) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const known = this.#underWay.get(id)
      if (known !== undefined) known.agree = resolve
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      this.#parts.tell({ id, kind: 'cost', cost: { rounds, bytes } })
    })
  }
}

function told(error: unknown): ToldError {
  if (!isTesseraError(error)) return { code: '', message: String(error), hint: '', retryable: false }
  const { code, message, hint = '', retryable } = error
  return { code, message, hint, retryable }
}

function cancelled(): TesseraError {
  return new TesseraError('work/cancelled', 'this was called off', { retryable: true, hint: 'Start it again' })
}

function noModel(): TesseraError {
  return new TesseraError('work/no-model', 'no model has been loaded', { hint: 'Load a checkpoint first' })
}

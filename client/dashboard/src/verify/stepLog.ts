// A check in steps, each of which ends green, red or skipped and says what was compared with what. Knows nothing of what is checked, and
// shows nothing: whoever listens gets the list anew at each change, as plain data that passes from a worker to its page.

import { isTesseraError } from '@tessera/protocol/errors'
import { isUnavailable } from './unavailable.ts'

export interface StepPlan {
  readonly id: string
  readonly title: string
  /** What a green step shows, in one sentence. */
  readonly about: string
}

export type StepState = 'waiting' | 'running' | 'green' | 'red' | 'skipped'

/** Two values that have to be equal, as texts. */
export interface Compared {
  readonly what: string
  /** Worked out here. */
  readonly computed: string
  /** As somebody else says. */
  readonly found: string
  readonly equal: boolean
}

export interface Step extends StepPlan {
  readonly state: StepState
  readonly compared: readonly Compared[]
  /** What came of it, or why it was skipped. */
  readonly says: string
  /** What to do when it is red. */
  readonly advice: string
  /** Of the error that made it red or had it skipped. */
  readonly code: string
  readonly progress: { readonly done: number; readonly total: number; readonly unit: string } | null
}

/** What a step does with what it finds. */
export interface Finder {
  /** @param advice What to do when they differ. */
  compare(what: string, computed: Shown, found: Shown, advice?: string): void
  says(text: string): void
  /** What is looked at next: said of what fails. */
  at(what: string): void
  progress(done: number, total: number, unit: string): void
  /** The step turns out to show nothing: it is neither green nor red. */
  skip(reason: string): void
}

export type Shown = string | number | bigint | null

/** Rows that are kept of one step; of more only those that differ. */
const MOST_COMPARED = 2_000

const DIFFERS =
  'Try another RPC server or indexer. If it stays red, somebody is wrong or lies: report it with this link'

export class StepLog {
  #steps: readonly Step[]
  readonly #onChange: (steps: readonly Step[]) => void

  constructor(plans: readonly StepPlan[], onChange: (steps: readonly Step[]) => void) {
    this.#onChange = onChange
    const fresh = { state: 'waiting', compared: [], says: '', advice: '', code: '', progress: null } as const
    this.#steps = plans.map((plan) => ({ ...plan, ...fresh }))
    onChange(this.#steps)
  }

  get steps(): readonly Step[] {
    return this.#steps
  }

  /**
   * Does one step; its value is undefined when it failed. A step whose values differ has one all the same: what follows may still say
   * something.
   * @throws the signal's reason
   */
  async run<T>(id: string, signal: AbortSignal, work: (find: Finder) => Promise<T>): Promise<T | undefined> {
    signal.throwIfAborted()
    this.#set(id, { state: 'running' })
    const found = new Findings((progress) => this.#set(id, { progress }))
    try {
      const value = await work(found)
      this.#set(id, { ...found.outcome(), progress: null })
      return value
    } catch (error) {
      // Called off: then nobody looks any more, and it says nothing about what is checked.
      signal.throwIfAborted()
      this.#set(id, { ...found.failed(error), progress: null })
      return undefined
    }
  }

  /** Everything that was not done. */
  skipWaiting(reason: string): void {
    this.#steps = this.#steps.map((step) =>
      step.state === 'waiting' ? { ...step, state: 'skipped', says: reason } : step,
    )
    this.#onChange(this.#steps)
  }

  #set(id: string, change: Partial<Step>): void {
    this.#steps = this.#steps.map((step) => (step.id === id ? { ...step, ...change } : step))
    this.#onChange(this.#steps)
  }
}

class Findings implements Finder {
  readonly #onProgress: (progress: Step['progress']) => void
  readonly #compared: Compared[] = []
  #says = ''
  #at = ''
  #advice = ''
  #skipped: string | undefined

  constructor(onProgress: (progress: Step['progress']) => void) {
    this.#onProgress = onProgress
  }

  compare(what: string, computed: Shown, found: Shown, advice = DIFFERS): void {
    const equal = computed === found
    if (!equal && this.#advice === '') this.#advice = advice
    if (this.#compared.length >= MOST_COMPARED && equal) return
    this.#compared.push({ what, computed: textOf(computed), found: textOf(found), equal })
  }

  says(text: string): void {
    this.#says = text
  }

  at(what: string): void {
    this.#at = what
  }

  progress(done: number, total: number, unit: string): void {
    this.#onProgress({ done, total, unit })
  }

  skip(reason: string): void {
    this.#skipped = reason
  }

  outcome(): Pick<Step, 'state' | 'compared' | 'says' | 'advice'> {
    const compared = this.#compared
    const wrong = compared.filter(({ equal }) => !equal)
    if (wrong.length > 0) {
      const says = wrong.length === 1 ? `${wrong[0]?.what} differs` : `${wrong.length} values differ`
      return { state: 'red', compared, says, advice: this.#advice }
    }
    if (this.#skipped !== undefined) return { state: 'skipped', compared, says: this.#skipped, advice: '' }
    return { state: 'green', compared, says: this.#says, advice: '' }
  }

  failed(error: unknown): Pick<Step, 'state' | 'compared' | 'says' | 'advice' | 'code'> {
    const compared = [...this.#compared, ...differenceIn(error)]
    const where = this.#at === '' ? '' : `${this.#at}: `
    if (!isTesseraError(error)) {
      const advice = 'This is a defect of the page: report it'
      return { state: 'red', compared, says: `${where}${String(error)}`, advice, code: '' }
    }
    const { code, message, hint = '' } = error
    const says = `${where}${message}`
    // What differed before is no less wrong for it.
    if (isUnavailable(error) && compared.every(({ equal }) => equal)) {
      const advice = `${hint}. Nothing was found to be wrong: it could not be looked at`
      return { state: 'skipped', compared, says, advice, code }
    }
    return { state: 'red', compared, says, advice: this.#advice === '' ? hint : this.#advice, code }
  }
}

/** What was expected and what came, where an error or what caused it tells both. */
function differenceIn(error: unknown): readonly Compared[] {
  for (let inner = error; isTesseraError(inner); inner = inner.cause) {
    const { expected, actual, source } = inner.context
    if (typeof expected === 'string' && typeof actual === 'string')
      return [{ what: `hash of what ${source ?? 'came'} sent`, computed: actual, found: expected, equal: false }]
  }
  return []
}

function textOf(value: Shown): string {
  return value === null ? 'nothing' : String(value)
}

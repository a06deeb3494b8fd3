// Says each trouble of a loop once, and now and then that it lasts: the same error at every look would bury all else in the log. Another
// error of the same work is another trouble. Decides nothing: see node.ts.

import type { Logger } from '@tessera/agent/logger'
import { isTesseraError } from '@tessera/protocol/errors'

/** Looks that have to go well before a trouble counts as over: some show only at every other look. */
const GOOD_LOOKS = 8
/** Failures of one kind after which it is said again. */
const REMINDER = 600

interface Trouble {
  readonly what: string
  times: number
  goodLooks: number
}

export class Troubles {
  readonly #logger: Logger
  readonly #present = new Map<string, Trouble>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** `work` failed at this look. */
  failed(work: string, error: unknown, message: string): void {
    const what = isTesseraError(error) ? error.code : String(error)
    const known = this.#present.get(work)
    const trouble = known?.what === what ? known : { what, times: 0, goodLooks: 0 }
    this.#present.set(work, trouble)
    trouble.goodLooks = 0
    if (trouble.times++ % REMINDER === 0) this.#logger.failure(error, message, { times: trouble.times })
  }

  /** `work` went well at this look. */
  passed(work: string): void {
    const known = this.#present.get(work)
    if (known === undefined || ++known.goodLooks < GOOD_LOOKS) return
    this.#present.delete(work)
    // Once is what a busy moment looks like.
    if (known.times > 1) this.#logger.info(`${work} works again`, { trouble: known.what, times: known.times })
  }
}

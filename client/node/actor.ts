// Sends a node's transactions and sorts what comes back: included, or refused by the contract. A refusal is no failure of the
// node: others act too, and the state that the request was made from is then out of date. The next look at the chain decides.

import type { Logger } from '@tessera/agent/logger'
import { isRevert } from '@tessera/chain/errors'
import type { TransactionRequest } from '@tessera/chain/request'
import type { TransactionSender } from '@tessera/chain/send'
import { isTesseraError } from '@tessera/protocol/errors'

/** Refusals that only say that somebody was faster or that the phase has moved on. */
const RACES = [
  'RunNotDue',
  'RunWrongPhase',
  'RunWrongRound',
  'RunWrongAttempt',
  'RunPastDeadline',
  'EpochNotDue',
  'EpochWrongPhase',
  'EpochPastDeadline',
  'RunAlreadyVoted',
  'RunProposalMismatch',
  'RunNotReleasable',
  'RunNotMember',
  'ScoresPageInvalid',
] as const

export class Actor {
  readonly #sender: TransactionSender
  readonly #logger: Logger
  readonly #signal: AbortSignal
  /** What was already complained about, so that a standing refusal is said once and not at every look. */
  readonly #said = new Set<string>()

  constructor(options: { sender: TransactionSender; logger: Logger; signal: AbortSignal }) {
    this.#sender = options.sender
    this.#logger = options.logger
    this.#signal = options.signal
  }

  /** True when included; false when the contract refuses it now. Throws on anything else. */
  async act(request: TransactionRequest, context: Readonly<Record<string, unknown>>): Promise<boolean> {
    try {
      const receipt = await this.#sender.send(request, { signal: this.#signal })
      this.#logger.info(`sent ${request.name}`, { ...context, gas: receipt.gasUsed, block: receipt.blockNumber })
      return true
    } catch (error) {
      if (!isRevert(error)) throw error
      const refusal = isTesseraError(error) ? String(error.context.error ?? error.message) : String(error)
      const once = `${request.name} ${JSON.stringify(context, (_, value) => (typeof value === 'bigint' ? String(value) : value))} ${refusal}`
      const race = RACES.some((name) => isRevert(error, name))
      if (!this.#said.has(once))
        this.#logger[race ? 'debug' : 'warn'](`${request.name} refused`, { ...context, refusal })
      this.#said.add(once)
      return false
    }
  }
}

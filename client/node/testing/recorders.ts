// @testonly What a service says and sends, written down: an actor over a sender without a chain, and a logger.

import type { Logger, LogLevel } from '@tessera/agent/logger'
import type { Deployment } from '@tessera/chain/addresses'
import type { TransactionRequest } from '@tessera/chain/request'
import type { TransactionSender } from '@tessera/chain/send'
import { TesseraError } from '@tessera/protocol/errors'
import { Actor } from '../actor.ts'
import { COORDINATOR, hash32, NATIVE } from './storyParts.ts'

/** Addresses of contracts that nobody calls. */
export const DEPLOYMENT: Deployment = {
  chainId: 31_377,
  genesisHash: hash32('block 0'),
  fromBlock: 1n,
  token: NATIVE,
  stakeVault: `0x${'02'.repeat(20)}`,
  rewardEscrow: `0x${'06'.repeat(20)}`,
  emission: `0x${'07'.repeat(20)}`,
  beacon: `0x${'04'.repeat(20)}`,
  runCoordinator: COORDINATOR,
}

export interface Entry {
  readonly level: LogLevel | 'failure'
  readonly message: string
  readonly context: Readonly<Record<string, unknown>>
  readonly error?: unknown
}

export class Log {
  readonly entries: Entry[] = []
  readonly logger: Logger

  constructor() {
    const at =
      (level: LogLevel) =>
      (message: string, context: Readonly<Record<string, unknown>> = {}) => {
        this.entries.push({ level, message, context })
      }
    this.logger = {
      trace: at('trace'),
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      fatal: at('fatal'),
      failure: (error, message, context = {}) => {
        this.entries.push({ level: 'failure', message, context, error })
      },
      child: () => this.logger,
      isEnabled: () => true,
    }
  }

  /** Messages of one level, in order. */
  at(level: Entry['level']): string[] {
    return this.entries.filter((entry) => entry.level === level).map(({ message }) => message)
  }

  with(message: string): Entry[] {
    return this.entries.filter((entry) => entry.message === message)
  }
}

/** What a send comes to: undefined is included, a name is a revert with that custom error, an error is thrown. */
export type Reply = string | Error | undefined

export class Sent {
  readonly log = new Log()
  readonly actor: Actor
  /** Every request, whatever came of it. */
  readonly requests: TransactionRequest[] = []
  /** What is answered from now on. */
  reply: (request: TransactionRequest) => Reply = () => undefined

  constructor(signal = new AbortController().signal) {
    const send = async (request: TransactionRequest): Promise<unknown> => {
      this.requests.push(request)
      const reply = this.reply(request)
      if (reply instanceof Error) throw reply
      if (reply !== undefined) throw reverted(reply)
      return { hash: hash32('transaction', this.requests.length), blockNumber: 1n, gasUsed: 21_000n, success: true }
    }
    // The real one needs a chain; of it the actor uses nothing but `send`.
    const sender = { send } as unknown as TransactionSender
    this.actor = new Actor({ sender, logger: this.log.logger, signal })
  }

  /** The requests since the last call. */
  take(): TransactionRequest[] {
    return this.requests.splice(0)
  }
}

/** What the sender throws when the contract refuses a call with this custom error. */
export function reverted(name: string): TesseraError {
  return new TesseraError('chain/revert', `reverted with ${name}()`, { context: { error: name, args: [] } })
}

// What somebody is about to do with money, before it is tried, shown and signed: in plain words and as the very requests.

import type { Hex } from '@tessera/protocol/hex'
import type { Chain } from '../clients.ts'
import type { TransactionRequest } from '../request.ts'

/** What is about to be done. */
export interface Plan {
  /** One sentence: who gives what to whom. */
  readonly intent: string
  /** What is different afterwards, a line each. */
  readonly afterwards: readonly string[]
  /** What is easily overlooked. */
  readonly warnings?: readonly string[]
  /** The same for programs, by field. */
  readonly facts: Readonly<Record<string, unknown>>
  /** Sent one after the other. */
  readonly requests: readonly TransactionRequest[]
}

/** Who does it, and where. */
export interface Desk {
  readonly chain: Chain
  readonly account: { readonly address: Hex }
}

// Where an event stands: its block and its transaction.

import type { Hex } from '@tessera/protocol/hex'

export interface Where {
  readonly block: number
  /** Unix seconds, of the block. */
  readonly at: number
  readonly tx: Hex
  /** Of the transaction. */
  readonly gas: number
}

// The JSON report of a run of the network: what each round gave, what each replica computed, what was paid.

import type { Hex } from '@tessera/protocol/hex'

export interface Report {
  readonly rounds: { round: number; included: number; root: Hex; evalLoss: number | null; seconds: number }[]
  readonly replicas: { operator: Hex; role: 'miner' | 'validator'; round: number; root: Hex }[]
  /** Wei claimed so far, and what the reward vault owes and holds. */
  readonly paid: string
  readonly owed: string
  readonly held: string
  readonly claims: { operator: Hex; role: 'miner' | 'validator'; wei: string }[]
  /** Mean size of the contributions on the wire, header and all, in bits per parameter of the model. */
  readonly blobBytesPerParameterBits: number
}

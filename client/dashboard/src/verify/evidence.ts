// Where a check gets what it looks at: the chain, blobs by their addresses, and what an indexer claims. All of it hostile: the chain's
// answers are replayed by the rules, blobs have to hash to what the chain names, and of the indexer nothing is taken but the claim.

import type { Chain } from '@tessera/chain/clients'
import type { Answer } from '@tessera/indexer/api/routes'
import type { Hex } from '@tessera/protocol/hex'
import type { BlobReference } from '@tessera/protocol/manifest'
import type { RunState } from '@tessera/protocol/runState'

export const TAMPERED = 'The gateway sent other bytes than the chain names: ask others, by the gateways in config.json'

export interface BlobQuery {
  readonly ref: BlobReference
  /** Says where operators serve blobs. */
  readonly state: RunState
  /** Who has it for certain; null for what the run itself names. */
  readonly author: Hex | null
  readonly maxBytes: number
  readonly signal: AbortSignal
  readonly onProgress?: (received: number, total: number) => void
}

export interface Evidence {
  /** Checked to be the deployment's: chain id, block 0, code at each address. */
  openChain(signal: AbortSignal): Promise<Chain>
  /** Bytes that hash to the reference. */
  readBlob(query: BlobQuery): Promise<Uint8Array>
  /** What the indexer says that a holder earned in an epoch; all sources, and all operators. */
  earnings(
    of: { readonly run: number; readonly epoch: number; readonly holder: Hex; readonly operator: Hex },
    signal: AbortSignal,
  ): Promise<Answer<'earnings'>['rows']>
  /** What it says of a round. */
  round(of: { readonly run: number; readonly round: number }, signal: AbortSignal): Promise<Answer<'round'>>
}

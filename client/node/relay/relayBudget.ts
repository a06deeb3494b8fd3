// How much a relay takes: so many bytes of each operator in a round, failed tries included, one blob of each at a time, and so many in
// all. In memory: a restart gives everyone a new budget, and the store's own quota holds in any case.

import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'

/** An operator may send this many blobs of the greatest length in a round: a contribution, receipts, and again what was cut off. */
const BLOBS_OF_A_ROUND = 4
/** Bodies under way at a time. */
const MAX_UPLOADS = 8

export interface Intent {
  readonly operator: Hex
  /** The round that it is counted in: the present one, whatever round the blob is of. */
  readonly round: bigint
  readonly bytes: number
  /** Length of the greatest blob. */
  readonly limit: number
}

export class RelayBudget {
  readonly #sending = new Set<Hex>()
  readonly #used = new Map<Hex, number>()
  #round = -1n

  /**
   * Books a blob that is about to be read. Returns the function that ends it.
   * @throws `relay/over-budget`, `relay/busy`
   */
  begin({ operator, round, bytes, limit }: Intent): () => void {
    if (round !== this.#round) this.#used.clear()
    this.#round = round
    const used = (this.#used.get(operator) ?? 0) + bytes
    if (used > BLOBS_OF_A_ROUND * limit)
      throw new TesseraError('relay/over-budget', `more than ${BLOBS_OF_A_ROUND * limit} bytes in this round`)
    if (this.#sending.has(operator) || this.#sending.size >= MAX_UPLOADS)
      throw new TesseraError('relay/busy', 'other blobs are on their way')
    this.#used.set(operator, used)
    this.#sending.add(operator)
    return () => this.#sending.delete(operator)
  }
}

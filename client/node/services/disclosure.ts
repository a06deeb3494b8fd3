// Tells the publisher, at each look at the chain, which rounds others may see by now: see publishWhen.ts.

import type { Followed } from '@tessera/chain/follow'
import type { RunState } from '@tessera/protocol/runState'
import type { BlobPublisher } from '@tessera/storage/publish/blobPublisher'
import type { Service } from '../service.ts'

export interface DisclosureOptions {
  /** Undefined when the node publishes nothing. */
  readonly publisher: Pick<BlobPublisher, 'allow'> | undefined
  readonly isOpen: (state: RunState, round: bigint) => boolean
}

export class Disclosure implements Service {
  readonly name = 'disclosure'
  readonly #options: DisclosureOptions

  constructor(options: DisclosureOptions) {
    this.#options = options
  }

  async step({ state }: Followed): Promise<void> {
    const { publisher, isOpen } = this.#options
    publisher?.allow((round) => isOpen(state, BigInt(round)))
  }
}

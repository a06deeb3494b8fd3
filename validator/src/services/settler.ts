// Has an epoch settled once its scores are open: works out the medians that the contract then verifies. Anyone may; validators
// take turns by slot, so that one transaction is enough.

import { settle } from '@tessera/chain/actions/settle'
import type { Deployment } from '@tessera/chain/addresses'
import type { Followed } from '@tessera/chain/follow'
import type { Actor } from '@tessera/node/actor'
import type { Service } from '@tessera/node/service'
import { isSettleable, settlementOf } from '@tessera/protocol/epochSettlement'

export interface SettlerOptions {
  readonly run: bigint
  readonly deployment: Deployment
  readonly actor: Actor
  /** How many blocks this node lets the others go first. */
  readonly patience: (view: Followed) => number
}

export class Settler implements Service {
  readonly name = 'settler'
  readonly #options: SettlerOptions
  readonly #readySince = new Map<bigint, bigint>()

  constructor(options: SettlerOptions) {
    this.#options = options
  }

  async step(view: Followed): Promise<void> {
    const { actor, deployment, run, patience } = this.#options
    for (const epoch of view.state.epochs.values()) {
      if (!isSettleable(epoch, view.block.timestamp + 1n)) {
        this.#readySince.delete(epoch.id)
        continue
      }
      const since = this.#readySince.get(epoch.id) ?? view.block.number
      this.#readySince.set(epoch.id, since)
      if (view.block.number - since < BigInt(patience(view))) continue
      const { vectors, pages } = settlementOf(view.state, epoch)
      // All that is left: 256 miners by 64 validators take about a third of the gas that a transaction may use. Whoever settles with
      // less at a time leaves pages, and the next one goes on there.
      const [page] = pages()
      if (page === undefined) continue
      const request = settle(deployment, { run, epoch: epoch.id, vectors, medians: page.medians })
      await actor.act(request, { epoch: epoch.id, firstSlot: page.firstSlot })
    }
  }
}

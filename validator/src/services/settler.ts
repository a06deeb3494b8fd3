// Has an epoch paid once its scores are open: works out the medians that the contract then verifies. Anyone may; validators
// take turns by slot, so that one transaction is enough.

import { settle } from '@tessera/chain/actions/settle'
import type { Deployment } from '@tessera/chain/addresses'
import type { Followed } from '@tessera/chain/follow'
import type { Actor } from '@tessera/node/actor'
import type { Service } from '@tessera/node/service'
import { isSettleable, settlementOf } from '@tessera/protocol/epochSettlement'
import { bytesToHex } from '@tessera/protocol/hex'
import { encodeScores } from '@tessera/protocol/scoreCommitment'

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
      const { vectors, medians: scores } = settlementOf(view.state, epoch)
      const medians = bytesToHex(encodeScores(scores))
      await actor.act(settle(deployment, { run, epoch: epoch.id, vectors, medians }), { epoch: epoch.id })
    }
  }
}

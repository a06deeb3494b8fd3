// Brings the replica to the run's last final round: fetches what was included, folds it in, and says the root that came out.

import type { Followed } from '@tessera/chain/follow'
import type { Hex } from '@tessera/protocol/hex'
import { lineageOf } from '@tessera/protocol/runView'
import type { ContributionReader } from '../contributionReader.ts'
import { foldRound } from '../foldRound.ts'
import type { Replica } from '../replica.ts'
import type { Service } from '../service.ts'

export interface StateKeeperOptions {
  readonly replica: Replica
  readonly reader: ContributionReader
  /** Called after each round that was applied, while the replica stands on it; for the genesis too, as round 0. */
  readonly onState: (round: bigint, root: Hex) => Promise<void>
}

export class StateKeeper implements Service {
  readonly name = 'state'
  readonly #options: StateKeeperOptions
  #begun = false

  constructor(options: StateKeeperOptions) {
    this.#options = options
  }

  async step(view: Followed): Promise<void> {
    const { replica, reader, onState } = this.#options
    const lineage = lineageOf(view.state)
    for (;;) {
      const next = await replica.next(lineage)
      if (!this.#begun && replica.round === 0n) await onState(0n, replica.root)
      this.#begun = true
      if (next === undefined) return
      await foldRound({ replica, reader, state: view.state, next })
      await onState(next.round, next.root)
    }
  }
}

// Moves the run on when a phase is over and nobody's action moved it, and releases members that have left, so that their slots are
// free for others: anyone may, so each node waits its turn, in the order of its slot, and one transaction is enough. Deadlines
// are the chain's, so is the clock.

import { advance } from '@tessera/chain/actions/advance'
import { advanceEpoch } from '@tessera/chain/actions/advanceEpoch'
import { release } from '@tessera/chain/actions/release'
import type { Deployment } from '@tessera/chain/addresses'
import type { Followed } from '@tessera/chain/follow'
import type { TransactionRequest } from '@tessera/chain/request'
import { ROLES } from '@tessera/protocol/events'
import { epochIsDue, isDue } from '@tessera/protocol/phase'
import { membersOf } from '@tessera/protocol/runState'
import { isReleasable } from '@tessera/protocol/runView'
import type { Actor } from '../actor.ts'
import type { Service } from '../service.ts'

export interface KeeperOptions {
  readonly actor: Actor
  readonly deployment: Deployment
  readonly run: bigint
  /** How many blocks this node lets the others go first. */
  readonly patience: (view: Followed) => number
}

export class Keeper implements Service {
  readonly name = 'keeper'
  readonly #options: KeeperOptions
  readonly #dueSince = new Map<string, bigint>()

  constructor(options: KeeperOptions) {
    this.#options = options
  }

  async step(view: Followed): Promise<void> {
    const { block } = view
    const due = this.#dueIn(view)
    for (const known of this.#dueSince.keys()) if (!due.has(known)) this.#dueSince.delete(known)
    for (const [what, request] of due) {
      const since = this.#dueSince.get(what) ?? block.number
      this.#dueSince.set(what, since)
      if (block.number - since < BigInt(this.#options.patience(view))) continue
      await this.#options.actor.act(request, { due: what })
    }
  }

  /** By what it is, so that the waiting begins anew with the next. */
  #dueIn({ state, block }: Followed): Map<string, TransactionRequest> {
    const { deployment, run } = this.#options
    // The next block is later than the last one; what is due at its time can be done in it.
    const now = block.timestamp + 1n
    const due = new Map<string, TransactionRequest>()
    const { round, phase } = state
    if (isDue(state, now))
      due.set(`round ${round?.id ?? 0n} ${phase} ${round?.attempt ?? 0}`, advance(deployment, { run }))
    for (const epoch of state.epochs.values())
      if (epochIsDue(epoch, now))
        due.set(`epoch ${epoch.id} ${epoch.phase}`, advanceEpoch(deployment, { run, epoch: epoch.id }))
    for (const role of ROLES)
      for (const member of membersOf(state, role).values())
        if (isReleasable(state, member))
          due.set(`release ${role} ${member.operator}`, release(deployment, { run, role, slot: member.slot }))
    return due
  }
}

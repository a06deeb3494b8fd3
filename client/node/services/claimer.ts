// Claims the operator's credit as soon as there is one; the vault sends it to the operator's payout address.

import type { Logger } from '@tessera/agent/logger'
import { claim } from '@tessera/chain/actions/claim'
import type { Deployment } from '@tessera/chain/addresses'
import type { Followed } from '@tessera/chain/follow'
import type { Hex } from '@tessera/protocol/hex'
import type { Actor } from '../actor.ts'
import type { Service } from '../service.ts'

export class Claimer implements Service {
  readonly name = 'claimer'
  readonly #options: { actor: Actor; deployment: Deployment; operator: Hex; logger: Logger }

  constructor(options: { actor: Actor; deployment: Deployment; operator: Hex; logger: Logger }) {
    this.#options = options
  }

  async step(view: Followed): Promise<void> {
    const { actor, deployment, operator, logger } = this.#options
    const { earned = 0n, claimed = 0n } = view.state.credits.get(operator) ?? {}
    const credit = earned - claimed
    if (credit <= 0n) return
    if (await actor.act(claim(deployment, { operator }), { wei: credit })) logger.info('claimed', { wei: credit })
  }
}

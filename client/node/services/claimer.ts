// Claims what the operator has earned in each epoch as soon as it is settled, and what it is due as the run's owner if it is that; the
// escrow sends it to the operator's payout address. What its delegators earned is theirs to claim.

import type { Logger } from '@tessera/agent/logger'
import { claimRewards } from '@tessera/chain/actions/claimRewards'
import type { Deployment } from '@tessera/chain/addresses'
import type { Followed } from '@tessera/chain/follow'
import { type Claimable, unclaimed } from '@tessera/protocol/claims'
import { type Hex, lowerHex } from '@tessera/protocol/hex'
import { ZERO_ADDRESS } from '@tessera/protocol/tags'
import type { Actor } from '../actor.ts'
import type { Service } from '../service.ts'

export interface ClaimerOptions {
  readonly actor: Actor
  readonly deployment: Deployment
  readonly operator: Hex
  /**
   * Tokens whose sponsorships are claimed too, besides the grant and the sponsorship that the run names. Others are not: anyone can
   * sponsor with a worthless token, or with dust, and each claim costs gas.
   */
  readonly tokens: readonly Hex[]
  readonly logger: Logger
}

/** 44 000 gas each at most, so that a transaction stays below 3 M. */
const EPOCHS_OF_A_CLAIM = 64

export class Claimer implements Service {
  readonly name = 'claimer'
  readonly #options: ClaimerOptions
  readonly #tokens: ReadonlySet<Hex>
  /** Claims that were included: what paid nothing leaves no trace on the chain, and would be claimed for ever. */
  readonly #done = new Set<string>()

  constructor(options: ClaimerOptions) {
    this.#options = options
    this.#tokens = new Set(options.tokens.map(lowerHex))
  }

  async step(view: Followed): Promise<void> {
    const { operator } = this.#options
    for (const holder of [operator, ZERO_ADDRESS])
      for (const claimable of unclaimed(view.state, { operator, holder }))
        if (this.#isWanted(view, claimable)) await this.#claim(view, holder, claimable)
  }

  #isWanted({ state }: Followed, { source, token }: Claimable): boolean {
    return source === 0n || source === state.source || this.#tokens.has(token)
  }

  /** One source a transaction: a token that refuses to move keeps nothing else back. */
  async #claim({ state }: Followed, holder: Hex, { source, token, epochs }: Claimable): Promise<void> {
    const { actor, deployment, operator, logger } = this.#options
    const key = (epoch: bigint): string => `${holder}/${source}/${epoch}`
    const due = epochs.filter((epoch) => !this.#done.has(key(epoch))).slice(0, EPOCHS_OF_A_CLAIM)
    if (due.length === 0) return
    const claim = { manager: deployment.runCoordinator, run: state.run, source, operator, holder, epochs: due }
    if (!(await actor.act(claimRewards(deployment, claim), { source, epochs: due.length }))) return
    for (const epoch of due) this.#done.add(key(epoch))
    logger.info('claimed', { source, token, epochs: due, asOwner: holder === ZERO_ADDRESS })
  }
}

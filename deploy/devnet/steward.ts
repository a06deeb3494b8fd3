// Does in a network on one machine what anyone may do for anyone: has the stakers' votes counted in each period of the emission and
// the run paid after it, and claims for those who have no node that would: the delegator and the run's owner. Elsewhere voters,
// sponsors and holders see to that themselves (`tessera vote`, `tessera claim`).

import type { Clock } from '@tessera/agent/clock'
import { accountOf } from '@tessera/chain/account'
import { claimRewardsMany } from '@tessera/chain/actions/claimRewardsMany'
import { countVotes } from '@tessera/chain/actions/countVotes'
import { getBallot } from '@tessera/chain/actions/getBallot'
import { getEmission } from '@tessera/chain/actions/getEmission'
import { getPayable } from '@tessera/chain/actions/getPayable'
import { isVoteCounted } from '@tessera/chain/actions/isVoteCounted'
import { payEmission } from '@tessera/chain/actions/payEmission'
import type { Chain } from '@tessera/chain/clients'
import { isRevert } from '@tessera/chain/errors'
import { RunFollower } from '@tessera/chain/follow'
import type { TransactionRequest } from '@tessera/chain/request'
import { TransactionSender } from '@tessera/chain/send'
import { type Claimant, unclaimed } from '@tessera/protocol/claims'
import type { Hex } from '@tessera/protocol/hex'

/** Whose stake is voted with, and with whom it is staked. */
export interface Voter {
  readonly holder: Hex
  readonly operators: readonly Hex[]
}

export interface StewardOptions {
  readonly chain: Chain
  readonly run: bigint
  /** Of an account with ether; nobody else may send with it meanwhile. */
  readonly key: Hex
  readonly voters: readonly Voter[]
  /** For whom it claims. */
  readonly claimants: readonly Claimant[]
  readonly clock: Clock
  readonly pollMs: number
  readonly signal: AbortSignal
}

/** Periods before the first one seen that may have been counted and not paid, when the network was stopped. */
const LOOK_BACK = 3n

export class Steward {
  readonly #options: StewardOptions
  readonly #follower: RunFollower
  readonly #sender: TransactionSender
  /** The first period that is not known to be paid. */
  #unpaid: bigint | undefined
  /** The last period in which all votes are counted. */
  #counted = -1n

  constructor(options: StewardOptions) {
    const { chain, run, key, clock, pollMs } = options
    this.#options = options
    this.#follower = new RunFollower({ chain, run })
    this.#sender = new TransactionSender({ chain, account: accountOf(key), clock, pollMs })
  }

  /** One look: whatever is due by then. */
  async step(): Promise<void> {
    await this.#claim()
    const { period, begun } = await getEmission(this.#options.chain, this.#reading)
    if (!begun) return
    await this.#payBefore(period)
    if (this.#counted < period) await this.#count(period)
  }

  get #reading(): { signal: AbortSignal } {
    return { signal: this.#options.signal }
  }

  async #claim(): Promise<void> {
    const { chain, run, claimants, signal } = this.#options
    await this.#follower.poll(signal)
    const state = this.#follower.current?.state
    if (state === undefined) return
    const manager = chain.deployment.runCoordinator
    const claims = claimants.flatMap((claimant) =>
      unclaimed(state, claimant)
        .filter(({ source }) => source === 0n)
        .map(({ source, epochs }) => ({ manager, run, source, epochs, ...claimant })),
    )
    if (claims.length > 0) await this.#send(claimRewardsMany(chain.deployment, { claims }))
  }

  async #payBefore(period: bigint): Promise<void> {
    const { chain, run } = this.#options
    const manager = chain.deployment.runCoordinator
    this.#unpaid ??= period > LOOK_BACK ? period - LOOK_BACK : 0n
    for (; this.#unpaid < period; this.#unpaid++) {
      const about = { period: this.#unpaid, manager, run }
      if ((await getPayable(chain, about, this.#reading)) > 0n) await this.#send(payEmission(chain.deployment, about))
    }
  }

  async #count(period: bigint): Promise<void> {
    const { chain, voters } = this.#options
    for (const { holder, operators } of voters) {
      if ((await getBallot(chain, { holder, period }, this.#reading)).length === 0) continue
      const counted = await Promise.all(
        operators.map((operator) => isVoteCounted(chain, { period, holder, operator }, this.#reading)),
      )
      if (counted.includes(false)) await this.#send(countVotes(chain.deployment, { holder, operators }))
    }
    this.#counted = period
  }

  /** What is refused is somebody else's doing, or too late; the next look sees. */
  async #send(request: TransactionRequest): Promise<void> {
    try {
      await this.#sender.send(request, this.#reading)
    } catch (error) {
      if (!isRevert(error)) throw error
    }
  }
}

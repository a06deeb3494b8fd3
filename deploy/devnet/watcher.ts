// Follows the run from outside, as anyone could: hands finished rounds to the board, knows when what was asked for has
// happened, and writes the report from the chain and the nodes' own log lines.

import { setTimeout as delay } from 'node:timers/promises'
import { getEscrowBalance } from '@tessera/chain/actions/getEscrowBalance'
import type { Chain } from '@tessera/chain/clients'
import { RunFollower } from '@tessera/chain/follow'
import { tokenAbi } from '@tessera/chain/generated/token'
import { readContract } from '@tessera/chain/rpc'
import { countSlots } from '@tessera/protocol/bitmap'
import { type Claimant, partOf, potOf, unclaimed } from '@tessera/protocol/claims'
import { settlementOf } from '@tessera/protocol/epochSettlement'
import { TesseraError } from '@tessera/protocol/errors'
import type { EpochState, RoundState, RunState } from '@tessera/protocol/runState'
import { ZERO_ADDRESS } from '@tessera/protocol/tags'
import type { Board, BoardEpoch } from './board.ts'
import { delegatorEarning, operatorEarning, ownerEarning, paidInAll } from './earnings.ts'
import type { Member } from './member.ts'
import type { Delegator } from './network.ts'
import type { Report } from './report.ts'

export interface WatcherOptions {
  readonly chain: Chain
  readonly run: bigint
  readonly board: Board
  readonly members: readonly Member[]
  readonly delegator: Delegator
  /** Wei of the network's token before the first emission. */
  readonly genesisSupply: bigint
  /** Of the model. */
  readonly parameters: number
  readonly pollMs: number
  readonly signal: AbortSignal
}

export class Watcher {
  readonly #options: WatcherOptions
  readonly #follower: RunFollower
  /** The round that was the last one when this watch began; the report is about later ones. */
  #first: bigint | undefined
  #told = 0n
  /** Epochs up to this one have been told of as settled. */
  #settled = 0n

  constructor(options: WatcherOptions) {
    this.#options = options
    this.#follower = new RunFollower({ chain: options.chain, run: options.run })
  }

  /** Number of rounds that were final when the watch began. Looks once. */
  async begin(): Promise<void> {
    await this.#look()
    this.#first = BigInt(this.#state.rounds.length)
    this.#told = this.#first
    this.#settled = lastSettled(this.#state, 0n)
    const { params } = this.#state
    if (this.#first > 0n || params === null) return
    // What training starts from, so that the first loss in the report is that of a model that has learnt nothing.
    this.#options.board.finished({ round: 0n, included: 0, miners: 0, root: params.genesisRoot, final: true, paid: 0n })
  }

  /**
   * Until told to stop or, with `rounds`, until that many rounds are over, every member holds the last of them, and every
   * epoch that they closed is paid and claimed.
   */
  async watch(rounds: number | undefined, stillRunning: () => boolean): Promise<void> {
    const { signal, pollMs } = this.#options
    while (!signal.aborted) {
      await this.#look()
      this.#tell(rounds)
      if (rounds !== undefined && this.#isDone(rounds)) return
      if (!stillRunning() && !signal.aborted) {
        throw new TesseraError('devnet/nodes-ended', 'no node is left running', {
          hint: 'Their last words stand above and in the folder logs',
        })
      }
      // Ended by the signal: the loop's condition sees it.
      await delay(pollMs, undefined, { signal }).catch(() => undefined)
    }
  }

  /** What happened since `begin`. What was earned is that of the whole run, since claims may come after a stop. */
  async report(): Promise<Report> {
    const { board, chain, members, delegator, genesisSupply, parameters } = this.#options
    const { owed, held } = await getEscrowBalance(chain, {})
    const emitted = (await supplyOf(chain)) - genesisSupply
    const earned = [
      ...members.map(({ operator, plan }) => operatorEarning(this.#state, operator, plan.role)),
      delegatorEarning(this.#state, delegator.address, delegator.operators),
      ownerEarning(this.#state),
    ]
    const past = this.#state.rounds.slice(Number(this.#first ?? 0n))
    const sizes = past.flatMap((round) =>
      [...round.contributions.values()].flatMap(({ revealed }) => (revealed === null ? [] : [Number(revealed.size)])),
    )
    const mean = sizes.length === 0 ? 0 : sizes.reduce((sum, size) => sum + size, 0) / sizes.length
    const reported = new Set(board.rounds.map(({ round }) => round))
    return {
      rounds: board.rounds,
      replicas: board.replicas.filter(({ round }) => reported.has(round)),
      paid: String(paidInAll(this.#state)),
      emitted: String(emitted),
      owed: String(owed),
      held: String(held),
      earned: earned.map((one) => ({ ...one, wei: String(one.wei), forDelegators: String(one.forDelegators) })),
      blobBytesPerParameterBits: (8 * mean) / parameters,
    }
  }

  get #state(): RunState {
    const state = this.#follower.current?.state
    if (state === undefined) throw new Error('the watch has not begun')
    return state
  }

  async #look(): Promise<void> {
    try {
      await this.#follower.poll(this.#options.signal)
    } catch (error) {
      if (this.#options.signal.aborted || (error instanceof TesseraError && error.retryable)) return
      throw error
    }
  }

  #tell(rounds: number | undefined): void {
    this.#tellEpochs()
    const last = this.#lastOf(rounds)
    for (const round of this.#state.rounds.slice(Number(this.#told))) {
      if (last !== undefined && round.id > last) return
      const included = round.end?.kind === 'final' ? countSlots(round.end.included) : 0
      this.#options.board.finished({
        round: round.id,
        included,
        miners: countSlots(round.miners),
        root: round.end?.kind === 'final' ? round.end.root : round.parentRoot,
        final: round.end?.kind === 'final',
        paid: paidInAll(this.#state),
      })
      this.#told = round.id
    }
  }

  /** In order, each once. */
  #tellEpochs(): void {
    const state = this.#state
    const until = lastSettled(state, this.#settled)
    while (this.#settled < until) {
      this.#settled++
      const epoch = state.epochs.get(this.#settled)
      if (epoch !== undefined) this.#options.board.settled(boardEpoch(state, epoch))
    }
  }

  /** The final rounds since the watch began; void ones do not count toward what was asked for. */
  get #finals(): readonly RoundState[] {
    return this.#state.rounds.slice(Number(this.#first ?? 0n)).filter(({ end }) => end?.kind === 'final')
  }

  /** Number of the last round that was asked for; undefined as long as it is not known. */
  #lastOf(rounds: number | undefined): bigint | undefined {
    return rounds === undefined ? undefined : this.#finals[rounds - 1]?.id
  }

  #isDone(rounds: number): boolean {
    const { board, members, delegator } = this.#options
    const last = this.#lastOf(rounds)
    if (last === undefined) return false
    const finals = this.#finals.slice(0, rounds)
    const shown = new Set(board.rounds.map(({ round }) => round))
    if (!finals.every(({ id }) => shown.has(Number(id)))) return false
    const replicas = new Set(board.replicas.map(({ operator, round }) => `${operator}/${round}`))
    const held = members.every(({ operator }) => finals.every(({ id }) => replicas.has(`${operator}/${id}`)))
    const settled = [...this.#state.epochs.values()].every(
      ({ lastRound, phase }) => lastRound === 0n || lastRound > last || phase === 'Settled',
    )
    const claimants: Claimant[] = [
      ...members.map(({ operator }) => ({ operator, holder: operator })),
      ...delegator.operators.map((operator) => ({ operator, holder: delegator.address })),
      { operator: this.#state.owner, holder: ZERO_ADDRESS },
    ]
    const claimed = claimants.every((claimant) => unclaimed(this.#state, claimant).length === 0)
    return held && settled && claimed
  }
}

/** The last epoch from `from` on up to which all are settled. */
function lastSettled({ epochs }: RunState, from: bigint): bigint {
  let last = from
  while (epochs.get(last + 1n)?.settlement?.booked) last++
  return last
}

function boardEpoch(state: RunState, epoch: EpochState): BoardEpoch {
  const pot = potOf(state, epoch, 0n)
  const { minerShares, validatorShares, ownerShare } = settlementOf(state, epoch)
  const earned = (shares: Iterable<bigint>): bigint => [...shares].reduce((sum, share) => sum + partOf(pot, share), 0n)
  return {
    epoch: epoch.id,
    pot,
    miners: earned(minerShares),
    validators: earned(validatorShares.values()),
    owner: earned([ownerShare]),
  }
}

/** Wei of the network's token that there are. */
function supplyOf(chain: Chain): Promise<bigint> {
  const { token } = chain.deployment
  return readContract(chain, { address: token, abi: tokenAbi, functionName: 'totalSupply', args: [] })
}

// What holds now, after a block: every run as the protocol replays it, the pools of stake, the emission's votes, and when and in which
// transaction things happened that are not over. Immutable, so that stepping back over lost blocks is to take an older one.

import type { Hex } from '@tessera/protocol/hex'
import type { RunState } from '@tessera/protocol/runState'

/** Runs are numbered one by one; what anyone says of a larger number is of none, and no column holds it. */
export const MAX_RUN = BigInt(Number.MAX_SAFE_INTEGER)

export interface Ledger {
  /** By number, in order of creation. */
  readonly runs: ReadonlyMap<bigint, RunLedger>
  /** Numbers that may become runs, and have been given money: anyone can grant to any number. */
  readonly unborn: ReadonlyMap<bigint, RunLedger>
  /** By operator. */
  readonly pools: ReadonlyMap<Hex, PoolLedger>
  /** Of the newest event, and the pools as they were before that second: blocks may share one. */
  readonly second: { readonly at: number; readonly pools: ReadonlyMap<Hex, PoolLedger> }
  readonly emission: EmissionLedger
  /** A run before it exists: what operators have said of themselves. */
  readonly blank: RunState
}

export interface RunLedger {
  readonly state: RunState
  readonly createdAt: number
  /** Of the round under way. */
  readonly story: RoundStory
  /** Open epochs by number: the pools as they were in the second before it opened. */
  readonly openings: ReadonlyMap<bigint, EpochOpening>
  /** By `role/operator`: when it last joined. */
  readonly joined: ReadonlyMap<string, number>
  /** Of all settled epochs, wei of the network's token by operator; `''`: of everyone. */
  readonly earned: ReadonlyMap<string, bigint>
}

/** When and in which transaction. */
export interface Seen {
  readonly at: number
  readonly tx: Hex
}

export interface RoundStory {
  readonly openedAt: number
  readonly commits: ReadonlyMap<number, Seen>
  readonly reveals: ReadonlyMap<number, Seen>
  readonly leaders: readonly LeaderSeen[]
  /** Of the last attempt, by slot. */
  readonly votes: ReadonlyMap<number, Seen>
  /** Gas of each transaction with an event of the round. */
  readonly gas: ReadonlyMap<Hex, number>
}

export interface LeaderSeen {
  readonly attempt: number
  readonly slot: number
  readonly operator: Hex
  readonly at: number
  readonly proposed: boolean
  /** Slots. */
  readonly included: readonly number[]
}

export interface EpochOpening {
  readonly openedAt: number
  readonly pools: ReadonlyMap<Hex, PoolLedger>
}

/** All stake behind one operator: PoolLib, and whose it is. */
export interface PoolLedger {
  readonly operator: Hex
  /** Wei, unbonding stake included. */
  readonly assets: bigint
  readonly shares: bigint
  readonly unbonding: bigint
  readonly holders: ReadonlyMap<Hex, HolderLedger>
  /** In order: each holds from its time on, in 1/10 000. */
  readonly commission: readonly { readonly bps: number; readonly from: number }[]
  /** Wei slashed in all. */
  readonly slashed: bigint
}

export interface HolderLedger {
  /** Active ones. */
  readonly shares: bigint
  readonly tickets: ReadonlyMap<bigint, { readonly shares: bigint; readonly readyAt: number }>
  /** When it first came. */
  readonly since: number
}

export interface EmissionLedger {
  /** Choices by holder, as last given: weights by run of our coordinator. */
  readonly choices: ReadonlyMap<Hex, readonly { readonly run: bigint; readonly weight: bigint }[]>
  /** By run: wei paid in all, and of the last period in which any run was paid. */
  readonly paid: ReadonlyMap<
    bigint,
    { readonly total: bigint; readonly period: bigint; readonly votes: bigint; readonly amount: bigint }
  >
  /** The last period in which a run was paid; null before. */
  readonly lastPeriod: bigint | null
}

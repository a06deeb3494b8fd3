// What is kept of an epoch once it is settled: what each member did and was given for it, and what each holder is paid.

import { holderPart } from '@tessera/chain/poolShares'
import { hasSlot, slotsOf } from '@tessera/protocol/bitmap'
import { partOf, potOf } from '@tessera/protocol/claims'
import { type EpochSettlement, settlementOf } from '@tessera/protocol/epochSettlement'
import { type Hex, hexToBytes } from '@tessera/protocol/hex'
import type { EpochState, RoundState, RunState } from '@tessera/protocol/runState'
import { decodeScores } from '@tessera/protocol/scoreCommitment'
import { ZERO_ADDRESS } from '@tessera/protocol/tags'
import type { EarningRow, MemberEpochRow } from '../database/tables.ts'
import type { Fact } from './facts.ts'
import type { Where } from './foldLedger.ts'
import { commissionAt } from './foldPools.ts'
import type { EpochOpening } from './ledger.ts'

/** A pot of an epoch. */
interface Pot {
  readonly source: number
  readonly token: Hex
  readonly amount: bigint
}

/** Anyone can sponsor, also a run of others with next to nothing: of an epoch, the rows of so many sources are kept. */
const MAX_SOURCES = 100
/** Parts of a validator are of this. */
const WHOLE_PART = 2 ** 32 - 1

export interface EpochFacts {
  readonly facts: readonly Fact[]
  /** Wei of the network's token that the epoch paid, by operator; `''`: in all. */
  readonly earned: ReadonlyMap<string, bigint>
}

export function epochFacts(state: RunState, epoch: EpochState, opening: EpochOpening, where: Where): EpochFacts {
  const settlement = settlementOf(state, epoch)
  const pots = potsOf(state, epoch)
  const rounds = state.rounds.slice(Number(epoch.firstRound) - 1, Number(epoch.lastRound))
  const members = [
    ...minerRows(state, epoch, settlement, pots, rounds, where),
    ...validatorRows(state, epoch, settlement, pots, rounds, where),
  ]
  const earnings = earningRows(state, epoch, settlement, pots, opening, where)
  const earned = new Map<string, bigint>()
  const add = (key: string, amount: bigint): void => void earned.set(key, (earned.get(key) ?? 0n) + amount)
  for (const { token, amount } of pots) {
    if (token !== state.native) continue
    for (const [operator, share] of settlement.shares) add(operator, partOf(amount, share))
    for (const share of [...settlement.shares.values(), settlement.ownerShare]) add('', partOf(amount, share))
  }
  return {
    facts: [
      ...members.map((row): Fact => ({ table: 'member_epochs', row })),
      ...earnings.map((row): Fact => ({ table: 'earnings', row })),
    ],
    earned,
  }
}

/** The pots that an epoch has, the grant's first; if there are too many, the largest ones in tokens that the run deals in. */
export function potsOf(state: RunState, epoch: EpochState): Pot[] {
  const sources = [
    { source: 0n, token: state.native },
    ...[...state.sponsorships].map(([source, { token }]) => ({ source, token })),
  ]
  const pots = sources
    .map(({ source, token }) => ({ source: Number(source), token, amount: potOf(state, epoch, source) }))
    .filter(({ amount }) => amount > 0n)
  if (pots.length <= MAX_SOURCES) return pots
  const rank = ({ source, token }: Pot): number =>
    source === 0 ? 0 : token === state.native || token === state.params?.rewardToken ? 1 : 2
  return pots
    .sort((a, b) => rank(a) - rank(b) || (a.amount < b.amount ? 1 : a.amount > b.amount ? -1 : a.source - b.source))
    .slice(0, MAX_SOURCES)
    .sort((a, b) => a.source - b.source)
}

type Common = Omit<MemberEpochRow, 'role' | 'slot' | 'operator' | 'active_rounds' | 'useful_rounds' | 'share' | 'part'>

function common(state: RunState, epoch: EpochState, where: Where): Common {
  return {
    run: Number(state.run),
    epoch: Number(epoch.id),
    block: where.block,
    settled_at: where.at,
    rounds: Number(epoch.lastRound - epoch.firstRound) + 1,
    final_rounds: epoch.finalRounds,
    median: 0,
    weight: '0',
    revealed: 0,
    given: 0,
    kept: 0,
    scores: '',
    receipts_digest: null,
    receipts_size: null,
    zero: null,
    paid: '[]',
  }
}

function paidText(pots: readonly Pot[], share: bigint): string {
  const paid = pots.map(({ source, token, amount }) => ({ source, token, amount: partOf(amount, share) }))
  return JSON.stringify(
    paid.filter(({ amount }) => amount > 0n).map((each) => ({ ...each, amount: each.amount.toString() })),
  )
}

function minerRows(
  state: RunState,
  epoch: EpochState,
  settlement: EpochSettlement,
  pots: readonly Pot[],
  rounds: readonly RoundState[],
  where: Where,
): MemberEpochRow[] {
  const all = Number(settlement.minerShares.reduce((sum, share) => sum + share, 0n))
  return slotsOf(epoch.miners).map((slot) => {
    const share = settlement.minerShares[slot] ?? 0n
    const paid = paidText(pots, share)
    const median = settlement.medians[slot] ?? 0
    return {
      ...common(state, epoch, where),
      role: 'miner',
      slot,
      operator: epoch.minerOperators.get(slot) ?? '0x',
      active_rounds: epoch.minerRounds.get(slot) ?? 0,
      useful_rounds: rounds.filter(({ end }) => end?.kind === 'final' && hasSlot(end.included, slot)).length,
      median,
      share: share.toString(),
      part: all === 0 ? 0 : Number(share) / all,
      zero: paid === '[]' ? (epochZero(epoch, settlement, pots) ?? minerZero(rounds, slot, median)) : null,
      paid,
    }
  })
}

function validatorRows(
  state: RunState,
  epoch: EpochState,
  settlement: EpochSettlement,
  pots: readonly Pot[],
  rounds: readonly RoundState[],
  where: Where,
): MemberEpochRow[] {
  return slotsOf(epoch.validators).map((slot) => {
    const opened = epoch.opened.get(slot)
    const share = settlement.validatorShares.get(slot) ?? 0n
    const paid = paidText(pots, share)
    const scores =
      opened === undefined ? [] : [...decodeScores(hexToBytes(opened.scores), state.params?.maxMiners ?? 0)]
    const counted = scores.map((score, at) => (epoch.minerRounds.has(at) ? score : 0))
    const kept = counted.reduce((sum, score, at) => sum + Math.min(score, settlement.medians[at] ?? 0), 0)
    const voted = ({ attested, refused, end }: RoundState): boolean =>
      end !== null && (hasSlot(attested, slot) || hasSlot(refused, slot))
    return {
      ...common(state, epoch, where),
      role: 'validator',
      slot,
      operator: epoch.validatorOperators.get(slot) ?? '0x',
      active_rounds: epoch.validatorRounds.get(slot) ?? 0,
      useful_rounds: rounds.filter(voted).length,
      weight: (epoch.weights.get(slot) ?? 0n).toString(),
      share: share.toString(),
      part: Number(settlement.parts.get(slot) ?? 0n) / WHOLE_PART,
      revealed: opened === undefined ? 0 : 1,
      given: counted.reduce((sum, score) => sum + score, 0),
      kept,
      scores: opened?.scores ?? '',
      receipts_digest: opened?.receiptsDigest ?? null,
      receipts_size: opened === undefined ? null : wholeOf(opened.receiptsSize),
      zero: paid === '[]' ? validatorZero(epoch, settlement, pots, opened === undefined) : null,
      paid,
    }
  })
}

/** What a validator says is of 64 bits, and a column takes 53 of them. */
function wholeOf(claimed: bigint): number {
  return Math.min(Number(claimed), Number.MAX_SAFE_INTEGER)
}

/** Why an epoch paid nobody. */
function epochZero(epoch: EpochState, { quorum }: EpochSettlement, pots: readonly Pot[]): string | undefined {
  if (epoch.finalRounds === 0) return 'no-final-round'
  if (!quorum) return 'no-quorum'
  return pots.length === 0 ? 'no-pot' : undefined
}

function minerZero(rounds: readonly RoundState[], slot: number, median: number): string {
  if (!rounds.some(({ committed }) => hasSlot(committed, slot))) return 'inactive'
  return median === 0 ? 'zero-median' : 'too-small'
}

function validatorZero(epoch: EpochState, settlement: EpochSettlement, pots: readonly Pot[], silent: boolean): string {
  if (epoch.finalRounds === 0) return 'no-final-round'
  if (silent) return 'no-scores'
  return epochZero(epoch, settlement, pots) ?? 'no-agreement'
}

function earningRows(
  state: RunState,
  epoch: EpochState,
  settlement: EpochSettlement,
  pots: readonly Pot[],
  opening: EpochOpening,
  where: Where,
): EarningRow[] {
  const { block, at } = where
  const base = { run: Number(state.run), epoch: Number(epoch.id), block, settled_at: at }
  return pots.flatMap(({ source, token, amount: pot }): EarningRow[] => {
    const of = { ...base, source, token }
    const owner = partOf(pot, settlement.ownerShare)
    const rows = [...settlement.shares].flatMap(([operator, share]) =>
      poolRows(operator, partOf(pot, share), opening).map((row): EarningRow => ({ ...of, operator, ...row })),
    )
    if (owner === 0n) return rows
    const account = state.owner
    const paid = { pool_earned: owner.toString(), commission: '0', amount: owner.toString() }
    return [...rows, { ...of, operator: account, holder: ZERO_ADDRESS, account, kind: 'owner', ...paid }]
  })
}

type HolderRow = Pick<EarningRow, 'holder' | 'account' | 'kind' | 'pool_earned' | 'commission' | 'amount'>

/** What a pool has earned, by holder: their active shares in the second before the epoch opened (SplitLib). */
function poolRows(operator: Hex, earned: bigint, { openedAt, pools }: EpochOpening): HolderRow[] {
  if (earned === 0n) return []
  const pool = pools.get(operator)
  const allShares = pool === undefined ? 0n : pool.shares - pool.unbonding
  const commissionBps = BigInt(pool === undefined ? 0 : commissionAt(pool, openedAt - 1))
  const holders = new Map([...(pool?.holders ?? [])].map(([holder, { shares }]) => [holder, shares]))
  // The commission is the operator's, also when it has no share of its own.
  if (!holders.has(operator)) holders.set(operator, 0n)
  return [...holders].flatMap(([holder, shares]): HolderRow[] => {
    const own = holder === operator
    const { commission, part } = holderPart(earned, { allShares, shares, commissionBps }, own)
    if (part === 0n) return []
    const kind = own ? 'operator' : 'holder'
    const amounts = { pool_earned: earned.toString(), commission: commission.toString(), amount: part.toString() }
    return [{ holder, account: holder, kind, ...amounts }]
  })
}

// One account: its stake, its votes and sponsorships, what it earned and can claim.

import { valueOfShares } from '@tessera/chain/poolShares'
import type { Hex } from '@tessera/protocol/hex'
import type { Answer } from '../api/routes.ts'
import type { EarningRow } from '../database/tables.ts'
import type { PoolLedger } from '../ingest/ledger.ts'
import { sponsorshipAnswer } from './runParts.ts'
import { type Now, nowOf, type Source } from './source.ts'
import { commissionAnswer } from './stakes.ts'

type Holder = Answer<'holder'>
type Earning = Pick<
  EarningRow,
  'run' | 'epoch' | 'source' | 'operator' | 'holder' | 'token' | 'kind' | 'settled_at'
> & {
  readonly amount: bigint
  readonly isClaimed: boolean
}

/** Epochs that `pace` is about. */
const PACE_EPOCHS = 20

export async function holder(source: Source, { address }: { readonly address: Hex }): Promise<Holder> {
  const now = nowOf(source)
  const { ledger } = now
  const positions = [...ledger.pools.values()].flatMap((pool) => positionAnswer(pool, address, now.at))
  const earned = await earningsOf(source, address)
  const runs = [...ledger.runs.values()]
  return {
    address,
    balance: await source.chain.balance(address),
    positions,
    totals: totalsOf(source, earned),
    claims: claimsOf(source, earned),
    votes: (ledger.emission.choices.get(address) ?? []).map(({ run, weight }) => ({ run: Number(run), weight })),
    sponsorships: runs.flatMap(({ state }) =>
      [...state.sponsorships]
        .filter(([, { sponsor }]) => sponsor === address)
        .map(([number, terms]) => ({
          run: Number(state.run),
          sponsorship: sponsorshipAnswer(source, number, terms),
        })),
    ),
    owns: runs.filter(({ state }) => state.owner === address).map(({ state }) => Number(state.run)),
    pace: paceOf(source, now, positions, earned),
  }
}

function positionAnswer(pool: PoolLedger, address: Hex, now: number): Holder['positions'] {
  const found = pool.holders.get(address)
  if (found === undefined) return []
  const { shares, since } = found
  const value = (part: bigint): bigint => valueOfShares(pool, part)
  const unbonding = [...found.tickets].map(([ticket, { shares: part, readyAt }]) => {
    return { ticket: Number(ticket), shares: part, value: value(part), readyAt }
  })
  const about = { operator: pool.operator, shares, value: value(shares), unbonding, since }
  return [{ ...about, ...commissionAnswer(pool, now) }]
}

/** Newest first. */
async function earningsOf({ db }: Source, address: Hex): Promise<Earning[]> {
  const rows = await db
    .selectFrom('earnings as e')
    .leftJoin('claims as c', (join) =>
      join
        .onRef('c.run', '=', 'e.run')
        .onRef('c.epoch', '=', 'e.epoch')
        .onRef('c.source', '=', 'e.source')
        .onRef('c.operator', '=', 'e.operator')
        .onRef('c.holder', '=', 'e.holder'),
    )
    .select(['e.run', 'e.epoch', 'e.source', 'e.operator', 'e.holder', 'e.token', 'e.kind', 'e.settled_at', 'e.amount'])
    .select('c.tx')
    .where('e.account', '=', address)
    .orderBy('e.settled_at', 'desc')
    .orderBy('e.run')
    .orderBy('e.epoch', 'desc')
    .execute()
  return rows.map(({ amount, tx, ...row }) => ({ ...row, amount: BigInt(amount), isClaimed: tx !== null }))
}

function totalsOf({ chain }: Source, earned: readonly Earning[]): Holder['totals'] {
  const totals = new Map<Hex, { earned: bigint; claimed: bigint }>()
  for (const { token, amount, isClaimed } of earned) {
    const before = totals.get(token) ?? { earned: 0n, claimed: 0n }
    totals.set(token, { earned: before.earned + amount, claimed: before.claimed + (isClaimed ? amount : 0n) })
  }
  return [...totals].map(([token, { earned, claimed }]) => {
    return { token: chain.token(token), earned, claimed, claimable: earned - claimed }
  })
}

/** What the escrow would pay in one call each, epochs ascending. */
function claimsOf({ chain }: Source, earned: readonly Earning[]): Holder['claims'] {
  const claims = new Map<string, Holder['claims'][number]>()
  for (const { run, epoch, source, operator, holder, token, amount, isClaimed } of earned.toReversed()) {
    if (isClaimed) continue
    const key = `${run}/${source}/${operator}/${holder}`
    const before = claims.get(key) ?? {
      run,
      source,
      token: chain.token(token),
      operator,
      holder,
      epochs: [],
      amount: 0n,
    }
    claims.set(key, { ...before, epochs: [...before.epochs, epoch], amount: before.amount + amount })
  }
  return [...claims.values()]
}

/** Its pay as a holder over the last epochs that paid it, up to now: dry spells count. */
function paceOf(
  { chain }: Source,
  { at }: Now,
  positions: Holder['positions'],
  earned: readonly Earning[],
): Holder['pace'] {
  const native = earned.filter(({ token, kind }) => token === chain.native && kind !== 'owner')
  const epochs = [...new Set(native.map(({ run, epoch }) => `${run}/${epoch}`))].slice(0, PACE_EPOCHS + 1)
  if (epochs.length === 0) return null
  const counted = new Set(epochs.slice(0, PACE_EPOCHS))
  const before = epochs.length > PACE_EPOCHS ? epochs.at(-1) : undefined
  const since = Math.min(...positions.map((position) => position.since))
  const start = native.find(({ run, epoch }) => `${run}/${epoch}` === before)?.settled_at ?? since
  const amounts = native.filter(({ run, epoch }) => counted.has(`${run}/${epoch}`)).map(({ amount }) => amount)
  return {
    epochs: counted.size,
    seconds: Number.isFinite(start) ? Math.max(0, at - start) : 0,
    stake: positions.reduce((sum, { value }) => sum + value, 0n),
    earned: amounts.reduce((sum, amount) => sum + amount, 0n),
  }
}

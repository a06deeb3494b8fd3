// Who has stake with whom, what it earned, and whom one could stake with, as the indexer answers.

import { address, big, choice, count, hash, list, object, orNull, text, time } from './fields.ts'
import { role, sponsorship, token } from './runs.ts'

export const ticket = object({ ticket: count, shares: big, value: big, readyAt: time })

export const position = object({
  operator: address,
  /** Active ones. */
  shares: big,
  /** What they are worth, in wei. */
  value: big,
  unbonding: list(ticket),
  commissionBps: count,
  commissionNext: orNull(object({ bps: count, from: time })),
  since: time,
})

/** What one settled epoch pays one holder of one source. */
export const earning = object({
  run: count,
  epoch: count,
  settledAt: time,
  source: count,
  token,
  operator: address,
  /** operator: commission and own shares; owner: the run owner's part. */
  kind: choice(['holder', 'operator', 'owner']),
  /** What the pool, or the owner, earned. */
  poolEarned: big,
  commission: big,
  /** This holder's. */
  amount: big,
  claimedAt: orNull(time),
  claimTx: orNull(hash),
})

export const tokenTotals = object({ token, earned: big, claimed: big, claimable: big })

export const holder = object({
  address,
  /** Wei of the network's token on its account; null when the RPC server does not say. */
  balance: orNull(big),
  positions: list(position),
  totals: list(tokenTotals),
  /** What it could claim now, ready to be asked for: epochs by run, source and operator. `holder` as the contract names it. */
  claims: list(
    object({ run: count, source: count, token, operator: address, holder: address, epochs: list(count), amount: big }),
  ),
  /** Its present choices in the emission; weights as it gave them. */
  votes: list(object({ run: count, weight: big })),
  sponsorships: list(object({ run: count, sponsorship })),
  /** Runs it owns. */
  owns: list(count),
  /** For a projection: what each wei of its stake earned a year, over the last epochs, by run and in the network's token. */
  pace: orNull(object({ epochs: count, seconds: count, stake: big, earned: big })),
})

/** Newest first. */
export const earnings = object({ rows: list(earning), next: orNull(text), total: count })

export const operator = object({
  operator: address,
  /** Wei, bonded and active. */
  pool: big,
  own: big,
  holders: count,
  commissionBps: count,
  commissionNext: orNull(object({ bps: count, from: time })),
  roles: list(object({ run: count, role, slot: count })),
  /** In the network's token, over its last 20 settled epochs: what its pool earned, and over how many seconds and wei of stake. */
  pace: orNull(object({ epochs: count, seconds: count, stake: big, earned: big })),
  slashed: big,
})

export const emission = object({
  /** The period under way, when it ends, and how long each is. */
  period: count,
  endsAt: time,
  seconds: count,
  /** Wei that this period emits. */
  amount: big,
  supply: big,
  cap: big,
  /** Votes of the last counted period. */
  runs: list(object({ run: count, votes: big, shareBps: count })),
})

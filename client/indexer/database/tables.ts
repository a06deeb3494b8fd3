// The tables, the same in SQLite and PostgreSQL. Whole numbers of any size are decimal TEXT and never computed with in SQL; hashes and
// addresses are lower-case TEXT; times are unix seconds; booleans are 0 and 1.
//
// `blocks`, `logs` and `transactions` are what the chain said. The facts below them follow from those alone: each row knows the block
// that made it, no row is ever changed, so a reorganisation is `delete where block > n`. What holds *now* (phases, members, pools)
// is in no table: it is the ledger in memory, folded again from `logs` at a start. What the observer found out is kept by content.

import type { Hex } from '@tessera/protocol/hex'

export interface Tables {
  meta: { key: string; value: string }
  blocks: { number: number; hash: Hex; timestamp: number }
  logs: { block: number; position: number; tx: Hex; address: Hex; topics: string; data: Hex }
  transactions: { hash: Hex; block: number; gas: number }

  rounds: RoundRow
  undone_rounds: UndoneRow
  contributions: ContributionRow
  member_epochs: MemberEpochRow
  earnings: EarningRow
  claims: ClaimRow
  payments: PaymentRow

  manifests: { digest: Hex; body: string }
  checkpoints: { run: number; root: Hex; loss: number | null; sample: string | null }
  observed_contributions: { digest: Hex; samples: number | null; steps: number | null; fault: string | null }
  receipts: { digest: Hex; state: 'verified' | 'inconsistent' | 'unfetchable'; body: string | null }
}

/** A round that is over. */
export interface RoundRow {
  run: number
  round: number
  block: number
  epoch: number
  /** Empty for a final round, else why it is void. */
  void: string
  opened_at: number
  closed_at: number
  parent_root: Hex
  /** Of the state after it. */
  root: Hex
  train_seed: Hex
  test_seed: Hex
  committed: number
  revealed: number
  included: number
  bytes: number
  gas: number
  /** As `series.cells` and `series.votes` have them. */
  cells: string
  votes: string
  /** The transaction that ended it. */
  tx: Hex
  /** JSON of RoundStory without its transactions: leaders and votes in order. */
  story: string
}

/** A round that was final, until it or one that it was built on was refuted. */
export interface UndoneRow {
  run: number
  round: number
  block: number
}

/** What a miner that was active in a round put into it. */
export interface ContributionRow {
  run: number
  round: number
  slot: number
  block: number
  operator: Hex
  status: 'absent' | 'unrevealed' | 'rejected' | 'included'
  /** Code, by what the chain alone says: absent, unrevealed, not-chosen, round-void; null when included. */
  reason: string | null
  size: number | null
  digest: Hex | null
  contribution_root: Hex | null
  committed_at: number | null
  revealed_at: number | null
  commit_tx: Hex | null
  reveal_tx: Hex | null
  gas: number
}

/** A member in an epoch that is settled. */
export interface MemberEpochRow {
  run: number
  epoch: number
  role: 'miner' | 'validator'
  slot: number
  block: number
  operator: Hex
  settled_at: number
  rounds: number
  final_rounds: number
  active_rounds: number
  /** Miners: rounds in which it was included. Validators: rounds in which it voted. */
  useful_rounds: number
  /** Miners; 0 for validators. */
  median: number
  /** Wei; 0 for miners. */
  weight: string
  /** Of each pot, in 2^-64. */
  share: string
  /** Of what its role shares, from 0 to 1. */
  part: number
  /** Validators. */
  revealed: number
  given: number
  kept: number
  /** Validators: scores as revealed, two bytes a slot, and what they rest on. */
  scores: string
  receipts_digest: Hex | null
  receipts_size: number | null
  /** Code when it was paid nothing of any source. */
  zero: string | null
  /** JSON: `{ source, token, amount }` of its pool, amounts as decimal text; sources that paid something. */
  paid: string
}

/** What a settled epoch pays one holder of one source; more than nothing. */
export interface EarningRow {
  run: number
  epoch: number
  source: number
  operator: Hex
  /** As the escrow names it: the zero address for the run's owner. */
  holder: Hex
  /** Who is paid: the owner where `holder` is the zero address, else the holder. */
  account: Hex
  kind: 'holder' | 'operator' | 'owner'
  block: number
  settled_at: number
  token: Hex
  pool_earned: string
  commission: string
  amount: string
}

export interface ClaimRow {
  run: number
  epoch: number
  source: number
  operator: Hex
  holder: Hex
  block: number
  at: number
  tx: Hex
  amount: string
}

/** What the emission paid to a run for a period. */
export interface PaymentRow {
  period: number
  run: number
  block: number
  at: number
  votes: string
  amount: string
}

/** Tables whose rows go when their block does. */
export const BY_BLOCK = [
  'logs',
  'transactions',
  'rounds',
  'undone_rounds',
  'contributions',
  'member_epochs',
  'earnings',
  'claims',
  'payments',
] as const satisfies readonly (keyof Tables)[]

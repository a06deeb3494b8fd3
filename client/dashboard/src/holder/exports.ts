// The whole history of a holder as files: CSV for spreadsheets, JSON for programs. Amounts are exact, in units and in decimals; times
// are ISO 8601, in UTC. Pure.

import type { Answer } from '@tessera/indexer/api/routes'
import { exactAmount } from '../format/amounts.ts'

export type Earning = Answer<'earnings'>['rows'][number]

const COLUMNS: readonly (readonly [name: string, of: (row: Earning) => string | number | bigint | null])[] = [
  ['settled_at', ({ settledAt }) => isoTime(settledAt)],
  ['run', ({ run }) => run],
  ['epoch', ({ epoch }) => epoch],
  ['source', ({ source }) => source],
  ['operator', ({ operator }) => operator],
  ['kind', ({ kind }) => kind],
  ['token', ({ token }) => token.address],
  ['symbol', ({ token }) => token.symbol],
  ['decimals', ({ token }) => token.decimals],
  ['amount', ({ amount, token }) => decimals(amount, token.decimals)],
  ['amount_units', ({ amount }) => amount],
  ['pool_earned_units', ({ poolEarned }) => poolEarned],
  ['commission_units', ({ commission }) => commission],
  ['claimed_at', ({ claimedAt }) => (claimedAt === null ? null : isoTime(claimedAt))],
  ['claim_transaction', ({ claimTx }) => claimTx],
]

/** RFC 4180, with a header. */
export function earningsCsv(rows: readonly Earning[]): string {
  const lines = [COLUMNS.map(([name]) => name), ...rows.map((row) => COLUMNS.map(([, of]) => cell(of(row))))]
  return `${lines.map((line) => line.join(',')).join('\r\n')}\r\n`
}

/** One object of all: who, of which network, and the same fields as the CSV, with amounts as text. */
export function earningsJson(
  rows: readonly Earning[],
  about: { readonly holder: string; readonly network: string; readonly chainId: number; readonly madeAt: number },
): string {
  const entries = rows.map((row) => Object.fromEntries(COLUMNS.map(([name, of]) => [name, plain(of(row))] as const)))
  return `${JSON.stringify({ ...about, madeAt: isoTime(about.madeAt), earnings: entries }, null, 2)}\n`
}

/**
 * A cell that no spreadsheet takes for a formula: text that begins like one gets an apostrophe, which they show as text. A token’s
 * symbol is a stranger’s.
 */
function cell(value: string | number | bigint | null): string {
  const text = String(value ?? '')
  const isFormula = typeof value === 'string' && /^[\s]*[=+\-@|%\t\r\n]/.test(text)
  const safe = isFormula ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

function plain(value: string | number | bigint | null): string | number | null {
  return typeof value === 'bigint' ? value.toString() : value
}

/** Empty where the token does not say what its units are. */
function decimals(amount: bigint, digits: number | null): string | null {
  return digits === null ? null : exactAmount(amount, digits)
}

/** @param seconds Unix seconds. */
function isoTime(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().replace('.000Z', 'Z')
}

// A holder's earnings, page by page until there are none left, and what a chart draws of them. No React.

import type { Earning } from './exports.ts'

/** As many as the indexer gives at once. */
export const PAGE_ROWS = 500
/** Of the most rows that a page keeps: 4,000 epochs of five sources. Files hold all. */
export const MOST_ROWS = 20_000

export interface Page {
  readonly rows: readonly Earning[]
  readonly next: string | null
  readonly total: number
}

export interface Progress {
  readonly loaded: number
  readonly total: number
}

/**
 * All rows, the newest first.
 * @param ask One page; from the beginning without a cursor.
 * @param most Ends early with so many.
 */
export async function loadEarnings(
  ask: (cursor: string | undefined) => Promise<Page>,
  { most, onProgress }: { readonly most: number; readonly onProgress?: (progress: Progress) => void },
): Promise<readonly Earning[]> {
  const rows: Earning[] = []
  let cursor: string | undefined
  for (;;) {
    const page = await ask(cursor)
    rows.push(...page.rows)
    onProgress?.({ loaded: rows.length, total: page.total })
    // A page without rows that names another would be asked for ever.
    if (page.next === null || page.rows.length === 0 || rows.length >= most) return rows.slice(0, most)
    cursor = page.next
  }
}

/** One moment of the chart: an epoch of a run, all sources of one token together. */
export interface EarningPoint {
  readonly at: number
  readonly run: number
  readonly epoch: number
  readonly amount: bigint
  /** With all before it. */
  readonly sum: bigint
}

/** Oldest first. */
export function pointsOf(rows: readonly Earning[], token: string): readonly EarningPoint[] {
  const epochs = new Map<string, { at: number; run: number; epoch: number; amount: bigint }>()
  for (const { run, epoch, settledAt, amount, token: of } of rows) {
    if (of.address !== token) continue
    const key = `${run}:${epoch}`
    epochs.set(key, { at: settledAt, run, epoch, amount: amount + (epochs.get(key)?.amount ?? 0n) })
  }
  let sum = 0n
  return [...epochs.values()]
    .sort((a, b) => a.at - b.at || a.run - b.run || a.epoch - b.epoch)
    .map((point) => {
      sum += point.amount
      return { ...point, sum }
    })
}

export interface Filter {
  readonly run: number | undefined
  /** Address. */
  readonly token: string | undefined
}

export function filtered(rows: readonly Earning[], { run, token }: Filter): readonly Earning[] {
  if (run === undefined && token === undefined) return rows
  return rows.filter(
    (row) => (run === undefined || row.run === run) && (token === undefined || row.token.address === token),
  )
}

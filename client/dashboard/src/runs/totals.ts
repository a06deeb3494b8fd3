// What all runs come to together. Pure.

import type { Answer } from '@tessera/indexer/api/routes'

type Summary = Answer<'runs'>[number]

export interface Totals {
  readonly live: number
  readonly rounds: number
  /** Null when no run knows. */
  readonly tokens: number | null
  readonly miners: number
  readonly validators: number
  readonly earned: bigint
}

export function totalsOf(runs: readonly Summary[]): Totals {
  const sum = (value: (run: Summary) => number): number => runs.reduce((total, run) => total + value(run), 0)
  return {
    live: runs.filter(isLive).length,
    rounds: sum(({ finalRounds, voidRounds }) => finalRounds + voidRounds),
    tokens: runs.every(({ tokens }) => tokens === null) ? null : sum(({ tokens }) => tokens ?? 0),
    miners: sum(({ miners }) => miners.active),
    validators: sum(({ validators }) => validators.active),
    earned: runs.reduce((total, { earned }) => total + earned, 0n),
  }
}

/** Under way first, then who waits, then who has ended; the newest first. */
export function inOrder(runs: readonly Summary[]): readonly Summary[] {
  const rank = (run: Summary): number => (isLive(run) ? 0 : run.phase === 'Idle' ? 1 : 2)
  return runs.toSorted((a, b) => rank(a) - rank(b) || b.run - a.run)
}

function isLive({ phase }: Summary): boolean {
  return phase !== 'Idle' && phase !== 'Ended'
}

// Percentages that were typed for runs, as the parts of a vote. Pure.

import { MAX_CHOICES, WHOLE } from '@tessera/chain/plans/ballots'

export interface Weights {
  /** Runs with a part, in 1/10 000. */
  readonly parts: readonly { readonly run: number; readonly bps: number }[]
  /** Of all parts. */
  readonly sum: number
  /** Why they make no vote, in words. */
  readonly problem: string | undefined
}

/** @param typed By run: `60`, `12.5`, or nothing. */
export function weightsOf(typed: ReadonlyMap<number, string>): Weights {
  const parts: { run: number; bps: number }[] = []
  for (const [run, text] of typed) {
    if (text.trim() === '') continue
    const [, whole, fraction = ''] = /^(\d{1,3})(?:\.(\d{1,2}))?$/.exec(text.trim()) ?? []
    if (whole === undefined)
      return { parts: [], sum: 0, problem: `Write the part of run ${run} in percent, such as 60 or 12.5.` }
    const bps = Number(whole) * 100 + Number(fraction.padEnd(2, '0'))
    if (bps > 0) parts.push({ run, bps })
  }
  const sum = parts.reduce((total, { bps }) => total + bps, 0)
  return { parts, sum, problem: problemOf(parts.length, sum) }
}

function problemOf(runs: number, sum: number): string | undefined {
  if (runs === 0) return 'Give at least one run a part.'
  if (runs > MAX_CHOICES) return `A vote is for ${MAX_CHOICES} runs at most.`
  return sum > WHOLE ? `That is ${sum / 100} % together: give 100 % or less.` : undefined
}

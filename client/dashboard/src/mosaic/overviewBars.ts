// A whole run in as many bars as there are pixels: what part of the tiles was included, or attested where there are no miners, and
// whether a round was void. Pure.

import type { MosaicColumns } from './layout.ts'

export interface OverviewBar {
  /** Included, or attested, of those that were active, 0 to 1. */
  readonly included: number
  readonly isVoid: boolean
}

export function overviewBars(columns: MosaicColumns, bars: number): readonly OverviewBar[] {
  const { round, cells, votes, void: reasons } = columns
  const [texts, best] = cells.some((text) => text !== '') ? [cells, 'i'] : [votes, 'v']
  return Array.from({ length: bars }, (_, bar) => {
    const from = Math.floor((bar * round.length) / bars)
    const to = Math.max(from + 1, Math.floor(((bar + 1) * round.length) / bars))
    let active = 0
    let included = 0
    for (const text of texts.slice(from, to))
      for (const character of text) {
        if (character !== '.') active++
        if (character === best) included++
      }
    return {
      included: active === 0 ? 0 : included / active,
      isVoid: reasons.slice(from, to).some((reason) => reason !== ''),
    }
  })
}

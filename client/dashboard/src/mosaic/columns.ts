// A run's rounds as columns of its mosaic, the one under way at the end. Pure.

import type { Answer } from '@tessera/indexer/api/routes'
import type { Series } from '../queries/mergeSeries.ts'
import type { MosaicColumns } from './layout.ts'

export type LiveRound = NonNullable<Answer<'run'>['live']>

const VOTES = { attested: 'v', worse: 'w', refused: 'x' } as const

export function columnsOf(series: Series, live: LiveRound | null): MosaicColumns {
  const { round, epoch, void: reasons, cells, votes } = series
  // The answers come one after the other: a round may be over in one and under way in the other.
  if (live === null || live.round <= (round.at(-1) ?? 0))
    return { round, epoch, void: reasons, cells, votes, isLive: false }
  return {
    round: [...round, live.round],
    epoch: [...epoch, live.epoch],
    void: [...reasons, ''],
    cells: [...cells, minersOf(live)],
    votes: [...votes, validatorsOf(live)],
    isLive: true,
  }
}

function minersOf({ miners, included }: LiveRound): string {
  return bySlot(miners, ({ slot, state }) => {
    if (state === 'revealed') return included.includes(slot) ? 'i' : 'r'
    return state === 'committed' ? 'c' : 'a'
  })
}

function validatorsOf({ validators }: LiveRound): string {
  return bySlot(validators, ({ vote }) => (vote === null ? 'a' : VOTES[vote]))
}

/** No run has more slots of a role; the answer's word for it is not taken. */
const MOST_SLOTS = 1_024

function bySlot<M extends { readonly slot: number }>(members: readonly M[], character: (member: M) => string): string {
  const known = members.filter(({ slot }) => slot < MOST_SLOTS)
  const characters = Array.from({ length: Math.max(0, ...known.map(({ slot }) => slot + 1)) }, () => '.')
  for (const member of known) characters[member.slot] = character(member)
  return characters.join('')
}

// When and in which transaction the round under way came to where it is.

import { slotsOf } from '@tessera/protocol/bitmap'
import type { RunEvent } from '@tessera/protocol/events'
import { lowerHex } from '@tessera/protocol/hex'
import type { Where } from './foldLedger.ts'
import type { RoundStory, Seen } from './ledger.ts'

export const EMPTY_STORY: RoundStory = {
  openedAt: 0,
  commits: new Map(),
  reveals: new Map(),
  leaders: [],
  votes: new Map(),
  gas: new Map(),
}

export function foldStory(before: RoundStory, event: RunEvent, { at, tx, gas }: Where): RoundStory {
  // The transaction that ends a round and opens the next one counts as the former's.
  if (event.name === 'RoundOpened')
    return { ...EMPTY_STORY, openedAt: at, gas: before.gas.has(tx) ? EMPTY_STORY.gas : new Map([[tx, gas]]) }
  // What an epoch costs counts to the round under way; escrow's events and claims are nobody's work.
  if (!('round' in event || 'epoch' in event) || 'manager' in event) return before
  const story = before.gas.has(tx) ? before : { ...before, gas: new Map(before.gas).set(tx, gas) }
  const seen: Seen = { at, tx }
  switch (event.name) {
    case 'Committed':
      return { ...story, commits: new Map(story.commits).set(event.slot, seen) }
    case 'Revealed':
      return { ...story, reveals: new Map(story.reveals).set(event.slot, seen) }
    case 'LeaderDrawn': {
      const { attempt, slot } = event
      const leader = { attempt, slot, operator: lowerHex(event.operator), at, proposed: false, included: [] }
      return { ...story, leaders: [...story.leaders, leader], votes: new Map() }
    }
    case 'Proposed': {
      const last = story.leaders.at(-1)
      if (last === undefined) return story
      const leaders = [...story.leaders.slice(0, -1), { ...last, proposed: true, included: slotsOf(event.included) }]
      return { ...story, leaders }
    }
    case 'Attested':
    case 'Refused':
      return { ...story, votes: new Map(story.votes).set(event.slot, seen) }
    default:
      return story
  }
}

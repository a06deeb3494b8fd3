// What happened in a round, in its order: groups of events with their times. Pure.

import type { Answer } from '@tessera/indexer/api/routes'
import { reasonText } from '../format/reasons.ts'

type Round = Answer<'round'>

export interface Step {
  readonly name: string
  readonly words: string
  /** Unix seconds of its events; empty when there was none. */
  readonly times: readonly number[]
  readonly kind: 'usual' | 'good' | 'bad'
}

export function timelineOf(round: Round): readonly Step[] {
  const { contributions, votes } = round
  const committed = contributions.flatMap(({ committedAt }) => (committedAt === null ? [] : [committedAt]))
  const revealed = contributions.flatMap(({ revealedAt }) => (revealedAt === null ? [] : [revealedAt]))
  return [
    { name: 'Opened', words: 'Miners began to train.', times: [round.openedAt], kind: 'usual' },
    {
      name: 'Commitments',
      words: `${committed.length} of ${contributions.length} miners committed.`,
      times: committed,
      kind: 'usual',
    },
    {
      name: 'Reveals',
      words: `${revealed.length} of ${committed.length} revealed what they had committed to.`,
      times: revealed,
      kind: 'usual',
    },
    ...round.leaders.map(leaderStep),
    {
      name: 'Votes',
      words: votes.length === 0 ? 'No validator has voted yet.' : votesText(votes),
      times: votes.flatMap(({ at }) => (at === null ? [] : [at])),
      kind: 'usual',
    },
    endStep(round),
  ]
}

function leaderStep({ slot, at, attempt, proposed, included }: Round['leaders'][number]): Step {
  const again = attempt === 0 ? '' : ` at attempt ${attempt + 1}`
  return proposed
    ? {
        name: 'Proposal',
        words: `Validator ${slot} led${again} and proposed to include ${included.length}.`,
        times: [at],
        kind: 'usual',
      }
    : {
        name: 'No proposal',
        words: `Validator ${slot} led${again} and proposed nothing in time.`,
        times: [at],
        kind: 'bad',
      }
}

function votesText(votes: Round['votes']): string {
  const words = { attested: 'attested', worse: 'measured a worse model', refused: 'refused', absent: 'did not vote' }
  const kinds = ['attested', 'worse', 'refused', 'absent'] as const
  const parts = kinds.flatMap((kind) => {
    const times = votes.filter(({ vote }) => vote === kind).length
    return times === 0 ? [] : [`${times} ${words[kind]}`]
  })
  return `${parts.join(', ')}.`
}

function endStep({ end, void: reason, closedAt }: Round): Step {
  const times = closedAt === null ? [] : [closedAt]
  if (end === 'pending') return { name: 'Under way', words: 'The round is not over.', times, kind: 'usual' }
  return end === 'final'
    ? { name: 'Final', words: 'The model moved on.', times, kind: 'good' }
    : { name: 'Void', words: reason === null ? 'The old model stays.' : reasonText(reason), times, kind: 'bad' }
}

/** Where each time stands on a track, 0 to 1, and when the track begins: shortly before the first event after the opening. */
export function trackOf(steps: readonly Step[]): { readonly from: number; readonly to: number } {
  const all = steps.slice(1).flatMap(({ times }) => times)
  const first = all.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const last = all.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  if (all.length === 0) return { from: 0, to: 1 }
  const margin = Math.max(1, (last - first) * 0.03)
  return { from: first - margin, to: last + margin }
}

// The columns of a run's rounds, put together from a first whole answer and later ones of its end. Pure.

import type { Answer } from '@tessera/indexer/api/routes'
import { TesseraError } from '@tessera/protocol/errors'

export type Series = Answer<'series'>

/** Rounds at the end that are asked for again: gas, losses and marks of a round come after its end. */
const UNSETTLED = 64
/** How far back a loss that is not there yet is still waited for. */
const MOST_BEHIND = 1_024

/** The first round to ask for when these are known; undefined for all of them. */
export function nextFrom(known: Series | undefined): number | undefined {
  if (known === undefined || known.round.length === 0) return undefined
  const rounds = known.round.length
  const waiting = known.loss.findIndex(
    (loss, at) => at >= rounds - MOST_BEHIND && loss === null && known.void[at] === '',
  )
  const at = Math.max(0, Math.min(rounds - UNSETTLED, waiting === -1 ? rounds : waiting))
  return known.round[at]
}

/** What is known up to where the end begins, then the end. The end alone when the two do not join; what is known when nothing is new. */
export function mergeSeries(known: Series | undefined, end: Series): Series {
  const first = end.round[0]
  if (known === undefined || first === undefined) return first === undefined && known !== undefined ? known : end
  const kept = known.round.findIndex((round) => round >= first)
  const at = kept === -1 ? known.round.length : kept
  if (isEnd(known, at, end)) return known
  if (at === 0 || known.round[at - 1] !== first - 1) return end
  const join = <T>(before: readonly T[], after: readonly T[]): T[] => [...before.slice(0, at), ...after]
  return {
    from: known.from,
    round: join(known.round, end.round),
    epoch: join(known.epoch, end.epoch),
    void: join(known.void, end.void),
    openedAt: join(known.openedAt, end.openedAt),
    closedAt: join(known.closedAt, end.closedAt),
    loss: join(known.loss, end.loss),
    tokens: join(known.tokens, end.tokens),
    committed: join(known.committed, end.committed),
    revealed: join(known.revealed, end.revealed),
    included: join(known.included, end.included),
    bytes: join(known.bytes, end.bytes),
    gas: join(known.gas, end.gas),
    cells: join(known.cells, end.cells),
    votes: join(known.votes, end.votes),
  }
}

/** Whether what is known from `at` on is the end: then nothing has to be drawn again. */
function isEnd(known: Series, at: number, end: Series): boolean {
  if (known.round.length - at !== end.round.length) return false
  const names = Object.keys(end).filter((name) => name !== 'from') as Exclude<keyof Series, 'from'>[]
  return names.every((name) => end[name].every((value, row) => value === known[name][at + row]))
}

/**
 * A series whose columns have one entry a round, in order: the schema cannot say so.
 * @throws `dashboard/bad-series`
 */
export function checkedSeries(run: number, series: Series): Series {
  const { from: _, ...columns } = series
  const { length } = series.round
  const isWhole = Object.values(columns).every((column) => column.length === length)
  if (isWhole && series.round.every((round, at) => at === 0 || round === (series.round[at - 1] ?? 0) + 1)) return series
  throw new TesseraError('dashboard/bad-series', `the rounds of run ${run} do not follow one another`, {
    hint: 'The indexer is broken or hostile: choose another one',
    context: { run },
  })
}

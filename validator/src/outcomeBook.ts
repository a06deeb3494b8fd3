// What this validator found out about each miner in each round, in its journal, so that a restart in the middle of an epoch
// loses no measurement.

import type { Journal } from '@tessera/agent/journal'
import type { Hex } from '@tessera/protocol/hex'
import type { Outcome } from '@tessera/protocol/score'

/** By operator, since a slot may change hands. */
export type RoundOutcomes = ReadonlyMap<Hex, Outcome>

const KIND = 'outcomes'

export function saveOutcomes(journal: Journal, round: bigint, trainSeed: Hex, outcomes: RoundOutcomes): void {
  journal.put(KIND, round, JSON.stringify({ trainSeed, outcomes: [...outcomes] }))
}

/** Undefined when the round was not measured, or was another one under the same number before the chain lost blocks. */
export function readOutcomes(journal: Journal, round: bigint, trainSeed: Hex): RoundOutcomes | undefined {
  const text = journal.get(KIND, round)
  if (text === undefined) return undefined
  // Written by ourselves; the journal itself detects damage.
  const saved = JSON.parse(text) as { trainSeed: Hex; outcomes: [Hex, Outcome][] }
  if (saved.trainSeed !== trainSeed) return undefined
  return new Map(saved.outcomes.map(([operator, outcome]) => [operator, withNumbers(outcome)]))
}

/** JSON has no word for a loss that is no number: it was written as null. */
function withNumbers(outcome: Outcome): Outcome {
  if (outcome.kind !== 'measured') return outcome
  const number = (loss: number | null): number => loss ?? Number.NaN
  const { ownBefore, ownAfter, drawnBefore, drawnAfter } = outcome
  return {
    kind: 'measured',
    ownBefore: number(ownBefore),
    ownAfter: number(ownAfter),
    drawnBefore: number(drawnBefore),
    drawnAfter: number(drawnAfter),
  }
}

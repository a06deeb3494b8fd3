// The emission's votes and payments after one more of its events.

import { type Hex, lowerHex, sameHex } from '@tessera/protocol/hex'
import type { EmissionEvent } from './indexedEvent.ts'
import { type EmissionLedger, MAX_RUN } from './ledger.ts'

export const EMPTY_EMISSION: EmissionLedger = { choices: new Map(), paid: new Map(), lastPeriod: null }

/** @param coordinator Votes and payments for runs of others are none of ours. */
export function foldEmission(emission: EmissionLedger, event: EmissionEvent, coordinator: Hex): EmissionLedger {
  if (event.name === 'Voted') {
    const ours = event.choices.filter(({ manager, run }) => sameHex(manager, coordinator) && run <= MAX_RUN)
    const choices = new Map(emission.choices)
    const weights = ours.map(({ run, bps }) => ({ run, weight: BigInt(bps) }))
    return { ...emission, choices: choices.set(lowerHex(event.holder), weights) }
  }
  if (!sameHex(event.manager, coordinator)) return emission
  const { run, period, votes, amount } = event
  const total = (emission.paid.get(run)?.total ?? 0n) + amount
  const paid = new Map(emission.paid).set(run, { total, period, votes, amount })
  const lastPeriod = emission.lastPeriod === null || period > emission.lastPeriod ? period : emission.lastPeriod
  return { ...emission, paid, lastPeriod }
}

// The settlement of an epoch of a run: who may have it settled when, with what, and who is then due how much.

import { slotsOf } from './bitmap.ts'
import { TesseraError } from './errors.ts'
import { type Hex, hexToBytes } from './hex.ts'
import type { EpochState, RunState } from './runState.ts'
import { decodeScores } from './scoreCommitment.ts'
import { type Settlement, settle } from './settlement.ts'

/** Whether `settle` is accepted in a block of time `now`: all that committed have revealed, or the deadline is past. */
export function isSettleable(epoch: EpochState, now: bigint): boolean {
  return epoch.phase === 'Reveal' && (epoch.revealed === epoch.committed || now > epoch.deadline)
}

export interface EpochSettlement {
  /** As `settle` of the coordinator takes them: of those that revealed, in ascending order of slot. */
  readonly vectors: readonly Hex[]
  readonly medians: Uint16Array
  readonly settlement: Settlement
}

/**
 * What the epoch's revealed scores come to.
 * @throws `transition/no-run` before the run is created.
 */
export function settlementOf(state: RunState, epoch: EpochState): EpochSettlement {
  const { params } = state
  if (params === null)
    throw new TesseraError('transition/no-run', 'the run has not been created yet', {
      retryable: true,
      hint: 'Follow the chain up to the creation of the run first',
    })
  const opened = slotsOf(epoch.revealed).flatMap((slot) => epoch.opened.get(slot) ?? [])
  const settlement = settle({
    pot: epoch.pot,
    minerShareBps: params.minerShareBps,
    validatorShareBps: params.validatorShareBps,
    miners: epoch.miners,
    slots: params.maxMiners,
    validators: opened.map(({ slot, scores }) => ({
      slot,
      weight: epoch.weights.get(slot) ?? 0n,
      scores: decodeScores(hexToBytes(scores), params.maxMiners),
    })),
    totalWeight: [...epoch.weights.values()].reduce((sum, weight) => sum + weight, 0n),
  })
  return { vectors: opened.map(({ scores }) => scores), medians: settlement.medians, settlement }
}

/** Wei by operator; one that is miner, validator or owner at once has the sum. */
export function dueOf(state: RunState, epoch: EpochState, settlement: Settlement): Map<Hex, bigint> {
  const due = new Map<Hex, bigint>()
  const add = (operator: Hex | undefined, amount: bigint): void => {
    if (operator !== undefined && amount > 0n) due.set(operator, (due.get(operator) ?? 0n) + amount)
  }
  for (const [slot, amount] of settlement.minerPay.entries()) add(epoch.minerOperators.get(slot), amount)
  for (const [slot, amount] of settlement.validatorPay) add(epoch.validatorOperators.get(slot), amount)
  add(state.owner, settlement.ownerPay)
  return due
}

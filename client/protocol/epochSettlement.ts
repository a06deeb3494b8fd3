// The settlement of an epoch of a run: who may have it settled when, with what, and who has then earned what share of its pots.

import { slotsOf } from './bitmap.ts'
import { TesseraError } from './errors.ts'
import { bytesToHex, type Hex, hexToBytes } from './hex.ts'
import type { EpochState, RunState } from './runState.ts'
import { decodeScores, encodeScores } from './scoreCommitment.ts'
import { type Settlement, settle } from './settlement.ts'

/** Ranks that share a word: a page ends where a word does. */
const SLOTS_OF_WORD = 8

/** Whether `settle` is accepted in a block of time `now`: all that committed have revealed, or the deadline is past. */
export function isSettleable(epoch: EpochState, now: bigint): boolean {
  return epoch.phase === 'Reveal' && (epoch.revealed === epoch.committed || now > epoch.deadline)
}

export interface EpochSettlement extends Settlement {
  /** As `settle` of the coordinator takes them: of those that revealed, in ascending order of slot. None without a quorum. */
  readonly vectors: readonly Hex[]
  /** In 2^-64 of each pot, by operator, as miner and validator together; those that earned something. */
  readonly shares: ReadonlyMap<Hex, bigint>
  /**
   * The calls that settle what is left of the epoch, in order; one at least.
   * @param size miner slots of a page, rounded up to whole words of ranks; all that are left if it is not given.
   */
  readonly pages: (size?: number) => MedianPage[]
}

/** What one call of `settle` brings besides the vectors. */
export interface MedianPage {
  /** The miner slot that it begins with. */
  readonly firstSlot: number
  /** Two bytes for each slot. Empty without a quorum: nobody looks at it. */
  readonly medians: Hex
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
    minerRounds: Array.from({ length: params.maxMiners }, (_, slot) => epoch.minerRounds.get(slot) ?? 0),
    validators: opened.map(({ slot, scores }) => ({
      slot,
      weight: epoch.weights.get(slot) ?? 0n,
      activeRounds: epoch.validatorRounds.get(slot) ?? 0,
      scores: decodeScores(hexToBytes(scores), params.maxMiners),
    })),
    totalWeight: [...epoch.weights.values()].reduce((sum, weight) => sum + weight, 0n),
    rounds: Number(epoch.lastRound - epoch.firstRound) + 1,
    finalRounds: epoch.finalRounds,
    roundsPerEpoch: params.roundsPerEpoch,
    minerShareBps: params.minerShareBps,
    validatorShareBps: params.validatorShareBps,
  })
  const vectors = settlement.quorum ? opened.map(({ scores }) => scores) : []
  const pages = (size?: number): MedianPage[] => pagesOf(epoch, settlement, size)
  return { ...settlement, vectors, shares: sharesOf(epoch, settlement), pages }
}

function pagesOf(epoch: EpochState, { quorum, medians }: Settlement, size = medians.length): MedianPage[] {
  if (!quorum) return [{ firstSlot: 0, medians: '0x' }]
  const step = SLOTS_OF_WORD * Math.max(1, Math.ceil(size / SLOTS_OF_WORD))
  const count = Math.ceil((medians.length - epoch.settledSlots) / step)
  return Array.from({ length: count }, (_, page) => {
    const firstSlot = epoch.settledSlots + page * step
    return { firstSlot, medians: bytesToHex(encodeScores(medians.subarray(firstSlot, firstSlot + step))) }
  })
}

function sharesOf(epoch: EpochState, { minerShares, validatorShares }: Settlement): Map<Hex, bigint> {
  const shares = new Map<Hex, bigint>()
  const add = (operator: Hex | undefined, share: bigint): void => {
    if (operator !== undefined && share > 0n) shares.set(operator, (shares.get(operator) ?? 0n) + share)
  }
  for (const [slot, share] of minerShares.entries()) add(epoch.minerOperators.get(slot), share)
  for (const [slot, share] of validatorShares) add(epoch.validatorOperators.get(slot), share)
  return shares
}

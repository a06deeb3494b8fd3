// How useful a miner was lately: the sum of its ranks in the last settled epochs (UsefulnessLib). Decides who gives way in a full run.

import type { RunState } from './runState.ts'
import { EPOCH_RING, REPLACED_OF, USEFULNESS_EPOCHS } from './tags.ts'

/** By miner slot, of its present member; ranks of a former member of the slot do not count. */
export function usefulnessOf({ epochs, miners }: RunState): Map<number, bigint> {
  const newest = Array.from({ length: Number(EPOCH_RING) }, (_, back) => epochs.get(BigInt(epochs.size - back)))
  const settled = newest
    .flatMap((epoch) => (epoch?.settlement ? [{ id: epoch.id, ranks: epoch.settlement.ranks }] : []))
    .slice(0, USEFULNESS_EPOCHS)
  return new Map(
    [...miners.values()].map(({ slot, firstEpoch }) => {
      const own = settled.filter(({ id }) => firstEpoch <= id)
      return [slot, own.reduce((sum, { ranks }) => sum + (ranks[slot] ?? 0n), 0n)]
    }),
  )
}

/**
 * The slot that `replaceMiner` may name: of the least useful miner among those that stay and are past their protection, the lowest
 * of those that rank alike. Null when the run is not full, when nobody can be replaced, or when no more may be in this epoch. The
 * command line asks the contract instead, and no program seeks a place by itself yet: @testonly.
 */
export function replaceableSlot(state: RunState): number | null {
  const { miners, params } = state
  if (params === null || miners.size < params.maxMiners || replacedNow(state) >= mostReplaced(params.maxMiners))
    return null
  const sums = usefulnessOf(state)
  const useOf = (slot: number): bigint => sums.get(slot) ?? 0n
  const slots = [...miners.values()]
    .filter((member) => !member.leaving && isUnprotected(state, member))
    .map(({ slot }) => slot)
  return slots.sort((a, b) => (useOf(a) < useOf(b) ? -1 : useOf(a) > useOf(b) ? 1 : a - b))[0] ?? null
}

export function isUnprotected({ epochs }: RunState, { protectedUntil }: { readonly protectedUntil: bigint }): boolean {
  return protectedUntil <= BigInt(epochs.size)
}

/** Miners that were replaced in the present epoch. */
export function replacedNow({ replaced, epochs }: RunState): number {
  return replaced.epoch === BigInt(epochs.size) ? replaced.count : 0
}

export function mostReplaced(maxMiners: number): number {
  return Math.ceil(maxMiners / REPLACED_OF)
}

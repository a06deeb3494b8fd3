// What a simulated run comes to: an epoch to its settlement, a round to what it rests on. @testonly

import { bitmapOf, hasSlot, slotsOf } from './bitmap.ts'
import { concatBytes, packUint } from './bytes.ts'
import type { RunParams } from './events.ts'
import type { Grounds } from './grounds.ts'
import { keccak256 } from './hash.ts'
import { bytesToHex, type Hex } from './hex.ts'
import type { SeatSimulator } from './seatSimulator.fixture.ts'
import { type Settlement, settle } from './settlement.ts'
import { type Epoch, known } from './simulatedRun.fixture.ts'

interface Settled {
  readonly params: RunParams
  readonly seats: SeatSimulator
}

export function settlementNow({ params, seats }: Settled, epoch: Epoch): Settlement {
  const { maxMiners, roundsPerEpoch, minerShareBps, validatorShareBps } = params
  return settle({
    minerRounds: Array.from({ length: maxMiners }, (_, slot) =>
      hasSlot(epoch.miners, slot) ? seats.activeRounds(epoch, 'miner', slot) : 0,
    ),
    validators: slotsOf(bitmapOf(epoch.revealed.keys())).map((slot) => ({
      slot,
      weight: seats.weightOf([slot]),
      activeRounds: seats.activeRounds(epoch, 'validator', slot),
      scores: known(epoch.revealed.get(slot)),
    })),
    totalWeight: seats.weightOf(slotsOf(epoch.validators)),
    rounds: Number(epoch.lastRound - epoch.firstRound) + 1,
    finalRounds: epoch.finalRounds,
    roundsPerEpoch,
    minerShareBps,
    validatorShareBps,
  })
}

interface Voted {
  readonly votes: ReadonlyMap<number, 'attest' | 'worse' | 'refuse'>
  readonly included: bigint
  readonly root: Hex
  readonly nextRoot: Hex
}

/** @param seals of the included. */
export function groundsNow(
  { votes, included, root, nextRoot }: Voted,
  at: Pick<Grounds, 'epoch' | 'finalizedAt' | 'finalBefore'>,
  seals: readonly bigint[],
): Grounds {
  return {
    ...at,
    attesters: bitmapOf([...votes].flatMap(([slot, vote]) => (vote === 'refuse' ? [] : [slot]))),
    included,
    parentRoot: root,
    root: nextRoot,
    seals: bytesToHex(keccak256(concatBytes(...seals.map((seal) => packUint(seal, 32))))),
  }
}

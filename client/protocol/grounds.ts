// What a final round rests on: FinalRound of IRunCoordinatorTypes, of which the coordinator keeps the hash for ever. Who shows that
// its root is wrong has to bring the whole of it.

import { slotsOf } from './bitmap.ts'
import { concatBytes, packUint } from './bytes.ts'
import { keccak256 } from './hash.ts'
import { bytesToHex, type Hex, hexToBytes } from './hex.ts'
import type { ContributionState, RoundState, RunState } from './runState.ts'
import { disclosure, opened } from './seal.ts'
import { ZERO_HASH } from './tags.ts'

export interface Grounds {
  readonly epoch: bigint
  /** Unix seconds. */
  readonly finalizedAt: bigint
  /** Rounds of its epoch that moved the root before it, and stood by then. */
  readonly finalBefore: number
  /** Bitmap of validator slots. */
  readonly attesters: bigint
  /** Bitmap of miner slots. */
  readonly included: bigint
  readonly parentRoot: Hex
  readonly root: Hex
  /** keccak256 of the included contributions' seals, a word each, in ascending order of slot. */
  readonly seals: Hex
}

/** Of a round that is or was final; undefined for others. For watchers, of which there is none yet: @testonly. */
export function groundsOf(state: RunState, round: bigint): Grounds | undefined {
  const found = state.rounds[Number(round) - 1]
  if (found === undefined || found.end === null || found.end.kind === 'void') return undefined
  const { epoch, attested, parentRoot, end } = found
  return {
    epoch,
    finalizedAt: endedAt(state, found),
    finalBefore: end.finalBefore,
    attesters: attested,
    included: end.included,
    parentRoot,
    root: end.root,
    seals: bytesToHex(keccak256(concatBytes(...sealsOf(found, end.included).map((seal) => packUint(seal, 32))))),
  }
}

/** As the coordinator hashes it: keccak256 of its ABI encoding, a word for each field. */
export function groundsHash(grounds: Grounds): Hex {
  const { epoch, finalizedAt, finalBefore, attesters, included, parentRoot, root, seals } = grounds
  const numbers = [epoch, finalizedAt, finalBefore, attesters, included].map((value) => packUint(value, 32))
  const hashes = [parentRoot, root, seals].map((hash) => hexToBytes(hash, 32))
  return bytesToHex(keccak256(concatBytes(...numbers, ...hashes)))
}

/** The seals of a round's contributions in a set, in ascending order of slot; of those that are opened. */
export function sealsOf({ id, contributions }: RoundState, set: bigint): bigint[] {
  return slotsOf(set).flatMap((slot) => {
    const { commitment, revealed, block } = contributions.get(slot) ?? NONE
    return revealed === null ? [] : [opened(disclosure(commitment, revealed.salt), id, block)]
  })
}

const NONE: Pick<ContributionState, 'commitment' | 'revealed' | 'block'> = {
  commitment: ZERO_HASH,
  revealed: null,
  block: 0n,
}

/** A round that is over ended in the transaction that closed its epoch or opened the next round. */
function endedAt({ epochs, rounds, round }: RunState, { id, epoch }: RoundState): bigint {
  const closed = epochs.get(epoch)
  if (closed !== undefined && closed.lastRound === id) return closed.closedAt
  return (rounds[Number(id)] ?? round)?.openedAt ?? 0n
}

// What validators vote on: a vote counts for the proposal that it names and for nothing else.

import { concatBytes, packUint, u8, u64 } from './bytes.ts'
import { keccak256 } from './hash.ts'
import { bytesToHex, type Hex, hexToBytes } from './hex.ts'
import { TAG_PROPOSAL } from './tags.ts'

export interface ProposalFields {
  readonly run: bigint
  readonly round: bigint
  /** Leaders tried in the round, this one included. */
  readonly attempt: number
  /** Bitmap of miner slots. */
  readonly included: bigint
  readonly nextRoot: Hex
}

export function proposalHash({ run, round, attempt, included, nextRoot }: ProposalFields): Hex {
  return bytesToHex(
    keccak256(
      concatBytes(
        u8(TAG_PROPOSAL),
        u64(run),
        u64(round),
        u8(attempt),
        packUint(included, 32),
        hexToBytes(nextRoot, 32),
      ),
    ),
  )
}

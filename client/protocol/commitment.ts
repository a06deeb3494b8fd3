// What a miner puts on chain before anyone may see its contribution: sealed, and bound to slot, run and round, so that it can
// neither be read nor copied nor repeated.

import { concatBytes, u8, u64 } from './bytes.ts'
import { keccak256 } from './hash.ts'
import { bytesToHex, type Hex, hexToBytes } from './hex.ts'
import { TAG_CONTRIBUTION_COMMITMENT } from './tags.ts'

export interface CommitmentFields {
  readonly run: bigint
  readonly round: bigint
  /** The miner's, which in a round is one operator's. */
  readonly slot: number
  readonly contributionRoot: Hex
  /** sha2-256 digest of the blob's root block; with the size it fixes the CID. */
  readonly digest: Hex
  /** Bytes of the blob. */
  readonly size: bigint
  /** 32 random bytes, kept until the reveal. */
  readonly salt: Hex
}

export function contributionCommitment(fields: CommitmentFields): Hex {
  const { run, round, slot, contributionRoot, digest, size, salt } = fields
  return bytesToHex(
    keccak256(
      concatBytes(
        u8(TAG_CONTRIBUTION_COMMITMENT),
        u64(run),
        u64(round),
        u8(slot),
        hexToBytes(contributionRoot, 32),
        hexToBytes(digest, 32),
        u64(size),
        hexToBytes(salt, 32),
      ),
    ),
  )
}

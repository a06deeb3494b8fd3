// A validator's scores as they are committed and revealed: two bytes, big-endian, for each miner slot of the run.

import { concatBytes, u8, u64 } from './bytes.ts'
import { TesseraError } from './errors.ts'
import { keccak256 } from './hash.ts'
import { bytesToHex, type Hex, hexToBytes } from './hex.ts'
import { TAG_SCORE_COMMITMENT } from './tags.ts'

export interface ScoreCommitmentFields {
  readonly run: bigint
  readonly epoch: bigint
  /** Operator address. */
  readonly validator: Hex
  /** As encodeScores gives them. */
  readonly scores: Uint8Array
  readonly receiptsDigest: Hex
  /** Bytes of the receipts. */
  readonly receiptsSize: bigint
  readonly salt: Hex
}

export function scoreCommitment(fields: ScoreCommitmentFields): Hex {
  const { run, epoch, validator, scores, receiptsDigest, receiptsSize, salt } = fields
  return bytesToHex(
    keccak256(
      concatBytes(
        u8(TAG_SCORE_COMMITMENT),
        u64(run),
        u64(epoch),
        hexToBytes(validator, 20),
        scores,
        hexToBytes(receiptsDigest, 32),
        u64(receiptsSize),
        hexToBytes(salt, 32),
      ),
    ),
  )
}

export function encodeScores(scores: Uint16Array): Uint8Array {
  const bytes = new Uint8Array(2 * scores.length)
  const view = new DataView(bytes.buffer)
  for (const [slot, score] of scores.entries()) view.setUint16(2 * slot, score)
  return bytes
}

/**
 * @param slots miner slots of the run.
 * @throws `score/bad-length`
 */
export function decodeScores(bytes: Uint8Array, slots: number): Uint16Array {
  if (bytes.length !== 2 * slots)
    throw new TesseraError('score/bad-length', `${bytes.length} bytes of scores for ${slots} slots`, {
      hint: 'A vector of scores has two bytes for each miner slot of the run',
      context: { length: bytes.length, slots },
    })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Uint16Array.from({ length: slots }, (_, slot) => view.getUint16(2 * slot))
}

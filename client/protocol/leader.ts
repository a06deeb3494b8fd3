// Who proposes: a draw by weight among the round's validators that have not led in it yet (contracts/README.md section 6).

import { unpackUint } from './bytes.ts'
import { TesseraError } from './errors.ts'
import { type Hex, hexToBytes } from './hex.ts'
import { leaderSeed } from './seeds.ts'

export interface LeaderDraw {
  readonly testSeed: Hex
  /** From 1. */
  readonly attempt: number
  /** Those that have not led in this round, in any order; weights in wei. */
  readonly candidates: readonly { readonly slot: number; readonly weight: bigint }[]
}

/**
 * The slot of the leader. The bias of the modulus is below 2^-124: weights sum to less than 2^132.
 * @throws `leader/no-candidates` when nobody is left that has weight.
 */
export function drawLeader({ testSeed, attempt, candidates }: LeaderDraw): number {
  const total = candidates.reduce((sum, { weight }) => sum + weight, 0n)
  if (total > 0n) {
    const x = unpackUint(hexToBytes(leaderSeed(testSeed, attempt), 32)) % total
    let sum = 0n
    for (const { slot, weight } of [...candidates].sort((a, b) => a.slot - b.slot)) {
      sum += weight
      if (sum > x) return slot
    }
  }
  throw new TesseraError('leader/no-candidates', 'no validator is left that could lead', {
    hint: 'The round is void once all have led',
    context: { attempt, candidates: candidates.length },
  })
}

// Yuma consensus as its authors describe it, to hold settlement.ts against: for stakes S (normalised) and weights W, the consensus of
// a miner is the largest w with stake(W_ij >= w) >= kappa, kappa 0.5; weights above it are clipped to it; the rank of a miner is the sum
// of stake times clipped weight. Written from that description alone, over rationals, with a search where settlement.ts sorts. @testonly

/** An exact quotient. */
export interface Ratio {
  readonly over: bigint
  readonly under: bigint
}

export interface YumaRank {
  readonly consensus: number
  /** In units of a weight: the mean of the clipped ones. */
  readonly rank: Ratio
}

/**
 * @param stakes by validator, not normalised.
 * @param weights by validator and miner; whole numbers up to `most`.
 */
export function yuma(stakes: readonly bigint[], weights: readonly (readonly number[])[], most: number): YumaRank[] {
  const all = stakes.reduce((sum, stake) => sum + stake, 0n)
  return (weights[0] ?? []).map((_, miner) => {
    const column = weights.map((row) => row[miner] as number)
    const agrees = (w: number): boolean => {
      const stake = stakes.reduce((sum, own, i) => ((column[i] as number) >= w ? sum + own : sum), 0n)
      // kappa = 1 / 2
      return 2n * stake >= all
    }
    // The stake of those at or above w falls with w, and all are at or above 0.
    let [low, high] = [0, most + 1]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (agrees(middle)) low = middle
      else high = middle
    }
    const over = stakes.reduce((sum, own, i) => sum + own * BigInt(Math.min(column[i] as number, low)), 0n)
    return { consensus: low, rank: { over, under: all } }
  })
}

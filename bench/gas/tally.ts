// What was measured of rounds and epochs, and sums over it. Pure; knows no chain.

/** Gas of a round in which everybody acts, each action and each step in a transaction of its own. */
export interface RoundGas {
  readonly round: number
  /** By miner. */
  readonly commits: readonly number[]
  readonly reveals: readonly number[]
  readonly propose: number
  /** Of all validators but the leader. */
  readonly attests: readonly number[]
  /** Steps of `advance`: to Reveal, to the first leader, and to the next round. */
  readonly toReveal: number
  readonly toLeader: number
  readonly toNext: number
}

/** Gas of the scores and the settlement of an epoch. */
export interface EpochGas {
  readonly epoch: number
  /** By validator. */
  readonly commits: readonly number[]
  readonly reveals: readonly number[]
  readonly toReveal: number
  /** The calls that settle it. */
  readonly settle: readonly number[]
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** The dearest; of nothing, NaN, which meets no target. */
export function most(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : Math.max(...values)
}

/** What one miner pays for a round, at most: its commitment and its opening together. */
export function minerRound({ commits, reveals }: RoundGas): number {
  return most(commits.map((commit, i) => commit + (reveals[i] ?? Number.NaN)))
}

export function roundTotal(round: RoundGas): number {
  const { commits, reveals, propose, attests, toReveal, toLeader, toNext } = round
  return sum(commits) + sum(reveals) + propose + sum(attests) + toReveal + toLeader + toNext
}

/** Of the scores and the settlement alone. */
export function scoresTotal({ commits, reveals, toReveal, settle }: EpochGas): number {
  return sum(commits) + sum(reveals) + toReveal + sum(settle)
}

/** Of its rounds, its scores and its settlement; claims are their claimants'. */
export function epochTotal(rounds: readonly RoundGas[], scores: EpochGas): number {
  return sum(rounds.map(roundTotal)) + scoresTotal(scores)
}

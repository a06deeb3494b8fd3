// Taking turns: what disturbs a machine for a while disturbs both sides then, and medians forget it.

/** One timed piece of work; gives what it measured, e.g. tokens per second. */
export type Turn = () => Promise<number>

/**
 * Each side once without counting, since the first call loads and compiles; then `rounds` times A B C A B C. Gives the median of
 * each side, in their order.
 */
export async function takeTurns(sides: readonly Turn[], rounds: number, signal: AbortSignal): Promise<number[]> {
  const measured = sides.map((): number[] => [])
  for (let round = -1; round < rounds; round++) {
    for (const [side, turn] of sides.entries()) {
      signal.throwIfAborted()
      const value = await turn()
      if (round >= 0) measured[side]?.push(value)
    }
  }
  return measured.map(median)
}

/** The middle value, or the mean of the two in the middle; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}

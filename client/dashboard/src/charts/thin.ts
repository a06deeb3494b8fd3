// Fewer points of a long line: each stands for several rounds in a row, by their median, so that one round does not hide a trend. Pure.

export interface Thinned {
  /** The first of each group. */
  readonly axis: readonly number[]
  readonly values: readonly number[]
  /** Rounds that a point stands for. */
  readonly each: number
}

export function thin(axis: readonly number[], values: readonly number[], most: number): Thinned {
  const each = Math.max(1, Math.ceil(values.length / most))
  if (each === 1) return { axis, values, each }
  const groups = Math.ceil(values.length / each)
  const at = Array.from({ length: groups }, (_, group) => group * each)
  return {
    axis: at.map((from) => axis[from] ?? 0),
    values: at.map((from) => median(values.slice(from, from + each))),
    each,
  }
}

/** The lower one of two in the middle; 0 of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
}

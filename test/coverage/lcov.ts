// Which lines of which file the tests reached, out of an lcov report. Knows lines only; branches and functions are not in Hardhat's.

export interface FileCoverage {
  readonly file: string
  readonly lines: number
  /** Lines that no test reached, ascending. */
  readonly missed: readonly number[]
}

/** The files of a report, in its order. A file that stands in it twice counts once, with a line reached if it was in either. */
export function readLcov(text: string): FileCoverage[] {
  const files = new Map<string, Map<number, number>>()
  let hits = new Map<number, number>()
  for (const line of text.split(/\r?\n/)) {
    const [, file] = /^SF:(.+)$/.exec(line) ?? []
    if (file !== undefined) {
      hits = files.get(file.replaceAll('\\', '/')) ?? new Map()
      files.set(file.replaceAll('\\', '/'), hits)
    }
    const [, number, count] = /^DA:(\d+),(\d+)/.exec(line) ?? []
    if (number !== undefined) hits.set(Number(number), (hits.get(Number(number)) ?? 0) + Number(count))
  }
  return [...files].map(([file, found]) => {
    const missed = [...found].filter(([, count]) => count === 0).map(([number]) => number)
    return { file, lines: found.size, missed: missed.sort((a, b) => a - b) }
  })
}

/** Part of the lines that were reached, 0 to 1. No lines is nothing reached: a report of nothing is no success. */
export function reached(files: readonly FileCoverage[]): number {
  const lines = files.reduce((sum, file) => sum + file.lines, 0)
  const missed = files.reduce((sum, file) => sum + file.missed.length, 0)
  return lines === 0 ? 0 : (lines - missed) / lines
}

/** One row for each file with a line that no test reached, the worst first: per cent, file, and the lines as ranges. */
export function missedRows(files: readonly FileCoverage[]): string[] {
  return files
    .filter(({ missed }) => missed.length > 0)
    .toSorted((a, b) => reached([a]) - reached([b]))
    .map((file) => `${percent(reached([file])).padStart(7)}  ${file.file}  ${ranges(file.missed)}`)
}

/** Rounded down, so that 100 % says that nothing is missing. */
export function percent(part: number): string {
  return `${(Math.floor(part * 10_000) / 100).toFixed(2)} %`
}

function ranges(numbers: readonly number[]): string {
  const found: [number, number][] = []
  for (const number of numbers) {
    const last = found.at(-1)
    if (last !== undefined && last[1] === number - 1) last[1] = number
    else found.push([number, number])
  }
  return found.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ')
}

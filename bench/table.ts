// Results as an aligned table for a terminal. The JSON is what programs read.

import type { BenchResult } from './bench.ts'

const HEAD = ['metric', 'value', 'unit', 'peer', 'peer value', 'ratio', 'target', '']
/** Columns of numbers stand to the right. */
const RIGHT = new Set([1, 4, 5])

export function resultTable(results: readonly BenchResult[]): string {
  const rows = [HEAD, ...results.map(cells)]
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  const pad = (cell: string, column: number): string =>
    RIGHT.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n')
}

function cells(result: BenchResult): string[] {
  const { metric, value, unit, peer, peerValue, ratio, target } = result
  return [
    metric,
    numberText(value),
    unit,
    peer ?? '',
    peerValue === null ? '' : numberText(peerValue),
    ratio === null ? '' : numberText(ratio),
    target ?? '',
    verdict(result),
  ]
}

function verdict({ ok, target }: BenchResult): string {
  if (target === null) return ''
  if (ok === null) return 'not judged'
  return ok ? 'ok' : 'MISSED'
}

/** Four significant digits, and large numbers with their thousands apart. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US').replaceAll(',', ' ')
  return String(Number(value.toPrecision(4)))
}

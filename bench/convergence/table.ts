// Results as a table in Markdown: mean and spread over the seeds of each row, and how far the mean lies from the row it is compared with.

import type { Row } from './plan.ts'
import type { RunResult } from './simulate.ts'

export interface Summary {
  readonly row: Row
  /** Final held-out losses, one a seed. */
  readonly losses: readonly number[]
  readonly mean: number
  /** Half the distance from the least to the greatest. */
  readonly spread: number
  readonly results: readonly RunResult[]
}

export function summarize(row: Row, results: readonly RunResult[]): Summary {
  const losses = results.map(({ loss }) => loss)
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length
  const spread = (Math.max(...losses) - Math.min(...losses)) / 2
  return { row, losses, mean, spread, results }
}

/** One table for each section, in the order in which sections first occur. */
export function tables(summaries: readonly Summary[]): string {
  const byName = new Map(summaries.map((summary) => [summary.row.name, summary]))
  const sections = [...new Set(summaries.map(({ row }) => row.section))]
  return sections
    .map((section) => {
      const lines = summaries.filter(({ row }) => row.section === section).map((summary) => line(summary, byName))
      return [
        `### ${section}`,
        '',
        '| run | peers | loss | spread | seeds | against |',
        '| --- | ---: | ---: | ---: | ---: | --- |',
        ...lines,
      ].join('\n')
    })
    .join('\n\n')
}

function line({ row, mean, spread, losses }: Summary, byName: ReadonlyMap<string, Summary>): string {
  const other = row.against === undefined ? undefined : byName.get(row.against)
  const against = other === undefined ? '' : `${percent(mean / meanOf(other, losses.length))} ${other.row.name}`
  return `| ${row.name} | ${row.setting.peers} | ${mean.toFixed(3)} | ${spread.toFixed(3)} | ${losses.length} | ${against} |`
}

/** Over the first `seeds` seeds: a row with fewer of them is compared over these. */
export function meanOf({ losses }: Summary, seeds: number): number {
  const shared = losses.slice(0, seeds)
  return shared.reduce((sum, loss) => sum + loss, 0) / shared.length
}

function percent(ratio: number): string {
  const value = 100 * (ratio - 1)
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)} %`
}

// The results of one run as a file.

import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeFileAtomic } from '@tessera/agent/atomicFile'
import type { BenchResult } from './bench.ts'
import type { Machine } from './machine.ts'

export interface Report {
  readonly bench: string
  /** When it ended, ISO 8601. */
  readonly at: string
  readonly machine: Machine
  readonly results: readonly BenchResult[]
}

/** The report as JSON, one result a line, so that two reports can be compared line by line. */
export function reportJson({ bench, at, machine, results }: Report): string {
  const lines = results.map((result) => `    ${JSON.stringify(finite(result))}`)
  const head = Object.entries({ bench, at, machine }).map(
    ([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  )
  return `{\n${head.join(',\n')},\n  "results": [\n${lines.join(',\n')}\n  ]\n}\n`
}

export async function writeReport(path: string, report: Report): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFileAtomic(path, new TextEncoder().encode(reportJson(report)))
}

/** JSON has no NaN: a failed measurement would become null in silence, so it becomes text. */
function finite(result: BenchResult): Record<string, unknown> {
  const entries = Object.entries(result).map(([key, value]) => [
    key,
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  ])
  return Object.fromEntries(entries)
}

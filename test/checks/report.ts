// Words the results of checks for a terminal and a log. Pure: returns lines, prints nothing.

import type { Finding, Result } from './check.ts'

// One broken rule can touch every file; past this many lines nobody reads on.
const SHOWN = 60

/** One line for a check that passed; a line and its findings for one that did not. */
export function resultLines(result: Result): string[] {
  const { findings, notes = [] } = result.outcome
  const passed = findings.length === 0
  const count = passed ? '' : `  ${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}`
  const head = `${passed ? 'ok  ' : 'FAIL'}  ${result.name.padEnd(12)} ${seconds(result.ms).padStart(8)}${count}`
  const shown = findings.slice(0, SHOWN).flatMap((finding) => indent(findingText(finding)))
  const left = findings.length - SHOWN
  return [head, ...notes.flatMap(indent), ...shown, ...(left > 0 ? [`      ... and ${left} more`] : [])]
}

/** The closing line, and the exit code that goes with it. */
export function closing(results: readonly Result[]): { readonly line: string; readonly code: number } {
  const failed = results.filter((result) => result.outcome.findings.length > 0)
  const ms = results.reduce((sum, result) => sum + result.ms, 0)
  const names = failed.length === 0 ? '' : `: ${failed.map((result) => result.name).join(', ')}`
  const line = `checks: ${results.length - failed.length} passed, ${failed.length} failed${names} (${seconds(ms)})`
  return { line, code: failed.length === 0 && results.length > 0 ? 0 : 1 }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function findingText(finding: Finding): string {
  if (finding.file === undefined) return finding.message
  const place = finding.line === undefined ? finding.file : `${finding.file}:${finding.line}`
  return `${place}  ${finding.message}`
}

function indent(text: string): string[] {
  return text.split('\n').map((line) => `      ${line}`.trimEnd())
}

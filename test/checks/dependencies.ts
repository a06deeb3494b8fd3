// Packages that a package.json names and nothing uses, and packages that are used and not named, as knip sees them. Dead exports
// are exports.ts's; why knip cannot find those here stands there.

import type { Finding, Outcome } from './check.ts'
import { binPath, runNode, spoken, type ToolResult } from './tool.ts'
import { repositoryRoot } from './tree.ts'

export async function checkDependencies(root = repositoryRoot): Promise<Outcome> {
  return {
    findings: knipFindings(await runNode([binPath('knip'), '--no-config-hints', '--reporter=json'], { cwd: root })),
  }
}

const MESSAGES = {
  dependencies: 'is named and never used',
  devDependencies: 'is named and never used',
  unlisted: 'is used and not named in the nearest package.json',
} as const

type Issue = { readonly name: string; readonly line?: number }
type Row = { readonly file: string } & { readonly [Kind in keyof typeof MESSAGES]?: readonly Issue[] }

export function knipFindings(result: ToolResult): Finding[] {
  // Exit code 1 means issues, 0 none; anything else, or no JSON, is a failure of the tool itself.
  if (result.code > 1 || !result.stdout.startsWith('{')) return [{ message: `knip failed: ${spoken(result)}` }]
  const { issues } = JSON.parse(result.stdout) as { issues: readonly Row[] }
  return issues.flatMap((row) =>
    Object.entries(MESSAGES).flatMap(([kind, words]) =>
      (row[kind as keyof typeof MESSAGES] ?? []).map((issue) => ({
        file: row.file,
        ...(issue.line === undefined ? {} : { line: issue.line }),
        message: `${issue.name} ${words}`,
      })),
    ),
  )
}

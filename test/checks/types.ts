// The type check, by the compiler itself over the one tsconfig.json of the repository.

import type { Finding, Outcome } from './check.ts'
import { binPath, runNode, spoken, type ToolResult } from './tool.ts'
import { repositoryRoot } from './tree.ts'

export async function checkTypes(root = repositoryRoot): Promise<Outcome> {
  const args = [binPath('typescript', 'tsc'), '--project', '.', '--pretty', 'false']
  return { findings: typeFindings(await runNode(args, { cwd: root })) }
}

/** Lines `file(line,column): error TSnnnn: message`; the indented lines that follow one explain it and are left out. */
export function typeFindings(result: ToolResult): Finding[] {
  const findings = result.stdout.split('\n').flatMap((text): Finding[] => {
    const [, file, line, message] = /^(.+?)\((\d+),\d+\): error (.+)$/.exec(text) ?? []
    return file === undefined || message === undefined ? [] : [{ file, line: Number(line), message }]
  })
  if (result.code === 0 || findings.length > 0) return findings
  return [{ message: `tsc failed: ${spoken(result)}` }]
}

// The type check, by the compiler itself: over what runs in Node, and over the dashboard, whose globals are a browser's.

import type { Finding, Outcome } from './check.ts'
import { binPath, runNode, spoken, type ToolResult } from './tool.ts'
import { repositoryRoot } from './tree.ts'

const PROJECTS = ['.', 'client/dashboard']

/** @param projects Folders of a tsconfig.json, below the root. */
export async function checkTypes(root = repositoryRoot, projects: readonly string[] = PROJECTS): Promise<Outcome> {
  const findings: Finding[] = []
  for (const project of projects) {
    const args = [binPath('typescript', 'tsc'), '--project', project, '--pretty', 'false']
    findings.push(...typeFindings(await runNode(args, { cwd: root })))
  }
  return { findings }
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

// Layout and lint, by the tools that own them: biome for TypeScript and JSON, prettier and solhint for Solidity. Their rules stand
// in biome.json, .prettierrc.json and .solhint.json; only the rules for Solidity tests stand beside this file.

import { relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Finding, Outcome } from './check.ts'
import { binPath, runNode, spoken, type ToolResult } from './tool.ts'
import { repositoryRoot } from './tree.ts'

const SOLIDITY = ['contracts/**/*.sol', 'test/solidity/**/*.sol']
const TEST_RULES = fileURLToPath(new URL('solhint.tests.json', import.meta.url))

/** Biome's layout, lint and import order; its warnings count. */
export async function checkTypeScriptStyle(root = repositoryRoot): Promise<Outcome> {
  const args = ['check', '--error-on-warnings', '--reporter=github', '--max-diagnostics=none', '--colors=off']
  return { findings: biomeFindings(await runNode([binPath('@biomejs/biome', 'biome'), ...args], { cwd: root }), root) }
}

/** The layout of Solidity files. */
export async function checkSolidityLayout(root = repositoryRoot): Promise<Outcome> {
  const result = await runNode([binPath('prettier'), '--check', '--log-level=warn', ...SOLIDITY], { cwd: root })
  if (result.code === 0) return { findings: [] }
  return { findings: prettierFindings(spoken(result)) }
}

export async function checkSolidityLint(root = repositoryRoot): Promise<Outcome> {
  const quiet = ['--disc', '--noPoster', '--formatter=unix']
  const solhint = binPath('solhint')
  const contracts = await runNode([solhint, ...quiet, 'contracts/**/*.sol'], { cwd: root })
  const tests = await runNode([solhint, ...quiet, '--config', TEST_RULES, 'test/solidity/**/*.sol'], {
    cwd: root,
  })
  return { findings: [contracts, tests].flatMap(solhintFindings) }
}

/** Biome's lines `::error title=RULE,file=FILE,line=N,...::MESSAGE`; notices are advice and left out. */
export function biomeFindings(result: ToolResult, root: string): Finding[] {
  const findings = result.stdout.split('\n').flatMap((text): Finding[] => {
    const [, rule, file, line, message] =
      /^::(?:error|warning) title=(.*?),file=(.*?),line=(\d+),.*?::(.*)$/.exec(text) ?? []
    if (rule === undefined || file === undefined) return []
    const words = rule === 'format' ? 'layout: run `npm run format`' : `${message} [${rule}]`
    return [{ file: relative(root, resolve(root, file)).replaceAll('\\', '/'), line: Number(line), message: words }]
  })
  if (result.code === 0 || findings.length > 0) return findings
  return [{ message: `biome failed: ${spoken(result)}` }]
}

/** One finding per `[warn] FILE`; what else it says (a syntax error, over several lines) becomes one finding. */
export function prettierFindings(text: string): Finding[] {
  const lines = text.split('\n').filter((line) => line !== '')
  const files = lines.flatMap((line) => /^\[warn\] (\S+\.sol)$/.exec(line)?.[1] ?? [])
  const findings: Finding[] = files.map((file) => ({ file, message: 'layout: run `npm run format`' }))
  const errors = lines.filter((line) => line.startsWith('[error]'))
  if (errors.length > 0 || files.length === 0)
    findings.push({ message: (errors.length > 0 ? errors : lines).join('\n') })
  return findings
}

/** Solhint's lines `file:line:column: message [Severity/rule]`. */
export function solhintFindings(result: ToolResult): Finding[] {
  const findings = result.stdout.split('\n').flatMap((text): Finding[] => {
    const [, file, line, message] = /^(.+?):(\d+):\d+: (.+)$/.exec(text) ?? []
    return file === undefined || message === undefined ? [] : [{ file, line: Number(line), message }]
  })
  if (result.code === 0 || findings.length > 0) return findings
  return [{ message: `solhint failed: ${spoken(result)}` }]
}

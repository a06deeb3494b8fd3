// Holds that what is generated was generated from what stands in the tree now. Each generator compares by itself when it is called
// with --check; this runs them. The tables of options in the READMEs are options.ts's.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Finding, Outcome } from './check.ts'
import { runNode, spoken } from './tool.ts'
import { repositoryRoot } from './tree.ts'

/** Generators by their path from the root. */
export const generators = ['deploy/codegen.ts', 'test/vectors/generate.ts'] as const

export async function checkGenerated(scripts: readonly string[], root = repositoryRoot): Promise<Outcome> {
  const findings: Finding[] = []
  for (const script of scripts) {
    const path = join(root, script)
    if (!existsSync(path)) {
      findings.push({ file: script, message: 'does not exist' })
      continue
    }
    const result = await runNode([path, '--check'], { cwd: root })
    if (result.code !== 0) findings.push({ file: script, message: `${spoken(result)}\nrun \`npm run gen\`` })
  }
  return { findings }
}

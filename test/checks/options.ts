// The programs' option tables and the pages that show them. `node test/checks/options.ts` compares, with --write it puts the
// present tables into the pages.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { devnetOptions } from '@tessera/deploy/devnet/options'
import { minerOptions } from '@tessera/miner/options'
import { validatorOptions } from '@tessera/validator/options'
import type { Outcome } from './check.ts'
import { checkOptionPages, type OptionPages, withTable } from './optionPages.ts'
import { repositoryRoot, type Tree, workingTree } from './tree.ts'

const pages: OptionPages = {
  'miner/README.md': minerOptions,
  'validator/README.md': validatorOptions,
  'deploy/README.md': devnetOptions,
}

export function checkOptions(tree: Tree): Outcome {
  return checkOptionPages(tree, pages)
}

if (import.meta.main) {
  const tree = workingTree()
  if (process.argv.includes('--write')) {
    for (const [file, table] of Object.entries(pages)) {
      const fresh = tree.has(file) ? withTable(tree.read(file), table) : undefined
      if (fresh !== undefined) writeFileSync(join(repositoryRoot, file), fresh)
    }
  }
  // Anew, so that what could not be written is reported.
  const { findings } = checkOptions(workingTree())
  for (const { file, message } of findings) console.error(`${file}: ${message}`)
  process.exitCode = findings.length === 0 ? 0 : 1
}

// The programs' option tables and the pages that show them. `node test/checks/options.ts` compares, with --write it puts the
// present tables into the pages.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { benchOptions } from '@tessera/bench/options'
import { commands } from '@tessera/cli/commands'
import { devnetOptions } from '@tessera/deploy/devnet/options'
import { indexerOptions } from '@tessera/indexer/options'
import { minerOptions } from '@tessera/miner/options'
import { validatorOptions } from '@tessera/validator/options'
import type { Outcome } from './check.ts'
import { checkOptionPages, type OptionPages, placeOf, withTable } from './optionPages.ts'
import { repositoryRoot, type Tree, workingTree } from './tree.ts'

const pages: OptionPages = {
  'miner/README.md': minerOptions,
  'validator/README.md': validatorOptions,
  'client/indexer/README.md': indexerOptions,
  'deploy/README.md': devnetOptions,
  'bench/README.md': benchOptions,
  ...Object.fromEntries(commands.map(({ name, options }) => [`client/cli/README.md#${name}`, options])),
}

export function checkOptions(tree: Tree): Outcome {
  return checkOptionPages(tree, pages)
}

if (import.meta.main) {
  if (process.argv.includes('--write')) {
    for (const [page, table] of Object.entries(pages)) {
      // Anew, since a page may have several tables.
      const tree = workingTree()
      const { file } = placeOf(page)
      const fresh = tree.has(file) ? withTable(tree.read(file), page, table) : undefined
      if (fresh !== undefined) writeFileSync(join(repositoryRoot, file), fresh)
    }
  }
  // Anew, so that what could not be written is reported.
  const { findings } = checkOptions(workingTree())
  for (const { file, message } of findings) console.error(`${file}: ${message}`)
  process.exitCode = findings.length === 0 ? 0 : 1
}

// A folder on the disk with planted files, the settings of our tools and our packages, for tests of the checks that run a tool.
// Gone when the test ends. @testonly

import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { repositoryRoot } from './tree.ts'

const SETTINGS = ['.gitignore', '.prettierignore', '.prettierrc.json', '.solhint.json', 'biome.json', 'tsconfig.json']

/** @returns The folder's path. */
export function plantedFolder(t: TestContext, texts: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'tessera-planted-'))
  t.after(() => rmSync(root, { recursive: true }))
  for (const file of SETTINGS) copyFileSync(join(repositoryRoot, file), join(root, file))
  symlinkSync(join(repositoryRoot, 'node_modules'), join(root, 'node_modules'), 'junction')
  for (const [file, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  return root
}

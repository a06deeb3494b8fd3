// The static build of the dashboard, as it is published: made once for all tests.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from '../../e2e/harness/world.ts'

/** Folder of the build. */
export function builtSite(): string {
  const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js')
  const { status, stdout, stderr } = spawnSync(process.execPath, [vite, 'build', 'client/dashboard'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`the dashboard was not built:\n${stdout}\n${stderr}`)
  return join(ROOT, 'client', 'dashboard', 'dist')
}

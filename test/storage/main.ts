// `npm run test:storage`: what `npm test` holds against fakes, against real services: Kubo, which it builds first, and what the files beside
// this one start themselves. Every *.real.test.ts of this folder is run; `npm run test:storage -- NAME...` runs some. Needs Go and, the first
// time, the network.

import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildKubo } from '@tessera/deploy/kubo/buildKubo'
import { errorLine } from '@tessera/protocol/errors'

const SUFFIX = '.real.test.ts'
const FILE_LIMIT_MS = 8 * 60_000

const root = fileURLToPath(new URL('../..', import.meta.url))
process.exitCode = await run(process.argv.slice(2))

async function run(names: readonly string[]): Promise<number> {
  const all = globSync(`*${SUFFIX}`, { cwd: import.meta.dirname }).sort()
  const unknown = names.find((name) => !all.includes(name + SUFFIX))
  if (unknown !== undefined) {
    console.error(`storage/nothing-to-run: there is no ${unknown}${SUFFIX}; there are ${all.join(', ')}`)
    return 2
  }
  const files = all.filter((file) => names.length === 0 || names.includes(file.slice(0, -SUFFIX.length)))
  try {
    const home = join(root, '.tessera', 'kubo')
    process.env.TESSERA_TEST_KUBO = await buildKubo({ home, print: (line) => console.log(line) })
  } catch (error) {
    console.error(errorLine(error))
    return 1
  }
  // One after the other: each has a service of its own to keep busy.
  const flags = ['--test', '--test-reporter=spec', '--test-concurrency=1', `--test-timeout=${FILE_LIMIT_MS}`]
  const paths = files.map((file) => join(import.meta.dirname, file))
  return spawnSync(process.execPath, [...flags, ...paths], { stdio: 'inherit', cwd: root }).status ?? 1
}

// `npm run test:dashboard`: the dashboard in a real Chromium, on a real network of miners and validators on this machine.
// `npm run test:dashboard -- NAME...` runs some files of this folder, `-- --screenshots FOLDER` takes pictures of every page instead.

import { spawnSync } from 'node:child_process'
import { globSync, rmSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findChromium } from '@tessera/deploy/setup/chromium'
import { errorLine } from '@tessera/protocol/errors'

/** Milliseconds for all tests of the shared network; each has its own limit besides. */
const LIMIT_MS = 600_000
const SUFFIX = '.e2e.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, 'test', 'dashboard')
const argv = process.argv.slice(2)
process.exitCode = run()

function run(): number {
  try {
    process.env.TESSERA_CHROMIUM = findChromium({ env: process.env, print: (line) => console.log(line) })
  } catch (error) {
    console.error(errorLine(error))
    return 1
  }
  if (argv[0] === '--screenshots') {
    if (argv[1] === undefined) return usage('--screenshots needs a folder')
    return start([join(folder, 'screenshots.ts'), resolve(argv[1])])
  }
  // What it is in the order of the names: the last ones leave the network in another state than they found it.
  const files = globSync(`*${SUFFIX}`, { cwd: folder }).sort()
  const unknown = argv.find((name) => !files.includes(`${name}${SUFFIX}`))
  if (unknown !== undefined) return usage(`no test is named ${unknown}`)
  const chosen = files.filter((file) => argv.length === 0 || argv.includes(basename(file, SUFFIX)))
  rmSync(join(root, '.tessera', 'test-dashboard'), { recursive: true, force: true })
  // One process, so that one network serves them all; one after the other.
  const flags = ['--test', '--test-reporter=spec', '--test-isolation=none', `--test-timeout=${LIMIT_MS}`]
  return start([...flags, ...chosen.map((file) => join(folder, file))])
}

function start(args: readonly string[]): number {
  return spawnSync(process.execPath, args, { stdio: 'inherit', cwd: root }).status ?? 1
}

function usage(problem: string): number {
  const names = globSync(`*${SUFFIX}`, { cwd: folder }).map((file) => basename(file, SUFFIX))
  console.error(`tests/nothing-to-run: ${problem}; npm run test:dashboard -- [${names.sort().join('|')}]...`)
  return 2
}

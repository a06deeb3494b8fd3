// `npm run test:dashboard`: the dashboard in a real Chromium, on a real network of miners and validators on this machine.
// `npm run test:dashboard -- NAME...` runs some files of this folder, `-- --screenshots FOLDER` takes pictures of every page instead.

import { spawnSync } from 'node:child_process'
import { globSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findChromium } from '@tessera/deploy/setup/chromium'
import { errorLine } from '@tessera/protocol/errors'

const SUFFIX = '.e2e.ts'
/**
 * What is slow to come about is begun first: stake that has to earn for epochs. The last one takes blocks back from the chain, after
 * which nobody trains.
 */
const ORDER = [
  'start',
  'live',
  'holder',
  'static',
  'keyboard',
  'model',
  'verify',
  'zero',
  'rewards',
  'accessibility',
  'reorg',
] as const

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
    return start([join(folder, 'screenshots', 'main.ts'), resolve(argv[1])])
  }
  const unknown = argv.find((name) => !(ORDER as readonly string[]).includes(name))
  if (unknown !== undefined) return usage(`no test is named ${unknown}`)
  const forgotten = globSync(`*${SUFFIX}`, { cwd: folder }).find(
    (file) => !ORDER.some((name) => file === name + SUFFIX),
  )
  if (forgotten !== undefined) return usage(`${forgotten} has no place in the order`)
  const chosen = ORDER.filter((name) => argv.length === 0 || argv.includes(name))
  rmSync(join(root, '.tessera', 'test-dashboard'), { recursive: true, force: true })
  return start(['--test-reporter=spec', join(folder, 'suite.ts'), ...chosen])
}

function start(args: readonly string[]): number {
  return spawnSync(process.execPath, args, { stdio: 'inherit', cwd: root }).status ?? 1
}

function usage(problem: string): number {
  console.error(`tests/nothing-to-run: ${problem}; npm run test:dashboard -- [${ORDER.join('|')}]...`)
  return 2
}

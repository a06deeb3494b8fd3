// `npm run test:slither`: Slither over the contracts, with every detector that it has but those that accepted.ts names. Fails on a
// finding that nobody has looked at, and on an accepted one that is gone. Needs Python and, the first time, the network.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot, workingTree } from '../checks/tree.ts'
import { pythonEnvironment } from '../python/environment.ts'
import { accepted, excluded } from './accepted.ts'
import { writeBuildInfo } from './buildInfo.ts'
import { slitherFindings, triage } from './triage.ts'

const TIMEOUT_MS = 8 * 60_000

const started = performance.now()
const home = join(repositoryRoot, '.tessera', 'slither')
const out = join(home, 'findings.json')
const { python } = pythonEnvironment(join(home, 'python'), [join(import.meta.dirname, 'requirements.txt')])

const tree = workingTree()
const artifacts = join(home, 'artifacts')
console.log('compiling the contracts')
const contracts = tree.files.filter((file) => /^contracts\/.*\.sol$/.test(file))
writeBuildInfo(tree, Object.fromEntries(contracts.map((file) => [file, tree.read(file)])), artifacts, false)
console.log('running Slither')
// It adds to a file that is there.
rmSync(out, { force: true })
const compiled = [
  '--compile-force-framework',
  'hardhat',
  '--ignore-compile',
  '--hardhat-artifacts-directory',
  artifacts,
]
const scope = ['--exclude-dependencies', '--filter-paths', 'node_modules']
const detectors = ['--exclude', excluded.map(({ check }) => check).join(',')]
const args = [
  '-m',
  'slither',
  '.',
  ...compiled,
  ...scope,
  ...detectors,
  '--fail-none',
  '--disable-color',
  '--json',
  out,
]
const run = spawnSync(python, args, { cwd: repositoryRoot, encoding: 'utf8', timeout: TIMEOUT_MS })
if (run.error !== undefined) throw run.error
if (!existsSync(out)) throw new Error(`Slither ended with ${run.status} and no result: ${run.stderr}`)

const findings = slitherFindings(readFileSync(out, 'utf8'))
const { fresh, stale } = triage(findings, accepted)
for (const { check, impact, at, text } of fresh)
  console.error(`\nslither/new-finding: ${check} (${impact})\n${text}\n  at: '${at}'`)
for (const { check, at } of stale)
  console.error(`\nslither/stale: ${check} at '${at}' is found no more: remove it from accepted.ts`)
if (fresh.length > 0)
  console.error('\nFix what is wrong; what is right gets an entry in test/slither/accepted.ts that says why.')
const seconds = ((performance.now() - started) / 1000).toFixed(1)
const known = findings.length - fresh.length
const failed = fresh.length + stale.length > 0
console.log(
  `\nslither: ${known} findings accepted, ${fresh.length} new, ${stale.length} stale: ${failed ? 'FAILED' : 'passed'} (${seconds} s)`,
)
process.exitCode = failed ? 1 : 0

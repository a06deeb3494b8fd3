// `npm test`: runs the groups of tests one after the other, each as a process of its own with the closing lines of its own runner,
// and says at the end how each fared. `npm test -- NAME...` runs some groups, folders or files; with --deep, as `npm run test:deep`
// does, the Solidity ones look further. See test/README.md.

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type PlannedGroup, planTests } from './runner/groups.ts'
import { runProcess } from './runner/runProcess.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const started = performance.now()
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort())

const files = globSync('{client,miner,validator,deploy,test,bench}/**/*.{test.ts,t.sol}', {
  cwd: root,
  // What needs real services is run by `npm run test:storage`.
  exclude: (path) => path.endsWith('node_modules') || path.endsWith('.real.test.ts'),
}).map((path) => path.replaceAll('\\', '/'))
const options = process.argv.slice(2)
// hardhat.config.ts says what that is.
if (options.includes('--deep')) process.env.TESSERA_FUZZ = 'deep'
const plan = planTests(
  files.sort(),
  options.filter((option) => option !== '--deep'),
)
if ('problem' in plan) {
  console.error(`tests/nothing-to-run: ${plan.problem}`)
  process.exit(2)
}

const outcomes: { readonly name: string; readonly passed: boolean; readonly ms: number }[] = []
for (const planned of plan.groups) {
  const { name } = planned.group
  console.log(`\n=== ${name}: ${planned.files.length} files`)
  const start = performance.now()
  try {
    // To pass by doing nothing would be no pass.
    const code = planned.files.length === 0 ? 1 : await runProcess(command(planned), { cwd: root, signal: stop.signal })
    outcomes.push({ name, passed: code === 0, ms: performance.now() - start })
  } catch (error) {
    if (!stop.signal.aborted) throw error
    console.error('\ntests: stopped')
    process.exit(130)
  }
}

const failed = outcomes.filter(({ passed }) => !passed).map(({ name }) => name)
console.log('\n=== summary')
for (const { name, passed, ms } of outcomes)
  console.log(`${passed ? 'ok  ' : 'FAIL'}  ${name.padEnd(12)} ${seconds(ms)}`)
const names = failed.length === 0 ? '' : `: ${failed.join(', ')}`
const total = seconds(performance.now() - started)
console.log(`\ntests: ${outcomes.length - failed.length} groups passed, ${failed.length} failed${names} (${total})`)
process.exitCode = failed.length === 0 ? 0 : 1

function command({ group, files }: PlannedGroup): string[] {
  if (group.suffix === '.t.sol') return [hardhat(), 'test', 'solidity', ...files]
  const seed = process.env.TESSERA_SEED === undefined ? [] : ['--import', './test/runner/seed.ts']
  const limits = [`--test-concurrency=${group.concurrency}`, `--test-timeout=${group.timeoutMs}`]
  return [...seed, '--test', '--test-reporter=spec', ...limits, ...files]
}

function hardhat(): string {
  const folder = join(root, 'node_modules', 'hardhat')
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { bin: { hardhat: string } }
  return join(folder, bin.hardhat)
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

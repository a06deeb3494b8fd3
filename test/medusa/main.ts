// `npm run test:medusa`: the invariants of test/solidity once more, by Medusa: another EVM, and a fuzzer that is led by coverage.
// Builds Medusa from the sources that go.mod and go.sum name. Needs Go, Python and, the first time, the network.

import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { repositoryRoot, workingTree } from '../checks/tree.ts'
import { pythonEnvironment } from '../python/environment.ts'
import { writeBuildInfo } from '../slither/buildInfo.ts'
import { medusaConfig } from './config.ts'
import { callsMade, harnessSource, readSuite } from './harness.ts'

const SUITES = [
  'test/solidity/vault/StakeVaultInvariant.t.sol',
  'test/solidity/vault/RewardEscrowInvariant.t.sol',
  'test/solidity/emission/EmissionInvariant.t.sol',
]
/** For each suite: what ends first. */
const BOUNDS = { workers: 2, calls: 20_000, seconds: 50, perSequence: 80 }
/** Fewer is no test; a slow machine makes some hundreds in the time. */
const LEAST_CALLS = 100

const started = performance.now()
const home = join(repositoryRoot, '.tessera', 'medusa')
const medusa = join(home, process.platform === 'win32' ? 'medusa.exe' : 'medusa')
const requirements = join(import.meta.dirname, '..', 'slither', 'requirements.txt')
const { python } = pythonEnvironment(join(repositoryRoot, '.tessera', 'slither', 'python'), [requirements])

console.log('building Medusa (two minutes the first time)')
const source = ['-C', import.meta.dirname, '-buildvcs=false', '-o', medusa, 'github.com/crytic/medusa']
if ((await run('go', ['build', ...source])).code !== 0) throw new Error('medusa/no-build: go says above why it failed')

const tree = workingTree()
const failed: string[] = []
for (const file of SUITES) if (!(await fuzz(file))) failed.push(file)
const seconds = ((performance.now() - started) / 1000).toFixed(1)
const names = failed.length === 0 ? '' : `: ${failed.join(', ')}`
console.log(`\nmedusa: ${SUITES.length - failed.length} suites passed, ${failed.length} failed${names} (${seconds} s)`)
process.exitCode = failed.length === 0 ? 0 : 1

async function fuzz(file: string): Promise<boolean> {
  console.log(`\n=== ${file}`)
  const suite = readSuite(file, tree.read(file))
  const project = join(home, suite.test)
  rmSync(project, { recursive: true, force: true })
  const sources = {
    [`${dirname(file)}/MedusaHarness.sol`]: harnessSource(suite),
    'test/solidity/Base.sol': tree.read('test/medusa/Base.sol'),
  }
  const output = writeBuildInfo(tree, sources, join(project, 'artifacts'), true)
  const handler = output.contracts?.[file]?.[suite.handler]
  if (handler === undefined) throw new Error(`${file} has no contract ${suite.handler}`)
  writeProject(project, Object.keys(output.sources ?? {}), sources)
  const args = ['--compile-force-framework', 'hardhat', '--ignore-compile', '--npx-disable']
  const compile = { target: project, exportDirectory: join(project, 'export'), args }
  const config = join(project, 'medusa.json')
  writeFileSync(config, JSON.stringify(medusaConfig(suite, handler, compile, BOUNDS), undefined, 2))
  // crytic-compile would ask a Hardhat that it finds where things are, and be told of another project: it finds none.
  const { code, said } = await run(medusa, ['fuzz', '--config', config], { PATH: dirname(python) })
  const calls = callsMade(said)
  if (code === 0 && calls < LEAST_CALLS)
    console.error(
      `medusa/too-few-calls: ${calls} in ${BOUNDS.seconds} s say nothing: give it a machine with less to do`,
    )
  return code === 0 && calls >= LEAST_CALLS
}

/** A folder with the sources as they were compiled: crytic-compile and the traces look for them there. */
function writeProject(project: string, paths: readonly string[], changed: Readonly<Record<string, string>>): void {
  for (const path of paths.filter((name) => !name.startsWith('@'))) {
    mkdirSync(join(project, dirname(path)), { recursive: true })
    writeFileSync(join(project, path), changed[path] ?? tree.read(path))
  }
  // crytic-compile takes the folder for Hardhat's by this file, and does not read it.
  writeFileSync(join(project, 'hardhat.config.js'), '')
  symlinkSync(join(repositoryRoot, 'node_modules'), join(project, 'node_modules'), 'junction')
}

/** Runs a program to its end, with its output on the terminal as it comes. */
async function run(
  program: string,
  args: readonly string[],
  environment?: NodeJS.ProcessEnv,
): Promise<{ readonly code: number; readonly said: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const env = { ...process.env, ...environment }
  const child = spawn(program, args, { cwd: repositoryRoot, stdio: ['ignore', 'pipe', 'inherit'], env })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
    process.stdout.write(text)
  })
  child.on('error', ({ message }) => {
    reject(new Error(`medusa/no-program: ${program} does not start (${message}): install it, then run this again`))
  })
  child.on('close', (code) => resolve(code ?? 1))
  return { code: await promise, said }
}

// `npm run test:coverage`: the Solidity tests once more, with the lines counted that they reach. Fails below 98 % of the contracts'
// lines, and when a test fails. Tests of gas are left out: the counting costs gas and code. Hardhat writes its own report, with the
// source beside it, into coverage/html.

import { existsSync, globSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { binPath } from '../checks/tool.ts'
import { repositoryRoot } from '../checks/tree.ts'
import { runProcess } from '../runner/runProcess.ts'
import { missedRows, percent, reached, readLcov } from './lcov.ts'

const LEAST = 0.98

const started = performance.now()
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort())

const report = join(repositoryRoot, 'coverage', 'lcov.info')
// Else a run that writes none would pass with the last one's.
rmSync(report, { force: true })
try {
  const files = globSync('test/solidity/**/*.t.sol', { cwd: repositoryRoot }).filter(
    (file) => !file.endsWith('Gas.t.sol'),
  )
  const args = [binPath('hardhat'), 'test', 'solidity', ...files.sort(), '--coverage']
  const code = await runProcess(args, { cwd: repositoryRoot, signal: stop.signal })
  process.exitCode = code === 0 ? judge() : 1
  if (code !== 0) console.error('coverage/test-failed: a test failed, see above: mend it first')
} catch (error) {
  if (!stop.signal.aborted) throw error
  console.error('\ncoverage: stopped')
  process.exitCode = 130
}

function judge(): number {
  if (!existsSync(report)) {
    console.error(`coverage/no-report: Hardhat wrote no ${report}: see what it said above`)
    return 1
  }
  const files = readLcov(readFileSync(report, 'utf8')).filter(({ file }) => file.startsWith('contracts/'))
  const part = reached(files)
  const rows = missedRows(files)
  console.log(rows.length === 0 ? '\nevery line is reached' : `\nlines that no test reaches:\n${rows.join('\n')}`)
  const passed = part >= LEAST
  if (!passed) console.error(`coverage/too-low: ${percent(LEAST)} are asked for: test the lines above`)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const total = `${percent(part)} of the lines of ${files.length} contracts and libraries`
  console.log(`\ncoverage: ${total}: ${passed ? 'passed' : 'FAILED'} (${seconds} s)`)
  return passed ? 0 : 1
}

// `npm start` twice: the second goes on where the first ended, and its report says what the issue of a report is: rounds, the
// root in every replica, what was paid. Then Ctrl-C, after which nothing is left running.

import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { Lifecycle } from '@tessera/agent/lifecycle'
import { parseOptions } from '@tessera/agent/options'
import { devnetOptions } from '@tessera/deploy/devnet/options'
import type { Report } from '@tessera/deploy/devnet/report'
import { startDevnet } from '@tessera/deploy/devnet/start'
import { e2ePreset } from './harness/preset.ts'
import { ROOT } from './harness/world.ts'

const CLOSE_LIMIT_MS = 60_000
let data: string

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'tessera-resume-'))
})

after(() => rm(data, { recursive: true, force: true }))

/** Runs the launcher's own code to its end, with the tests' smaller model. */
async function start(rounds: number): Promise<{ report: Report; lines: readonly string[] }> {
  const lines: string[] = []
  const file = join(data, 'report.json')
  const argv = [
    '--rounds',
    String(rounds),
    '--exit',
    '--no-dashboard',
    '--report',
    file,
    '--data',
    data,
    '--port',
    '0',
    '--sample-every',
    '2',
  ]
  const members = ['--miners', '2', '--validators', '2', '--corpus-limit', '1000000']
  const options = parseOptions(devnetOptions, { argv: [...argv, ...members], env: {} })
  const lifecycle = new Lifecycle({ closeLimitMs: CLOSE_LIMIT_MS })
  try {
    await startDevnet({ options, preset: e2ePreset, root: ROOT, lifecycle, print: (line) => lines.push(line) })
  } finally {
    await lifecycle.close()
  }
  return { report: JSON.parse(await readFile(file, 'utf8')) as Report, lines }
}

function checkReport(report: Report, rounds: readonly number[]): void {
  assert.deepEqual(
    report.rounds.map(({ round }) => round),
    rounds,
  )
  const roots = new Map(report.rounds.map(({ round, root }) => [round, root]))
  for (const round of rounds) {
    const replicas = report.replicas.filter((replica) => replica.round === round)
    assert.equal(new Set(replicas.map(({ operator }) => operator)).size, 4, `replicas of round ${round}`)
    for (const replica of replicas) assert.equal(replica.root, roots.get(round), `round ${round}`)
  }
  assert.ok(BigInt(report.owed) <= BigInt(report.held))
  assert.ok(report.blobBytesPerParameterBits > 0.1)
  assert.deepEqual(
    report.earned.map(({ role }) => role),
    ['miner', 'miner', 'validator', 'validator', 'delegator', 'owner'],
  )
}

let lastLoss: number

test('a first start trains from the genesis, and everyone that worked has claimed', async () => {
  const { report, lines } = await start(2)
  checkReport(report, [0, 1, 2])
  assert.ok((report.rounds[0]?.evalLoss ?? 0) > 5)
  lastLoss = report.rounds.at(-1)?.evalLoss ?? Number.NaN
  assert.ok(lastLoss < (report.rounds[0]?.evalLoss ?? 0))
  for (const { account, role, wei } of report.earned)
    assert.ok(BigInt(wei) > 0n, `${role} ${account} has claimed nothing`)
  assert.equal(report.paid, String(report.earned.reduce((sum, { wei }) => sum + BigInt(wei), 0n)))
  const passed = report.earned.reduce((sum, { forDelegators }) => sum + BigInt(forDelegators), 0n)
  const delegator = BigInt(report.earned.find(({ role }) => role === 'delegator')?.wei ?? 0n)
  // Each division leaves less than a wei of a pool to nobody.
  assert.ok(passed >= delegator && passed - delegator < 10n, `${passed} for delegators, of which ${delegator} claimed`)
  assert.ok(lines.some((line) => line.includes('the model writes')))
})

test('a second start goes on where the first ended', async () => {
  const { report } = await start(2)
  // The first start's nodes went on while the last epoch was paid, so that a round or two are in nobody's report.
  const rounds = report.rounds.map(({ round }) => round)
  assert.equal(rounds.length, 2)
  assert.ok((rounds[0] ?? 0) > 2)
  checkReport(report, rounds)
  assert.ok((report.rounds.at(-1)?.evalLoss ?? Number.NaN) < lastLoss)
})

test('Ctrl-C ends every process that was started', async () => {
  const argv = ['--data', data, '--port', '0', '--dashboard-port', '0', '--miners', '2', '--validators', '2']
  const child = spawn(process.execPath, [join(ROOT, 'deploy/devnet/main.ts'), ...argv], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  const lines: string[] = []
  let running = 0
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (running > 0 || !/^round +\d+/.test(line)) continue
    running = processesWith(data)
    child.kill('SIGINT')
  }
  assert.equal(await ended, 130, lines.join('\n'))
  assert.ok(running >= 6, `only ${running} processes were running: the test shows nothing`)
  assert.equal(processesWith(data), 0)
})

/** How many processes name the folder in their command line. */
function processesWith(folder: string): number {
  const list = execFileSync('ps', ['-axww', '-o', 'command='], { encoding: 'utf8', maxBuffer: 2 ** 24 })
  return list.split('\n').filter((line) => line.includes(folder)).length
}

// A devnet with its indexer: what anybody is told over HTTP is what the nodes measured and the contracts paid, as the devnet's own
// report has it.

import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Lifecycle } from '@tessera/agent/lifecycle'
import { parseOptions } from '@tessera/agent/options'
import { devnetOptions } from '@tessera/deploy/devnet/options'
import type { Report } from '@tessera/deploy/devnet/report'
import { startDevnet } from '@tessera/deploy/devnet/start'
import { ask } from '@tessera/indexer/api/client'
import type { Answer } from '@tessera/indexer/api/routes'
import { e2ePreset } from './harness/preset.ts'
import { ROOT } from './harness/world.ts'

const ROUNDS = 4
const RUN = 1
/** Those that the rounds close. */
const EPOCHS = ROUNDS / e2ePreset.timing.roundsPerEpoch
const LIMIT_MS = 8 * 60_000
const LOOK_MS = 500

const lifecycle = new Lifecycle({ closeLimitMs: 60_000 })
let data: string
let running: Promise<void>
let url: string
let report: Report

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'tessera-indexer-'))
  const lines: string[] = []
  let heard: () => void = () => undefined
  /** The rest of the first line that begins like this. */
  const line = async (start: string): Promise<string> => {
    for (;;) {
      const found = lines.find((one) => one.startsWith(start))
      if (found !== undefined) return found.slice(start.length).trim()
      await new Promise<void>((resolve) => {
        heard = resolve
      })
    }
  }
  const file = join(data, 'report.json')
  const network = [
    '--data',
    data,
    '--port',
    '0',
    '--dashboard-port',
    '0',
    '--device',
    'cpu',
    '--corpus-limit',
    '1000000',
  ]
  const members = ['--miners', '2', '--validators', '2', '--rounds', String(ROUNDS), '--report', file]
  const options = parseOptions(devnetOptions, { argv: [...network, ...members], env: {} })
  running = startDevnet({
    options,
    preset: e2ePreset,
    root: ROOT,
    lifecycle,
    print: (text) => {
      lines.push(text)
      heard()
    },
  })
  const begun = Promise.race([
    running.then(() => assert.fail(`the network ended:\n${lines.join('\n')}`)),
    (async () => {
      url = await line('dashboard  ')
      await line('report     ')
    })(),
  ])
  await begun
  assert.match(url, /^http:/, lines.join('\n'))
  report = JSON.parse(await readFile(file, 'utf8')) as Report
})

after(async () => {
  await lifecycle.close()
  await running
  await rm(data, { recursive: true, force: true })
})

/** Asks, look by look, until the answer has what is waited for. */
async function until<T>(what: string, get: () => Promise<T>, condition: (answer: T) => boolean): Promise<T> {
  const limit = AbortSignal.timeout(LIMIT_MS)
  for (;;) {
    const answer = await get()
    if (condition(answer)) return answer
    const shown = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
    if (limit.aborted) throw new Error(`waited for ${what}: ${JSON.stringify(answer, shown)}`)
    await delay(LOOK_MS)
  }
}

test('losses and roots are those that the nodes found', async () => {
  const series = await until(
    'the losses',
    () => ask(url, 'series', { run: RUN }),
    ({ loss }) => loss.length >= ROUNDS && loss.slice(0, ROUNDS).every((one) => one !== null),
  )
  const { rows } = await ask(url, 'checkpoints', { run: RUN, limit: 100 })
  for (const { round, root, evalLoss } of report.rounds) {
    const checkpoint = rows.find((row) => row.round === round)
    assert.equal(checkpoint?.root, root)
    assert.equal(checkpoint?.loss, evalLoss)
    assert.match(checkpoint?.sample?.text ?? '', /^\n# /)
    if (round > 0) assert.equal(series.loss[series.round.indexOf(round)], evalLoss)
  }
  const { steps, batch } = e2ePreset.training
  const perRound = 2 * steps * batch * e2ePreset.model.context
  assert.deepEqual(
    series.tokens.slice(0, ROUNDS),
    report.rounds.filter(({ round }) => round > 0).map((_, n) => (n + 1) * perRound),
  )
})

test('what everyone earned is what the report says was paid', async () => {
  const claimed = async (account: string): Promise<Answer<'earnings'>['rows']> => {
    const { rows } = await ask(url, 'earnings', { address: account, limit: 500 })
    return rows.filter((row) => row.epoch <= EPOCHS && row.source === 0)
  }
  for (const { account, role, wei } of report.earned) {
    const own = (rows: Answer<'earnings'>['rows']) =>
      rows.filter(({ kind }) => (kind === 'owner') === (role === 'owner'))
    const rows = own(
      await until(
        `the claims of the ${role} ${account}`,
        () => claimed(account),
        (found) => own(found).length > 0 && own(found).every(({ claimedAt }) => claimedAt !== null),
      ),
    )
    assert.equal(
      rows.reduce((sum, { amount }) => sum + amount, 0n),
      BigInt(wei),
      role,
    )
  }
})

test('the receipts of every validator about every miner are verified', async () => {
  const { members } = await ask(url, 'run', { run: RUN })
  const miners = members.filter(({ role }) => role === 'miner')
  assert.equal(miners.length, 2)
  for (const { operator } of miners) {
    const closed = ({ minerEpochs }: Answer<'miner'>) => minerEpochs.filter(({ epoch }) => epoch <= EPOCHS)
    const detail = await until(
      `the receipts about ${operator}`,
      () => ask(url, 'miner', { run: RUN, operator }),
      (answer) => closed(answer).every(({ receipts }) => receipts.every(({ state }) => state === 'verified')),
    )
    assert.equal(closed(detail).length, EPOCHS)
    for (const { receipts, median } of closed(detail)) {
      assert.equal(receipts.length, 2)
      assert.ok(median > 0 && receipts.every(({ score }) => score > 0))
    }
  }
})

test('says how it and the observer fare, and serves the page', async () => {
  const status = await ask(url, 'status', {})
  assert.equal(status.observer.error, null)
  assert.deepEqual(
    status.observer.runs.map(({ run }) => run),
    [RUN],
  )
  const page = await fetch(url)
  assert.match(await page.text(), /<div id="root">/)
})

// `npm start` as a newcomer types it: prints where the dashboard is, and the dashboard shows the live run within 30 s of the first block.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { openClient } from '@tessera/chain/clients'
import { getHeader } from '@tessera/chain/rpc'
import { ask } from '@tessera/indexer/api/client'
import { ROOT } from '../e2e/harness/world.ts'
import { openBrowser, startVisit, WIDE } from './harness/browser.ts'

const LIMIT_MS = 180_000
/** Seconds from the first block to a page that shows the run. */
const MOST_SECONDS = 30

test('npm start prints the address, and the live run is there within 30 s of the first block', {
  timeout: LIMIT_MS,
}, async (t) => {
  const data = await mkdtemp(join(tmpdir(), 'tessera-start-'))
  const options = ['--data', data, '--port', '0', '--dashboard-port', '0', '--device', 'cpu']
  const devnet = spawn(process.execPath, [join(ROOT, 'deploy', 'devnet', 'main.ts'), ...options], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  // In this order: hooks run in the order in which they were made, and none after one that fails.
  t.after(async () => {
    await end(devnet)
    await rm(data, { recursive: true, force: true })
  })
  const { browser, close } = await openBrowser()
  t.after(close)
  const { chain, dashboard } = await addresses(devnet)
  const visit = await startVisit(browser, { theme: 'light', width: WIDE })
  try {
    const { page } = visit
    await page.goto(`${dashboard}/#/`)
    const link = page
      .getByRole('main')
      .getByRole('link', { name: /devnet-0\.5M/ })
      .first()
    await link.waitFor({ timeout: MOST_SECONDS * 1_000 })
    await link.click()
    await page.getByRole('heading', { level: 1, name: /devnet-0\.5M/ }).waitFor()
    const seconds = Date.now() / 1_000 - (await firstBlockTime(chain))
    t.diagnostic(`the run was there ${seconds.toFixed(1)} s after the first block`)
    assert.ok(seconds <= MOST_SECONDS, `${seconds} s`)
    // Members join meanwhile; then its first round opens, and the page follows.
    await page.locator('li[aria-current=step]').waitFor({ timeout: LIMIT_MS })
    const { openedAt } = await ask(dashboard, 'round', { run: 1, round: 1 })
    const late = Date.now() / 1_000 - openedAt
    t.diagnostic(`its first phase was shown ${late.toFixed(1)} s after the round's first block`)
    assert.ok(late <= MOST_SECONDS, `${late} s`)
    assert.deepEqual(visit.complaints, [])
  } catch (error) {
    for (const file of await visit.keepEvidence('npm start')) t.diagnostic(`left ${file}`)
    throw error
  }
})

/** As a person reads them off the terminal. */
async function addresses(devnet: ChildProcess): Promise<{ readonly chain: string; readonly dashboard: string }> {
  assert.ok(devnet.stdout !== null)
  const found = new Map<string, string>()
  const seen: string[] = []
  for await (const line of createInterface({ input: devnet.stdout })) {
    seen.push(line)
    const [, name, url] = /^(chain|dashboard) +(http:\S+)$/.exec(line) ?? []
    if (name !== undefined && url !== undefined) found.set(name, url)
    const [chain, dashboard] = [found.get('chain'), found.get('dashboard')]
    if (chain !== undefined && dashboard !== undefined) {
      // What else it says is nobody's to read, and must not stop it.
      devnet.stdout.resume()
      return { chain, dashboard }
    }
  }
  throw new Error(`npm start ended without its addresses:\n${seen.join('\n')}`)
}

/** Unix seconds. */
async function firstBlockTime(rpcUrl: string): Promise<number> {
  const header = await getHeader({ client: openClient({ rpcUrl }) }, 1n)
  assert.ok(header !== undefined)
  return Number(header.timestamp)
}

async function end(devnet: ChildProcess): Promise<void> {
  if (devnet.exitCode !== null) return
  devnet.kill('SIGTERM')
  await once(devnet, 'exit')
}

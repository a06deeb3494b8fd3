// The live run: the page follows phases, rounds and losses without being loaded again, and goes on when the indexer was killed.

import assert from 'node:assert/strict'
import { getRunHead } from '@tessera/chain/actions/getRunHead'
import type { Page } from 'playwright-core'
import { eventually } from './harness/eventually.ts'
import { pageTest } from './harness/pageTest.ts'

const ROUND_LIMIT_MS = 60_000
const LOSS_LIMIT_MS = 90_000

/** The text of a number at the top of a page. */
async function statText(page: Page, name: string): Promise<string> {
  const stat = page.locator('dl > div').filter({ has: page.getByText(name, { exact: true }) })
  return (await stat.locator('dd').first().textContent()) ?? ''
}

pageTest('the Runs page shows the run, and leads to it', async ({ page, open }) => {
  await open('/')
  await page.getByRole('main').getByRole('link', { name: /e2e/ }).first().click()
  await page.getByRole('heading', { level: 1, name: /e2e/ }).waitFor()
})

pageTest('phases move, a round ends and the loss appears, without loading anew', async ({ stage, page, open }) => {
  const { chain, run } = stage.world.network
  await open(`/run/${run}`)
  const phase = page.locator('li[aria-current=step]')
  const seen = new Set<string>()
  const look = async (): Promise<Set<string>> => {
    for (const text of await phase.allTextContents()) seen.add(text.replace(/\d.*/s, '').trim())
    return seen
  }
  await eventually('two phases', look, (phases) => phases.size >= 2, ROUND_LIMIT_MS)
  await phase.getByRole('timer').waitFor()
  const before = Number(await statText(page, 'Rounds'))
  const after = Number(
    await eventually(
      'another round',
      () => statText(page, 'Rounds'),
      (text) => Number(text) > before,
      ROUND_LIMIT_MS,
    ),
  )
  const { round } = await getRunHead(chain, { run })
  assert.ok(BigInt(after) <= round, `${after} rounds are over, and the last that opened is ${round}`)
  await eventually(
    'a loss',
    () => statText(page, 'Loss'),
    (text) => /^\d\.\d+/.test(text),
    LOSS_LIMIT_MS,
  )
})

pageTest(
  'the page says when it has lost touch, and goes on when the indexer is back',
  async ({ stage, page, open, provokes }) => {
    provokes(/\/v1\//)
    await open(`/run/${stage.world.network.run}`)
    const badge = page.getByRole('banner').getByRole('link', { name: /^(block|offline|live)/ })
    await badge.filter({ hasText: /^block/ }).waitFor()
    const before = await statText(page, 'Rounds')
    const gone = badge.filter({ hasText: 'offline' }).waitFor()
    await Promise.all([gone, stage.indexing.restart()])
    await badge.filter({ hasText: /^block/ }).waitFor()
    await eventually(
      'more rounds',
      () => statText(page, 'Rounds'),
      (text) => Number(text) > Number(before),
      ROUND_LIMIT_MS,
    )
  },
)

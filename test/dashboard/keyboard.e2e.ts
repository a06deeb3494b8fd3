// Without a mouse: pages, tabs and dialogs are reached, used and left by keys alone, and the focus is where it should be.

import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { fund } from './harness/funds.ts'
import { HOLDER_KEY } from './harness/holderKey.ts'
import { pageTest } from './harness/pageTest.ts'
import { installWallet, WALLET_NAME } from './harness/wallet.ts'

/** Stops of the Tab key that a person may need; more would be no way to get there. */
const MOST_STOPS = 60

/** Presses Tab until what has the focus is named so. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  const seen: string[] = []
  for (let stop = 0; stop < MOST_STOPS; stop++) {
    await page.keyboard.press('Tab')
    const focused = (await page.evaluate(
      "(() => { const { activeElement: at } = document; return at.getAttribute('aria-label') ?? at.textContent.trim().slice(0, 80) })()",
    )) as string
    if (name.test(focused)) return
    seen.push(focused)
  }
  assert.fail(`${name} was not reached by Tab: ${seen.join(' | ')}`)
}

pageTest('the first stop skips to the content; pages are reached by Tab and Enter', async ({ page, open }) => {
  await open('/')
  await tabTo(page, /^Skip to content$/)
  await page.keyboard.press('Enter')
  assert.equal(await page.evaluate('document.activeElement.tagName'), 'MAIN')
  await page.reload()
  await page.locator('h1').first().waitFor()
  await tabTo(page, /^Status$/)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'Status' }).waitFor()
  // Whoever cannot see goes on where the new page begins.
  assert.equal(await page.evaluate('document.activeElement.tagName'), 'MAIN')
})

pageTest('the tiles of the mosaic are read by arrow keys, and Enter opens the round', async ({ stage, page, open }) => {
  await open(`/run/${stage.world.network.run}`)
  const mosaic = page.getByRole('region', { name: /Arrow keys read the tiles/ })
  await mosaic.focus()
  // The first key begins at the newest round.
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: /Round 1\b/ }).waitFor()
})

pageTest('a dialog takes the focus, keeps it, and gives it back on Escape', async ({ stage, page }) => {
  const { anvil, chain } = stage.world.network
  await fund(stage.world, HOLDER_KEY, 0n)
  await installWallet(page, { key: HOLDER_KEY, rpcUrl: anvil.rpcUrl, chainId: chain.deployment.chainId })
  await page.goto(`${stage.site}/#/`)
  await page.locator('h1').first().waitFor()
  await tabTo(page, /^Connect wallet$/)
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Connect a wallet' })
  await dialog.waitFor()
  await dialog.getByRole('button', { name: WALLET_NAME }).waitFor()
  for (let stop = 0; stop < 8; stop++) {
    await page.keyboard.press('Tab')
    const isInside = await page.evaluate(
      "document.activeElement === document.body || document.querySelector('dialog').contains(document.activeElement)",
    )
    assert.ok(isInside, 'the focus left the dialog')
  }
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  assert.equal(await page.evaluate('document.activeElement.textContent'), 'Connect wallet')
})

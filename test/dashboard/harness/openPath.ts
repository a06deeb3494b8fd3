// Goes to a page of the dashboard, from wherever the tab is.

import type { Page } from 'playwright-core'

/** @param path Behind `#`. Resolves when the page has its heading. */
export async function openPath(page: Page, site: string, path: string): Promise<void> {
  await page.goto(`${site}/#${path}`)
  await page.locator('h1').first().waitFor()
}

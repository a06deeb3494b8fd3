// When a page has got everything that it asks for at first.

import type { Page } from 'playwright-core'

/** Nothing is marked as loading any more. Work that a page only does when asked for is none. */
export async function untilLoaded(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor()
  await page.waitForFunction(
    "[...document.querySelectorAll('[role=status]')].every(({ textContent }) => !textContent.startsWith('Loading'))" +
      " && document.fonts.status === 'loaded'",
  )
}

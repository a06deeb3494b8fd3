// When a page has got everything that it asks for at first.

import type { Page } from 'playwright-core'
import { eventually } from './eventually.ts'

const IS_LOADED = `document.fonts.status === 'loaded' &&
  [...document.querySelectorAll('[role=status]')].every(({ textContent }) => !textContent.startsWith('Loading'))`

/** Nothing is marked as loading any more. Work that a page only does when asked for is none. */
export async function untilLoaded(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor()
  // Asked from outside: the page's policy lets nothing be evaluated in it, which a wait inside would need.
  await eventually(
    'nothing is being loaded',
    () => page.evaluate(IS_LOADED),
    (isLoaded) => isLoaded === true,
  )
}

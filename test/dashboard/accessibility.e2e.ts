// axe finds nothing on any page, in light and dark, on a phone and on a wide screen.

import assert from 'node:assert/strict'
import { violationsOf } from './harness/axe.ts'
import { PHONE, WIDE } from './harness/browser.ts'
import { pagesOf } from './harness/pages.ts'
import { pageTest } from './harness/pageTest.ts'
import { untilLoaded } from './harness/settled.ts'

const HEIGHT = 900

pageTest('axe finds no violation on any page, light and dark, phone and wide', async ({ stage, page, open }) => {
  const found: string[] = []
  for (const { name, path } of pagesOf(stage)) {
    await open(path)
    await untilLoaded(page)
    for (const width of [WIDE, PHONE])
      for (const theme of ['light', 'dark']) {
        await page.setViewportSize({ width, height: HEIGHT })
        await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`)
        found.push(...(await violationsOf(page)).map((line) => `${name}, ${theme}, ${width} px: ${line}`))
      }
  }
  assert.deepEqual(found, [])
})

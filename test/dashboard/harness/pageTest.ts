// A test of a page: a fresh profile of the browser, opened on the shared network. It fails when the page complained of something that
// the test did not announce, and what failed leaves a screenshot and the page's complaints.

import assert from 'node:assert/strict'
import { after, type TestContext, test } from 'node:test'
import type { Page } from 'playwright-core'
import { type Look, startVisit, WIDE } from './browser.ts'
import { openPath } from './openPath.ts'
import { closeStage, type Stage, stage } from './stage.ts'

export interface Guest {
  readonly stage: Stage
  readonly page: Page
  readonly t: TestContext
  /** Opens a page by its path behind `#`. */
  open(path: string): Promise<void>
  /** Complaints that this test provokes. */
  provokes(...patterns: readonly RegExp[]): void
}

export type PageTest = (guest: Guest) => Promise<void>

const LOOK: Look = { theme: 'light', width: WIDE }
const LIMIT_MS = 180_000

after(closeStage)

export function pageTest(name: string, run: PageTest, look: Partial<Look> = {}): void {
  test(name, { timeout: LIMIT_MS }, async (t) => {
    const opened = await stage()
    const visit = await startVisit(opened.browsing.browser, { ...LOOK, ...look })
    const { page } = visit
    const provoked: RegExp[] = []
    const guest: Guest = {
      stage: opened,
      page,
      t,
      open: (path) => openPath(page, opened.site, path),
      provokes: (...patterns) => void provoked.push(...patterns),
    }
    try {
      await run(guest)
      const unexpected = visit.complaints.filter(({ text }) => !provoked.some((pattern) => pattern.test(text)))
      assert.deepEqual(unexpected, [], 'the page complained')
    } catch (error) {
      for (const file of await visit.keepEvidence(name)) t.diagnostic(`left ${file}`)
      throw error
    } finally {
      await visit.close()
    }
  })
}

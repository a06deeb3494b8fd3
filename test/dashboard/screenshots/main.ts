// `npm run test:dashboard -- --screenshots FOLDER`: pictures of every page, light and dark, of a phone and of a wide screen, from a
// network with some history. Asserts nothing.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '../../e2e/harness/until.ts'
import { PHONE, startVisit, WIDE } from '../harness/browser.ts'
import { openPath } from '../harness/openPath.ts'
import { pagesOf } from '../harness/pages.ts'
import { untilLoaded } from '../harness/settled.ts'
import { closeStage, type Stage, stage } from '../harness/stage.ts'
import { stepsOf } from '../harness/verifying.ts'

const HISTORY_LIMIT_MS = 300_000
/** Epochs: enough for lines in the charts. */
const HISTORY = 4n
const THEMES = ['light', 'dark'] as const

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('a folder has to be named')
await mkdir(folder, { recursive: true })
const opened = await stage()
try {
  await untilHistory(opened)
  for (const theme of THEMES) for (const width of [WIDE, PHONE]) await takeAll(opened, theme, width, folder)
} finally {
  await closeStage()
}

async function untilHistory({ world }: Stage): Promise<void> {
  await until(
    world.follower,
    `epoch ${HISTORY} is settled`,
    ({ state }) => state.epochs.get(HISTORY)?.settlement?.booked === true,
    { signal: world.signal, limitMs: HISTORY_LIMIT_MS },
  )
}

async function takeAll(
  { browsing, site, ...rest }: Stage,
  theme: (typeof THEMES)[number],
  width: number,
  to: string,
): Promise<void> {
  const visit = await startVisit(browsing.browser, { theme, width })
  try {
    for (const { name, path } of pagesOf({ browsing, site, ...rest })) {
      await openPath(visit.page, site, path)
      await untilLoaded(visit.page)
      if (name.startsWith('verify-')) await stepsOf(visit.page)
      const file = join(to, `${name}-${theme}-${width}.png`)
      await visit.page.screenshot({ path: file, fullPage: true })
      console.log(file)
    }
  } finally {
    await visit.close()
  }
}

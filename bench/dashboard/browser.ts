// What a visitor of a page would feel, measured in a real Chromium: when it is drawn, what it took to load, how it scrolls, what it
// holds in memory. Knows nothing of what is on the page but what it is told to look for.

import type { Browser, BrowserContext, Page } from 'playwright-core'

export interface Visited {
  /** From the beginning of the navigation until what was looked for is drawn. */
  readonly seconds: number
  /** Over the network, all of it, as compressed as it came. */
  readonly bytes: number
  /** Of JavaScript objects, after a collection. */
  readonly heapBytes: number
  /** Of the document: what the browser itself keeps is in proportion. */
  readonly nodes: number
}

const DRAWN_LIMIT_MS = 180_000
const VIEWPORT = { width: 1440, height: 900 }

/** A visit by somebody who has never been here. */
export async function visit<T>(
  browser: Browser,
  url: string,
  isDrawn: string,
  use: (page: Page, visited: Visited) => Promise<T>,
): Promise<T> {
  const context = await browser.newContext({ viewport: VIEWPORT })
  try {
    const page = await context.newPage()
    const traffic = await countTraffic(context, page)
    await page.goto(url, { waitUntil: 'commit', timeout: DRAWN_LIMIT_MS })
    const seconds = (await drawnAt(page, isDrawn)) / 1_000
    return await use(page, { seconds, bytes: traffic.bytes(), ...(await traffic.memory()) })
  } finally {
    await context.close()
  }
}

/** Milliseconds since the navigation began, of the first frame that shows it. */
async function drawnAt(page: Page, isDrawn: string): Promise<number> {
  return Number(
    await page.evaluate(`new Promise((resolve, reject) => {
      const look = (now) => {
        if (now > ${DRAWN_LIMIT_MS}) return reject(new Error('not drawn in time'))
        requestAnimationFrame(${isDrawn} ? resolve : look)
      }
      requestAnimationFrame(look)
    })`),
  )
}

async function countTraffic(
  context: BrowserContext,
  page: Page,
): Promise<{ readonly bytes: () => number; readonly memory: () => Promise<Pick<Visited, 'heapBytes' | 'nodes'>> }> {
  const session = await context.newCDPSession(page)
  let bytes = 0
  await session.send('Network.enable')
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength
  })
  return {
    bytes: () => bytes,
    memory: async () => {
      await session.send('HeapProfiler.collectGarbage')
      const { usedSize } = await session.send('Runtime.getHeapUsage')
      const { nodes } = await session.send('Memory.getDOMCounters')
      return { heapBytes: usedSize, nodes }
    },
  }
}

export interface Scroll {
  /** CSS selector of what scrolls. */
  readonly of: string
  readonly way: 'scrollLeft' | 'scrollTop'
  /** CSS pixels a frame. */
  readonly step: number
  readonly frames: number
}

/** Scrolls frame by frame; the longest time between two frames in milliseconds. */
export async function longestFrame(page: Page, { of, way, step, frames }: Scroll): Promise<number> {
  await page.locator(of).first().scrollIntoViewIfNeeded()
  return Number(
    await page.evaluate(`new Promise((resolve) => {
      const element = document.querySelector(${JSON.stringify(of)})
      let left = ${frames}, before, longest = 0
      const frame = (now) => {
        if (before !== undefined) longest = Math.max(longest, now - before)
        before = now
        if (left-- === 0) return resolve(longest)
        element.${way} += ${step}
        requestAnimationFrame(frame)
      }
      requestAnimationFrame(frame)
    })`),
  )
}

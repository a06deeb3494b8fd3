// The page of a long run, 6,190 rounds with 20 miners, as its visitor meets it: real server, real Chromium, seeded data. Beside it what
// most would do, the same contributions in one plain table.

import { join } from 'node:path'
import { buildDashboard } from '@tessera/deploy/dashboard'
import { CHROMIUM_FLAGS, findChromium } from '@tessera/deploy/setup/chromium'
import { type Browser, chromium } from 'playwright-core'
import { type BenchContext, type BenchResult, benchResult } from '../bench.ts'
import { median } from '../measure.ts'
import { longestFrame, type Scroll, type Visited, visit } from './browser.ts'
import { servePlainTable } from './plainTable.ts'
import { serveSeed } from './serveSeed.ts'

const SIZE = { rounds: 6_190, miners: 20, validators: 5 } as const
const TURNS = { short: 5, full: 15 } as const
const MOSAIC = 'section[aria-label*="Arrow keys read the tiles"]'
const CONTRIBUTIONS = 'section[aria-label="Contributions, newest first"]'
/** Mosaic, loss and contributions are on the page: what the visitor came for. */
const RUN_DRAWN = `(
  document.querySelector('${MOSAIC} canvas')?.width > 0 &&
  document.querySelector('.u-wrap canvas') !== null &&
  document.querySelectorAll('${CONTRIBUTIONS} tbody tr').length > 5)`
const FIRST_DRAWN = `(document.querySelector('main h1') !== null && document.querySelector('main a[href*="run/"]') !== null)`
const FRAMES = 120
const SCROLLS = {
  mosaic: { of: MOSAIC, way: 'scrollLeft', step: -90, frames: FRAMES },
  contributions: { of: CONTRIBUTIONS, way: 'scrollTop', step: 240, frames: FRAMES },
  plain: { of: '#scroll', way: 'scrollTop', step: 240, frames: FRAMES },
} as const satisfies Record<string, Scroll>
const PEER = 'a plain table of all rows'

interface Turn extends Visited {
  readonly mosaic: number
  readonly contributions: number
}

export async function run(context: BenchContext): Promise<BenchResult[]> {
  const { root, signal, log } = context
  const executablePath = findChromium({ env: process.env, print: log })
  const site = await buildDashboard({ root, folder: join(root, '.tessera', 'dashboard'), signal })
  const told = (rounds: number): void =>
    rounds % 1_000 === 0 ? log(`${rounds} of ${SIZE.rounds} rounds seeded`) : undefined
  const server = await serveSeed({ size: SIZE, site, onProgress: told, signal })
  const plain = await servePlainTable(SIZE)
  const browser = await chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS] })
  try {
    const count = context.full ? TURNS.full : TURNS.short
    log(`${count} visits of the run's page, each with a fresh profile`)
    const ours = await repeat(count, signal, () => visitRun(browser, `${server.url}/#/run/${server.run}`))
    log('one visit of the plain table')
    const theirs = await visit(
      browser,
      plain.url,
      "document.querySelector('#end') !== null",
      async (page, visited) => ({
        ...visited,
        contributions: await longestFrame(page, SCROLLS.plain),
      }),
    )
    const first = await visit(browser, `${server.url}/#/`, FIRST_DRAWN, async (_page, visited) => visited)
    return resultsOf(ours, theirs, first)
  } finally {
    await browser.close()
    await plain.close()
    await server.close()
  }
}

function visitRun(browser: Browser, url: string): Promise<Turn> {
  return visit(browser, url, RUN_DRAWN, async (page, visited) => ({
    ...visited,
    mosaic: await longestFrame(page, SCROLLS.mosaic),
    contributions: await longestFrame(page, SCROLLS.contributions),
  }))
}

/** Once without counting: the server compresses its files when they are first asked for. */
async function repeat<T>(times: number, signal: AbortSignal, turn: () => Promise<T>): Promise<readonly T[]> {
  const results: T[] = []
  for (let time = -1; time < times; time++) {
    signal.throwIfAborted()
    const result = await turn()
    if (time >= 0) results.push(result)
  }
  return results
}

function resultsOf(
  ours: readonly Turn[],
  theirs: Visited & Pick<Turn, 'contributions'>,
  first: Visited,
): BenchResult[] {
  const of = (field: keyof Turn): number => median(ours.map((turn) => turn[field]))
  const peer = PEER
  return [
    benchResult({
      metric: 'run page drawn, cold',
      value: of('seconds'),
      unit: 's',
      peer,
      peerValue: theirs.seconds,
      target: 'value <= 2',
    }),
    benchResult({
      metric: 'longest frame, scrolling the mosaic',
      value: of('mosaic'),
      unit: 'ms',
      target: 'value <= 50',
    }),
    benchResult({
      metric: 'longest frame, scrolling the contributions',
      value: of('contributions'),
      unit: 'ms',
      peer,
      peerValue: theirs.contributions,
      target: 'value <= 50',
    }),
    benchResult({ metric: 'objects of the page', value: of('heapBytes') / 1e6, unit: 'MB' }),
    benchResult({ metric: 'nodes of the document', value: of('nodes'), unit: '', peer, peerValue: theirs.nodes }),
    benchResult({ metric: 'run page loaded, all that came', value: of('bytes') / 1e3, unit: 'kB' }),
    benchResult({
      metric: 'first load of the dashboard',
      value: first.bytes / 1e3,
      unit: 'kB',
      target: 'value <= 300',
    }),
  ]
}

// One Chromium for a test process, behind the tampering proxy, and a fresh profile for each test. What a page says on its console and
// what it fails to load is written down: a test that did not provoke it fails.

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CHROMIUM_FLAGS, findChromium } from '@tessera/deploy/setup/chromium'
import { type Browser, type BrowserContext, chromium, type Page, type Request } from 'playwright-core'
import { ROOT } from '../../e2e/harness/world.ts'
import { isOurs, startProxy, type TamperingProxy } from './proxy.ts'

export interface Browsing {
  readonly browser: Browser
  readonly proxy: TamperingProxy
  close(): Promise<void>
}

export interface Look {
  readonly theme: 'light' | 'dark'
  /** CSS pixels. */
  readonly width: number
}

export const PHONE = 390
export const WIDE = 1440
const HEIGHT = 900
/** Of one action or one wait: a failure that says what was waited for comes before the test's own limit. */
const ACTION_LIMIT_MS = 20_000
/** Where a failed test leaves what it saw. */
const EVIDENCE = join(ROOT, '.tessera', 'test-dashboard')

export async function openBrowser(): Promise<Browsing> {
  const executablePath = findChromium({ env: process.env, print: (line) => process.stderr.write(`${line}\n`) })
  const proxy = await startProxy()
  const browser = await chromium.launch({
    executablePath,
    args: [...CHROMIUM_FLAGS],
    // Playwright sends the loopback through it too.
    proxy: { server: proxy.url },
  })
  return {
    browser,
    proxy,
    close: async () => {
      await browser.close()
      await proxy.close()
    },
  }
}

/** What a page did that it should not. */
export interface Complaint {
  readonly kind: 'console' | 'exception' | 'stranger' | 'request' | 'answer'
  readonly text: string
}

export interface Visit {
  readonly page: Page
  readonly complaints: readonly Complaint[]
  /** Leaves a screenshot and all complaints under a name; returns the paths. */
  keepEvidence(name: string): Promise<readonly string[]>
  close(): Promise<void>
}

export async function startVisit(browser: Browser, { theme, width }: Look): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width, height: HEIGHT },
    colorScheme: theme,
    reducedMotion: 'reduce',
    acceptDownloads: true,
  })
  context.setDefaultTimeout(ACTION_LIMIT_MS)
  const page = await context.newPage()
  const complaints = complaintsOf(context)
  return {
    page,
    complaints,
    keepEvidence: async (name) => {
      await mkdir(EVIDENCE, { recursive: true })
      const file = join(EVIDENCE, name.replaceAll(/[^a-z\d]+/gi, '-').slice(0, 80))
      const lines = complaints.map(({ kind, text }) => `${kind}: ${text}\n`)
      await writeFile(`${file}.log`, [`${page.url()}\n`, ...lines].join(''))
      // A page that has crashed has no picture.
      const shot = await page.screenshot({ path: `${file}.png`, fullPage: true }).catch(() => undefined)
      return shot === undefined ? [`${file}.log`] : [`${file}.png`, `${file}.log`]
    },
    close: () => context.close(),
  }
}

function complaintsOf(context: BrowserContext): readonly Complaint[] {
  const complaints: Complaint[] = []
  const add = (kind: Complaint['kind'], text: string): void => void complaints.push({ kind, text })
  context.on('console', (message) => {
    const { url } = message.location()
    if ((message.type() === 'error' || message.type() === 'warning') && !isMiss(url, message.text()))
      add('console', `${message.text()} (${url})`)
  })
  context.on('weberror', (error) => add('exception', String(error.error().stack ?? error.error())))
  context.on('request', (request) => {
    const url = new URL(request.url())
    if (url.protocol.startsWith('http') && !isOurs(url)) add('stranger', described(request))
  })
  context.on('requestfailed', (request) => {
    const { errorText = '' } = request.failure() ?? {}
    // What the page itself gave up, or left behind when it went on.
    if (errorText !== 'net::ERR_ABORTED') add('request', `${described(request)}: ${errorText}`)
  })
  context.on('response', (response) => {
    const text = `${described(response.request())}: ${response.status()}`
    if (response.status() >= 400 && !isMiss(response.url(), text)) add('answer', text)
  })
  return complaints
}

/** A gateway that has not got a blob says 404, and the next one is asked: nothing is wrong with that. */
function isMiss(url: string, text: string): boolean {
  return url.includes('/ipfs/') && url.includes('format=') && /\b404\b/.test(text)
}

function described(request: Request): string {
  return `${request.method()} ${request.url()}`
}

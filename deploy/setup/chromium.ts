// A real Chromium for the tests and the benchmark of the dashboard: the one that is named, the one that is installed, or, as root on
// Debian and its kin, the one that apt-get brings. Downloads nothing else.

import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { TesseraError } from '@tessera/protocol/errors'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'] as const
const APT_GET = '/usr/bin/apt-get'

/** Without a sandbox, since root has none to give; it opens only what we serve. Nothing of its own goes to the network. */
export const CHROMIUM_FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
] as const

export interface ChromiumSearch {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly print: (line: string) => void
  /** Brings Debian's package; undefined where that cannot be tried. */
  readonly install?: (() => void) | undefined
}

/**
 * Path of the program.
 * @throws `browser/not-found`
 */
export function findChromium({ env, print, install = debianInstall() }: ChromiumSearch): string {
  const named = env.TESSERA_CHROMIUM
  if (named !== undefined && named !== '') {
    if (isProgram(named)) return named
    throw noChromium(`TESSERA_CHROMIUM names ${named}, which is no program`)
  }
  const found = onPath(env.PATH ?? '')
  if (found !== undefined) return found
  if (install === undefined) throw noChromium('no Chromium is on the PATH')
  print('installing Chromium by apt-get (once; half a minute)')
  install()
  const installed = onPath(env.PATH ?? '')
  if (installed === undefined) throw noChromium('apt-get brought no Chromium')
  return installed
}

function onPath(path: string): string | undefined {
  const folders = path.split(delimiter).filter((folder) => folder !== '')
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    // Not there, or not to be run: another may be.
    return false
  }
}

function debianInstall(): (() => void) | undefined {
  if (process.getuid?.() !== 0 || !existsSync(APT_GET)) return undefined
  return () => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    for (const what of [['update'], ['-y', '--no-install-recommends', 'install', 'chromium']])
      spawnSync(APT_GET, ['-qq', ...what], { stdio: ['ignore', 'ignore', 'inherit'], env })
  }
}

function noChromium(message: string): TesseraError {
  return new TesseraError('browser/not-found', message, {
    hint: 'Install Chromium or Google Chrome, or name its program in TESSERA_CHROMIUM',
  })
}

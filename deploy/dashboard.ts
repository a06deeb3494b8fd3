// The static build of the dashboard, made when it is wanted and kept under the hash of everything that it is made from: the sources of
// the dashboard and of what it imports, and the versions of packages. Serving it is the indexer's.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { TesseraError } from '@tessera/protocol/errors'

/** What ends up in the build; test/checks/layers.ts says what the dashboard may import. */
const SOURCES = [
  'client/dashboard',
  'client/indexer/api',
  'client/protocol',
  'client/chain',
  'client/storage',
  'client/training',
] as const
const SKIPPED: ReadonlySet<string> = new Set(['node_modules', 'dist', 'cache'])
/** Builds that stay: another network may still serve an older one. */
const KEPT = 3
const LAST_WORDS_LIMIT = 2_000

export interface DashboardRequest {
  /** Root of the repository. */
  readonly root: string
  /** Where builds are kept. */
  readonly folder: string
  readonly signal: AbortSignal
}

/** The folder of the build for the present sources. Errors: `dashboard/build-failed`, `dashboard/no-vite`. */
export async function buildDashboard({ root, folder, signal }: DashboardRequest): Promise<string> {
  const site = join(folder, await sourcesHash(root))
  if (existsSync(join(site, 'index.html'))) return site
  await mkdir(folder, { recursive: true })
  const draft = await mkdtemp(`${site}.`)
  try {
    await vite(root, draft, signal)
    await publish(draft, site)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  await prune(folder, site)
  return site
}

/** 16 hex digits over paths and contents. */
async function sourcesHash(root: string): Promise<string> {
  const hash = createHash('sha256')
  const files = (await Promise.all(SOURCES.map((source) => filesBelow(root, source)))).flat()
  for (const file of [...files, 'package-lock.json']) {
    const bytes = await readFile(join(root, file))
    hash.update(`${file}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex').slice(0, 16)
}

/** In order, tests left out. */
async function filesBelow(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true })
  const files = await Promise.all(
    entries
      .filter(({ name }) => !SKIPPED.has(name) && !/\.(test|fixture)\.tsx?$/.test(name))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((entry) => {
        const path = `${folder}/${entry.name}`
        return entry.isDirectory() ? filesBelow(root, path) : [path]
      }),
  )
  return files.flat()
}

function vite(root: string, out: string, signal: AbortSignal): Promise<void> {
  const dashboard = join(root, 'client/dashboard')
  const child = spawn(
    process.execPath,
    [viteProgram(dashboard), 'build', dashboard, '--outDir', out, '--emptyOutDir'],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
      signal,
    },
  )
  let words = ''
  child.stderr.on('data', (piece: Buffer) => {
    words = (words + piece.toString('utf8')).slice(-LAST_WORDS_LIMIT)
  })
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(signal.aborted ? signal.reason : buildFailed(cause.message, cause)))
    child.once('close', (code) => (code === 0 ? resolve() : reject(buildFailed(words))))
  })
}

function viteProgram(dashboard: string): string {
  try {
    const manifest = createRequire(join(dashboard, 'package.json')).resolve('vite/package.json')
    return join(dirname(manifest), 'bin/vite.js')
  } catch (cause) {
    throw new TesseraError('dashboard/no-vite', 'the program that builds the dashboard is not installed', {
      hint: 'Run `npm install` without leaving out development dependencies',
      cause,
    })
  }
}

/** Whoever builds the same at the same time has the same: the first one stays. */
async function publish(draft: string, site: string): Promise<void> {
  try {
    await rename(draft, site)
  } catch (error) {
    if (!existsSync(join(site, 'index.html'))) throw error
  }
}

/** Lets go of the builds that were made first. */
async function prune(folder: string, site: string): Promise<void> {
  const others = (await readdir(folder)).map((name) => join(folder, name)).filter((path) => path !== site)
  const dated = await Promise.all(
    others
      .filter((path) => /^[0-9a-f]{16}$/.test(basename(path)))
      .map(async (path) => ({ path, madeAt: (await stat(path)).mtimeMs })),
  )
  dated.sort((a, b) => b.madeAt - a.madeAt)
  for (const { path } of dated.slice(KEPT - 1)) await rm(path, { recursive: true, force: true })
}

function buildFailed(words: string, cause?: unknown): TesseraError {
  return new TesseraError(
    'dashboard/build-failed',
    `the dashboard could not be built: ${words.trim().split('\n')[0]}`,
    {
      hint: 'Run `npx vite build client/dashboard` to see why',
      context: { words },
      cause,
    },
  )
}

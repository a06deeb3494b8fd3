// The built dashboard as it is served: a list of its files made once, so that no path of a request ever reaches the disk. Links are
// not followed. A build that is replaced needs a restart.

import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { readFileLimited } from '@tessera/agent/limitedFile'
import { TesseraError } from '@tessera/protocol/errors'
import { compress, type Encoding } from './compress.ts'

export interface SiteFile {
  readonly type: string
  /** Its name holds the hash of its contents. */
  readonly isImmutable: boolean
  /** Whether compression may make it smaller. */
  readonly isText: boolean
  /** Bytes and the hash that they are known by. */
  content(encoding: Encoding): Promise<{ readonly bytes: Uint8Array; readonly digest: string }>
}

/** Files by the path of a request. */
export type Site = ReadonlyMap<string, SiteFile>

const MAX_FILES = 2_000
const MAX_FILE_BYTES = 64 * 1024 * 1024

const TYPES: Readonly<Record<string, readonly [type: string, isText: boolean]>> = {
  '.html': ['text/html; charset=utf-8', true],
  '.js': ['text/javascript; charset=utf-8', true],
  '.mjs': ['text/javascript; charset=utf-8', true],
  '.css': ['text/css; charset=utf-8', true],
  '.json': ['application/json; charset=utf-8', true],
  '.webmanifest': ['application/manifest+json', true],
  '.map': ['application/json; charset=utf-8', true],
  '.txt': ['text/plain; charset=utf-8', true],
  '.svg': ['image/svg+xml', true],
  '.wasm': ['application/wasm', true],
  '.woff2': ['font/woff2', false],
  '.png': ['image/png', false],
  '.ico': ['image/x-icon', false],
}

/** @throws `indexer/no-site`, or the errors of the file system */
export async function openSite(folder: string): Promise<Site> {
  const site = new Map<string, SiteFile>()
  for (const path of await filesBelow(folder)) {
    const name = `/${relative(folder, path).split(sep).join('/')}`
    site.set(name, siteFile(path, name))
  }
  const index = site.get('/index.html')
  if (index === undefined) throw noSite(folder, 'it has no index.html')
  return site.set('/', index)
}

/** Not readdir's own recursion: that one follows links to folders. */
async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = []
  const visit = async (below: string): Promise<void> => {
    for (const entry of await readdir(below, { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue
      if (entry.isDirectory()) await visit(join(below, entry.name))
      else if (entry.isFile()) files.push(join(below, entry.name))
      if (files.length > MAX_FILES) throw noSite(folder, `it has more than ${MAX_FILES} files`)
    }
  }
  try {
    await visit(folder)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    throw code === 'ENOENT' || code === 'ENOTDIR' ? noSite(folder, 'it is no folder') : error
  }
  return files
}

function siteFile(path: string, name: string): SiteFile {
  const [type, isText] = TYPES[extname(name)] ?? ['application/octet-stream', false]
  let read: Promise<Uint8Array> | undefined
  const made = new Map<Encoding, Promise<{ bytes: Uint8Array; digest: string }>>()
  const make = async (encoding: Encoding) => {
    read ??= readFileLimited(path, MAX_FILE_BYTES)
    const bytes = await read
    const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 32)
    return { bytes: await compress(bytes, encoding, true), digest }
  }
  return {
    type,
    isText,
    isImmutable: /^\/assets\/.*[-.][\w-]{8,}\.\w+$/.test(name),
    content: (encoding) => {
      const content = made.get(encoding) ?? make(encoding)
      made.set(encoding, content)
      content.catch(() => made.delete(encoding))
      return content
    },
  }
}

function noSite(folder: string, reason: string): TesseraError {
  return new TesseraError('indexer/no-site', `${folder} is no built dashboard: ${reason}`, {
    hint: 'Build it with `npx vite build client/dashboard` and give its dist folder, or leave --site out',
    context: { folder },
  })
}

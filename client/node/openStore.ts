// Where a node keeps its blobs, as its options say: in its own folder, or in a Kubo daemon.

import { join } from 'node:path'
import { readFileLimited } from '@tessera/agent/limitedFile'
import type { Resolved } from '@tessera/agent/optionTable'
import { TesseraError } from '@tessera/protocol/errors'
import { type EmbeddedStore, openEmbeddedStore } from '@tessera/storage/embeddedStore'
import { openKuboStore } from '@tessera/storage/kubo/kuboStore'
import type { nodeOptions } from './nodeOptions.ts'

export type StoreChoice = Pick<
  Resolved<typeof nodeOptions>,
  'data' | 'diskQuota' | 'downloadLimit' | 'allowPrivate' | 'blobStore' | 'kuboRpc' | 'kuboTokenFile' | 'kuboGc'
>

const MAX_TOKEN_BYTES = 4096
const BYTES_PER_MEGABIT = 125_000

/** Errors: those of openEmbeddedStore and openKuboStore, `file/…` and `kubo/bad-token` of the token's file. */
export async function openStore(options: StoreChoice): Promise<EmbeddedStore> {
  const dir = join(options.data, 'blobs')
  const common = {
    dir,
    quotaBytes: options.diskQuota * 1_000_000,
    allowLoopback: options.allowPrivate,
    downloadBytesPerSecond: bytesPerSecond(options.downloadLimit),
  }
  if (options.blobStore === 'embedded') return await openEmbeddedStore(common)
  const { kuboRpc: url, kuboTokenFile: file, kuboGc: collectGarbage } = options
  const token = file === undefined ? undefined : await readToken(file)
  return await openKuboStore({ ...common, kubo: { url, token }, collectGarbage })
}

/** Of a limit as options give it. */
export function bytesPerSecond(megabits: number | undefined): number | undefined {
  return megabits === undefined ? undefined : megabits * BYTES_PER_MEGABIT
}

async function readToken(path: string): Promise<string> {
  const text = new TextDecoder().decode(await readFileLimited(path, MAX_TOKEN_BYTES))
  const [token = ''] = text.split(/\r?\n/, 1)
  // What a header can carry, and no more.
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw new TesseraError('kubo/bad-token', `the first line of ${path} is no token`, {
    hint: 'Write the secret of API.Authorizations there, alone on the line',
    context: { path },
  })
}

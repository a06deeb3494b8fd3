// The store that keeps its blobs in a Kubo daemon: addresses, fetching, rounds and quota are those of the embedded store; blocks are in the
// daemon, which serves them by its own gateway and by bitswap. Not in a browser.

import { randomUUID } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isTesseraError } from '@tessera/protocol/errors'
import { type BlobRef, cidOf, cidOfBlock } from '../blobRef.ts'
import { type DagProfile, PROFILE } from '../dagShape.ts'
import { assembleStore, type Backend, type EmbeddedStore, type Intake, type StoreOptions } from '../embeddedStore.ts'
import { diskFault, errorCode } from '../fault.ts'
import { Manifest } from '../manifest.ts'
import type { Lease } from '../retention.ts'
import { systemTimer } from '../timer.ts'
import { KuboBlocks } from './kuboBlocks.ts'
import { type KuboOptions, KuboRpc } from './kuboRpc.ts'
import { Spool } from './spool.ts'

export interface KuboStoreOptions extends StoreOptions {
  /** For the manifest, and for puts under way. The blocks are where the daemon keeps them. */
  readonly dir: string
  readonly kubo: KuboOptions
  /** Run the daemon's garbage collection whenever blobs were let go: only for a daemon that has no other use. */
  readonly collectGarbage?: boolean
}

/** A put begins anew when the daemon's garbage collection came between the import and the pin. */
const IMPORT_TRIES = 3

/**
 * The store in folder `dir` over a running daemon.
 * @throws what openEmbeddedStore throws, and `kubo/unreachable`, `too-old`, `unauthorized`, `http`, `bad-answer`, `timeout`, `bad-url`
 */
export async function openKuboStore(options: KuboStoreOptions): Promise<EmbeddedStore> {
  const { dir, kubo, profile = PROFILE, timer = systemTimer } = options
  await mkdir(dir, { recursive: true }).catch((error: unknown) => {
    throw diskFault(error, dir)
  })
  const rpc = new KuboRpc(kubo, timer)
  // The manifest first: its lock keeps a second process from clearing what the first one is about to import.
  const manifest = new Manifest(join(dir, 'manifest.sqlite'))
  try {
    await rpc.checkVersion()
    const store = await storeName(dir)
    const blocks = await KuboBlocks.open({ rpc, booked: (digest) => manifest.bytesOf(digest), store, profile })
    const spools = join(dir, 'spool')
    await Spool.clear(spools)
    const backend = new KuboBackend({ rpc, blocks, spools, profile, collectGarbage: options.collectGarbage ?? false })
    return await assembleStore({ manifest, blocks, backend, options })
  } catch (error) {
    manifest.close()
    rpc.close()
    throw error
  }
}

interface BackendParts {
  readonly rpc: KuboRpc
  readonly blocks: KuboBlocks
  readonly spools: string
  readonly profile: DagProfile
  readonly collectGarbage: boolean
}

class KuboBackend implements Backend {
  readonly #parts: BackendParts

  constructor(parts: BackendParts) {
    this.#parts = parts
  }

  /** Blocks are written to a CAR beside the manifest; the daemon gets it in one import. */
  async beginPut(lease: Lease): Promise<Intake> {
    const { spools, rpc, profile } = this.#parts
    const spool = await Spool.create(spools)
    const sent = new Set<string>()
    return {
      put: async (digest, bytes, codec) => {
        await lease.book(digest, bytes.length)
        // A blob of equal leaves has many of them, and once is enough.
        if (sent.has(digest)) return
        sent.add(digest)
        await spool.add(cidOfBlock(digest, codec), bytes)
      },
      finish: async (ref, signal) => {
        for (let tries = 1; ; tries++) {
          await rpc.importCar(await spool.read(cidOf(ref, profile)), spool.bytes, signal)
          try {
            return await this.secure(ref, lease, signal)
          } catch (error) {
            if (tries === IMPORT_TRIES || !isTesseraError(error, 'kubo/incomplete')) throw error
          }
        }
      },
      close: () => spool.close(),
    }
  }

  async secure(ref: BlobRef, lease: Lease, signal: AbortSignal): Promise<void> {
    const { blocks } = this.#parts
    const holder = blocks.holderOf(ref)
    await lease.put(holder.digest, holder.bytes)
    await blocks.pin(holder, ref, signal)
  }

  async collected(blobs: number, signal: AbortSignal): Promise<void> {
    if (this.#parts.collectGarbage && blobs > 0) await this.#parts.rpc.collectGarbage(signal)
  }

  close(): void {
    this.#parts.rpc.close()
  }

  get served() {
    return this.#parts.blocks.own()
  }
}

/** Chosen once for a folder. */
async function storeName(dir: string): Promise<string> {
  const path = join(dir, 'store-name')
  try {
    const known = (await readFile(path, 'utf8')).trim()
    if (/^[0-9a-f-]{36}$/.test(known)) return known
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw diskFault(error, path)
  }
  const name = randomUUID()
  await writeFile(path, `${name}\n`).catch((error: unknown) => {
    throw diskFault(error, path)
  })
  return name
}

// The suite of all blob stores, over the two that need nothing but this process and its disk.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Hex } from '@tessera/protocol/hex'
import type { BlobStoreUnderTest } from './blobStoreBench.ts'
import { blobStoreConformance } from './blobStoreConformance.ts'
import { type EmbeddedStore, openEmbeddedStore, openMemoryStore } from './embeddedStore.ts'
import { startGateway } from './gatewayServer.ts'

async function served(store: EmbeddedStore, damage: (digest: Hex) => Promise<void>): Promise<BlobStoreUnderTest> {
  const gateway = await startGateway({ blocks: store.blocks, host: '127.0.0.1', port: 0 })
  return {
    store,
    url: gateway.url,
    damage,
    close: async () => {
      await gateway.close()
      await store.close()
    },
  }
}

blobStoreConformance('on disk', {
  outlives: true,
  place: async () => {
    const dir = await mkdtemp(join(tmpdir(), 'tessera-store-'))
    return {
      open: async (options) =>
        served(await openEmbeddedStore({ dir, ...options }), async (digest) => {
          const name = digest.slice(2)
          const path = join(dir, 'blocks', name.slice(0, 2), name)
          await writeFile(path, new Uint8Array((await readFile(path)).length))
        }),
      close: () => rm(dir, { recursive: true, force: true }),
    }
  },
})

blobStoreConformance('in memory', {
  outlives: false,
  place: async () => ({
    open: async (options) => {
      const store = await openMemoryStore(options)
      return served(store, async (digest) => {
        ;(await store.blocks.get(digest))?.fill(255)
      })
    },
    close: async () => {},
  }),
})

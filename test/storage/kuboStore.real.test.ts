// The suite of all blob stores, over the one that keeps its blobs in a real Kubo daemon, and what only a real one can show.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'

import { type Kubo, startKubo } from '@tessera/deploy/kubo/startKubo'
import { blobStoreConformance } from '@tessera/storage/blobStoreConformance'
import { openKuboStore } from '@tessera/storage/kubo/kuboStore'
import { kuboBinary } from './kuboBinary.ts'
import { damageBlock } from './kuboRepository.ts'

let folder: string
let kubo: Kubo

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-kubo-'))
  kubo = await startKubo({ binary: kuboBinary(), folder: join(folder, 'repository') })
})

after(async () => {
  await kubo.stop()
  await rm(folder, { recursive: true, force: true })
})

// One daemon for all of it, as a shared one is: what one store leaves behind must not show in another.
blobStoreConformance('in Kubo', {
  outlives: true,
  place: async () => {
    const dir = await mkdtemp(join(folder, 'store-'))
    return {
      open: async (options) => {
        const store = await openKuboStore({ dir, kubo: { url: kubo.rpc }, ...options })
        return {
          store,
          url: kubo.gateway,
          damage: (digest) => damageBlock(kubo, digest),
          close: () => store.close(),
        }
      },
      close: async () => {},
    }
  },
})

// Our side: a gateway over a store on disk, and readers that fetch into stores of their own.

import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import type { BlobRef } from '@tessera/storage/blobRef'
import { openEmbeddedStore } from '@tessera/storage/embeddedStore'
import { endAll, nodeProcess } from './measuredProcess.ts'
import type { Side, SideOptions } from './side.ts'

export async function openOurs({ folder, blob, readers, signal }: SideOptions): Promise<Side> {
  const dir = join(folder, 'server')
  const ref = await fill(dir, blob.path, blob.bytes)
  const server = nodeProcess('ourServer.ts', { STORE: dir }, signal)
  const clients = Array.from({ length: readers }, (_, index) =>
    nodeProcess('ourReader.ts', { STORE: join(folder, `reader${index}`) }, signal),
  )
  const each = (name: string, values = {}) => Promise.all(clients.map((client) => client.ask(name, values)))
  try {
    const source = await server.ask<string>('listen')
    await each('open')
    return {
      server,
      readers: clients,
      fetch: () => each('fetch', { ref, source }),
      forget: () => each('forget'),
      close: () => endAll([server, ...clients]),
    }
  } catch (error) {
    await endAll([server, ...clients])
    throw error
  }
}

/** Puts the file into the store by this process, so that the server's peak is that of serving. */
async function fill(dir: string, path: string, maxBytes: number): Promise<BlobRef> {
  const store = await openEmbeddedStore({ dir, quotaBytes: 2 * maxBytes + 2 ** 20 })
  try {
    return await store.put(createReadStream(path, { highWaterMark: 2 ** 20 }), { round: 0, maxBytes })
  } finally {
    await store.close()
  }
}

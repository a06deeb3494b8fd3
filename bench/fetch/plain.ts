// Plain HTTP: a server that streams one file, and readers that write what comes to another. Nothing is hashed or addressed.

import { join } from 'node:path'
import { endAll, nodeProcess } from './measuredProcess.ts'
import type { Side, SideOptions } from './side.ts'

export async function openPlain({ folder, blob, readers, signal }: SideOptions): Promise<Side> {
  const server = nodeProcess('plainServer.ts', { FILE: blob.path }, signal)
  const clients = Array.from({ length: readers }, (_, index) =>
    nodeProcess('plainReader.ts', { FILE: join(folder, `reader${index}`) }, signal),
  )
  const each = (name: string, values = {}) => Promise.all(clients.map((client) => client.ask(name, values)))
  try {
    const url = await server.ask<string>('listen')
    await each('open')
    return {
      server,
      readers: clients,
      fetch: () => each('fetch', { url, bytes: blob.bytes }),
      forget: () => each('forget'),
      close: () => endAll([server, ...clients]),
    }
  } catch (error) {
    await endAll([server, ...clients])
    throw error
  }
}

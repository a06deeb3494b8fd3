// Kubo's side: daemons that know each other and nobody else, the blob from one to the others by bitswap. Kubo checks blocks as we do.
// Its connections are encrypted, which ours leave to a reverse proxy. Neither syncs what it has fetched to disk.

import { join } from 'node:path'
import { type Kubo, startKubo } from '@tessera/deploy/kubo/startKubo'
import { peakOf } from './measuredProcess.ts'
import type { Side, SideOptions } from './side.ts'

export async function openKubo(binary: string, options: SideOptions): Promise<Side> {
  const { folder, blob, readers, signal } = options
  const daemons: Kubo[] = []
  const close = async (): Promise<void> => void (await Promise.all(daemons.map((daemon) => daemon.stop())))
  const start = async (name: string): Promise<Kubo> => {
    signal.throwIfAborted()
    const daemon = await startKubo({ binary, folder: join(folder, name) })
    daemons.push(daemon)
    return daemon
  }
  try {
    const filled = await start('server')
    const cid = String(await filled.ipfs(['add', '--quieter', blob.path])).trim()
    // Anew, so that its peak is that of serving.
    await filled.stop()
    const server = await start('server')
    const clients: Kubo[] = []
    for (let index = 0; index < readers; index++) clients.push(await start(`reader${index}`))
    for (const client of clients) await client.ipfs(['swarm', 'connect', await server.peerAddress()])
    const each = (method: string, arg?: string) => Promise.all(clients.map(({ rpc }) => post(rpc, method, arg, signal)))
    return {
      server: peaking(server),
      readers: clients.map(peaking),
      // Also fetches it: resolves when all of it is in the repository.
      fetch: () => each('pin/add', cid),
      forget: async () => {
        await each('pin/rm', cid)
        await each('repo/gc')
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function peaking({ pid }: Kubo) {
  return {
    get peakBytes(): number {
      return peakOf(pid)
    },
  }
}

async function post(rpc: string, method: string, arg: string | undefined, signal: AbortSignal): Promise<void> {
  const query = arg === undefined ? '' : `?arg=${encodeURIComponent(arg)}`
  const response = await fetch(`${rpc}/api/v0/${method}${query}`, { method: 'POST', signal })
  const text = await response.text()
  // A failure in the middle of an answer is told in its last line.
  if (!response.ok || text.includes('"Error"')) throw new Error(`Kubo's ${method}: ${text}`)
}

// Kubo's side: daemons that know each other and nobody else, the blob from one to the others by bitswap. Kubo checks blocks as we do.
// Its connections are encrypted, which ours leave to a reverse proxy; by default it syncs no block to disk, nor do our fetches.

import { spawnSync } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { MeasuredProcess } from './measuredProcess.ts'
import { endAll, type Side, type SideOptions } from './side.ts'

const START_LIMIT_MS = 60_000
const LOOK_MS = 50

export async function openKubo(binary: string, options: SideOptions): Promise<Side> {
  const { folder, blob, readers, signal } = options
  const server = await initKubo(binary, join(folder, 'server'))
  // Without a daemon, so that the server's peak is that of serving.
  const cid = ipfs(binary, server, ['add', '--quieter', blob.path])
  const repos = await Promise.all(
    Array.from({ length: readers }, (_, index) => initKubo(binary, join(folder, `reader${index}`))),
  )
  const daemons: Daemon[] = []
  try {
    for (const repo of [server, ...repos]) daemons.push(await startDaemon(binary, repo, signal))
    const [first, ...others] = daemons as [Daemon, ...Daemon[]]
    const { Addresses } = (await rpc(first, 'id')) as { readonly Addresses: readonly string[] }
    for (const other of others) await rpc(other, 'swarm/connect', Addresses[0])
    return {
      server: first.process,
      readers: others.map((daemon) => daemon.process),
      fetch: async () => void (await Promise.all(others.map((daemon) => rpc(daemon, 'pin/add', cid)))),
      forget: async () => {
        for (const daemon of others) {
          await rpc(daemon, 'pin/rm', cid)
          await rpc(daemon, 'repo/gc')
        }
      },
      close: () => endAll(daemons.map((daemon) => daemon.process)),
    }
  } catch (error) {
    await endAll(daemons.map((daemon) => daemon.process))
    throw error
  }
}

/** A repository for this machine's loopback alone. */
async function initKubo(binary: string, repo: string): Promise<string> {
  await mkdir(repo, { recursive: true })
  ipfs(binary, repo, ['init', '--profile=test,unixfs-v1-2025'])
  ipfs(binary, repo, ['config', 'Routing.Type', 'none'])
  return repo
}

function ipfs(binary: string, repo: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(binary, args, {
    env: { ...process.env, IPFS_PATH: repo },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`ipfs ${args.join(' ')}: ${stderr}`)
  return stdout.trim()
}

interface Daemon {
  readonly process: MeasuredProcess
  readonly api: string
  readonly signal: AbortSignal
}

async function startDaemon(binary: string, repo: string, signal: AbortSignal): Promise<Daemon> {
  const process = new MeasuredProcess({
    command: binary,
    args: ['daemon'],
    env: { IPFS_PATH: repo },
    answers: false,
    signal,
  })
  try {
    for (let waited = 0; waited < START_LIMIT_MS; waited += LOOK_MS) {
      if (!process.running) throw process.failure()
      const api = await apiOf(repo)
      if (api !== undefined) return { process, api, signal }
      await delay(LOOK_MS, undefined, { signal })
    }
    throw process.failure('it does not listen')
  } catch (error) {
    await process.end()
    throw error
  }
}

/** Where its RPC listens; undefined until it does. */
async function apiOf(repo: string): Promise<string | undefined> {
  try {
    const [, , address, , port] = (await readFile(join(repo, 'api'), 'utf8')).trim().split('/')
    const api = `http://${address}:${port}/api/v0`
    await rpc({ api, signal: AbortSignal.timeout(START_LIMIT_MS) }, 'version')
    return api
  } catch {
    // Not written yet, or not answering.
    return undefined
  }
}

/** The last line of the answer: of a stream, the one that says how it ended. */
async function rpc({ api, signal }: Pick<Daemon, 'api' | 'signal'>, method: string, arg?: string): Promise<unknown> {
  const query = arg === undefined ? '' : `?arg=${encodeURIComponent(arg)}`
  const response = await fetch(`${api}/${method}${query}`, { method: 'POST', signal })
  const text = await response.text()
  if (!response.ok) throw new Error(`Kubo's ${method}: ${text}`)
  return JSON.parse(text.trim().split('\n').at(-1) || 'null')
}

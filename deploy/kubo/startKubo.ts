// @testonly One Kubo daemon on loopback with a repository of its own and nobody to talk to: for tests and measurements. A real node's daemon is set up
// as client/storage/kubo/README.md says.

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { TesseraError } from '@tessera/protocol/errors'
import { freePort } from '../devnet/freePort.ts'
import { endOf, startGuard } from '../devnet/processGuard.ts'

const HOST = '127.0.0.1'
const START_LIMIT_MS = 60_000
const STOP_LIMIT_MS = 15_000
const MAX_WORDS = 4_000

export interface KuboStart {
  readonly binary: string
  /** The repository. One that is there is used again, with its addresses. */
  readonly folder: string
  /** Beyond those of a closed daemon, by name: `API.Authorizations`. */
  readonly settings?: Readonly<Record<string, unknown>>
}

export interface Kubo {
  /** URL of the RPC API. */
  readonly rpc: string
  /** URL of the gateway, which is a trustless one and serves what is here only. */
  readonly gateway: string
  readonly folder: string
  readonly pid: number
  /** Runs `ipfs` on it, with `input` on its standard input; returns what that prints. */
  ipfs(args: readonly string[], input?: Uint8Array): Promise<Buffer>
  /** Where other daemons reach it. */
  peerAddress(): Promise<string>
  /** Ends it, as a crash would with `kill`. */
  stop(how?: 'kill'): Promise<void>
}

/** @throws `kubo/failed`, `devnet/port-in-use` */
export async function startKubo(options: KuboStart): Promise<Kubo> {
  const { binary, folder } = options
  const call = (args: readonly string[], input?: Uint8Array) => ipfs(binary, folder, args, input)
  if (!existsSync(`${folder}/config`)) await initialise(options, call)
  const setting = async (name: string) => String(await call(['config', name])).trim()
  const port = async (name: string) => Number((await setting(name)).split('/').at(-1))
  const rpc = `http://${HOST}:${await port('Addresses.API')}`
  const gateway = `http://${HOST}:${await port('Addresses.Gateway')}`
  const child = spawn(binary, ['daemon'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: environment(folder),
  })
  const exited = endOf(child)
  const guard = startGuard(child, exited)
  await untilReady(child, exited)
  return {
    rpc,
    gateway,
    folder,
    pid: child.pid ?? 0,
    ipfs: call,
    peerAddress: async () => {
      const { Addresses } = JSON.parse(String(await call(['id']))) as { Addresses: string[] }
      const address = Addresses.find((one) => one.includes('/tcp/') && one.includes(HOST))
      if (address === undefined) throw failed('listens on no TCP port', String(Addresses))
      return address
    },
    stop: async (how) => {
      child.kill(how === 'kill' ? 'SIGKILL' : 'SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
      await exited
      clearTimeout(late)
      await guard
    },
  }
}

/** Makes a repository that asks nobody, tells nobody and listens on free ports of this machine only. */
async function initialise({ folder, settings = {} }: KuboStart, call: Kubo['ipfs']): Promise<void> {
  await mkdir(folder, { recursive: true })
  await call(['init', '--profile=test,unixfs-v1-2025'])
  const address = async () => `/ip4/${HOST}/tcp/${await freePort(0, HOST)}`
  const all: Record<string, unknown> = {
    'Addresses.API': await address(),
    'Addresses.Gateway': await address(),
    'Addresses.Swarm': [await address()],
    'Routing.Type': 'none',
    'Gateway.NoFetch': true,
    'Gateway.DeserializedResponses': false,
    ...settings,
  }
  for (const [name, value] of Object.entries(all)) await call(['config', '--json', name, JSON.stringify(value)])
}

function untilReady(child: ChildProcess, exited: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    let words = ''
    const hear = (line: string) => {
      words = `${words}${line}\n`.slice(-MAX_WORDS)
    }
    const late = setTimeout(() => {
      child.kill('SIGKILL')
      reject(failed(`is not ready after ${START_LIMIT_MS} ms`, words))
    }, START_LIMIT_MS)
    if (child.stderr !== null) createInterface({ input: child.stderr }).on('line', hear)
    if (child.stdout !== null)
      createInterface({ input: child.stdout }).on('line', (line) => {
        hear(line)
        if (line.includes('Daemon is ready')) settle(resolve)
      })
    const settle = (end: () => void) => {
      clearTimeout(late)
      end()
    }
    exited.then(() => settle(() => reject(failed('ended at once', words))), reject)
  })
}

function ipfs(binary: string, folder: string, args: readonly string[], input?: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, args, { stdio: ['pipe', 'pipe', 'pipe'], env: environment(folder) })
    const said: Buffer[] = []
    const words: Buffer[] = []
    child.stdout.on('data', (piece: Buffer) => said.push(piece))
    child.stderr.on('data', (piece: Buffer) => words.push(piece))
    child.on('error', (cause) => reject(failed(`cannot be started: ${cause.message}`, '')))
    // It may end without reading all of its input; its exit code tells.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(said))
      else reject(failed(`${args.join(' ')} ended with code ${code}`, String(Buffer.concat(words))))
    })
  })
}

function environment(folder: string): NodeJS.ProcessEnv {
  return { ...process.env, IPFS_PATH: folder, IPFS_TELEMETRY: 'off', LIBP2P_FORCE_PNET: '' }
}

function failed(what: string, words: string): TesseraError {
  return new TesseraError('kubo/failed', `ipfs ${what}: ${words.trim().slice(-MAX_WORDS)}`, {
    hint: 'Its own words say why',
  })
}

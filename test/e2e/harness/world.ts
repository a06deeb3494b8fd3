// A network for one test file: opened once, its nodes started and stopped by the tests, everything gone at the end.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemClock } from '@tessera/agent/clock'
import { Lifecycle } from '@tessera/agent/lifecycle'
import { RunFollower } from '@tessera/chain/follow'
import type { Child } from '@tessera/deploy/devnet/childProcess'
import { type Member, startMember } from '@tessera/deploy/devnet/member'
import { type Network, openNetwork } from '@tessera/deploy/devnet/network'
import type { Preset } from '@tessera/deploy/devnet/preset'
import { e2ePreset } from './preset.ts'

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** A log line of a node, with the name of the node. */
export type NodeRecord = Readonly<Record<string, unknown>> & { readonly node: string }

/** Another program than the member's own. */
export interface Program {
  readonly main: string
  readonly env: Readonly<Record<string, string>>
}

export interface World {
  readonly network: Network
  readonly follower: RunFollower
  readonly signal: AbortSignal
  readonly records: readonly NodeRecord[]
  readonly members: ReadonlyMap<string, Member>
  /** Starts a member's process; it is stopped at the end if the test does not. */
  start(name: string, program?: Program): Child
  startAll(...names: readonly string[]): void
  child(name: string): Child
  /** State file of the chain, to start it again after a kill. */
  readonly chainFile: string
  onClose(name: string, closer: () => Promise<void>): void
  close(): Promise<void>
}

export interface WorldOptions {
  readonly miners: number
  readonly validators: number
  /** Folder of a model to go on from. */
  readonly model?: string
  /** Another network than the usual one. */
  readonly preset?: Preset
}

export async function openWorld(options: WorldOptions): Promise<World> {
  const data = await mkdtemp(join(tmpdir(), 'tessera-e2e-'))
  const lifecycle = new Lifecycle({ clock: systemClock, closeLimitMs: 60_000 })
  const lines: string[] = []
  try {
    const network = await openNetwork({
      preset: e2ePreset,
      data,
      root: ROOT,
      corpus: undefined,
      dataset: undefined,
      model: undefined,
      corpusLimit: 1_000_000,
      ...options,
      port: 0,
      blockTime: 1,
      lifecycle,
      print: (line) => lines.push(line),
    })
    return worldOf(network, data, lifecycle)
  } catch (error) {
    await lifecycle.close()
    throw new Error(`the network did not open:\n${lines.join('\n')}`, { cause: error })
  }
}

function worldOf(network: Network, data: string, lifecycle: Lifecycle): World {
  const records: NodeRecord[] = []
  const children = new Map<string, Child>()
  const members = new Map(network.members.map((member) => [member.plan.name, member]))
  const start = (name: string, program?: Program): Child => {
    const member = members.get(name)
    if (member === undefined) throw new Error(`no member ${name}`)
    const child = startMember({
      member,
      root: ROOT,
      rpcUrl: network.anvil.rpcUrl,
      deploymentFile: network.deploymentFile,
      run: network.run,
      mirror: network.mirror,
      options: { data, logLevel: 'debug', sampleEvery: 0, device: 'cpu' },
      ...(program === undefined ? {} : { program }),
      onRecord: (record) => records.push({ ...record, node: name }),
    })
    children.set(name, child)
    return child
  }
  lifecycle.onClose('nodes', async () => {
    await Promise.all([...children.values()].map((child) => child.stop()))
  })
  return {
    network,
    follower: new RunFollower({ chain: network.chain, run: network.run }),
    signal: lifecycle.signal,
    records,
    members,
    start,
    startAll: (...names) => {
      for (const name of names) start(name)
    },
    child: (name) => {
      const child = children.get(name)
      if (child === undefined) throw new Error(`${name} was not started`)
      return child
    },
    chainFile: join(data, 'chain.json'),
    onClose: (name, closer) => lifecycle.onClose(name, closer),
    close: async () => {
      await lifecycle.close()
      if (process.env.TESSERA_KEEP === undefined) await rm(data, { recursive: true, force: true })
    },
  }
}

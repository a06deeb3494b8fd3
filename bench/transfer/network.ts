// Nodes in network namespaces of their own, each behind a slow link: makes the namespaces and the emulator (linkEmulator.py), runs
// programs inside, counts what passed, and takes everything away again. Linux and root only. Knows nothing of blobs.

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { TesseraError } from '@tessera/protocol/errors'
import { LineProcess } from '../lineProcess.ts'

export interface LinkSpec {
  /** Megabits a second, null for no limit. */
  readonly upMbps: number | null
  readonly downMbps: number | null
  /** From the node to the middle of the network, one way. */
  readonly delayMs: number
}

export interface NetworkSpec {
  readonly root: string
  readonly nodes: readonly LinkSpec[]
  /** Share of all packets that get lost on the way. */
  readonly loss: number
  /** What the buffer of a link holds before it drops packets, as time at the link's rate. */
  readonly queueMs: number
  /** How many times slower than in the real network everything passes: rates are divided by it, delays multiplied. */
  readonly dilation: number
  readonly seed: number
  readonly signal: AbortSignal
}

/** Of one node since the network was made; bytes of IP packets. */
export interface LinkStats {
  readonly sent: number
  readonly received: number
  readonly packets: number
  /** Lost on the way, of those that it sent. */
  readonly lost: number
  /** Dropped because its link's buffer was full. */
  readonly overflowed: number
}

export interface NetworkStats {
  readonly nodes: readonly LinkStats[]
  readonly cpuSeconds: number
  /** How late the emulator was at worst since the last question, ms of this machine's clock. */
  readonly latestMs: number
}

/** Namespaces and their devices are called tsb<process>x<number>. */
const NAME = /^tsb(\d+)x\d+/
const MTU = 1500
/** What Linux waits at least before it sends again, ms. */
const MIN_RTO_MS = 200

/** Of each namespace, below /proc/sys/net. */
const SETTINGS = {
  // Counts in round trips, so it does under dilation what it does without; cubic and BBR look at the clock.
  'ipv4/tcp_congestion_control': 'reno',
  'ipv4/tcp_no_metrics_save': '1',
  // A round trip beyond a second sends a SYN twice, and two cookies for one connection end it.
  'ipv4/tcp_syncookies': '0',
  // Would only chat.
  'ipv6/conf/all/disable_ipv6': '1',
} as const

export function addressOf(node: number): string {
  return `10.77.${(node + 1) >> 8}.${(node + 1) & 255}`
}

export class Network {
  readonly #names: readonly string[]
  readonly #emulator: LineProcess

  private constructor(names: readonly string[], emulator: LineProcess) {
    this.#names = names
    this.#emulator = emulator
  }

  /** @throws `bench/needs-root`, `bench/network` when the machine cannot do it, `bench/peer-failed` */
  static async open(spec: NetworkSpec): Promise<Network> {
    requireRoot()
    await sweep()
    const { root, nodes, loss, queueMs, dilation, seed, signal } = spec
    const names = nodes.map((_, node) => `tsb${process.pid}x${node}`)
    const emulator = new LineProcess({
      title: 'the link emulator',
      hint: 'It needs Python 3.11 and /dev/net/tun; see bench/transfer/README.md',
      command: 'python3',
      args: [join(root, 'bench', 'transfer', 'linkEmulator.py')],
      env: { PYTHONDONTWRITEBYTECODE: '1' },
      signal,
    })
    const network = new Network(names, emulator)
    try {
      const links = nodes.map((link, node) => ({ ...link, device: names[node], address: addressOf(node) }))
      await emulator.call('open', { nodes: links, loss, queueMs, dilation, seed })
      for (const [node, name] of names.entries()) {
        signal.throwIfAborted()
        await connect(name, addressOf(node), Math.round(MIN_RTO_MS * dilation))
      }
      return network
    } catch (error) {
      await network.close()
      throw error
    }
  }

  /** A command line that runs `args` at a node. */
  at(node: number, args: readonly string[]): { readonly command: string; readonly args: readonly string[] } {
    return { command: 'ip', args: ['netns', 'exec', this.#names[node] as string, ...args] }
  }

  stats(): Promise<NetworkStats> {
    return this.#emulator.call('stats')
  }

  /** Programs inside must have ended. */
  async close(): Promise<void> {
    await this.#emulator.close()
    await removeAll(this.#names)
  }
}

/** @throws `bench/needs-root` */
export function requireRoot(): void {
  if (process.platform === 'linux' && process.geteuid?.() === 0) return
  throw new TesseraError('bench/needs-root', 'network namespaces need Linux and root', {
    hint: 'Run it as root on Linux; the calculation alone is in bench/transfer/model.ts',
    context: { platform: process.platform },
  })
}

/** A namespace with the node's device as its only way out. */
async function connect(name: string, address: string, minRtoMs: number): Promise<void> {
  await ip(['netns', 'add', name])
  await ip(['link', 'set', name, 'netns', name])
  const writes = Object.entries(SETTINGS).map(([key, value]) => `echo ${value} >/proc/sys/net/${key}`)
  await ip(['netns', 'exec', name, 'sh', '-ec', writes.join('\n')])
  await ip(['-n', name, 'link', 'set', 'lo', 'up'])
  await ip(['-n', name, 'link', 'set', name, 'mtu', String(MTU), 'txqueuelen', '1000', 'up'])
  await ip(['-n', name, 'addr', 'add', `${address}/32`, 'dev', name])
  // Waits before resending are stretched like everything else.
  await ip(['-n', name, 'route', 'add', '10.77.0.0/16', 'dev', name, 'src', address, 'rto_min', `${minRtoMs}ms`])
}

/** Takes away what runs left behind that were killed. */
async function sweep(): Promise<void> {
  const names = (await ip(['netns', 'list'])).split('\n').map((line) => line.split(' ', 1)[0] ?? '')
  await removeAll(names.filter((name) => isAbandoned(name)))
}

function isAbandoned(name: string): boolean {
  const pid = Number(NAME.exec(name)?.[1] ?? Number.NaN)
  if (Number.isNaN(pid)) return false
  try {
    process.kill(pid, 0)
    return false
  } catch {
    return true
  }
}

/** A device goes with its namespace, or with the emulator. */
async function removeAll(names: readonly string[]): Promise<void> {
  const present = new Set((await ip(['netns', 'list'])).split('\n').map((line) => line.split(' ', 1)[0]))
  for (const name of names) if (present.has(name)) await ip(['netns', 'del', name])
}

/** Not ended by a signal: what is half done here would be left behind. */
function ip(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('ip', args, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout)
      const said = stderr.trim() || error.message
      reject(
        new TesseraError('bench/network', `ip ${args.join(' ')}: ${said}`, {
          hint: 'The kernel must have network namespaces and TUN devices, and iproute2 must be installed',
          cause: error,
        }),
      )
    })
  })
}

// @testonly Nodes with lines of their own, in one process and in virtual time: what a swarm does, without sockets and without waiting.

import { TesseraError } from '@tessera/protocol/errors'
import { parseBlockCid } from '../blobRef.ts'
import type { DagProfile } from '../dagShape.ts'
import { Holdings } from '../holdings.ts'
import { MemoryBlocks } from '../memoryBlocks.ts'
import type { Source } from '../source.ts'
import { type BlockRequest, checkStatus, type Transport } from '../transport.ts'
import { VerifiedFetcher } from '../verifiedFetcher.ts'
import { FETCH_LIMITS, type TransferLimits } from './limits.ts'
import { Pace } from './pace.ts'
import type { VirtualTimer } from './virtualTimer.ts'

export interface Line {
  readonly upBytesPerSecond: number
  readonly downBytesPerSecond: number
}

export interface SimNode {
  readonly url: string
  readonly blocks: MemoryBlocks
  readonly fetcher: VerifiedFetcher
  /** CIDs of blocks that it sent in full, in order. */
  readonly sent: string[]
  /** Gone: nobody answers there any more. */
  isDown: boolean
  /** Told of each block that it has sent in full. */
  onSent: (cid: string) => void
}

/** Half of the time to and fro. */
const ONE_WAY_MS = 25
/** A block goes in so many parts. */
const PARTS = 4

export class SimNetwork {
  readonly #timer: VirtualTimer
  readonly #profile: DagProfile
  readonly #random: () => number
  readonly #nodes = new Map<string, SimNode & { readonly up: Pace; readonly holdings: Holdings }>()

  constructor(timer: VirtualTimer, profile: DagProfile, random: () => number) {
    this.#timer = timer
    this.#profile = profile
    this.#random = random
  }

  node(name: string, line: Line, limits: Partial<TransferLimits> = {}): SimNode {
    const url = `https://${name}.example`
    const timer = this.#timer
    const profile = this.#profile
    const blocks = new MemoryBlocks()
    const down = new Pace(timer, line.downBytesPerSecond)
    const transport: Transport = {
      fetchBlock: (request) => this.#send(url, down, request),
      fetchHoldings: (request) => this.#tell(request),
      close: () => {},
    }
    const all = { ...FETCH_LIMITS, ...limits }
    const random = this.#random
    const fetcher = new VerifiedFetcher({ transport, timer, limits: all, profile, allowLoopback: false, random })
    const underWay = (root: `0x${string}`) => fetcher.underWay(root)
    const node = {
      url,
      blocks,
      fetcher,
      sent: [],
      isDown: false,
      onSent: () => {},
      up: new Pace(timer, line.upBytesPerSecond),
      holdings: new Holdings({ blocks, timer, profile, underWay }),
    }
    this.#nodes.set(url, node)
    return node
  }

  async #reach(source: Source, signal: AbortSignal) {
    await this.#timer.sleep(ONE_WAY_MS, signal)
    const node = this.#nodes.get(source.base)
    if (node !== undefined && !node.isDown) return node
    throw new TesseraError('storage/unreachable', `nobody at ${source.base}`, { retryable: true })
  }

  async #send(reader: string, down: Pace, request: BlockRequest): Promise<Uint8Array> {
    const { source, cid, signal, onBytes } = request
    const node = await this.#reach(source, signal)
    const bytes = await node.blocks.get(parseBlockCid(cid).digest)
    if (bytes === undefined) checkStatus({ status: 404, header: () => undefined }, source)
    const whole = bytes as Uint8Array
    for (let part = 0; part < PARTS; part++) {
      const length = whole.length / PARTS
      await node.up.take(reader, length, signal)
      await down.take(source.base, length, signal)
      if (node.isDown) await this.#reach(source, signal)
      await onBytes?.(length)
    }
    await this.#timer.sleep(ONE_WAY_MS, signal)
    node.sent.push(cid)
    node.onSent(cid)
    return whole
  }

  async #tell({ source, cid, signal }: BlockRequest): Promise<Uint8Array> {
    const node = await this.#reach(source, signal)
    const bits = await node.holdings.of(parseBlockCid(cid))
    await this.#timer.sleep(ONE_WAY_MS, signal)
    return bits ?? new Uint8Array()
  }
}

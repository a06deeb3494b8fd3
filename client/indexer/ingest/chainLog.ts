// The logs of our contracts in order, a stretch of blocks at a time, and which blocks the chain lost. Goes on where an earlier life
// ended. The checks of what the server says are ChainFold's.

import { ChainFold, type Point } from '@tessera/chain/chainFold'
import type { HasClient } from '@tessera/chain/rpc'
import type { RawLog } from '@tessera/chain/shapes'
import type { Address, Hex } from 'viem'

export interface ChainLogOptions {
  readonly chain: HasClient
  readonly addresses: readonly Address[]
  readonly fromBlock: bigint
  /** Ascending: the newest blocks that are stored. */
  readonly known: readonly KnownBlock[]
  /** Blocks that can be stepped back over before everything is read anew. */
  readonly keepBlocks: number
  /** The most blocks in one request for logs. */
  readonly rangeBlocks: number
}

export interface KnownBlock {
  readonly number: bigint
  readonly hash: Hex
  /** Unix seconds. */
  readonly timestamp: bigint
}

export interface Stretch {
  /** The last block of it. */
  readonly block: KnownBlock
  /** The newest block of the chain. */
  readonly newest: { readonly number: bigint; readonly hash: Hex }
  /** Of the blocks after the last stretch, or after `keptUpTo`. */
  readonly logs: readonly RawLog[]
  /** Set when the chain lost blocks: those above this one. */
  readonly keptUpTo: bigint | undefined
}

/** Newest first. */
interface Node {
  readonly log: RawLog
  before: Node | undefined
}

export class ChainLog {
  readonly #options: ChainLogOptions
  readonly #fold: ChainFold<Node | undefined>
  #last: bigint

  constructor(options: ChainLogOptions) {
    const { chain, addresses, fromBlock, known, keepBlocks, rangeBlocks } = options
    this.#options = options
    this.#last = known.at(-1)?.number ?? fromBlock - 1n
    this.#fold = new ChainFold<Node | undefined>({
      chain,
      addresses,
      fromBlock,
      initial: undefined,
      apply: (before, log) => ({ log, before }),
      keepBlocks,
      rangeBlocks,
      start: known.map((block): Point<Node | undefined> => ({ block, state: undefined })),
    })
  }

  /**
   * The next blocks, at most `rangeBlocks` of them; undefined when there is nothing new.
   * @throws as ChainFold.poll
   */
  async next(signal?: AbortSignal): Promise<Stretch | undefined> {
    const { fromBlock, rangeBlocks } = this.#options
    const { current, changed, reorg, newest } = await this.#fold.poll(signal, BigInt(rangeBlocks))
    if (!changed) return undefined
    const keptUpTo = reorg === undefined ? undefined : (reorg.to?.number ?? fromBlock - 1n)
    const from = keptUpTo ?? this.#last
    const logs: RawLog[] = []
    for (let node = current.state; node !== undefined && node.log.blockNumber > from; node = node.before)
      logs.push(node.log)
    this.#last = current.block.number
    this.#forget(current.state)
    return { block: current.block, newest, logs: logs.reverse(), keptUpTo }
  }

  /** What can no longer be stepped back to needs no log before it. */
  #forget(tip: Node | undefined): void {
    const oldest = this.#last - 2n * BigInt(this.#options.keepBlocks)
    let node = tip
    while (node !== undefined && node.log.blockNumber >= oldest) node = node.before
    if (node !== undefined) node.before = undefined
  }
}

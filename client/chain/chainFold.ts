// A value folded from the logs of some contracts, kept equal to the chain's newest block: it steps back over blocks that the
// chain lost and folds those that came instead. Polled over HTTP, without a timer of its own. Not for one run in particular:
// that is follow.ts.
//
// Old blocks are read in ranges by number. The newest ones are read one by one by hash, each linked to its parent, so that a
// reorganisation between two requests is noticed and the logs of a block are those of that very block.

import { isTesseraError, TesseraError } from '@tessera/protocol/errors'
import type { Address, Hex } from 'viem'
import { badResponse } from './errors.ts'
import { logsOfRange } from './logsOfRange.ts'
import { getHead, getHeader, getLogs, type HasClient } from './rpc.ts'
import type { BlockId, Header, RawLog } from './shapes.ts'

export interface FoldOptions<State> {
  readonly chain: HasClient
  readonly addresses: readonly Address[]
  /** First block that may hold a log of interest. */
  readonly fromBlock: bigint
  readonly initial: State
  /** Pure; what it throws means that the logs are not the contracts'. */
  readonly apply: (state: State, log: RawLog) => State
  /** How far back the value is kept; a deeper reorganisation replays everything. */
  readonly keepBlocks: number
  /** The most blocks in one request for logs. */
  readonly rangeBlocks: number
  readonly onProgress?: OnProgress | undefined
  /** What an earlier life had folded, ascending; taken as it is, if its blocks are still on the chain. */
  readonly start?: readonly Point<State>[]
}

/** Told after each range of a long way: the last block that was folded, and the one that is to be reached. */
export type OnProgress = (block: bigint, head: bigint) => void

/** The value after a block. */
export interface Point<State> {
  readonly block: BlockId & { readonly timestamp: bigint }
  readonly state: State
}

/** The chain lost the blocks from above `to` up to `from`; `to` is undefined when all were replayed. */
export interface Reorg {
  readonly from: BlockId
  readonly to: BlockId | undefined
}

export interface PollResult<State> {
  readonly current: Point<State>
  readonly changed: boolean
  readonly reorg: Reorg | undefined
  /** The newest block of the chain: `current` is behind it only when the poll was told to go no further. */
  readonly newest: BlockId
}

/** So many of the newest blocks are read one by one. Public servers behind one URL are rarely further apart. */
const NEAR_BLOCKS = 16n
/** How often the chain may change under one poll. */
const MAX_ATTEMPTS = 5

export class ChainFold<State> {
  readonly #options: FoldOptions<State>
  /** Ascending, each a descendant of the one before. What was folded in a poll that failed half way is kept here. */
  readonly #points: Point<State>[] = []
  #published: Point<State> | undefined
  /** The published block is no longer on the chain; this is the highest kept one below that is. */
  #forkedAt: { readonly block: BlockId | undefined } | undefined

  constructor(options: FoldOptions<State>) {
    this.#options = options
    this.#points.push(...(options.start ?? []))
    this.#published = this.#points.at(-1)
  }

  /**
   * Brings the value up to the newest block. Not to be called again before it has returned.
   * @param atMost Goes so many blocks further at most, for who has to put away what it gets.
   * @throws `chain/unreachable`, `chain/bad-response`, `chain/rpc-error`, `chain/unstable`; the value is then as it was
   */
  async poll(signal?: AbortSignal, atMost?: bigint): Promise<PollResult<State>> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const newest = await getHead(this.#options.chain, signal)
      const limit = atMost === undefined ? newest.number : this.#tipNumber() + atMost
      const head = newest.number <= limit ? newest : await getHeader(this.#options.chain, limit, signal)
      if (head !== undefined && (await this.#reach(head, signal))) return this.#publish(head, newest)
    }
    throw new TesseraError('chain/unstable', `the chain changed ${MAX_ATTEMPTS} times while it was read`, {
      retryable: true,
      hint: 'If this goes on, the RPC URL leads to servers that disagree: use a single one',
    })
  }

  /** True when the newest point is the head; false when the chain turned out to be another one on the way. */
  async #reach(head: Header, signal?: AbortSignal): Promise<boolean> {
    const tip = this.#points.at(-1)
    if (tip?.block.hash === head.hash) return true
    if (tip !== undefined && (head.number <= tip.block.number || head.number - tip.block.number > NEAR_BLOCKS))
      await this.#rewind(head, signal)
    if (this.#points.at(-1)?.block.hash === head.hash) return true
    while (head.number - this.#tipNumber() > NEAR_BLOCKS) {
      const limit = this.#tipNumber() + BigInt(this.#options.rangeBlocks)
      const far = head.number - NEAR_BLOCKS
      if (!(await this.#foldRange(limit < far ? limit : far, signal))) return false
      this.#options.onProgress?.(this.#tipNumber(), head.number)
    }
    return this.#foldNear(head, signal)
  }

  /** The number of the block that has been folded last; of the one before the first when none has. */
  #tipNumber(): bigint {
    return this.#points.at(-1)?.block.number ?? this.#options.fromBlock - 1n
  }

  /** Drops the points that are not on the head's chain. */
  async #rewind(head: Header, signal?: AbortSignal): Promise<void> {
    for (let tip = this.#points.at(-1); tip !== undefined; tip = this.#points.at(-1)) {
      if (tip.block.number <= head.number && (await this.#isCanonical(tip.block, head, signal))) return
      this.#drop()
    }
  }

  async #isCanonical(block: BlockId, head: Header | undefined, signal?: AbortSignal): Promise<boolean> {
    const there = block.number === head?.number ? head : await getHeader(this.#options.chain, block.number, signal)
    return there?.hash === block.hash
  }

  #drop(): void {
    const dropped = this.#points.pop()
    const below = this.#points.at(-1)?.block
    const published = this.#published
    if (published === undefined || dropped === undefined) return
    const deepest = this.#forkedAt?.block
    const deeper = deepest !== undefined && (below === undefined || below.number < deepest.number)
    // What came after the published block is nobody's loss.
    if (dropped === published || below === undefined || deeper) this.#forkedAt = { block: below }
  }

  /** Folds the blocks above the newest point up to `to`, all deep below the head. */
  async #foldRange(to: bigint, signal?: AbortSignal): Promise<boolean> {
    const { chain, addresses } = this.#options
    const tip = this.#points.at(-1)
    const from = this.#tipNumber() + 1n
    const end = await getHeader(chain, to, signal)
    if (end === undefined) return false
    const logs = await logsOfRange(chain, { address: addresses, fromBlock: from, toBlock: to }, signal)
    checkOrder(logs, from, to)
    // Both ends are still there: so is everything between them.
    if (!(await this.#isCanonical(end, undefined, signal))) return false
    if (tip !== undefined && !(await this.#isCanonical(tip.block, undefined, signal))) {
      this.#drop()
      return false
    }
    if (logs.some((log) => log.blockNumber === to && log.blockHash !== end.hash)) return false
    this.#push(end, logs)
    return true
  }

  /** Folds the last blocks up to the head, found from the head backwards. */
  async #foldNear(head: Header, signal?: AbortSignal): Promise<boolean> {
    const { chain, addresses } = this.#options
    const headers = [head]
    for (let oldest = head; oldest.number > this.#tipNumber() + 1n; headers.push(oldest)) {
      const parent = await getHeader(chain, oldest.parentHash, signal)
      if (parent === undefined) return false
      if (parent.number !== oldest.number - 1n || parent.hash !== oldest.parentHash)
        throw badResponse('a block is not the parent of the next', { number: parent.number, hash: parent.hash })
      oldest = parent
    }
    const tip = this.#points.at(-1)
    if (tip !== undefined && headers.at(-1)?.parentHash !== tip.block.hash) {
      await this.#rewind(head, signal)
      // On its own chain still: then the server's answers do not fit together, and the next attempt sees other ones.
      return false
    }
    for (const header of headers.toReversed()) {
      const logs = await getLogs(chain, { address: addresses, blockHash: header.hash }, signal)
      checkOrder(logs, header.number, header.number)
      if (logs.some((log) => log.blockHash !== header.hash))
        throw badResponse('a log of another block', { hash: header.hash })
      this.#push(header, logs)
    }
    return true
  }

  #push(header: Header, logs: readonly RawLog[]): void {
    const { initial, apply, keepBlocks } = this.#options
    const { number, hash, timestamp } = header
    const before = this.#points.at(-1)?.state ?? initial
    try {
      this.#points.push({ block: { number, hash, timestamp }, state: logs.reduce(apply, before) })
    } catch (error) {
      if (isTesseraError(error, 'chain/unknown-event')) throw error
      // What was folded before may be wrong as well (a server that left logs out), so nothing of it is kept.
      while (this.#points.length > 0) this.#drop()
      throw badResponse('the events do not follow from one another', { number, hash }, error)
    }
    const oldest = number - BigInt(keepBlocks)
    while (this.#points.length > 1 && (this.#points[0]?.block.number ?? oldest) < oldest) this.#points.shift()
  }

  #publish(head: Header, newest: BlockId): PollResult<State> {
    const current = this.#points.at(-1)
    if (current?.block.hash !== head.hash)
      throw badResponse('the newest block is not the head', { number: head.number })
    const previous = this.#published
    const reorg = this.#forkedAt && previous && { from: previous.block, to: this.#forkedAt.block }
    this.#published = current
    this.#forkedAt = undefined
    return { current, changed: previous?.block.hash !== current.block.hash, reorg, newest }
  }
}

/** Logs come in the order in which they were emitted, each once. */
function checkOrder(logs: readonly RawLog[], from: bigint, to: bigint): void {
  const hashes = new Map<bigint, Hex>()
  let last: RawLog | undefined
  for (const log of logs) {
    const { blockNumber, blockHash, logIndex } = log
    if (blockNumber < from || blockNumber > to)
      throw badResponse('a log outside of the range', { blockNumber, from, to })
    if (last && (blockNumber < last.blockNumber || (blockNumber === last.blockNumber && logIndex <= last.logIndex)))
      throw badResponse('logs out of order', { blockNumber, logIndex })
    if ((hashes.get(blockNumber) ?? blockHash) !== blockHash)
      throw badResponse('logs of two blocks of one number', { blockNumber })
    hashes.set(blockNumber, blockHash)
    last = log
  }
}

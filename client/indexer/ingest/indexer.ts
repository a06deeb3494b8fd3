// Follows the chain into the database: a stretch of blocks at a time, each stored whole or not at all, stepping back over blocks that
// the chain lost. Has no timer: whoever owns it calls `poll` as often as it wants to know.

import type { Chain } from '@tessera/chain/clients'
import { checkGenesis } from '@tessera/chain/clients'
import { followedAddresses } from '@tessera/chain/decodeLogs'
import { badResponse } from '@tessera/chain/errors'
import { isTesseraError, TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import type { Kysely } from 'kysely'
import type { Tables } from '../database/tables.ts'
import { readDetails } from './blockDetails.ts'
import { ChainLog, type KnownBlock, type Stretch } from './chainLog.ts'
import { emptyLedger } from './foldLedger.ts'
import { foldLogs } from './foldLogs.ts'
import type { Ledger } from './ledger.ts'
import { readBlocks, readLogs, removeBlocks, storeStretch } from './store.ts'

export interface IndexerOptions {
  readonly db: Kysely<Tables>
  readonly chain: Chain
  /** Reorganisations no deeper than this many blocks are stepped back over; deeper ones read everything anew. */
  readonly keepBlocks?: number
  /** The most blocks of one stretch. */
  readonly rangeBlocks?: number
  /** Told while stored logs are folded again: blocks done, of how many. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void
  readonly signal?: AbortSignal
}

/** What one stretch changed: `live` in api/status.ts, but for what was observed. */
export interface Change {
  readonly block: { readonly number: number; readonly hash: Hex; readonly timestamp: number }
  readonly runs: readonly number[]
  readonly accounts: readonly Hex[]
  readonly reorg: boolean
  /** Blocks that the chain lost, if it did. */
  readonly lost: { readonly from: number; readonly to: number } | undefined
}

/** Stored blocks that are read anew when their events contradict later ones; eight times as many each further time. */
const GIVEN_UP = 64n
/** Logs that are folded again in one go. */
const PAGE = 5_000
const BEFORE_ALL = { block: -1, position: -1 }
/** The most that a column of 32 bits holds. */
const AFTER_ALL_OF_A_BLOCK = 2 ** 31 - 1

export class Indexer {
  readonly #options: IndexerOptions
  readonly #keepBlocks: number
  readonly #rangeBlocks: number
  /** Undefined when what was read is not what was stored: it is read again from there. */
  #log: ChainLog | undefined
  #block: KnownBlock | undefined
  #newest: { readonly number: bigint; readonly hash: Hex } | undefined
  #ledger: Ledger
  /** Ascending: the ledgers after the last blocks, to step back to. */
  #past: { readonly block: bigint; readonly ledger: Ledger }[] = []
  /** Events up to this block did not follow from one another, so many times. */
  #doubt: { readonly upTo: bigint; readonly times: number } | undefined
  /** Stored blocks that were given up since the last change that was told. */
  #givenUp: { readonly from: number; readonly to: number } | undefined

  private constructor(options: IndexerOptions, known: readonly KnownBlock[], ledger: Ledger) {
    this.#options = options
    this.#keepBlocks = options.keepBlocks ?? 128
    this.#rangeBlocks = options.rangeBlocks ?? 2_000
    this.#block = known.at(-1)
    this.#ledger = ledger
    this.#log = this.#openLog(known)
    if (this.#block !== undefined) this.#past.push({ block: this.#block.number, ledger })
  }

  /**
   * Folds what is stored, so that the first poll goes on from there.
   * @throws `indexer/database-damaged`, and the signal's reason
   */
  static async open(options: IndexerOptions): Promise<Indexer> {
    const known = await readBlocks(options.db, options.keepBlocks ?? 128)
    const last = known.at(-1)
    const ledger = await refold(options, last === undefined ? -1 : Number(last.number))
    return new Indexer(options, known, ledger)
  }

  /** What holds now. */
  get ledger(): Ledger {
    return this.#ledger
  }

  /** The newest block that is stored. */
  get block(): Change['block'] | undefined {
    return this.#block && plain(this.#block)
  }

  /** The newest block that the server told of. */
  get newest(): number | undefined {
    return this.#newest && Number(this.#newest.number)
  }

  /**
   * Stores the next blocks; undefined when there are none.
   * @throws retryable: `chain/unreachable`, `chain/bad-response`, `chain/unstable`, what the database throws; nothing is lost then.
   *   Not retryable: `chain/wrong-chain`, `chain/unknown-event`
   */
  async poll(signal?: AbortSignal): Promise<Change | undefined> {
    const { db, chain } = this.#options
    this.#log ??= this.#openLog(await readBlocks(db, this.#keepBlocks))
    const stretch = await this.#log.next(signal)
    if (stretch === undefined) return undefined
    this.#newest = stretch.newest
    try {
      const { keptUpTo } = stretch
      // Nothing is left of what was known: it may be another chain altogether.
      if (keptUpTo !== undefined && keptUpTo < chain.deployment.fromBlock) await checkGenesis(chain, signal)
      return await this.#store(stretch, signal)
    } catch (error) {
      // Its blocks may be gone by the next poll.
      this.#log = undefined
      throw error
    }
  }

  async #store(stretch: Stretch, signal?: AbortSignal): Promise<Change> {
    const { db, chain } = this.#options
    const { block, logs, keptUpTo } = stretch
    const details = await readDetails(chain, logs, block, signal)
    const before = keptUpTo === undefined ? this.#ledger : await this.#ledgerAt(keptUpTo)
    const inTime = logs.map((log) => ({
      log,
      timestamp: Number(details.blocks.get(log.blockNumber)?.timestamp ?? 0n),
      gas: Number(details.gas.get(log.transactionHash) ?? 0n),
    }))
    const folded = await this.#folded(() => foldLogs(before, inTime, chain.deployment), block)
    await storeStretch(db, stretch, details, folded.facts)
    const from = this.#block?.number ?? block.number
    this.#ledger = folded.ledger
    this.#block = block
    this.#remember(block.number, keptUpTo)
    if (this.#doubt !== undefined && block.number >= this.#doubt.upTo) this.#doubt = undefined
    const lost = keptUpTo === undefined ? this.#givenUp : { from: Number(from), to: Number(keptUpTo) }
    this.#givenUp = undefined
    return {
      block: plain(block),
      runs: [...folded.runs],
      accounts: [...folded.accounts],
      reorg: lost !== undefined,
      lost,
    }
  }

  /** What does not follow from what is stored cannot be what the contracts emitted. */
  async #folded<T>(fold: () => T, block: KnownBlock): Promise<T> {
    try {
      return fold()
    } catch (error) {
      if (isTesseraError(error, 'chain/unknown-event')) throw error
      await this.#giveUp(block.number)
      const { number, hash } = block
      throw badResponse('the events do not follow from one another', { number, hash }, error)
    }
  }

  /** What is stored may lack what the server had left out: more of it is read anew each time that this does not help. */
  async #giveUp(upTo: bigint): Promise<void> {
    const times = (this.#doubt?.times ?? 0) + 1
    this.#doubt = { upTo, times }
    const last = this.#block?.number
    // The first time it may be the new logs.
    if (times === 1 || last === undefined) return
    const to = last - GIVEN_UP * 8n ** BigInt(times - 2)
    const { db } = this.#options
    await removeBlocks(db, to < 0n ? -1n : to)
    const [block] = await readBlocks(db, 1)
    this.#past = this.#past.filter((each) => each.block <= (block?.number ?? -1n))
    this.#ledger = await this.#ledgerAt(block?.number ?? -1n)
    this.#block = block
    this.#givenUp = { from: this.#givenUp?.from ?? Number(last), to: Number(block?.number ?? 0n) }
  }

  #openLog(known: readonly KnownBlock[]): ChainLog {
    const { chain } = this.#options
    const { deployment } = chain
    return new ChainLog({
      chain,
      addresses: [...followedAddresses(deployment), deployment.emission],
      fromBlock: deployment.fromBlock,
      known,
      keepBlocks: this.#keepBlocks,
      rangeBlocks: this.#rangeBlocks,
    })
  }

  async #ledgerAt(block: bigint): Promise<Ledger> {
    const kept = this.#past.findLast((each) => each.block <= block)
    // Between a kept ledger and the block there may be stored logs.
    return await refold(this.#options, Number(block), kept)
  }

  #remember(block: bigint, keptUpTo: bigint | undefined): void {
    const past = keptUpTo === undefined ? this.#past : this.#past.filter((each) => each.block <= keptUpTo)
    past.push({ block, ledger: this.#ledger })
    const oldest = past.findLastIndex((each) => each.block <= block - BigInt(this.#keepBlocks))
    this.#past = past.slice(Math.max(0, oldest))
  }
}

function plain({ number, hash, timestamp }: KnownBlock): Change['block'] {
  return { number: Number(number), hash, timestamp: Number(timestamp) }
}

/** The ledger after a block, from the stored logs; from a kept one on, if there is one. */
async function refold(
  options: IndexerOptions,
  upTo: number,
  kept?: { readonly block: bigint; readonly ledger: Ledger },
): Promise<Ledger> {
  const { db, chain, onProgress, signal } = options
  let ledger = kept?.ledger ?? emptyLedger(chain.deployment)
  let after = kept === undefined ? BEFORE_ALL : { block: Number(kept.block), position: AFTER_ALL_OF_A_BLOCK }
  for (;;) {
    signal?.throwIfAborted()
    const page = await wholeBlocks(db, after, upTo)
    const last = page.at(-1)
    if (last === undefined) return ledger
    try {
      ledger = foldLogs(ledger, page, chain.deployment).ledger
    } catch (error) {
      throw damaged(error)
    }
    after = { block: Number(last.log.blockNumber), position: Number(last.log.logIndex) }
    onProgress?.({ done: after.block, total: upTo })
  }
}

/** A page of logs that does not end within a block, since pools are looked at before each block. */
async function wholeBlocks(db: Kysely<Tables>, after: typeof BEFORE_ALL, upTo: number) {
  const page = await readLogs(db, after, upTo, PAGE)
  const last = page.at(-1)
  if (page.length < PAGE || last === undefined) return page
  const block = Number(last.log.blockNumber)
  const rest = await readLogs(db, { block, position: Number(last.log.logIndex) }, block, PAGE)
  return [...page, ...rest]
}

function damaged(cause: unknown): TesseraError {
  return new TesseraError('indexer/database-damaged', 'the stored events do not follow from one another', {
    hint: 'Remove the database: it is filled again from the chain',
    cause,
  })
}

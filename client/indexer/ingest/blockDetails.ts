// What logs do not say of themselves: the time of their block, and what their transaction cost.

import { badResponse } from '@tessera/chain/errors'
import { getHeader, getReceipt, type HasClient } from '@tessera/chain/rpc'
import type { RawLog } from '@tessera/chain/shapes'
import type { Hex } from 'viem'
import type { KnownBlock } from './chainLog.ts'

export interface BlockDetails {
  /** By number: the blocks of the logs. */
  readonly blocks: ReadonlyMap<bigint, KnownBlock>
  /** By transaction. */
  readonly gas: ReadonlyMap<Hex, bigint>
}

/** Requests at a time. */
const LANES = 16

/** @throws `chain/bad-response` when the server does not know the blocks and transactions of its own logs, and as all requests */
export async function readDetails(
  chain: HasClient,
  logs: readonly RawLog[],
  tip: KnownBlock,
  signal?: AbortSignal,
): Promise<BlockDetails> {
  const ofBlock = new Map(logs.map((log) => [log.blockNumber, log]))
  const ofTransaction = new Map(logs.map((log) => [log.transactionHash, log]))
  const blocks = new Map<bigint, KnownBlock>()
  const gas = new Map<Hex, bigint>()
  await inLanes([...ofBlock.values()], async ({ blockNumber, blockHash }) => {
    const header = blockHash === tip.hash ? tip : await getHeader(chain, blockHash, signal)
    if (header?.number !== blockNumber) throw badResponse('no block for a log', { blockNumber, blockHash })
    const { number, hash, timestamp } = header
    blocks.set(number, { number, hash, timestamp })
  })
  await inLanes([...ofTransaction.values()], async ({ transactionHash, blockHash }) => {
    const receipt = await getReceipt(chain, transactionHash, signal)
    if (receipt?.blockHash !== blockHash) throw badResponse('no receipt for a log', { transactionHash })
    gas.set(transactionHash, receipt.gasUsed)
  })
  return { blocks, gas }
}

async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values()
  const lane = async (): Promise<void> => {
    for (const item of rest) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(LANES, items.length) }, lane))
}

// Logs of a range of blocks from a server that may refuse to give them all at once: many public ones bound blocks or answers.

import { isTesseraError } from '@tessera/protocol/errors'
import type { Address, Hex } from 'viem'
import { getLogs, type HasClient } from './rpc.ts'
import type { RawLog } from './shapes.ts'

export interface RangeFilter {
  readonly address: readonly Address[]
  readonly topics?: readonly (Hex | null)[]
  readonly fromBlock: bigint
  /** Included. */
  readonly toBlock: bigint
}

/** Asks for less at once when the server refuses the whole. Errors: those of `getLogs` for a single block. */
export async function logsOfRange(chain: HasClient, filter: RangeFilter, signal?: AbortSignal): Promise<RawLog[]> {
  const { fromBlock, toBlock } = filter
  try {
    return await getLogs(chain, filter, signal)
  } catch (error) {
    if (!isTesseraError(error) || fromBlock >= toBlock) throw error
    if (error.code !== 'chain/rpc-error' && error.context.tooLarge !== true) throw error
    const middle = (fromBlock + toBlock) / 2n
    const lower = await logsOfRange(chain, { ...filter, toBlock: middle }, signal)
    return [...lower, ...(await logsOfRange(chain, { ...filter, fromBlock: middle + 1n }, signal))]
  }
}

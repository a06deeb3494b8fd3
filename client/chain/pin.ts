// Several reads of one state: the block is fixed once, so that the values belong together.

import { getHead, type HasClient, type ReadOptions } from './rpc.ts'

/** The same options with the block named: the given one, or the newest. */
export async function pinned(chain: HasClient, options: ReadOptions): Promise<ReadOptions> {
  if (options.blockNumber !== undefined) return options
  return { ...options, blockNumber: (await getHead(chain, options.signal)).number }
}

// Gas of what members of a run do: real transactions on a chain in this process, each receipt's gasUsed with all that a transaction
// costs, beside what was recorded of other projects' contracts. Figures are the same each time, but for the leaders that are drawn.

import type { BenchContext, BenchResult } from '../bench.ts'
import { GasChain } from './chain.ts'
import { readPeers } from './peers.ts'
import { resultsOf } from './results.ts'
import { measure } from './scenario.ts'

export async function run({ log, signal }: BenchContext): Promise<BenchResult[]> {
  const peers = readPeers()
  const gas = await GasChain.start(signal)
  try {
    log('the contracts are deployed')
    return resultsOf(await measure({ gas, log, signal }), peers)
  } finally {
    await gas.close()
  }
}

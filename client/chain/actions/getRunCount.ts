// Reads how many runs there are; they are numbered from 1.

import type { Chain } from '../clients.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function getRunCount(chain: Chain, options: ReadOptions = {}): Promise<bigint> {
  return readContract(
    chain,
    { address: chain.deployment.runCoordinator, abi: runCoordinatorAbi, functionName: 'runCount', args: [] },
    options,
  )
}

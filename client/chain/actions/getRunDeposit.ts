// Reads what it takes to create a run, in wei.

import type { Chain } from '../clients.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function getRunDeposit(chain: Chain, options: ReadOptions = {}): Promise<bigint> {
  return readContract(
    chain,
    {
      address: chain.deployment.runCoordinator,
      abi: runCoordinatorAbi,
      functionName: 'RUN_DEPOSIT',
      args: [],
    },
    options,
  )
}

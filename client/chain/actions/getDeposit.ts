// Reads what the owner of a run gets back when it is closed, in wei; 0 once it went back.

import type { Chain } from '../clients.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function getDeposit(
  chain: Chain,
  parameters: { readonly run: bigint },
  options: ReadOptions = {},
): Promise<bigint> {
  return readContract(
    chain,
    {
      address: chain.deployment.runCoordinator,
      abi: runCoordinatorAbi,
      functionName: 'depositOf',
      args: [parameters.run],
    },
    options,
  )
}

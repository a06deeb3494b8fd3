// Reads which sponsorship a run's epochs need; 0: the grant.

import type { Chain } from '../clients.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function getSource(
  chain: Chain,
  parameters: { readonly run: bigint },
  options: ReadOptions = {},
): Promise<bigint> {
  return readContract(
    chain,
    {
      address: chain.deployment.runCoordinator,
      abi: runCoordinatorAbi,
      functionName: 'sourceOf',
      args: [parameters.run],
    },
    options,
  )
}

// Reads the ranks of a miner in the last settled epochs, summed: who has the least may be replaced in a full run.

import type { Chain } from '../clients.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function getUsefulness(
  chain: Chain,
  parameters: { readonly run: bigint; readonly slot: number },
  options: ReadOptions = {},
): Promise<bigint> {
  return readContract(
    chain,
    {
      address: chain.deployment.runCoordinator,
      abi: runCoordinatorAbi,
      functionName: 'usefulnessOf',
      args: [parameters.run, parameters.slot],
    },
    options,
  )
}

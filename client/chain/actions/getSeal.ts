// Reads what the coordinator keeps of a miner's contribution in a round of the ring, or 0 if it did not commit: `sealed` and `opened`
// of the protocol.
// @testonly: programs follow the events; what the contracts say by themselves is compared with that.

import type { Chain } from '../clients.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function getSeal(
  chain: Chain,
  parameters: { readonly run: bigint; readonly round: bigint; readonly slot: number },
  options: ReadOptions = {},
): Promise<bigint> {
  return readContract(
    chain,
    {
      address: chain.deployment.runCoordinator,
      abi: runCoordinatorAbi,
      functionName: 'sealOf',
      args: [parameters.run, parameters.round, parameters.slot],
    },
    options,
  )
}

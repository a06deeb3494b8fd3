// Reads a round that is still in the ring of the last rounds.
// @testonly: programs follow the events; what the contracts say by themselves is compared with that.

import type { Chain } from '../clients.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function getRound(
  chain: Chain,
  parameters: { readonly run: bigint; readonly round: bigint },
  options: ReadOptions = {},
) {
  return readContract(
    chain,
    {
      address: chain.deployment.runCoordinator,
      abi: runCoordinatorAbi,
      functionName: 'roundOf',
      args: [parameters.run, parameters.round],
    },
    options,
  )
}

// Reads the hash of what a round rests on, which the coordinator keeps for ever: `groundsHash` of the protocol. Zero for one that
// never was final; that of one that was undone stays.
// @testonly: programs follow the events; what the contracts say by themselves is compared with that.

import type { Hex } from 'viem'
import type { Chain } from '../clients.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function getFinalRound(
  chain: Chain,
  parameters: { readonly run: bigint; readonly round: bigint },
  options: ReadOptions = {},
): Promise<Hex> {
  return readContract(
    chain,
    {
      address: chain.deployment.runCoordinator,
      abi: runCoordinatorAbi,
      functionName: 'finalRoundOf',
      args: [parameters.run, parameters.round],
    },
    options,
  )
}

// Reads the commitment of a miner slot in a round of the ring or, once revealed, its contribution root.
// @testonly: programs follow the events; what the contracts say by themselves is compared with that.

import type { Hex } from 'viem'
import type { Chain } from '../clients.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function getCommitment(
  chain: Chain,
  parameters: { readonly run: bigint; readonly round: bigint; readonly slot: number },
  options: ReadOptions = {},
): Promise<Hex> {
  return readContract(
    chain,
    {
      address: chain.deployment.runCoordinator,
      abi: runCoordinatorAbi,
      functionName: 'commitmentOf',
      args: [parameters.run, parameters.round, parameters.slot],
    },
    options,
  )
}

// Reads whether an epoch of a source is paid to a holder, or with the zero address to the operator as the run's owner.
// @testonly: `getClaimable` passes over what is claimed.

import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { rewardEscrowAbi } from '../generated/rewardEscrow.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function isClaimed(
  chain: Chain,
  parameters: {
    readonly manager: Address
    readonly run: bigint
    readonly source: bigint
    readonly operator: Address
    readonly holder: Address
    readonly epoch: bigint
  },
  options: ReadOptions = {},
): Promise<boolean> {
  return readContract(
    chain,
    {
      address: chain.deployment.rewardEscrow,
      abi: rewardEscrowAbi,
      functionName: 'isClaimed',
      args: [
        parameters.manager,
        parameters.run,
        parameters.source,
        parameters.operator,
        parameters.holder,
        parameters.epoch,
      ],
    },
    options,
  )
}

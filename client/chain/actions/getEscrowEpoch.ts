// Reads what the reward escrow knows of an epoch of a run; undefined if it never opened there.

import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { rewardEscrowAbi } from '../generated/rewardEscrow.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export interface EscrowEpoch {
  /** Wei of the deployment's token. */
  readonly grant: bigint
  /** Unix seconds. */
  readonly openedAt: number
  readonly settled: boolean
  /** In 2^-64 of each pot, at most 2^64: what was earned of it. */
  readonly totalShare: bigint
}

export async function getEscrowEpoch(
  chain: Chain,
  parameters: { readonly manager: Address; readonly run: bigint; readonly epoch: bigint },
  options: ReadOptions = {},
): Promise<EscrowEpoch | undefined> {
  const epoch = await readContract(
    chain,
    {
      address: chain.deployment.rewardEscrow,
      abi: rewardEscrowAbi,
      functionName: 'epochOf',
      args: [parameters.manager, parameters.run, parameters.epoch],
    },
    options,
  )
  return epoch.openedAt === 0 ? undefined : epoch
}

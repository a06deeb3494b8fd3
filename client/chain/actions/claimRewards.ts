// Has one source of a run's pay paid for epochs; anyone may, for anyone.

import type { Address } from 'viem'
import type { Deployment } from '../addresses.ts'
import { rewardEscrowAbi } from '../generated/rewardEscrow.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export interface RewardClaim {
  readonly manager: Address
  readonly run: bigint
  /** 0 is the grant, sponsorships follow from 1. */
  readonly source: bigint
  readonly operator: Address
  /** Of shares of the operator's pool, the operator itself included; the zero address: `operator` claims as the run's owner. */
  readonly holder: Address
  readonly epochs: readonly bigint[]
}

export function claimRewards(deployment: Deployment, parameters: RewardClaim): TransactionRequest {
  return contractRequest({
    to: deployment.rewardEscrow,
    abi: rewardEscrowAbi,
    functionName: 'claim',
    args: [parameters],
  })
}

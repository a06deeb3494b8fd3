// Names the address that the sender's rewards are paid to; the zero address means the operator itself.

import type { Address } from 'viem'
import type { Deployment } from '../addresses.ts'
import { stakeVaultAbi } from '../generated/stakeVault.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function setPayout(deployment: Deployment, parameters: { readonly payout: Address }): TransactionRequest {
  return contractRequest({
    to: deployment.stakeVault,
    abi: stakeVaultAbi,
    functionName: 'setPayout',
    args: [parameters.payout],
  })
}

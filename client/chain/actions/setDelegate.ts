// Names the hot key that acts for the sender; the zero address names none.

import type { Address } from 'viem'
import type { Deployment } from '../addresses.ts'
import { stakeVaultAbi } from '../generated/stakeVault.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function setDelegate(deployment: Deployment, parameters: { readonly delegate: Address }): TransactionRequest {
  return contractRequest({
    to: deployment.stakeVault,
    abi: stakeVaultAbi,
    functionName: 'setDelegate',
    args: [parameters.delegate],
  })
}

// Publishes the base URL at which the sender's operator serves its blobs.

import type { Deployment } from '../addresses.ts'
import { stakeVaultAbi } from '../generated/stakeVault.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function setEndpoint(deployment: Deployment, parameters: { readonly endpoint: string }): TransactionRequest {
  return contractRequest({
    to: deployment.stakeVault,
    abi: stakeVaultAbi,
    functionName: 'setEndpoint',
    args: [parameters.endpoint],
  })
}

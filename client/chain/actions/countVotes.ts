// Counts a holder's stake with some operators for its vote of the present period; anyone may, for anyone. What is counted already is
// passed over.
import type { Address } from 'viem'
import type { Deployment } from '../addresses.ts'
import { emissionAbi } from '../generated/emission.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function countVotes(
  deployment: Deployment,
  parameters: { readonly holder: Address; readonly operators: readonly Address[] },
): TransactionRequest {
  return contractRequest({
    to: deployment.emission,
    abi: emissionAbi,
    functionName: 'count',
    args: [parameters.holder, parameters.operators],
  })
}

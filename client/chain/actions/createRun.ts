// Creates a run; the sender is its owner. The run's id is in the `RunCreated` event: runs are numbered from 1, in order.

import type { ContractFunctionArgs } from 'viem'
import type { Deployment } from '../addresses.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export type CreateRunParameters = ContractFunctionArgs<typeof runCoordinatorAbi, 'nonpayable', 'createRun'>[0]

export function createRun(
  deployment: Deployment,
  parameters: { readonly params: CreateRunParameters },
): TransactionRequest {
  return contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'createRun',
    args: [parameters.params],
  })
}

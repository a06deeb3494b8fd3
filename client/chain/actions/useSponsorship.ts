// Names the sponsorship that a run's next epochs need, for a run that is not paid in the deployment's token. By anyone.

import type { Deployment } from '../addresses.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function useSponsorship(
  deployment: Deployment,
  parameters: {
    readonly run: bigint
    /** Its number among the sources of the run. */
    readonly source: bigint
  },
): TransactionRequest {
  return contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'useSponsorship',
    args: [parameters.run, parameters.source],
  })
}

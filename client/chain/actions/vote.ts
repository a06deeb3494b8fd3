// Sets the sender's vote for the periods after the present one; without choices it takes the vote back.

import type { Address } from 'viem'
import type { Deployment } from '../addresses.ts'
import { emissionAbi } from '../generated/emission.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

/** A part of a holder's vote. */
export interface Choice {
  readonly manager: Address
  /** In 1/10 000 of the vote. */
  readonly bps: number
  readonly run: bigint
}

export function vote(
  deployment: Deployment,
  parameters: {
    /** 8 at most, of 10 000 bps together. */
    readonly choices: readonly Choice[]
  },
): TransactionRequest {
  return contractRequest({
    to: deployment.emission,
    abi: emissionAbi,
    functionName: 'vote',
    args: [parameters.choices],
  })
}

// Reads the member in a slot; the operator is the zero address when the slot is free.

import type { Role } from '@tessera/protocol/events'
import type { Chain } from '../clients.ts'
import { roleIndex } from '../enums.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function getMember(
  chain: Chain,
  parameters: { readonly run: bigint; readonly role: Role; readonly slot: number },
  options: ReadOptions = {},
) {
  return readContract(
    chain,
    {
      address: chain.deployment.runCoordinator,
      abi: runCoordinatorAbi,
      functionName: 'memberOf',
      args: [parameters.run, roleIndex(parameters.role), parameters.slot],
    },
    options,
  )
}

// Reads the slot of an operator in a run; undefined when it has none.

import type { Role } from '@tessera/protocol/events'
import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { roleIndex } from '../enums.ts'
import { isRevert } from '../errors.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function getSlot(
  chain: Chain,
  parameters: { readonly run: bigint; readonly role: Role; readonly operator: Address },
  options: ReadOptions = {},
): Promise<number | undefined> {
  const { run, role, operator } = parameters
  try {
    return await readContract(
      chain,
      {
        address: chain.deployment.runCoordinator,
        abi: runCoordinatorAbi,
        functionName: 'slotOf',
        args: [run, roleIndex(role), operator],
      },
      options,
    )
  } catch (error) {
    if (isRevert(error, 'RunNotMember')) return undefined
    throw error
  }
}

// Reads what is fixed when a run is created: its owner and its parameters.

import type { Chain } from '../clients.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function getRun(chain: Chain, parameters: { readonly run: bigint }, options: ReadOptions = {}) {
  const { runCoordinator: address } = chain.deployment
  const args = [parameters.run] as const
  const [owner, params] = await Promise.all([
    readContract(chain, { address, abi: runCoordinatorAbi, functionName: 'ownerOf', args }, options),
    readContract(chain, { address, abi: runCoordinatorAbi, functionName: 'paramsOf', args }, options),
  ])
  return { owner, params }
}

// Reads an epoch. `phase` is given by name.
// @testonly: programs follow the events; what the contracts say by themselves is compared with that.

import type { Chain } from '../clients.ts'
import { enumName } from '../enums.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

/** `EpochPhase` of IRunCoordinator. */
const EPOCH_PHASES = ['None', 'Open', 'Commit', 'Reveal', 'Settled'] as const

export async function getEpoch(
  chain: Chain,
  parameters: { readonly run: bigint; readonly epoch: bigint },
  options: ReadOptions = {},
) {
  const epoch = await readContract(
    chain,
    {
      address: chain.deployment.runCoordinator,
      abi: runCoordinatorAbi,
      functionName: 'epochOf',
      args: [parameters.run, parameters.epoch],
    },
    options,
  )
  return { ...epoch, phase: enumName(EPOCH_PHASES, epoch.phase) }
}

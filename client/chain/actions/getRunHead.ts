// Reads where a run stands, all of one block.

import type { Hex } from 'viem'
import type { Chain } from '../clients.ts'
import { enumName } from '../enums.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { pinned } from '../pin.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

/** `Phase` of IRunCoordinator. */
const PHASES = ['Idle', 'Train', 'Commit', 'Reveal', 'Attest', 'Ended'] as const

export interface RunHead {
  readonly phase: (typeof PHASES)[number]
  /** The last round and epoch that opened; 0 before the first. */
  readonly round: bigint
  readonly epoch: bigint
  /** Root of the last final round, or the genesis root. */
  readonly stateRoot: Hex
  /** Whether `advance` would do something. */
  readonly due: boolean
}

export async function getRunHead(
  chain: Chain,
  parameters: { readonly run: bigint },
  options: ReadOptions = {},
): Promise<RunHead> {
  const at = await pinned(chain, options)
  const contract = { address: chain.deployment.runCoordinator, abi: runCoordinatorAbi, args: [parameters.run] } as const
  const [phase, round, epoch, stateRoot, due] = await Promise.all([
    readContract(chain, { ...contract, functionName: 'phaseOf' }, at),
    readContract(chain, { ...contract, functionName: 'currentRoundOf' }, at),
    readContract(chain, { ...contract, functionName: 'currentEpochOf' }, at),
    readContract(chain, { ...contract, functionName: 'stateRootOf' }, at),
    readContract(chain, { ...contract, functionName: 'isDue' }, at),
  ])
  return { phase: enumName(PHASES, phase), round, epoch, stateRoot, due }
}

// Logs as the contracts emit them, for tests: an event by its name and fields.

import { encodeAbiParameters, encodeEventTopics, type Hex } from 'viem'
import type { Deployment } from './addresses.ts'
import type { FakeLog } from './fakeChain.fixture.ts'
import { emissionAbi } from './generated/emission.ts'
import { rewardEscrowAbi } from './generated/rewardEscrow.ts'
import { runCoordinatorAbi } from './generated/runCoordinator.ts'
import { stakeVaultAbi } from './generated/stakeVault.ts'

export const ABIS = {
  runCoordinator: runCoordinatorAbi,
  stakeVault: stakeVaultAbi,
  rewardEscrow: rewardEscrowAbi,
  emission: emissionAbi,
} as const

/** The log of an event of one of the contracts. */
export function logOf(
  deployment: Deployment,
  contract: keyof typeof ABIS,
  name: string,
  args: Readonly<Record<string, unknown>>,
): FakeLog {
  const event = ABIS[contract].find((entry) => entry.type === 'event' && entry.name === name)
  if (event?.type !== 'event') throw new Error(`${contract} has no event ${name}`)
  const plain = event.inputs.filter(({ indexed }) => !indexed)
  const parameters = { abi: [event], eventName: name, args } as unknown as Parameters<typeof encodeEventTopics>[0]
  return {
    address: deployment[contract],
    topics: encodeEventTopics(parameters) as readonly Hex[],
    data: encodeAbiParameters(plain, plain.map((input) => args[input.name]) as never),
  }
}

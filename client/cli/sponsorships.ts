// The options of commands about one sponsorship.

import type { Chain } from '@tessera/chain/clients'
import type { SourceOf } from '@tessera/chain/plans/sponsorships'
import type { Hex } from '@tessera/protocol/hex'
import { runOption } from './network.ts'
import { managerOption } from './runs.ts'

/** Spread into the table of a command about one sponsorship. */
export const sponsorshipOptions = {
  ...runOption,
  source: {
    flag: 'source',
    env: 'TESSERA_SOURCE',
    type: 'integer',
    required: true,
    min: 1,
    description: 'Number of the sponsorship among those of the run',
  },
  ...managerOption,
} as const

/** What the options of `sponsorshipOptions` name. */
export function sourceOf(
  chain: Chain,
  options: { readonly run: number; readonly source: number; readonly manager?: Hex | undefined },
): SourceOf {
  const { manager = chain.deployment.runCoordinator } = options
  return { manager, run: BigInt(options.run), source: BigInt(options.source) }
}

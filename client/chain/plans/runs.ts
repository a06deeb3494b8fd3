// Which coordinator's run a plan is about, and whether there is one of that number.

import { TesseraError } from '@tessera/protocol/errors'
import { type Hex, sameHex } from '@tessera/protocol/hex'
import { getRunCount } from '../actions/getRunCount.ts'
import type { Chain } from '../clients.ts'
import type { ReadOptions } from '../rpc.ts'

/** A run as the contracts name it. */
export interface RunOf {
  readonly manager: Hex
  readonly run: bigint
}

/**
 * Nobody else looks: what is given to a run that does not exist is lost. Other coordinators than the deployment's are not asked.
 * @throws `run/unknown`
 */
export async function checkRun(chain: Chain, { manager, run }: RunOf, at: ReadOptions): Promise<void> {
  if (isForeign(chain, manager)) return
  const count = await getRunCount(chain, at)
  if (run >= 1n && run <= count) return
  throw new TesseraError('run/unknown', `there is no run ${run} on this chain`, {
    hint: count === 0n ? 'There are none yet' : `Their numbers are from 1 to ${count}`,
    context: { run, count },
  })
}

function isForeign(chain: Chain, manager: Hex): boolean {
  return !sameHex(manager, chain.deployment.runCoordinator)
}

/** `run 3`, and whose if it is not one of this deployment. */
export function runText(chain: Chain, { manager, run }: RunOf): string {
  return isForeign(chain, manager) ? `run ${run} of the coordinator ${manager}` : `run ${run}`
}

/** What cannot be looked up; none for the deployment's own. */
export function foreignWarnings(chain: Chain, managers: readonly Hex[]): readonly string[] {
  if (!managers.some((manager) => isForeign(chain, manager))) return []
  return ['whether another coordinator than that of this deployment exists, has this run and is honest is not checked']
}

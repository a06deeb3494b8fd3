// The contracts' enumerations by name. The order is that of the declarations in IRunCoordinator.sol.

import { ROLES, type Role } from '@tessera/protocol/events'
import { badResponse } from './errors.ts'

export const PHASES = ['Idle', 'Train', 'Commit', 'Reveal', 'Attest', 'Ended'] as const
export type PhaseName = (typeof PHASES)[number]

export const EPOCH_PHASES = ['None', 'Open', 'Commit', 'Reveal', 'Settled'] as const
export type EpochPhaseName = (typeof EPOCH_PHASES)[number]

/** The number that the contracts know a role by. */
export function roleIndex(role: Role): number {
  return ROLES.indexOf(role)
}

/** The name of an enumeration's value that a contract gave. */
export function enumName<const names extends readonly string[]>(names: names, index: number): names[number] {
  const name = names[index]
  if (name === undefined) throw badResponse(`no value of an enumeration: ${index}`, { names })
  return name
}

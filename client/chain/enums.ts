// The contracts' enumerations, from names to numbers and back.

import { ROLES, type Role } from '@tessera/protocol/events'
import { badResponse } from './errors.ts'

/** The number that the contracts know a role by. */
export function roleIndex(role: Role): number {
  return ROLES.indexOf(role)
}

/**
 * The name of an enumeration's value that a contract gave.
 * @throws `chain/bad-response`
 */
export function enumName<const names extends readonly string[]>(names: names, index: number): names[number] {
  const name = names[index]
  if (name === undefined) throw badResponse(`no value of an enumeration: ${index}`, { names })
  return name
}

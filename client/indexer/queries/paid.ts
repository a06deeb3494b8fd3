// What an epoch paid a member's pool, as it is stored beside the member.

import type { Hex } from '@tessera/protocol/hex'
import type { MemberEpochRow } from '../database/tables.ts'

export interface Paid {
  readonly source: number
  readonly token: Hex
  readonly amount: bigint
}

/** SAFETY: written by epochFacts.ts. */
export function paidOf({ paid }: Pick<MemberEpochRow, 'paid'>): Paid[] {
  const rows = JSON.parse(paid) as { source: number; token: Hex; amount: string }[]
  return rows.map(({ source, token, amount }) => ({ source, token, amount: BigInt(amount) }))
}

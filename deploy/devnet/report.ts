// The report of a run of the network: what each round gave, what each replica computed, what was paid. As JSON for programs, and in
// a few lines for who sits before it.

import type { Hex } from '@tessera/protocol/hex'

export interface Report {
  readonly rounds: { round: number; included: number; root: Hex; evalLoss: number | null; seconds: number }[]
  readonly replicas: { operator: Hex; role: 'miner' | 'validator'; round: number; root: Hex }[]
  /** Wei claimed so far, and what the reward vault owes and holds. */
  readonly paid: string
  readonly owed: string
  readonly held: string
  readonly claims: { operator: Hex; role: 'miner' | 'validator'; wei: string }[]
  /** Mean size of the contributions on the wire, header and all, in bits per parameter of the model. */
  readonly blobBytesPerParameterBits: number
}

/** What everyone was paid so far, the most first, and whether the vault's books are covered. */
export function summaryLines({ claims, paid, owed, held }: Report): string[] {
  const earned = new Map<string, { readonly role: string; readonly wei: bigint }>()
  for (const { operator, role, wei } of claims)
    earned.set(operator, { role, wei: (earned.get(operator)?.wei ?? 0n) + BigInt(wei) })
  const lines = [...earned]
    .toSorted(([, a], [, b]) => (a.wei < b.wei ? 1 : a.wei > b.wei ? -1 : 0))
    .map(([operator, { role, wei }]) => `earned     ${tokens(wei)} TSRA  ${role.padEnd(9)}  ${operator}`)
  const covered = BigInt(owed) <= BigInt(held) ? 'covered' : 'NOT COVERED'
  return [
    ...lines,
    `paid       ${tokens(BigInt(paid))} TSRA in all; the reward vault owes ${tokens(BigInt(owed)).trim()} and holds ${tokens(BigInt(held)).trim()}: ${covered}`,
  ]
}

/** Whole tokens and hundredths, rounded down. */
function tokens(wei: bigint): string {
  return (Number(wei / 10n ** 16n) / 100).toFixed(2).padStart(8)
}

// The report of a run of the network: what each round gave, what each replica computed, what was paid. As JSON for programs, and in
// a few lines for who sits before it.

import type { Hex } from '@tessera/protocol/hex'
import type { Role } from './accounts.ts'
import type { Earning } from './earnings.ts'

export interface Report {
  readonly rounds: { round: number; included: number; root: Hex; evalLoss: number | null; seconds: number }[]
  readonly replicas: { operator: Hex; role: Role; round: number; root: Hex }[]
  /** Wei: claimed so far by everyone. */
  readonly paid: string
  /** Wei that the emission has minted, all of it for the run. */
  readonly emitted: string
  /** Wei of the network's token that the reward escrow owes and holds. */
  readonly owed: string
  readonly held: string
  readonly earned: { account: Hex; role: Earning['role']; wei: string; forDelegators: string }[]
  /** Mean size of the contributions on the wire, header and all, in bits per parameter of the model. */
  readonly blobBytesPerParameterBits: number
}

/** What everyone was paid so far, the most first, where it came from, and whether the escrow's books are covered. */
export function summaryLines({ earned, paid, emitted, owed, held }: Report): string[] {
  const lines = earned
    .map(({ account, role, wei, forDelegators }) => ({
      account,
      role,
      wei: BigInt(wei),
      passed: BigInt(forDelegators),
    }))
    .toSorted((a, b) => (a.wei < b.wei ? 1 : a.wei > b.wei ? -1 : 0))
    .map(({ account, role, wei, passed }) => {
      const others = passed > 0n ? `, and ${tokens(passed)} for its delegators` : ''
      return `earned     ${tokens(wei).padStart(8)} TSRA  ${role.padEnd(9)}  ${account}${others}`
    })
  const covered = BigInt(owed) <= BigInt(held) ? 'covered' : 'NOT COVERED'
  const books = `the reward escrow owes ${tokens(BigInt(owed))} and holds ${tokens(BigInt(held))}: ${covered}`
  return [
    ...lines,
    `emitted    ${tokens(BigInt(emitted)).padStart(8)} TSRA, voted to the run by those who stake`,
    `paid       ${tokens(BigInt(paid)).padStart(8)} TSRA in all; ${books}`,
  ]
}

const HUNDREDTH = 10n ** 16n

/** Whole tokens and hundredths, the nearest: divisions of a pot lose some wei, and 99.99 of 100 would look like a fault. */
export function tokens(wei: bigint): string {
  return (Number((wei + HUNDREDTH / 2n) / HUNDREDTH) / 100).toFixed(2)
}

// What everyone was paid so far of a run's grant, from the run's state: operators, those who stake with them, the run's owner.

import { partOf, potOf, shareOf } from '@tessera/protocol/claims'
import type { Hex } from '@tessera/protocol/hex'
import { claimKey, type EpochState, type RunState } from '@tessera/protocol/runState'
import { ZERO_ADDRESS } from '@tessera/protocol/tags'
import type { Role } from './accounts.ts'

export interface Earning {
  readonly account: Hex
  readonly role: Role | 'delegator' | 'owner'
  /** Claimed by the account itself. */
  readonly wei: bigint
  /** Of operators: what the others who stake with it have of the epochs that it has claimed. */
  readonly forDelegators: bigint
}

const GRANT = 0n

/** Wei that were claimed of the grant, by anyone. */
export function paidInAll({ epochs }: RunState): bigint {
  return sum([...epochs.values()].flatMap(({ settlement }) => grantClaims(settlement)))
}

function grantClaims(settlement: EpochState['settlement']): bigint[] {
  return [...(settlement?.claimed ?? [])].filter(([key]) => key.startsWith(`${GRANT}/`)).map(([, wei]) => wei)
}

export function operatorEarning(state: RunState, account: Hex, role: Role): Earning {
  const claimed = [...state.epochs.values()].flatMap((epoch) => {
    const wei = epoch.settlement?.claimed.get(claimKey(GRANT, account, account))
    return wei === undefined ? [] : [{ wei, pool: poolOf(state, epoch, account) }]
  })
  const forDelegators = sum(claimed.map(({ wei, pool }) => pool - wei))
  return { account, role, wei: sum(claimed.map(({ wei }) => wei)), forDelegators }
}

export function delegatorEarning(state: RunState, account: Hex, operators: readonly Hex[]): Earning {
  const wei = sum(operators.map((operator) => claimedBy(state, operator, account)))
  return { account, role: 'delegator', wei, forDelegators: 0n }
}

export function ownerEarning(state: RunState): Earning {
  const { owner: account } = state
  return { account, role: 'owner', wei: claimedBy(state, account, ZERO_ADDRESS), forDelegators: 0n }
}

function claimedBy({ epochs }: RunState, operator: Hex, holder: Hex): bigint {
  const key = claimKey(GRANT, operator, holder)
  return sum([...epochs.values()].map(({ settlement }) => settlement?.claimed.get(key) ?? 0n))
}

/** What the operator's pool earned of an epoch, before it is divided among its holders. */
function poolOf(state: RunState, epoch: EpochState, operator: Hex): bigint {
  return partOf(potOf(state, epoch, GRANT), shareOf(state, epoch, operator, false))
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n)
}

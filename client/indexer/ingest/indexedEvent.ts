// The events that the indexer follows: those that the replay of runs needs, and what the stake vault and the emission tell besides.

import type { Deployment } from '@tessera/chain/addresses'
import { decodeNamed } from '@tessera/chain/decodeLogs'
import type { RawLog } from '@tessera/chain/shapes'
import { EVENT_NAMES, type RunEvent } from '@tessera/protocol/events'
import type { Hex } from '@tessera/protocol/hex'

interface OfPosition {
  readonly operator: Hex
  readonly holder: Hex
}

export type PoolEvent =
  | ({ readonly name: 'Deposited'; readonly amount: bigint; readonly shares: bigint } & OfPosition)
  | ({
      readonly name: 'UnbondRequested'
      readonly ticket: bigint
      readonly shares: bigint
      readonly readyAt: bigint
    } & OfPosition)
  | ({ readonly name: 'UnbondCancelled'; readonly ticket: bigint; readonly shares: bigint } & OfPosition)
  | ({
      readonly name: 'UnbondCompleted'
      readonly ticket: bigint
      readonly shares: bigint
      readonly amount: bigint
    } & OfPosition)
  | { readonly name: 'CommissionSet'; readonly operator: Hex; readonly bps: bigint; readonly from: bigint }
  | { readonly name: 'Slashed'; readonly operator: Hex; readonly amount: bigint }

export type EmissionEvent =
  | {
      readonly name: 'Voted'
      readonly holder: Hex
      readonly choices: readonly { readonly manager: Hex; readonly run: bigint; readonly bps: number }[]
    }
  | {
      readonly name: 'Paid'
      readonly period: bigint
      readonly manager: Hex
      readonly run: bigint
      readonly votes: bigint
      readonly amount: bigint
    }

export type IndexedEvent = RunEvent | PoolEvent | EmissionEvent

const POOL_EVENTS: ReadonlySet<string> = new Set<PoolEvent['name']>([
  'Deposited',
  'UnbondRequested',
  'UnbondCancelled',
  'UnbondCompleted',
  'CommissionSet',
  'Slashed',
])
const EMISSION_EVENTS: ReadonlySet<string> = new Set<EmissionEvent['name']>(['Voted', 'Paid'])
const WANTED = new Set([...Object.values(EVENT_NAMES).flat(), ...POOL_EVENTS, ...EMISSION_EVENTS])

/** @throws as decodeLog */
export function decodeIndexed(log: RawLog, deployment: Deployment): IndexedEvent | undefined {
  return decodeNamed(log, deployment, WANTED) as IndexedEvent | undefined
}

export function isPoolEvent(event: IndexedEvent): event is PoolEvent {
  return POOL_EVENTS.has(event.name)
}

export function isEmissionEvent(event: IndexedEvent): event is EmissionEvent {
  return EMISSION_EVENTS.has(event.name)
}

// What an address of the Verify page names, read strictly: numbers and addresses, nothing else.

import { type Hex, isHex, lowerHex } from '@tessera/protocol/hex'
import type { CheckpointQuery } from './verifyCheckpoint.ts'
import type { PayoutQuery } from './verifyPayout.ts'

export type Named = Readonly<Record<string, string | undefined>>

/** The word for the part of the run's owner. */
export const OWNER = 'owner'

/** Undefined when something is missing or is not what it should be. */
export function payoutQueryOf(named: Named): PayoutQuery | undefined {
  const run = numberOf(named.run)
  const epoch = numberOf(named.epoch)
  const source = numberOf(named.source)
  const operator = addressOf(named.operator)
  const holder = named.holder === OWNER ? null : addressOf(named.holder)
  const all = { run, epoch, source, operator, holder }
  return isWhole(all) && all.run > 0n && all.epoch > 0n ? all : undefined
}

export function checkpointQueryOf(named: Named): CheckpointQuery | undefined {
  const run = numberOf(named.run)
  const round = numberOf(named.round)
  return run === undefined || run === 0n || round === undefined ? undefined : { run, round }
}

/** At most 15 digits: what is a link's number, too. */
function numberOf(text: string | undefined): bigint | undefined {
  return text !== undefined && /^(0|[1-9]\d{0,14})$/.test(text) ? BigInt(text) : undefined
}

function addressOf(text: string | undefined): Hex | undefined {
  return isHex(text, 20) ? lowerHex(text) : undefined
}

type Whole<T> = { readonly [K in keyof T]: Exclude<T[K], undefined> }

function isWhole<T extends object>(value: T): value is T & Whole<T> {
  return Object.values(value).every((each) => each !== undefined)
}

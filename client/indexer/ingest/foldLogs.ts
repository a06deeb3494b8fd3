// A ledger after some logs, and what follows from them: which rows, whose page is old.

import type { Deployment } from '@tessera/chain/addresses'
import type { RawLog } from '@tessera/chain/shapes'
import { type Hex, isHex, lowerHex } from '@tessera/protocol/hex'
import type { Fact } from './facts.ts'
import { foldLedger } from './foldLedger.ts'
import { decodeIndexed, type IndexedEvent } from './indexedEvent.ts'
import type { Ledger } from './ledger.ts'

export interface LogInTime {
  readonly log: RawLog
  /** Unix seconds, of its block. */
  readonly timestamp: number
  /** Of its transaction. */
  readonly gas: number
}

export interface FoldedLogs {
  readonly ledger: Ledger
  readonly facts: readonly Fact[]
  readonly runs: ReadonlySet<number>
  readonly accounts: ReadonlySet<Hex>
}

/** Logs of whole blocks, in order. Errors: `chain/bad-response`, `chain/unknown-event`, `transition/impossible`. */
export function foldLogs(before: Ledger, logs: Iterable<LogInTime>, deployment: Deployment): FoldedLogs {
  const facts: Fact[] = []
  const runs = new Set<number>()
  const accounts = new Set<Hex>()
  let ledger = before
  for (const { log, timestamp, gas } of logs) {
    const number = Number(log.blockNumber)
    const event = decodeIndexed(log, deployment)
    if (event === undefined) continue
    const where = { block: number, at: timestamp, tx: log.transactionHash, gas }
    const folded = foldLedger(ledger, event, where)
    ledger = folded.ledger
    facts.push(...folded.facts)
    if ('run' in event && ledger.runs.has(event.run)) runs.add(Number(event.run))
    for (const account of accountsOf(event)) accounts.add(account)
    for (const { table, row } of folded.facts) if (table === 'earnings') accounts.add(row.account)
  }
  return { ledger, facts, runs, accounts }
}

const ACCOUNT_FIELDS = ['operator', 'holder', 'sponsor', 'owner', 'from', 'to'] as const

function accountsOf(event: IndexedEvent): Hex[] {
  const fields: Readonly<Record<string, unknown>> = { ...event }
  return ACCOUNT_FIELDS.flatMap((name) => {
    const value = fields[name]
    return isHex(value, 20) ? [lowerHex(value)] : []
  })
}

// What the journal remembers of a contribution before anything about it is signed. With it a restarted miner goes on with the
// same commitment; without it nothing was sent. Kept per seed of the assignment, which tells a round from its namesake on a chain
// that lost blocks.

import type { Journal } from '@tessera/agent/journal'
import { TesseraError } from '@tessera/protocol/errors'
import { type Hex, isHex } from '@tessera/protocol/hex'

export interface ContributionRecord {
  readonly contributionRoot: Hex
  readonly digest: Hex
  readonly size: number
  readonly salt: Hex
  readonly innerSteps: number
}

/** Half of the seed is enough to tell rounds apart, and fits the journal's limit. */
const kind = (seed: Hex): string => `contribution/${seed.slice(2, 34)}`

/** Insert-once: gives back the record that stands, which is an earlier one if there is one. */
export function recordContribution(
  journal: Journal,
  round: bigint,
  seed: Hex,
  record: ContributionRecord,
): ContributionRecord {
  return parse(journal.record(kind(seed), round, JSON.stringify(record)).value)
}

export function readContribution(journal: Journal, round: bigint, seed: Hex): ContributionRecord | undefined {
  const text = journal.get(kind(seed), round)
  return text === undefined ? undefined : parse(text)
}

/** Errors: `miner/bad-record`. */
function parse(text: string): ContributionRecord {
  const value = jsonOf(text)
  if (typeof value === 'object' && value !== null) {
    const { contributionRoot, digest, size, salt, innerSteps } = value as Record<string, unknown>
    if (isHex(contributionRoot, 32) && isHex(digest, 32) && isHex(salt, 32) && isCount(size) && isCount(innerSteps)) {
      return { contributionRoot, digest, size, salt, innerSteps }
    }
  }
  throw new TesseraError('miner/bad-record', 'the journal holds a contribution record that this version cannot read', {
    hint: 'Was the data folder written by another version? Use that one, or another folder',
  })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON is no record either: the caller says so.
    return undefined
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}

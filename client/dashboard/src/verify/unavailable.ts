// Failures that say nothing about what is checked: nobody answered. A check that they keep from being made is skipped; it is not red, for
// nothing was found to be wrong, and never green.

import { isTesseraError } from '@tessera/protocol/errors'

const CODES: ReadonlySet<string> = new Set([
  'chain/unreachable',
  'chain/unstable',
  'storage/unreachable',
  'storage/not-found',
  'storage/no-source',
  'storage/timeout',
  'storage/deadline',
  'storage/bad-response',
  'storage/redirect',
  'indexer/unreachable',
])

export function isUnavailable(error: unknown): boolean {
  if (!isTesseraError(error) || !CODES.has(error.code)) return false
  // Sources that failed in several ways: one that lied is no mishap of the network.
  const { faults } = error.context
  const seen = typeof faults === 'object' && faults !== null ? Object.values(faults) : []
  return !seen.includes('storage/digest-mismatch') && !seen.includes('storage/block-too-large')
}

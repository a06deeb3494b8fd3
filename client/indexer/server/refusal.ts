// Errors as answers: which status each code has, and what of an error a stranger is told. Everything that is not on the list is a
// defect or a trouble of ours: it is logged, and the stranger learns no more than that.

import { TesseraError } from '@tessera/protocol/errors'

const STATUS: Readonly<Record<string, number>> = {
  'indexer/bad-parameter': 400,
  'indexer/bad-cursor': 400,
  'indexer/unknown-path': 404,
  'indexer/unknown-run': 404,
  'indexer/unknown-round': 404,
  'indexer/unknown-member': 404,
  'indexer/bad-method': 405,
  'indexer/too-many-streams': 429,
  'indexer/not-ready': 503,
}

export interface Refusal {
  readonly status: number
  /** JSON that fits api/failure.ts. */
  readonly body: string
  /** Nobody but the operator can do something about it. */
  readonly isOurs: boolean
}

export function refusalOf(error: unknown): Refusal {
  const status = error instanceof TesseraError ? STATUS[error.code] : undefined
  if (error instanceof TesseraError && status !== undefined) return refusal(status, error, false)
  if (error instanceof TesseraError && error.code.startsWith('chain/')) return refusal(503, unavailable(error), true)
  return refusal(500, failed(error), true)
}

function refusal(status: number, { code, message, hint }: TesseraError, isOurs: boolean): Refusal {
  return { status, body: JSON.stringify({ error: { code, message, hint: hint ?? null } }), isOurs }
}

/** A few answers need the chain besides the database. */
function unavailable(cause: unknown): TesseraError {
  return new TesseraError('indexer/chain-unavailable', 'the chain did not answer the indexer', {
    hint: 'Ask again in a moment; /v1/status tells how its RPC server fares',
    cause,
  })
}

function failed(cause: unknown): TesseraError {
  return new TesseraError('indexer/failed', 'the indexer could not answer', {
    hint: 'Its log says why; other routes may work',
    cause,
  })
}

// What to say when a blob cannot be had from its sources: their common fault, or that they failed in different ways.

import { isTesseraError, TesseraError } from '@tessera/protocol/errors'

/** A source that failed, and how it did last. */
export interface Failed {
  readonly base: string
  readonly fault: TesseraError
}

/** `refused`: URLs that were given but are no sources, with the code that says why. */
export function verdict(failed: readonly Failed[], refused: Readonly<Record<string, string>>): TesseraError {
  const [first] = failed
  if (first === undefined) return noSource(refused)
  const { code, hint } = first.fault
  const same = failed.every(({ fault }) => isTesseraError(fault, code))
  return new TesseraError(same ? code : 'storage/unreachable', 'no source delivered the blob', {
    retryable: failed.some(({ fault }) => fault.retryable),
    hint: hint ?? 'Try again later or with more sources',
    context: { faults: { ...refused, ...Object.fromEntries(failed.map(({ base, fault }) => [base, fault.code])) } },
    cause: first.fault,
  })
}

function noSource(refused: Readonly<Record<string, string>>): TesseraError {
  return new TesseraError('storage/no-source', 'the blob is not here and there is nowhere to fetch it from', {
    hint: 'Give at least one https gateway URL that leads to a public address',
    context: { refused },
  })
}

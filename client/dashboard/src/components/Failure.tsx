// An error for people: what happened, what to do about it, its code for whoever is asked for help.

import { isTesseraError } from '@tessera/protocol/errors'
import type { ReactNode } from 'react'
import { Button } from './Button.tsx'
import { Notice } from './Notice.tsx'

export interface FailureProps {
  readonly error: unknown
  readonly onRetry?: (() => void) | undefined
}

export function Failure({ error, onRetry }: FailureProps): ReactNode {
  const known = isTesseraError(error) ? error : undefined
  const message = error instanceof Error ? error.message : String(error)
  return (
    <Notice kind="bad" title={known === undefined ? 'This page has failed' : 'That did not work'}>
      <p>{message}</p>
      {known?.hint !== undefined && <p>{known.hint}.</p>}
      {known !== undefined && (
        <p className="quiet">
          <code>{known.code}</code>
        </p>
      )}
      {onRetry !== undefined && <Button onClick={onRetry}>Try again</Button>}
    </Notice>
  )
}

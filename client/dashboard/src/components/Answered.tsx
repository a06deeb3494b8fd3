// A part of a page that shows an answer: waiting, failed, or there. A failure after an answer leaves the answer standing, marked as old.

import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Failure } from './Failure.tsx'
import { Loading } from './Loading.tsx'
import { Notice } from './Notice.tsx'

export interface AnsweredProps<T> {
  readonly query: UseQueryResult<T>
  /** What is being loaded, in words. */
  readonly what: string
  readonly children: (answer: T) => ReactNode
}

export function Answered<T>({ query, what, children }: AnsweredProps<T>): ReactNode {
  const { data, error, refetch } = query
  if (data === undefined)
    return error === null ? <Loading what={what} /> : <Failure error={error} onRetry={() => void refetch()} />
  return (
    <>
      {error !== null && (
        <Notice kind="warn" title="This is not the newest">
          <p>{error.message}. What you see is what was answered before.</p>
        </Notice>
      )}
      {children(data)}
    </>
  )
}

// The checkpoints of a run, newest first: the first page live, earlier ones as they are asked for.

import { type InfiniteData, useInfiniteQuery } from '@tanstack/react-query'
import { ask } from '@tessera/indexer/api/client'
import type { Answer } from '@tessera/indexer/api/routes'
import { useNetwork } from '../network/NetworkContext.tsx'

type Page = Answer<'checkpoints'>

export interface Checkpoints {
  readonly rows: Page['rows']
  readonly total: number | undefined
  readonly error: Error | null
  readonly hasMore: boolean
  readonly loadMore: () => void
}

const PAGE_ROWS = 50

export function useCheckpoints(run: number): Checkpoints {
  const { indexer } = useNetwork()
  const queryKey = ['checkpoints', { run }] as const
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery<
    Page,
    Error,
    InfiniteData<Page>,
    typeof queryKey,
    string | undefined
  >({
    queryKey,
    queryFn: ({ signal, pageParam }) =>
      ask(indexer, 'checkpoints', { run, cursor: pageParam, limit: PAGE_ROWS }, { signal }),
    initialPageParam: undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  })
  const pages = data?.pages ?? []
  return {
    rows: pages.flatMap(({ rows }) => rows),
    total: pages[0]?.total,
    error,
    hasMore: hasNextPage,
    loadMore: () => {
      if (!isFetchingNextPage) void fetchNextPage()
    },
  }
}

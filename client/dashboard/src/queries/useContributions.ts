// The contributions of a run, newest first, a page after the other as they are scrolled to. Kept fresh while few pages are loaded;
// who has scrolled far down reads what was there, and says when to see the newest.

import { type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { ask } from '@tessera/indexer/api/client'
import type { Answer } from '@tessera/indexer/api/routes'
import { useState } from 'react'
import { useNetwork } from '../network/NetworkContext.tsx'
import { useFreshness } from './LiveProvider.tsx'

type Page = Answer<'contributions'>

export interface ContributionsFilter {
  readonly run: number
  readonly slot?: number | undefined
  readonly operator?: string | undefined
  readonly status?: string | undefined
}

export interface Contributions {
  readonly rows: Page['rows']
  readonly total: number | undefined
  readonly error: Error | null
  readonly isLoading: boolean
  readonly isPaused: boolean
  readonly hasMore: boolean
  readonly loadMore: () => void
  /** From the newest on, live again. */
  readonly restart: () => void
}

const PAGE_ROWS = 100
/** Each block would ask for all of them again. */
const MOST_LIVE_PAGES = 3

export function useContributions(filter: ContributionsFilter): Contributions {
  const { indexer } = useNetwork()
  const { generation } = useFreshness()
  const queries = useQueryClient()
  const queryKey = ['contributions', { ...filter, generation }] as const
  const name = JSON.stringify(queryKey)
  /** Pages that were asked for; other rows, and those after a reorganisation, begin with their first page again. */
  const [asked, setAsked] = useState({ name, pages: 1 })
  const pages = asked.name === name ? asked.pages : 1
  const query = useInfiniteQuery<Page, Error, InfiniteData<Page>, typeof queryKey, string | undefined>({
    queryKey,
    queryFn: ({ signal, pageParam }) =>
      ask(indexer, 'contributions', { ...filter, cursor: pageParam, limit: PAGE_ROWS }, { signal }),
    initialPageParam: undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    enabled: pages <= MOST_LIVE_PAGES,
  })
  const loaded = query.data?.pages ?? []
  return {
    rows: loaded.flatMap(({ rows }) => rows),
    total: loaded[0]?.total,
    error: query.error,
    isLoading: query.isFetchingNextPage || loaded.length === 0,
    isPaused: pages > MOST_LIVE_PAGES,
    hasMore: query.hasNextPage,
    loadMore: () => {
      if (query.isFetchingNextPage) return
      setAsked({ name, pages: loaded.length + 1 })
      void query.fetchNextPage()
    },
    restart: () => {
      setAsked({ name, pages: 1 })
      void queries.resetQueries({ queryKey })
    },
  }
}

// The columns of a run's rounds: the whole once, then only their end, and the whole again when blocks were lost.

import { keepPreviousData, type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query'
import { ask } from '@tessera/indexer/api/client'
import { useNetwork } from '../network/NetworkContext.tsx'
import { useFreshness } from './LiveProvider.tsx'
import { checkedSeries, mergeSeries, nextFrom, type Series } from './mergeSeries.ts'

export function useSeries(run: number): UseQueryResult<Series> {
  const { indexer } = useNetwork()
  const { generation } = useFreshness()
  const queries = useQueryClient()
  const queryKey = ['series', { run, generation }] as const
  return useQuery({
    queryKey,
    queryFn: async ({ signal }) => {
      const known = queries.getQueryData<Series>(queryKey)
      const end = await ask(indexer, 'series', { run, from: nextFrom(known) }, { signal })
      return mergeSeries(known, checkedSeries(run, end))
    },
    // The whole is compared by its identity: 6,190 rounds are not walked to find that nothing changed.
    structuralSharing: false,
    placeholderData: keepPreviousData,
  })
}

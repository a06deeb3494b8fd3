// The columns of a run's rounds: the whole once, then only their end, and the whole again when blocks were lost.

import { keepPreviousData, type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query'
import { ask } from '@tessera/indexer/api/client'
import { TesseraError } from '@tessera/protocol/errors'
import { useNetwork } from '../network/NetworkContext.tsx'
import { useFreshness } from './LiveProvider.tsx'
import { isSeries, mergeSeries, nextFrom, type Series } from './mergeSeries.ts'

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
      if (!isSeries(end))
        throw new TesseraError('dashboard/bad-series', `the rounds of run ${run} do not follow one another`, {
          hint: 'The indexer is broken or hostile: choose another one',
          context: { run },
        })
      return mergeSeries(known, end)
    },
    // The whole is compared by its identity: 6,190 rounds are not walked to find that nothing changed.
    structuralSharing: false,
    placeholderData: keepPreviousData,
  })
}

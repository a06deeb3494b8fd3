// An answer of the indexer, kept fresh by the live stream.

import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query'
import { ask } from '@tessera/indexer/api/client'
import type { Params } from '@tessera/indexer/api/params'
import type { Answer, RouteName } from '@tessera/indexer/api/routes'
import { useNetwork } from '../network/NetworkContext.tsx'

/** @param enabled False while what it asks about is not known yet. */
export function useAnswer<N extends RouteName>(
  route: N,
  params: Params<N> = {} as Params<N>,
  { enabled = true }: { readonly enabled?: boolean } = {},
): UseQueryResult<Answer<N>> {
  const { indexer } = useNetwork()
  return useQuery({
    queryKey: [route, params],
    queryFn: ({ signal }) => ask(indexer, route, params, { signal }),
    enabled,
    // While a new answer of the same kind is on its way the page keeps its shape.
    placeholderData: keepPreviousData,
  })
}

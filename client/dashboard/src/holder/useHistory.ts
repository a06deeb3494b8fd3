// A holder's whole history, loaded anew only when it has changed: the live stream makes the newest rows old with every round.

import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import { ask } from '@tessera/indexer/api/client'
import type { Hex } from '@tessera/protocol/hex'
import { useState } from 'react'
import { useNetwork } from '../network/NetworkContext.tsx'
import type { Earning } from './exports.ts'
import type { Holder } from './HolderStats.tsx'
import { loadEarnings, MOST_ROWS, PAGE_ROWS, type Progress } from './history.ts'

export interface History {
  readonly query: UseQueryResult<readonly Earning[]>
  readonly progress: Progress | undefined
}

/** @param holder Whose totals say whether there is something new. */
export function useHistory({ address, totals }: Pick<Holder, 'address' | 'totals'>): History {
  const { indexer } = useNetwork()
  const [progress, setProgress] = useState<Progress>()
  const state = totals.map(({ token, earned, claimed }) => `${token.address}:${earned}:${claimed}`).join()
  const query = useQuery({
    queryKey: ['history', address, state],
    queryFn: ({ signal }) => loadHistory(indexer, address, MOST_ROWS, signal, setProgress),
    staleTime: Number.POSITIVE_INFINITY,
    // Of the same holder: its history before the newest epoch.
    placeholderData: (before) => before,
  })
  return { query, progress: query.isFetching ? progress : undefined }
}

export function loadHistory(
  indexer: string,
  address: Hex,
  most: number,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<readonly Earning[]> {
  return loadEarnings((cursor) => ask(indexer, 'earnings', { address, limit: PAGE_ROWS, cursor }, { signal }), {
    most,
    onProgress,
  })
}

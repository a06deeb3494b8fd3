// The chain itself, through the configured RPC: for what is not taken from the indexer on trust.

import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import type { Chain } from '@tessera/chain/clients'
import { useNetwork } from './NetworkContext.tsx'

/** Opened once it has shown that it is the deployment's chain: chain id, block 0, code at each address. */
export function useChain(): UseQueryResult<Chain> {
  const { deployment, rpc } = useNetwork()
  return useQuery({
    // As the configuration: no block makes it old.
    queryKey: ['config', 'chain', rpc],
    queryFn: async ({ signal }) => {
      const { openChain } = await import('@tessera/chain/clients')
      return await openChain({ rpcUrl: rpc, deployment, signal })
    },
    staleTime: Number.POSITIVE_INFINITY,
  })
}

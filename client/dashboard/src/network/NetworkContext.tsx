// The network of this page, for every component below. Nothing is shown before it is known.

import { useQuery } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext } from 'react'
import { Failure } from '../components/Failure.tsx'
import { Loading } from '../components/Loading.tsx'
import { loadConfig, type Network } from './loadConfig.ts'

const Context = createContext<Network | undefined>(undefined)

export function NetworkProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const { data, error, refetch } = useQuery({
    queryKey: ['config'],
    queryFn: () => loadConfig(document.baseURI),
    staleTime: Number.POSITIVE_INFINITY,
  })
  if (error !== null) return <Failure error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Loading what="the network" />
  return <Context value={data}>{children}</Context>
}

export function useNetwork(): Network {
  const network = useContext(Context)
  if (network === undefined) throw new Error('useNetwork outside NetworkProvider')
  return network
}

// Watches the transactions of this browser while one is under way, and makes answers old when one has ended.

import { useQueryClient } from '@tanstack/react-query'
import type { Hex } from '@tessera/protocol/hex'
import { useEffect, useSyncExternalStore } from 'react'
import { useChain } from '../network/useChain.ts'
import { type Flight, isUnderWay } from './flight.ts'
import type { FlightStore } from './flightStore.ts'
import { lookAtFlight } from './lookAtFlight.ts'

const LOOK_MS = 1_500

export function useFlights(store: FlightStore): readonly Flight[] {
  return useSyncExternalStore(store.subscribe, () => store.flights)
}

export function useWatchedFlights(store: FlightStore): readonly Flight[] {
  const flights = useFlights(store)
  const queries = useQueryClient()
  const { data: chain } = useChain()
  const isWatching = flights.some(isUnderWay)
  useEffect(() => {
    if (!isWatching || chain === undefined) return
    const { chainId, genesisHash } = chain.deployment
    const aborter = new AbortController()
    const { signal } = aborter
    let isLooking = false
    const look = async (): Promise<void> => {
      for (const flight of store.flights) {
        if (flight.hash === undefined || !isUnderWay(flight)) continue
        // Of another network that this browser has been to.
        if (flight.chainId !== chainId || flight.genesisHash !== genesisHash) continue
        const seen = await lookAtFlight(chain, flight as Flight & { hash: Hex }, Date.now(), signal)
        store.put(seen)
        if (seen.status.kind !== flight.status.kind)
          void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'config' })
      }
    }
    const timer = setInterval(() => {
      if (isLooking) return
      isLooking = true
      look()
        // An RPC server that fails is asked again; the page says by itself that it is not there.
        .catch(() => undefined)
        .finally(() => {
          isLooking = false
        })
    }, LOOK_MS)
    return () => {
      clearInterval(timer)
      aborter.abort()
    }
  }, [isWatching, chain, store, queries])
  return flights
}

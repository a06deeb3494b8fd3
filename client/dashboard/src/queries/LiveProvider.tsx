// The indexer's live stream: makes answers old as the chain moves, and tells how fresh the page is. The browser reconnects by
// itself; what happened meanwhile is asked for anew.

import { useQueryClient } from '@tanstack/react-query'
import { decode } from '@tessera/indexer/api/decode'
import { LIVE_PATH } from '@tessera/indexer/api/routes'
import { type LiveMessage, live } from '@tessera/indexer/api/status'
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'
import { useNetwork } from '../network/NetworkContext.tsx'
import { isAffected } from './affected.ts'

export interface Freshness {
  /** The stream stands. */
  readonly connected: boolean
  readonly block: LiveMessage['block'] | undefined
  /** Number of times that the chain lost blocks while the page was open. */
  readonly reorgs: number
  /** Changes when what was put together from several answers may be wrong: after a reorganisation, and after a time without the stream. */
  readonly generation: number
}

const UNKNOWN: Freshness = { connected: false, block: undefined, reorgs: 0, generation: 0 }
const Context = createContext<Freshness>(UNKNOWN)

export function LiveProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const { indexer } = useNetwork()
  const queries = useQueryClient()
  const [freshness, setFreshness] = useState(UNKNOWN)
  useEffect(() => {
    const stream = new EventSource(indexer + LIVE_PATH)
    let wasLost = false
    stream.onopen = () => {
      const lost = wasLost ? 1 : 0
      setFreshness((before) => ({ ...before, connected: true, generation: before.generation + lost }))
      if (wasLost) void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'config' })
      wasLost = false
    }
    stream.onerror = () => {
      wasLost = true
      setFreshness((before) => ({ ...before, connected: false }))
    }
    stream.addEventListener('live', (event: MessageEvent<string>) => {
      const message = messageOf(event.data)
      // A message that cannot be read says at least that something happened.
      const affected = (key: readonly unknown[]): boolean => message === undefined || isAffected(key, message)
      void queries.invalidateQueries({ predicate: ({ queryKey }) => affected(queryKey) })
      if (message === undefined) return
      const { block, reorg } = message
      const lost = reorg ? 1 : 0
      setFreshness((before) => ({
        ...before,
        block,
        reorgs: before.reorgs + lost,
        generation: before.generation + lost,
      }))
    })
    return () => stream.close()
  }, [indexer, queries])
  return <Context value={freshness}>{children}</Context>
}

export function useFreshness(): Freshness {
  return useContext(Context)
}

function messageOf(text: string): LiveMessage | undefined {
  try {
    return decode(live, JSON.parse(text))
  } catch {
    return undefined
  }
}

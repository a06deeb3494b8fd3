// A holder's claims, told by the indexer and checked against the contracts.

import { useQuery } from '@tanstack/react-query'
import type { Hex } from '@tessera/protocol/hex'
import { useEffect, useState } from 'react'
import { useChain } from '../network/useChain.ts'
import { type CheckedClaim, checkClaims, claimKey, type ToldClaim } from './claims.ts'

export interface Claims {
  /** Undefined while the contracts have not answered. */
  readonly checked: readonly CheckedClaim[] | undefined
  /** Why they could not be asked. */
  readonly error: Error | null
  /** The contracts say something else, and not only because the indexer is a block behind. */
  readonly isContradicted: boolean
  readonly retry: () => void
}

const CHECK_MS = 12_000
/** While they differ it is looked at more often. */
const DIFFER_MS = 3_000
/** An indexer is a block or two behind; longer is a contradiction. */
const GRACE_MS = 15_000

export function useClaims(holder: Hex, claims: readonly ToldClaim[]): Claims {
  const chain = useChain()
  const query = useQuery({
    queryKey: ['claims', holder, claims.map((claim) => `${claimKey(claim)}=${claim.amount}`).join()],
    queryFn: ({ signal }) => {
      // Not asked before it is open: enabled.
      if (chain.data === undefined) throw new Error('the chain is not open')
      return checkClaims(chain.data, claims, { signal })
    },
    enabled: chain.data !== undefined,
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.some(differs) === true ? DIFFER_MS : CHECK_MS),
  })
  const isContradicted = useLasting(query.data?.some(differs) === true, GRACE_MS)
  return {
    checked: query.data,
    error: query.error ?? chain.error,
    isContradicted,
    retry: () => void (chain.error === null ? query.refetch() : chain.refetch()),
  }
}

export function differs({ told, amount }: CheckedClaim): boolean {
  return told.amount !== amount
}

/** True once it has been so for a while. */
function useLasting(is: boolean, ms: number): boolean {
  const [lasts, setLasts] = useState(false)
  useEffect(() => {
    if (!is) {
      setLasts(false)
      return
    }
    const timer = setTimeout(() => setLasts(true), ms)
    return () => clearTimeout(timer)
  }, [is, ms])
  return lasts
}

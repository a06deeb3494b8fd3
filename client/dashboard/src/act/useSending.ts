// Sends what was shown, once: a second press does nothing. Ends with the dialog; what the wallet was asked stays with the store.

import type { Desk } from '@tessera/chain/plans/plan'
import { call } from '@tessera/chain/rpc'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useWallet } from '../wallet/WalletProvider.tsx'
import type { Wallets } from '../wallet/wallets.ts'
import { checkWallet } from './checkWallet.ts'
import type { FlightStore } from './flightStore.ts'
import type { Prepared } from './prepare.ts'
import { sendSteps } from './sendSteps.ts'

export interface Sending {
  readonly isBusy: boolean
  /** Of the flights of the steps that the wallet was asked about. */
  readonly ids: readonly string[]
  readonly error: unknown
  readonly send: (prepared: Prepared) => void
}

export function useSending(desk: Desk, store: FlightStore): Sending {
  const { wallets } = useWallet()
  const [ids, setIds] = useState<readonly string[]>([])
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  // Set at once, unlike state: a double click comes before the next drawing.
  const hasBegun = useRef(false)
  const aborter = useRef<AbortController>(undefined)
  useEffect(() => () => aborter.current?.abort(), [])
  const send = useCallback(
    (prepared: Prepared): void => {
      if (hasBegun.current || wallets === undefined) return
      hasBegun.current = true
      aborter.current = new AbortController()
      const { signal } = aborter.current
      setBusy(true)
      setError(undefined)
      const told = (_at: number, id: string): void => setIds((before) => [...before, id])
      sendSteps(prepared, senderOf(desk, store, wallets), told, signal)
        .catch((reason: unknown) => {
          if (signal.aborted) return
          setError(reason)
          // Refused before the wallet was asked: it may be tried again.
          hasBegun.current = false
        })
        .finally(() => signal.aborted || setBusy(false))
    },
    [desk, store, wallets],
  )
  return { isBusy, ids, error, send }
}

function senderOf({ chain, account }: Desk, store: FlightStore, wallets: Wallets): Parameters<typeof sendSteps>[1] {
  const { chainId, genesisHash } = chain.deployment
  return {
    store,
    chainId,
    genesisHash,
    request: wallets.request,
    check: () => checkWallet(wallets, { account: account.address, chainId, genesisHash }),
    tryAgain: async ({ call: name, transaction: { from, to, data } }) => {
      await call(chain, { name, from, to, data })
    },
    now: Date.now,
    newId: () => crypto.randomUUID(),
  }
}

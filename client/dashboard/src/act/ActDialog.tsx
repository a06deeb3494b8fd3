// The one dialog of all actions: the wallet, what is left open, what would happen, and what comes of it.

import type { Chain } from '@tessera/chain/clients'
import type { Desk } from '@tessera/chain/plans/plan'
import type { Hex } from '@tessera/protocol/hex'
import { type ReactNode, useMemo, useState } from 'react'
import { Answered } from '../components/Answered.tsx'
import { Dialog } from '../components/Dialog.tsx'
import { useNetwork } from '../network/NetworkContext.tsx'
import { useChain } from '../network/useChain.ts'
import { WalletChoices, WrongNetwork } from '../wallet/WalletChoices.tsx'
import { useOpenWallet } from '../wallet/WalletProvider.tsx'
import type { Action, Planner } from './action.ts'
import type { FlightStore } from './flightStore.ts'
import { Proposal } from './Proposal.tsx'

export interface ActDialogProps {
  readonly action: Action
  readonly store: FlightStore
  readonly onClose: () => void
}

export function ActDialog({ action, store, onClose }: ActDialogProps): ReactNode {
  const { state } = useOpenWallet()
  const { deployment, network } = useNetwork()
  const chain = useChain()
  const connection = state?.connection
  return (
    <Dialog title={action.title} onClose={onClose}>
      {connection === undefined && (
        <>
          <p>Connect the wallet that is to do this. Nothing is signed before you have seen it.</p>
          <WalletChoices />
        </>
      )}
      {connection !== undefined && connection.chainId !== deployment.chainId && (
        <WrongNetwork wanted={network} chainId={connection.chainId} />
      )}
      {connection !== undefined && connection.chainId === deployment.chainId && (
        <Answered query={chain} what="the chain">
          {(opened) => (
            // Another account begins anew: nothing that was shown is for it.
            <Stages
              key={connection.account}
              action={action}
              chain={opened}
              account={connection.account}
              store={store}
              onClose={onClose}
            />
          )}
        </Answered>
      )}
    </Dialog>
  )
}

interface StagesProps extends ActDialogProps {
  readonly chain: Chain
  readonly account: Hex
}

function Stages({ action, chain, account, store, onClose }: StagesProps): ReactNode {
  const [planner, setPlanner] = useState<Planner | undefined>(() => action.plan)
  const desk = useMemo((): Desk => ({ chain, account: { address: account } }), [chain, account])
  const back = action.form === undefined ? undefined : () => setPlanner(undefined)
  return (
    <>
      {/* Kept while the proposal shows: what was typed is there again. */}
      {action.form !== undefined && (
        <div hidden={planner !== undefined}>{action.form({ desk, onReady: (next) => setPlanner(() => next) })}</div>
      )}
      {planner !== undefined && (
        <Proposal desk={desk} planner={planner} store={store} onBack={back} onClose={onClose} />
      )}
    </>
  )
}

// Connects a wallet, or shows which one is. What it opens is loaded when it is pressed.

import { lazy, type ReactNode, Suspense, useState } from 'react'
import { shortHex } from '../format/numbers.ts'
import { useNetwork } from '../network/NetworkContext.tsx'
import { useWallet } from '../wallet/WalletProvider.tsx'
import { Button } from './Button.tsx'

const WalletDialog = lazy(async () => ({ default: (await import('../wallet/WalletDialog.tsx')).WalletDialog }))

export function WalletButton(): ReactNode {
  const { state, open } = useWallet()
  const { deployment } = useNetwork()
  const [shown, setShown] = useState(false)
  const connection = state?.connection
  const wrong = connection !== undefined && connection.chainId !== deployment.chainId
  const press = (): void => {
    open()
    setShown(true)
  }
  return (
    <>
      {connection === undefined ? (
        <Button onClick={press} busy={state?.status === 'opening' && !shown}>
          Connect wallet
        </Button>
      ) : (
        <Button onClick={press}>
          <span aria-hidden="true">{wrong ? '⚠' : '▪'}</span>
          <span className="visually-hidden">Wallet</span> {shortHex(connection.account)}
          {wrong && <span className="visually-hidden">, on another network</span>}
        </Button>
      )}
      {shown && (
        <Suspense fallback={null}>
          <WalletDialog onClose={() => setShown(false)} />
        </Suspense>
      )}
    </>
  )
}

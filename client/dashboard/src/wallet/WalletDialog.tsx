// The wallet: connect one, or what the connected one is, with a way to its holder's page and a way out.

import { type ReactNode, useState } from 'react'
import { useLocation } from 'wouter'
import { Button } from '../components/Button.tsx'
import { Dialog } from '../components/Dialog.tsx'
import { Failure } from '../components/Failure.tsx'
import { Identity } from '../components/Identity.tsx'
import { useNetwork } from '../network/NetworkContext.tsx'
import { to } from '../paths.ts'
import { WalletChoices, WrongNetwork } from './WalletChoices.tsx'
import styles from './WalletDialog.module.css'
import { useOpenWallet } from './WalletProvider.tsx'

export function WalletDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { state, wallets } = useOpenWallet()
  const { deployment, network } = useNetwork()
  const [, go] = useLocation()
  const [error, setError] = useState<unknown>()
  const connection = state?.connection
  if (connection === undefined)
    return (
      <Dialog title="Connect a wallet" onClose={onClose}>
        <p>
          The page learns the address of the account that you choose, and can ask you to sign. It never holds a key.
        </p>
        <WalletChoices />
      </Dialog>
    )
  const { account, chainId, wallet } = connection
  const show = (): void => {
    onClose()
    go(to.holder(account))
  }
  return (
    <Dialog title="Wallet" onClose={onClose}>
      <dl className={styles.facts}>
        <dt>Account</dt>
        <dd>
          <Identity hex={account} ends={8} />
        </dd>
        <dt>Wallet</dt>
        <dd>{wallet}</dd>
        <dt>Network</dt>
        <dd>{chainId === deployment.chainId ? `${network} (chain ${chainId})` : `chain ${chainId}`}</dd>
      </dl>
      {chainId !== deployment.chainId && <WrongNetwork wanted={network} chainId={chainId} />}
      <div className={styles.ways}>
        <Button kind="main" onClick={show}>
          Stake and earnings
        </Button>
        <Button onClick={() => void wallets?.disconnect().then(onClose, setError)}>Disconnect</Button>
      </div>
      {error !== undefined && <Failure error={error} />}
    </Dialog>
  )
}

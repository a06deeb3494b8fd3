// The wallets that there are, to connect one of them; or what to do when there is none.

import { type ReactNode, useState } from 'react'
import { Button } from '../components/Button.tsx'
import { Failure } from '../components/Failure.tsx'
import { Loading } from '../components/Loading.tsx'
import { Notice } from '../components/Notice.tsx'
import styles from './WalletChoices.module.css'
import { useOpenWallet } from './WalletProvider.tsx'

export function WalletChoices(): ReactNode {
  const { state, wallets } = useOpenWallet()
  const [asked, setAsked] = useState<string>()
  const [error, setError] = useState<unknown>()
  if (state === undefined || wallets === undefined || state.status === 'opening')
    return <Loading what="the wallets of this browser" />
  const connect = (id: string): void => {
    setAsked(id)
    setError(undefined)
    wallets
      .connect(id)
      .catch(setError)
      .finally(() => setAsked(undefined))
  }
  if (state.choices.length === 0)
    return (
      <Notice title="This browser has no wallet">
        <p>
          Install a wallet extension (any that speaks EIP-1193, such as MetaMask, Rabby or Frame) and load this page
          again. On a phone, open this page in the browser of a wallet app.
        </p>
        <p>Without one you can read everything here, of any address. Only signing needs a wallet.</p>
      </Notice>
    )
  return (
    <>
      <ul className={styles.choices} aria-label="Wallets">
        {state.choices.map(({ id, name, icon }) => (
          <li key={id}>
            <button type="button" className={styles.choice} disabled={asked !== undefined} onClick={() => connect(id)}>
              {icon === undefined ? (
                <span className={styles.noIcon} aria-hidden="true" />
              ) : (
                <img src={icon} alt="" width="28" height="28" />
              )}
              <span>{name}</span>
              <span className="quiet">{asked === id ? 'Answer in the wallet…' : 'Connect'}</span>
            </button>
          </li>
        ))}
      </ul>
      {error !== undefined && <Failure error={error} />}
    </>
  )
}

/** Where the wallet is on another network than this page. */
export function WrongNetwork({ wanted, chainId }: { readonly wanted: string; readonly chainId: number }): ReactNode {
  const { wallets } = useOpenWallet()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const change = (): void => {
    setBusy(true)
    setError(undefined)
    wallets
      ?.switchNetwork()
      .catch(setError)
      .finally(() => setBusy(false))
  }
  return (
    <Notice kind="warn" title="The wallet is on another network">
      <p>
        It is on the chain {chainId}; this page is about {wanted}. Nothing can be signed until they are the same.
      </p>
      <Button onClick={change} busy={busy}>
        Switch the wallet to {wanted}
      </Button>
      {error !== undefined && <Failure error={error} />}
    </Notice>
  )
}

// Whose page it is to be: the wallet's, or any address.

import { type Hex, lowerHex } from '@tessera/protocol/hex'
import { type FormEvent, type ReactNode, useState } from 'react'
import { isAddress } from 'viem'
import { useLocation } from 'wouter'
import { Button } from '../components/Button.tsx'
import { Field } from '../components/Field.tsx'
import { Grid, Stack } from '../components/Grid.tsx'
import { PageHead } from '../components/PageHead.tsx'
import { Panel } from '../components/Panel.tsx'
import { to } from '../paths.ts'
import { WalletChoices } from '../wallet/WalletChoices.tsx'
import styles from './Holder.module.css'
import { OperatorsPanel } from './OperatorsPanel.tsx'

/** @param given What the address of the page named, if it is none. */
export function HolderSearch({ given = '' }: { readonly given?: string }): ReactNode {
  return (
    <>
      <PageHead title="Holder" below="Stake, earnings and votes of an address, and what can be done with them." />
      <Stack>
        <Grid>
          <Panel title="Your wallet" about="Connect it to delegate, vote, sponsor and claim.">
            <WalletChoices />
          </Panel>
          <Panel title="Any address" about="Everything can be read without a wallet.">
            <AddressForm given={given} />
          </Panel>
        </Grid>
        <OperatorsPanel />
      </Stack>
    </>
  )
}

function AddressForm({ given }: { readonly given: string }): ReactNode {
  const [typed, setTyped] = useState(given)
  const [isTried, setTried] = useState(given !== '')
  const [, go] = useLocation()
  const text = typed.trim()
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    setTried(true)
    if (addressProblem(text) === undefined) go(to.holder(lowerHex(text as Hex)))
  }
  return (
    <form className={styles.search} onSubmit={submit}>
      <Field
        label="Address"
        value={typed}
        onChange={setTyped}
        about="0x and 40 hexadecimal digits"
        wrong={isTried && text !== '' ? addressProblem(text) : undefined}
      />
      <Button type="submit">Look at it</Button>
    </form>
  )
}

/** Mixed case is checked against its checksum, so that a mistyped address is not taken. */
function addressProblem(text: string): string | undefined {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) return 'An address is 0x and 40 hexadecimal digits.'
  return isAddress(text) ? undefined : 'Its capital letters do not fit its digits: it is mistyped.'
}

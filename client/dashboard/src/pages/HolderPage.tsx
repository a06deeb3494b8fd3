// The page of a holder: of the address that it names, of the connected wallet, or a way to either.

import { type Hex, lowerHex } from '@tessera/protocol/hex'
import type { ReactNode } from 'react'
import { isAddress } from 'viem'
import { Redirect, useParams } from 'wouter'
import { HolderSearch } from '../holder/HolderSearch.tsx'
import { HolderView } from '../holder/HolderView.tsx'
import { to } from '../paths.ts'
import { useWallet } from '../wallet/WalletProvider.tsx'

export function HolderPage(): ReactNode {
  const { address } = useParams<{ address?: string }>()
  const { state } = useWallet()
  if (address !== undefined) {
    if (!isAddress(address)) return <HolderSearch key={address} given={address} />
    const lower = lowerHex(address as Hex)
    // Of another address nothing is kept: an amount under the wrong name would be worse than none.
    return <HolderView key={lower} address={lower} />
  }
  const account = state?.connection?.account
  return account === undefined ? <HolderSearch /> : <Redirect to={to.holder(account)} replace />
}

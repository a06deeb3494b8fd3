// Connects a wallet, or shows which one is.

import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { to } from '../paths.ts'

export function WalletButton(): ReactNode {
  return <Link href={to.holder()}>Wallet</Link>
}

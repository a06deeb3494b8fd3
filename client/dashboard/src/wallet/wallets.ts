// What the dashboard knows of wallets, and asks of them. What does it (wagmi) is loaded when somebody needs it: wagmiWallets.ts.

import type { Hex } from '@tessera/protocol/hex'

export interface WalletChoice {
  readonly id: string
  /** The wallet's own word. */
  readonly name: string
  /** A data URL of the wallet's own. */
  readonly icon: string | undefined
}

export interface Connection {
  /** In lower case. */
  readonly account: Hex
  readonly chainId: number
  readonly wallet: string
}

export interface WalletsState {
  /** opening: looks for wallets and for the one that was connected before. */
  readonly status: 'opening' | 'apart' | 'connecting' | 'connected'
  readonly choices: readonly WalletChoice[]
  readonly connection: Connection | undefined
}

export interface Wallets {
  readonly state: WalletsState
  subscribe(listener: () => void): () => void
  /** Errors: `wallet/refused`, `wallet/failed`; so do the others. */
  connect(id: string): Promise<void>
  disconnect(): Promise<void>
  /** To the network of this page; the wallet is told of it if it does not know it. */
  switchNetwork(): Promise<void>
  /** Asks the connected wallet itself. Throws what the wallet throws. */
  request(method: string, params: readonly unknown[]): Promise<unknown>
}

export const OPENING: WalletsState = { status: 'opening', choices: [], connection: undefined }

/** Prefix of all that is remembered of wallets. */
export const STORAGE_KEY = 'tessera.wallet'

/** Whether a wallet was connected when the page was left. */
export function wasConnected(): boolean {
  try {
    return localStorage.getItem(`${STORAGE_KEY}.recentConnectorId`) !== null
  } catch {
    // A browser that stores nothing remembers none.
    return false
  }
}

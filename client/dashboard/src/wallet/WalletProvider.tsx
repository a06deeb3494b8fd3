// The visitor's wallets, for every component below. Loaded when a component asks for them, or at once when one was connected before.

import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from 'react'
import { useNetwork } from '../network/NetworkContext.tsx'
import { OPENING, type Wallets, type WalletsState, wasConnected } from './wallets.ts'

export interface WalletAccess {
  /** Undefined while nobody has needed it. */
  readonly state: WalletsState | undefined
  readonly wallets: Wallets | undefined
  /** Starts looking for wallets. */
  readonly open: () => void
}

const Context = createContext<WalletAccess>({ state: undefined, wallets: undefined, open: () => undefined })
const never = (): (() => void) => () => undefined

export function WalletProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const network = useNetwork()
  const [wanted, setWanted] = useState(wasConnected)
  const [wallets, setWallets] = useState<Wallets>()
  useEffect(() => {
    if (!wanted) return
    let left = false
    import('./wagmiWallets.ts').then(
      ({ openWallets }) => left || setWallets(openWallets(network)),
      // Offline: whoever presses again tries again.
      () => left || setWanted(false),
    )
    return () => {
      left = true
    }
  }, [wanted, network])
  const state = useSyncExternalStore(wallets?.subscribe ?? never, () => wallets?.state)
  const open = useCallback(() => setWanted(true), [])
  const access = useMemo(
    (): WalletAccess => ({ state: wanted ? (state ?? OPENING) : undefined, wallets, open }),
    [wanted, state, wallets, open],
  )
  return <Context value={access}>{children}</Context>
}

export function useWallet(): WalletAccess {
  return useContext(Context)
}

/** The same, for what cannot be shown without: starts looking at once. */
export function useOpenWallet(): WalletAccess {
  const access = useContext(Context)
  const { open } = access
  useEffect(() => open(), [open])
  return access
}

// A way to act from any page: `useAct()` opens the dialog. What acts is loaded when it is needed, or at once when a transaction of
// this browser is under way.

import { createContext, lazy, type ReactNode, Suspense, useCallback, useContext, useState } from 'react'
import type { Action } from './action.ts'
import { FlightStore, hasStored, localShelf } from './flightStore.ts'

const ActLayer = lazy(async () => ({ default: (await import('./ActLayer.tsx')).ActLayer }))
const Context = createContext<(action: Action) => void>(() => undefined)

export function ActProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const [store] = useState(() => new FlightStore(localShelf()))
  const [isNeeded, setNeeded] = useState(() => hasStored(localShelf()))
  const [action, setAction] = useState<Action>()
  const act = useCallback((next: Action) => {
    setNeeded(true)
    setAction(next)
  }, [])
  return (
    <Context value={act}>
      {children}
      {isNeeded && (
        <Suspense fallback={null}>
          <ActLayer store={store} action={action} onClose={() => setAction(undefined)} />
        </Suspense>
      )}
    </Context>
  )
}

/** @returns Opens the dialog of an action: see actions.tsx for those that there are. */
export function useAct(): (action: Action) => void {
  return useContext(Context)
}

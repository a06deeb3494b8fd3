// What acting needs on top of the page: the dialog of the action that was chosen, and the transactions under way.

import type { ReactNode } from 'react'
import { ActDialog } from './ActDialog.tsx'
import type { Action } from './action.ts'
import { FlightTray } from './FlightTray.tsx'
import type { FlightStore } from './flightStore.ts'
import { useWatchedFlights } from './useFlights.ts'

export interface ActLayerProps {
  readonly store: FlightStore
  readonly action: Action | undefined
  readonly onClose: () => void
}

export function ActLayer({ store, action, onClose }: ActLayerProps): ReactNode {
  const flights = useWatchedFlights(store)
  return (
    <>
      {action !== undefined && <ActDialog action={action} store={store} onClose={onClose} />}
      <FlightTray flights={flights} onForget={(id) => store.forget(id)} />
    </>
  )
}

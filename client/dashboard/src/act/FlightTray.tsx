// The transactions of this browser, at the foot of every page, until the person has seen how each ended.

import type { ReactNode } from 'react'
import { Badge } from '../components/Badge.tsx'
import { Button } from '../components/Button.tsx'
import { Identity } from '../components/Identity.tsx'
import { Addresses } from './Addresses.tsx'
import styles from './FlightTray.module.css'
import { type Flight, mayStillCome, SETTLED } from './flight.ts'
import { flightText } from './flightTexts.ts'

const SHOWN = 3

export interface FlightTrayProps {
  readonly flights: readonly Flight[]
  readonly onForget: (id: string) => void
}

export function FlightTray({ flights, onForget }: FlightTrayProps): ReactNode {
  const shown = flights.filter(isWorthShowing)
  if (shown.length === 0) return null
  const more = shown.length - SHOWN
  return (
    <aside className={styles.tray} aria-label="Your transactions">
      <ul className={styles.flights}>
        {shown.slice(0, SHOWN).map((flight) => (
          <li key={flight.id} className={styles.flight}>
            <FlightLine flight={flight} />
            {!mayStillCome(flight) && (
              <Button kind="plain" onClick={() => onForget(flight.id)} label={`Dismiss: ${flight.call}`}>
                <span aria-hidden="true">✕</span>
              </Button>
            )}
          </li>
        ))}
      </ul>
      {more > 0 && <p className="quiet">and {more} more</p>}
    </aside>
  )
}

/** Neither what never was, nor what has stayed for long. */
function isWorthShowing({ status }: Flight): boolean {
  return status.kind !== 'rejected' && !(status.kind === 'included' && status.confirmations >= SETTLED)
}

/** The state of one, in words; told to who cannot see it when it changes. */
export function FlightLine({ flight }: { readonly flight: Flight }): ReactNode {
  const { word, kind, text } = flightText(flight)
  return (
    <div className={styles.line} role="status">
      <p>
        <Badge kind={kind}>{word}</Badge> <strong>{flight.call}</strong>{' '}
        {flight.hash !== undefined && <Identity hex={flight.hash} ends={5} what="transaction" />}
      </p>
      <p className={styles.title}>
        <Addresses text={flight.title} />
      </p>
      <p className={styles.text}>{text}</p>
    </div>
  )
}

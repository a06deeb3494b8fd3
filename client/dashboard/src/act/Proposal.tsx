// What would happen, shown whole; then, once confirmed, how it goes. Tried on the chain before anything is asked of the wallet.

import type { Desk } from '@tessera/chain/plans/plan'
import { type ReactNode, useEffect, useState } from 'react'
import { Button } from '../components/Button.tsx'
import { Failure } from '../components/Failure.tsx'
import { Loading } from '../components/Loading.tsx'
import { Notice } from '../components/Notice.tsx'
import styles from './Act.module.css'
import type { Planner } from './action.ts'
import { FlightLine } from './FlightTray.tsx'
import type { FlightStore } from './flightStore.ts'
import { Preview } from './Preview.tsx'
import { type Prepared, prepare } from './prepare.ts'
import { useFlights } from './useFlights.ts'
import { type Sending, useSending } from './useSending.ts'

export interface ProposalProps {
  readonly desk: Desk
  readonly planner: Planner
  readonly store: FlightStore
  readonly onBack: (() => void) | undefined
  readonly onClose: () => void
}

export function Proposal({ desk, planner, store, onBack, onClose }: ProposalProps): ReactNode {
  const { prepared, error } = usePrepared(desk, planner)
  const sending = useSending(desk, store)
  if (error !== undefined)
    return (
      <>
        <Failure error={error} />
        <Ways>{onBack !== undefined && <Button onClick={onBack}>Back</Button>}</Ways>
      </>
    )
  if (prepared === undefined) return <Loading what="what would happen, tried on the chain" />
  return (
    <>
      {sending.ids.length === 0 ? (
        <>
          <Preview prepared={prepared} />
          {sending.error !== undefined && <Failure error={sending.error} />}
          <Ways>
            {onBack === undefined ? (
              <Button onClick={onClose}>Cancel</Button>
            ) : (
              <Button onClick={onBack} disabled={sending.isBusy}>
                Back
              </Button>
            )}
            <Button kind="main" onClick={() => sending.send(prepared)} busy={sending.isBusy}>
              {sending.isBusy ? 'Asking the wallet' : 'Confirm in the wallet'}
            </Button>
          </Ways>
        </>
      ) : (
        <>
          <Progress prepared={prepared} sending={sending} store={store} onBack={onBack} onClose={onClose} />
          <details className={styles.shown}>
            <summary>What you were shown</summary>
            <Preview prepared={prepared} />
          </details>
        </>
      )}
    </>
  )
}

function Progress({
  prepared,
  sending,
  store,
  onBack,
  onClose,
}: { readonly prepared: Prepared; readonly sending: Sending } & Omit<ProposalProps, 'desk' | 'planner'>): ReactNode {
  const flights = useFlights(store)
  const { steps } = prepared
  const { ids, isBusy, error } = sending
  const last = flights.find(({ id }) => id === ids.at(-1))
  const isDone = ids.length === steps.length && last?.status.kind === 'included'
  const left = steps.slice(ids.length)
  return (
    <section className={styles.progress} aria-label="Progress">
      <ol className={styles.steps}>
        {ids.map((id, at) => {
          const flight = flights.find((each) => each.id === id)
          return (
            <li key={id} className={styles.step}>
              {steps.length > 1 && <p className="quiet">{`Step ${at + 1} of ${steps.length}`}</p>}
              {flight !== undefined && <FlightLine flight={flight} />}
            </li>
          )
        })}
      </ol>
      {isBusy && left.length > 0 && (
        <p className="quiet">
          Next: {left.map(({ call }) => call).join(', then ')}. The wallet is asked when this step is in a block; if you
          close this, it is not asked.
        </p>
      )}
      {isDone && (
        <Notice kind="good" title="Done">
          <p>The page shows it as soon as the indexer has read the block.</p>
        </Notice>
      )}
      {error !== undefined && <Failure error={error} />}
      <Ways>
        {!isBusy && !isDone && onBack !== undefined && <Button onClick={onBack}>Back</Button>}
        <Button kind={isDone ? 'main' : 'usual'} onClick={onClose}>
          Close
        </Button>
      </Ways>
    </section>
  )
}

function Ways({ children }: { readonly children: ReactNode }): ReactNode {
  return <div className={styles.ways}>{children}</div>
}

/** Made once: what is shown does not change under the reader’s eyes. */
function usePrepared(
  desk: Desk,
  planner: Planner,
): { readonly prepared: Prepared | undefined; readonly error: unknown } {
  const [prepared, setPrepared] = useState<Prepared>()
  const [error, setError] = useState<unknown>()
  useEffect(() => {
    const aborter = new AbortController()
    prepare(desk, planner, aborter.signal).then(
      (made) => aborter.signal.aborted || setPrepared(made),
      (reason: unknown) => aborter.signal.aborted || setError(reason),
    )
    return () => aborter.abort()
  }, [desk, planner])
  return { prepared, error }
}

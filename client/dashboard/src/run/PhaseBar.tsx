// The four phases of a round in their order, as wide as they are long; the present one fills up.

import type { Answer } from '@tessera/indexer/api/routes'
import type { ReactNode } from 'react'
import { Countdown, useNow } from '../components/Moment.tsx'
import { durationText } from '../format/numbers.ts'
import styles from './PhaseBar.module.css'

type Run = Answer<'run'>

export interface PhaseBarProps {
  readonly live: NonNullable<Run['live']>
  readonly params: Run['params']
}

/** A short phase among long ones is still to be seen: widths are of the square roots. */
const width = (seconds: number): number => Math.max(1, Math.sqrt(seconds))

export function PhaseBar({ live, params }: PhaseBarProps): ReactNode {
  const now = useNow()
  const phases = [
    ['Train', params.trainSeconds],
    ['Commit', params.commitSeconds],
    ['Reveal', params.revealSeconds],
    ['Attest', params.attestSeconds],
  ] as const
  const at = phases.findIndex(([name]) => name === live.phase)
  return (
    <ol
      className={styles.bar}
      style={{ gridTemplateColumns: phases.map(([, s]) => `minmax(4.2rem, ${width(s)}fr)`).join(' ') }}
    >
      {phases.map(([name, seconds], index) => {
        const left = Math.max(0, live.deadline - now)
        const part = index < at ? 1 : index > at ? 0 : 1 - Math.min(1, left / Math.max(1, seconds))
        return (
          <li key={name} aria-current={index === at ? 'step' : undefined} className={styles.phase}>
            <span className={styles.track} aria-hidden="true">
              <i style={{ width: `${part * 100}%` }} />
            </span>
            <span className={styles.name}>{name}</span>
            <span className={styles.time}>
              {index === at ? (
                <>
                  <Countdown until={live.deadline} /> {left > 0 && 'left'}
                </>
              ) : (
                durationText(seconds)
              )}
            </span>
          </li>
        )
      })}
    </ol>
  )
}

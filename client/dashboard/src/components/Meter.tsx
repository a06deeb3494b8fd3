// A part of a whole: the number, and a bar beside it.

import type { ReactNode } from 'react'
import styles from './Meter.module.css'

export interface MeterProps {
  /** 0 to 1; null for not known. */
  readonly part: number | null
  readonly text: string
}

export function Meter({ part, text }: MeterProps): ReactNode {
  return (
    <span className={styles.meter}>
      {text}
      <span className={styles.track} aria-hidden="true">
        <i style={{ width: `${100 * Math.min(1, Math.max(0, part ?? 0))}%` }} />
      </span>
    </span>
  )
}

// A row of numbers with their names: the answer to a question in one look.

import type { ReactNode } from 'react'
import styles from './Stats.module.css'

export interface Stat {
  readonly name: string
  readonly value: ReactNode
  /** Small, below: what it is of, since when, how it moved. */
  readonly note?: ReactNode
}

export function Stats({ of }: { readonly of: readonly Stat[] }): ReactNode {
  return (
    <dl className={styles.stats}>
      {of.map(({ name, value, note }) => (
        <div key={name} className={styles.stat}>
          <dt>{name}</dt>
          <dd className={styles.value}>{value}</dd>
          {note !== undefined && <dd className={styles.note}>{note}</dd>}
        </div>
      ))}
    </dl>
  )
}
